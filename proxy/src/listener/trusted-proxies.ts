/** Who may tell the address of another: `listen.trustedProxies`, as addresses and CIDRs. Pure. */
import { BlockList, isIP, isIPv6 } from 'node:net'

export type TrustedProxies = { includes(address: string): boolean }

/** `entries` have passed the configuration schema. */
export function createTrustedProxies(entries: readonly string[]): TrustedProxies {
  const list = new BlockList()
  for (const entry of entries) {
    const [address = '', prefix] = entry.split('/')
    const family = isIPv6(address) ? 'ipv6' : 'ipv4'
    if (prefix === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(prefix), family)
  }
  return {
    includes(address) {
      const version = isIP(address)
      return version !== 0 && list.check(address, version === 6 ? 'ipv6' : 'ipv4')
    },
  }
}
