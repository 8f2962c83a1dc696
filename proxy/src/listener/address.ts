/** Addresses of listeners and of callers, as text. Pure. */
import { isIPv4, isIPv6 } from 'node:net'
import { assert } from '@gatetrail/schemas'

export type HostAndPort = { host: string; port: number }

/** `host:port` or `[v6]:port`, as the configuration schema lets them through. */
export function parseHostAndPort(text: string): HostAndPort {
  const colon = text.lastIndexOf(':')
  assert(colon > 0, 'an address has passed the configuration schema')
  const host = text.slice(0, colon)
  return {
    host: host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host,
    port: Number(text.slice(colon + 1)),
  }
}

export function formatAddress(host: string, port: number): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`
}

/** An IPv4 caller of a dual-stack listener is named by its IPv4 address, so that limits and policies see one address. */
export function plainAddress(remote: string | undefined): string {
  if (remote === undefined) return 'unknown'
  const withoutZone = remote.split('%')[0] ?? remote
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(withoutZone)
  return mapped?.[1] ?? withoutZone
}

/** Whether the caller is on this machine. An unknown address is not. */
export function isLoopback(address: string): boolean {
  return (isIPv4(address) && address.startsWith('127.')) || address === '::1'
}
