/**
 * Before step 1 of a session, for connections of `listen.trustedProxies` alone: whose connection is it? Bounded like
 * everything at the door, by its bytes and by the deadline over it.
 */
import {
  checkSignature,
  parseProxyHeader,
  proxyHeaderBytesMin,
  proxyHeaderLength,
  type ProxyHeader,
} from '../../../listener/proxy-header.ts'
import type { Door } from './door.ts'

/** Required, not offered: without it the balancer's address would stand for its client's. @throws PeerClosed; GatetrailError PROXY_HEADER_REFUSED */
export async function receiveProxyHeader(door: Door): Promise<ProxyHeader> {
  checkSignature(await door.reader.peek(1))
  const length = proxyHeaderLength(await door.reader.peek(proxyHeaderBytesMin))
  return parseProxyHeader(await door.reader.read(length))
}
