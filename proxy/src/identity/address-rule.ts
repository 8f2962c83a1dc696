/**
 * Where keys may be fetched from: public addresses, unless the configured issuer is itself a loopback or private one, then
 * also those of its class. So no issuer's document, DNS answer or redirect can point us at the machine or the network that
 * we run in (SSRF). Pure; enforced at connect time by guarded-request.ts.
 */
import { BlockList, isIP } from 'node:net'
import { GatetrailError } from '@gatetrail/schemas'

/** `forbidden`: link-local (cloud metadata), multicast, reserved, v4-mapped and other embeddings: never. */
export type AddressClass = 'public' | 'loopback' | 'private' | 'forbidden'

type Subnet = readonly [address: string, prefix: number, family: 'ipv4' | 'ipv6']

const loopback = blockList([
  ['127.0.0.0', 8, 'ipv4'],
  ['::1', 128, 'ipv6'],
])
const privateUse = blockList([
  ['10.0.0.0', 8, 'ipv4'],
  ['172.16.0.0', 12, 'ipv4'],
  ['192.168.0.0', 16, 'ipv4'],
  ['100.64.0.0', 10, 'ipv4'], // carrier-grade NAT, used inside clusters
  ['fc00::', 7, 'ipv6'],
])
/** IANA's special-purpose registries for IPv4; for IPv6 what lies inside of global unicast and isn't. */
const special = blockList([
  ['0.0.0.0', 8, 'ipv4'],
  ['169.254.0.0', 16, 'ipv4'],
  ['192.0.0.0', 24, 'ipv4'],
  ['192.0.2.0', 24, 'ipv4'],
  ['192.88.99.0', 24, 'ipv4'],
  ['198.18.0.0', 15, 'ipv4'],
  ['198.51.100.0', 24, 'ipv4'],
  ['203.0.113.0', 24, 'ipv4'],
  ['224.0.0.0', 3, 'ipv4'],
  ['2001::', 23, 'ipv6'], // Teredo, ORCHID, benchmarks
  ['2001:db8::', 32, 'ipv6'],
  ['2002::', 16, 'ipv6'], // 6to4 embeds any IPv4 address
  ['3fff::', 20, 'ipv6'],
])
const globalUnicast6 = blockList([['2000::', 3, 'ipv6']])

export function addressClassOf(address: string): AddressClass {
  switch (isIP(address)) {
    case 4:
      if (loopback.check(address, 'ipv4')) return 'loopback'
      if (privateUse.check(address, 'ipv4')) return 'private'
      return special.check(address, 'ipv4') ? 'forbidden' : 'public'
    case 6:
      return class6(address)
    default:
      return 'forbidden'
  }
}

function class6(address: string): AddressClass {
  // With a zone it is link-local. A v4-mapped address would slip past the rules of whoever forgot it: nobody needs one.
  if (address.includes('%') || isMapped(address)) return 'forbidden'
  if (loopback.check(address, 'ipv6')) return 'loopback'
  if (privateUse.check(address, 'ipv6')) return 'private'
  if (!globalUnicast6.check(address, 'ipv6')) return 'forbidden'
  return special.check(address, 'ipv6') ? 'forbidden' : 'public'
}

const mapped = blockList([['::ffff:0:0', 96, 'ipv6']])

function isMapped(address: string): boolean {
  return mapped.check(address, 'ipv6')
}

/**
 * The class of the configured issuer, by its name alone: what its DNS answers today says nothing about tomorrow. Names that
 * can't be public (`localhost`, one label as in a compose file, `.internal`, `.svc`, `.local`, …) count as what they are.
 */
export function issuerClassOf(issuer: string): AddressClass {
  const host = hostOf(new URL(issuer))
  if (isIP(host) !== 0) return addressClassOf(host)
  if (host === 'localhost' || host.endsWith('.localhost')) return 'loopback'
  return !host.includes('.') || privateNames.some((suffix) => host.endsWith(suffix))
    ? 'private'
    : 'public'
}

/** Reserved, or not delegated: ICANN's .internal, RFC 6762 §3 and appendix G, RFC 8375, Kubernetes. */
const privateNames = [
  '.internal',
  '.local',
  '.home.arpa',
  '.svc',
  '.lan',
  '.intranet',
  '.private',
  '.corp',
  '.home',
] as const

/** The host of a URL: without brackets, without the dot of the root. */
export function hostOf(url: URL): string {
  const host = url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname
  return host.replace(/\.$/, '')
}

/** @throws GatetrailError ISSUER_ADDRESS_REFUSED */
export function checkAddress(address: string, issuerClass: AddressClass, host: string): void {
  const addressClass = addressClassOf(address)
  if (addressClass === 'public') return
  if (addressClass !== 'forbidden' && addressClass === issuerClass) return
  throw new GatetrailError(
    'ISSUER_ADDRESS_REFUSED',
    `The address of ${host} is not public, and the configured issuer is not of its kind.`,
    { hint: 'Give the keys as jwksFile, or name the issuer by an internal name.' },
  )
}

/** https, or http where both the configured issuer and the address are this machine. @throws GatetrailError ISSUER_ADDRESS_REFUSED */
export function checkUrl(text: string, issuerClass: AddressClass): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const local =
    url?.protocol === 'http:' && issuerClass === 'loopback' && issuerClassOf(text) === 'loopback'
  if (url === undefined || (url.protocol !== 'https:' && !local)) {
    throw new GatetrailError(
      'ISSUER_ADDRESS_REFUSED',
      'Keys are fetched over https only, unless issuer and address are on this machine.',
    )
  }
  if (url.username !== '' || url.password !== '') {
    throw new GatetrailError('ISSUER_ADDRESS_REFUSED', 'The address of keys has a user name.')
  }
  return url
}

function blockList(subnets: readonly Subnet[]): BlockList {
  const list = new BlockList()
  for (const [address, prefix, family] of subnets) list.addSubnet(address, prefix, family)
  return list
}
