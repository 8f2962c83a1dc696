/** How a caller that does not get in is told so, counted, and put on record. */
import { GatetrailError, isGatetrailError, type Principal } from '@gatetrail/schemas'
import { maskText } from '@gatetrail/detect'
import { fatalResponse } from './client-errors.ts'
import type { PostgresDependencies } from './dependencies.ts'
import type { Door } from './front-door/door.ts'
import { TokenDiscovery } from './front-door/receive-bearer.ts'
import { PeerClosed } from './socket-reader.ts'

/** What had been found out about the caller when it failed. */
export type KnownOfCaller = {
  /** A balancer's, which has not said a word yet. */
  untold?: boolean
  tokenSent?: boolean
  principal?: Principal
  connection?: string
  policies?: string[]
}

export function turnAway(
  door: Door,
  error: unknown,
  known: KnownOfCaller,
  {
    rejections,
    metrics,
    log,
    detection,
  }: Pick<PostgresDependencies, 'rejections' | 'metrics' | 'log' | 'detection'>,
): void {
  if (error instanceof PeerClosed) {
    // psql does so by habit: it asks its user for the password, and comes again with it.
    // A balancer does so by habit, too: it looks whether a connection is taken.
    if (known.untold !== true) metrics.rejected('CLIENT_CLOSED')
    door.destroy()
    return
  }
  const reason = isGatetrailError(error) ? error : internal(error, log)
  metrics.rejected(reason.code)
  if (reason.code === 'PROXY_HEADER_REFUSED') {
    // Whoever runs the balancer must mend it: nobody behind it gets in.
    log.warn({ address: door.address, code: reason.code }, reason.message)
  } else {
    log.info(
      { address: door.address, code: reason.code, connection: known.connection },
      'caller turned away',
    )
  }
  door.end(fatalResponse(reason))
  // A stranger that never said a valid word gets no line in the journal (design §8). Nor does the question of where to get
  // a token: with libpq every login by OAuth begins with it.
  if (!door.validMessageSeen || error instanceof TokenDiscovery) return
  const identityRejected = known.principal === undefined && known.tokenSent === true
  rejections.count({
    kind:
      identityRejected || reason.code.startsWith('TOKEN_')
        ? 'gatetrail.identity.rejected'
        : 'gatetrail.session.refused',
    reason: reason.code,
    // It may repeat what a caller or a target said.
    message: maskText(reason.message, detection).text,
    clientAddress: door.address,
    ...(known.connection === undefined ? {} : { connection: known.connection }),
    ...(known.principal === undefined ? {} : { principal: known.principal }),
    ...(known.policies === undefined ? {} : { policies: known.policies }),
    ...issuerOf(error),
  })
}

function issuerOf(error: unknown): { issuer?: string } {
  if (error instanceof Error && 'issuer' in error && typeof error.issuer === 'string') {
    return { issuer: error.issuer }
  }
  return {}
}

function internal(error: unknown, log: PostgresDependencies['log']): GatetrailError {
  log.error({ err: error }, 'a bug ended a session before it was open')
  return new GatetrailError('PROTOCOL_VIOLATION', 'an internal error ended the session', {
    hint: 'The log of Gatetrail tells more.',
  })
}
