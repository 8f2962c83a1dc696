/**
 * The life of one PostgreSQL connection, from accept to the relay. The table of contents of this folder: every step is a
 * file, and each may end it with an error that the client gets to read and the trail keeps.
 *
 *   0 front-door/receive-proxy-header   behind a balancer: whose connection is it
 *   1 front-door/receive-startup   TLS, start-up or cancel            5 open-target        the target, with its credential
 *   2 front-door/receive-token     the token                          6 record-opening     on record before "you are in"
 *   3 identity                     who is it                          7 relay              frames both ways
 *   4 decide-connect               may it open this connection
 */
import type { Socket } from 'node:net'
import { createSessionStamp } from '@gatetrail/eventlog'
import {
  GatetrailError,
  isGatetrailError,
  type EventBody,
  type SessionFacts,
} from '@gatetrail/schemas'
import type { VerifiedIdentity } from '../../identity/index.ts'
import type { Place } from '../../listener/admission.ts'
import type { ProxyHeader } from '../../listener/proxy-header.ts'
import { answerCancel } from './answer-cancel.ts'
import { forwardedCancelAnswers } from './cancel/other-proxies.ts'
import { cancelAtTarget } from './cancel/cancel-target.ts'
import { decideConnect } from './decide-connect.ts'
import type { PostgresConnection } from './connection.ts'
import type { PostgresDependencies } from './dependencies.ts'
import { Door } from './front-door/door.ts'
import { receiveProxyHeader } from './front-door/receive-proxy-header.ts'
import { receiveStartup } from './front-door/receive-startup.ts'
import { receiveToken, type ReceivedToken } from './front-door/receive-token.ts'
import { readStartupRequest, type StartupRequest } from './front-door/startup-request.ts'
import { handOver } from './hand-over.ts'
import { openTarget } from './open-target.ts'
import { openingEvents } from './opening-events.ts'
import { mayOnlyRead } from './read-only.ts'
import { recordOpening, recordUnused, welcome } from './record-opening.ts'
import { PeerClosed } from './socket-reader.ts'
import { turnAway, type KnownOfCaller } from './turn-away.ts'
import type { TargetConnection } from './upstream/connect.ts'

type ToldCaller = Extract<ProxyHeader, { kind: 'client' }>

export type Arrival = {
  socket: Socket
  /** Of the socket: the caller's, or of a balancer that has yet to tell the caller's. */
  address: string
  balancer: boolean
  place: Place
}

/** Serves one socket until it has a relay or is turned away. Never rejects. */
export async function serveCaller(
  { socket, address, balancer, place }: Arrival,
  dependencies: PostgresDependencies,
): Promise<void> {
  const door = new Door(socket, address)
  const known: KnownOfCaller = { untold: balancer }
  const { authenticationTimeoutMs, metrics } = dependencies
  const acceptedAtMs = performance.now()
  const stop = dependencies.beforeRelay.add(door)
  const deadline = setTimeout(() => {
    door.expire(
      new GatetrailError('AUTHENTICATION_TIMEOUT', 'the caller did not authenticate in time', {
        hint: `A token is waited for ${authenticationTimeoutMs / 1000} s.`,
      }),
    )
  }, authenticationTimeoutMs)
  const authenticated = (): void => {
    clearTimeout(deadline)
    place.release()
  }
  try {
    const header = balancer ? await receiveProxyHeader(door) : undefined
    if (header?.kind === 'health-check') {
      door.end()
      return
    }
    known.untold = false
    if (header !== undefined) comeFrom(header, door, place)
    const forwarded = header?.forwardedCancel === true
    const opening = await receiveStartup(door, dependencies.tls)
    if (opening.type === 'cancel') {
      // It holds its place until it is answered: a flood of requests is bounded like any caller.
      const caller = { address: door.address, port: door.port, forwarded }
      const found = await answerCancel(opening, caller, dependencies)
      door.end(forwarded ? forwardedCancelAnswers[found ? 'found' : 'unknown'] : undefined)
      return
    }
    if (forwarded) throw notACancel()
    const request = readStartupRequest(opening, dependencies.detection)
    refuseIfClosed(dependencies)
    if (request.negotiation !== undefined) door.write(request.negotiation.bytes)
    await openSession(door, request, known, authenticated, dependencies)
    metrics.answered('opened', secondsSince(acceptedAtMs))
  } catch (error) {
    turnAway(door, error, known, dependencies)
    metrics.answered('turned_away', secondsSince(acceptedAtMs))
  } finally {
    stop()
    authenticated()
  }
}

/** From here on the balancer's own address counts for nothing. @throws GatetrailError CONNECTIONS_EXHAUSTED */
function comeFrom({ address, port }: ToldCaller, door: Door, place: Place): void {
  door.tell(address, port)
  if (!place.name(address)) {
    throw new GatetrailError(
      'CONNECTIONS_EXHAUSTED',
      'too many callers of this address wait to be let in',
      { hint: 'Connect again in a moment.' },
    )
  }
}

function notACancel(): GatetrailError {
  return new GatetrailError(
    'PROTOCOL_VIOLATION',
    'a connection that was announced as a cancel request is none',
  )
}

function secondsSince(sinceMs: number): number {
  return (performance.now() - sinceMs) / 1_000
}

async function openSession(
  door: Door,
  request: StartupRequest,
  known: KnownOfCaller,
  authenticated: () => void,
  dependencies: PostgresDependencies,
): Promise<void> {
  const received = await receiveToken(door, request.method, dependencies.bearerChallenge)
  known.tokenSent = true
  const identity = await verify(received, dependencies)
  known.principal = identity.principal
  authenticated()
  const facts: SessionFacts = { principal: identity.principal, tokenId: identity.tokenId }
  // From here on a revocation finds it, whatever it waits for; with no await in between it can't come unnoticed.
  const leave = dependencies.sessions.addOpening(facts, (error) => door.expire(error))
  try {
    refuseIfRevoked(facts, dependencies)
    await openSessionOf({ identity, received, facts }, door, request, known, dependencies)
  } finally {
    leave()
  }
}

type Caller = { identity: VerifiedIdentity; received: ReceivedToken; facts: SessionFacts }

async function openSessionOf(
  { identity, received, facts }: Caller,
  door: Door,
  request: StartupRequest,
  known: KnownOfCaller,
  dependencies: PostgresDependencies,
): Promise<void> {
  const connection = dependencies.connections.get(request.connectionName)
  if (connection === undefined) {
    throw new GatetrailError('CONNECTION_UNKNOWN', 'no connection has this name', {
      hint: 'The database name of the client chooses the connection.',
    })
  }
  known.connection = connection.configuration.name
  const policySet = dependencies.policies.current().hash
  const policies = decideConnect(door.address, identity, connection, known, dependencies)

  const readOnly = mayOnlyRead(door.address, identity, connection, dependencies)
  const target = await openTarget(door, connection, request, readOnly, dependencies)
  try {
    refuseIfClosed(dependencies)
    const live = dependencies.live.enter(
      target.connection.processId,
      request.cancelSecretBytes,
      () => cancelQuietly(connection, target.connection, dependencies),
    )
    try {
      const stamp = createSessionStamp(dependencies.clock)
      facts.session = stamp.id
      const answer = welcome(
        target.connection,
        live.secret,
        connection.catalogue.current().tagged.size > 0,
        dependencies.detection,
      )
      const events = openingEvents(door, request, identity, connection, target, {
        policySet,
        policies,
      })
      const record = { ...events, request, authentication: received.messages }
      try {
        await recordOpening(dependencies.journal, stamp, record, answer)
        refuseIfGone(door, target.connection)
        refuseIfRevoked(facts, dependencies)
      } catch (error) {
        recordUnused(dependencies.journal, stamp, ...reasonOf(error))
        throw error
      }
      // Only now: a session that is not on record must not exist for its client.
      handOver(
        {
          door,
          facts,
          answer,
          request,
          stamp,
          identity,
          connection,
          target,
          live,
        },
        dependencies,
      )
    } catch (error) {
      dependencies.live.leave(live)
      throw error
    }
  } catch (error) {
    target.connection.socket.destroy()
    throw error
  }
}

/** Step 3. Who is refused hears of it when the protocol has come to the place for it. */
async function verify(
  received: ReceivedToken,
  { authenticator }: PostgresDependencies,
): Promise<VerifiedIdentity> {
  try {
    return await authenticator.verify(received.token, Date.now())
  } catch (error) {
    await received.beforeRefusal()
    throw error
  }
}

async function cancelQuietly(
  connection: PostgresConnection,
  target: TargetConnection,
  { metrics, log }: PostgresDependencies,
): Promise<void> {
  try {
    await cancelAtTarget(connection.target, target.processId, target.secret)
  } catch (error) {
    metrics.cancelRequested('failed')
    log.warn(
      { connection: connection.configuration.name, code: isGatetrailError(error) && error.code },
      'cancel request not passed on',
    )
  }
}

/** Who was revoked, or may have been while nobody could tell us. */
function refuseIfRevoked(facts: SessionFacts, { control }: PostgresDependencies): void {
  const refusal = control.refusal(facts)
  if (refusal !== undefined) throw refusal
}

function refuseIfClosed({ journal, shuttingDown }: PostgresDependencies): void {
  if (shuttingDown()) {
    throw new GatetrailError('SHUTTING_DOWN', 'Gatetrail is shutting down', {
      hint: 'Connect again in a moment.',
    })
  }
  if (!journal.accepting) {
    const failed = journal.stats().failed
    throw new GatetrailError(
      failed ? 'JOURNAL_UNWRITABLE' : 'JOURNAL_FULL',
      failed ? 'no session can be put on record now' : 'there is no space to record a new session',
      { hint: 'Whoever runs Gatetrail must look after its dataDir.' },
    )
  }
}

/** A peer that left while the opening was written has no session to hand over. */
function refuseIfGone(door: Door, target: TargetConnection): void {
  if (door.reader.ended !== undefined) throw door.reader.ended
  if (target.socket.destroyed) {
    throw new GatetrailError('UPSTREAM_UNAVAILABLE', 'the target closed the connection')
  }
}

function reasonOf(
  error: unknown,
): [EventBody<'gatetrail.session.closed'>['reason'], GatetrailError | undefined] {
  if (error instanceof PeerClosed) return ['client_vanished', undefined]
  if (!isGatetrailError(error)) return ['internal_error', undefined]
  switch (error.code) {
    case 'UPSTREAM_UNAVAILABLE':
      return ['target_closed', error]
    case 'JOURNAL_UNWRITABLE':
    case 'JOURNAL_FULL':
      return ['journal_unwritable', error]
    case 'SHUTTING_DOWN':
      return ['shutdown', error]
    case 'SESSION_REVOKED':
      return ['revoked', error]
    case 'LEASE_EXPIRED':
      return ['lease_expired', error]
    default:
      return ['protocol_violation', error]
  }
}
