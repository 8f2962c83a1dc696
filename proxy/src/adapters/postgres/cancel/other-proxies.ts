/**
 * Asks the proxies of `proxy.peers` for the session of a cancel request, as a client would, over TLS. That we ask, and for
 * whom, stands in a PROXY header before it: they believe it since we are among their `listen.trustedProxies`.
 */
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { networkInterfaces } from 'node:os'
import { isGatetrailError } from '@gatetrail/schemas'
import type { Logger } from 'pino'
import { formatAddress, parseHostAndPort, type HostAndPort } from '../../../listener/address.ts'
import { forwardedCancelHeader } from '../../../listener/proxy-header.ts'
import type { CancelCaller } from '../answer-cancel.ts'
import { requestCodes, uint32, untypedMessage } from '../messages.ts'
import { PeerClosed, SocketReader } from '../socket-reader.ts'
import { openTargetSocket } from '../upstream/open-socket.ts'
import type { AskElsewhere } from './cancel-elsewhere.ts'
import type { CancelRequest } from './live-sessions.ts'

/** What the proxy that was asked answers: to a client the protocol has no answer, to us it has. */
export const forwardedCancelAnswers = {
  found: Buffer.from('Y'),
  unknown: Buffer.from('N'),
} as const

/** Longer than a proxy takes to ask its own workers. */
const askMsMax = 4_000
const resolvedForMs = 10_000
const addressesMax = 64
const answerBytesMax = 16

export type OtherProxiesOptions = {
  /** host:port; a name stands for all of its addresses. */
  peers: readonly string[]
  /** `host:port` as bound: among the addresses of the peers it is ours. */
  ownAddress: string
  log: Logger
  /** Default: the system's. */
  lookupAll?: LookupAll
}

type LookupAll = (host: string) => Promise<readonly { address: string }[]>

export function createOtherProxies(options: OtherProxiesOptions): AskElsewhere {
  const { peers, ownAddress, log, lookupAll = (host) => lookup(host, { all: true }) } = options
  let known: { addresses: HostAndPort[]; atMs: number } | undefined
  let resolving: Promise<HostAndPort[]> | undefined

  /** One resolution at a time: it takes as long as the resolver likes, and strangers can ask for it. */
  const addresses = async (): Promise<HostAndPort[]> => {
    if (known !== undefined && performance.now() - known.atMs <= resolvedForMs)
      return known.addresses
    resolving ??= resolveAll(peers, parseHostAndPort(ownAddress), lookupAll, log).finally(() => {
      resolving = undefined
    })
    const found = await resolving
    known = { addresses: found, atMs: performance.now() }
    return found
  }

  return async (request, caller) => {
    if (isIP(caller.address) === 0) return false
    const found = new AbortController()
    const signal = AbortSignal.any([found.signal, AbortSignal.timeout(askMsMax)])
    const asked = (await untilAborted(addresses(), signal)).map(async (peer) => {
      const answer = await askPeer(peer, request, caller, signal).catch((error: unknown) => {
        if (!signal.aborted) {
          log.warn(
            { peer: formatAddress(peer.host, peer.port), code: codeOf(error) },
            'another proxy could not be asked for the session of a cancel request',
          )
        }
        return false
      })
      if (answer) found.abort()
      return answer
    })
    return (await Promise.all(asked)).includes(true)
  }
}

async function askPeer(
  { host, port }: HostAndPort,
  { processId, secret }: CancelRequest,
  caller: CancelCaller,
  signal: AbortSignal,
): Promise<boolean> {
  const address = formatAddress(host, port)
  const header = forwardedCancelHeader(caller.address, caller.port)
  // Proxies may have certificates of their own making: the key is worth no more than a client's, which doesn't check either.
  const peer = {
    name: `peer ${address}`,
    address,
    tls: 'require',
    certificateAuthorities: undefined,
  } as const
  const socket = await openTargetSocket(peer, signal, { before: header })
  const reader = new SocketReader(socket, answerBytesMax)
  const abort = (): void => reader.abort(new PeerClosed())
  signal.addEventListener('abort', abort, { once: true })
  if (signal.aborted) abort()
  try {
    socket.write(untypedMessage(requestCodes.cancel, uint32(processId), secret))
    return forwardedCancelAnswers.found.equals(await reader.read(1))
  } finally {
    signal.removeEventListener('abort', abort)
    socket.destroy()
  }
}

/** All addresses of all peers but our own. One that cannot be resolved is said, and left out. */
async function resolveAll(
  peers: readonly string[],
  own: HostAndPort,
  lookupAll: LookupAll,
  log: Logger,
): Promise<HostAndPort[]> {
  const resolved = await Promise.all(
    peers.map(async (peer) => {
      const { host, port } = parseHostAndPort(peer)
      const found = await lookupAll(host).catch((error: unknown) => {
        log.warn({ peer, code: codeOf(error) }, 'a name of proxy.peers cannot be resolved')
        return []
      })
      return found.map(({ address }) => ({ host: address, port }))
    }),
  )
  const ours = ownHosts(own.host)
  return resolved
    .flat()
    .filter(({ host, port }) => port !== own.port || !ours.has(host))
    .slice(0, addressesMax)
}

/** Nobody, when the signal comes first. */
function untilAborted(addresses: Promise<HostAndPort[]>, signal: AbortSignal) {
  return Promise.race([
    addresses,
    new Promise<HostAndPort[]>((resolve) => {
      signal.addEventListener('abort', () => resolve([]), { once: true })
    }),
  ])
}

/** A listener on all addresses is reached by each of this machine's. */
function ownHosts(host: string): ReadonlySet<string> {
  if (host !== '0.0.0.0' && host !== '::') return new Set([host])
  const here = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
  return new Set(here.map(({ address }) => address))
}

function codeOf(error: unknown): string | undefined {
  if (isGatetrailError(error)) return error.code
  return error instanceof Error && 'code' in error ? String(error.code) : undefined
}
