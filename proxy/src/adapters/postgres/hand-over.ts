/** Step 7 of a session: the client hears that it is in, and the relay takes both sockets. From record-opening.ts. */
import type { SessionStamp } from '@gatetrail/eventlog'
import type { SessionFacts } from '@gatetrail/schemas'
import type { VerifiedIdentity } from '../../identity/index.ts'
import { watchSession } from '../../operations/session-watch.ts'
import { createDecisions } from '../../policy/index.ts'
import type { LiveSession } from './cancel/live-sessions.ts'
import type { PostgresConnection } from './connection.ts'
import { policyConnection } from './decide-connect.ts'
import type { PostgresDependencies } from './dependencies.ts'
import type { Door } from './front-door/door.ts'
import { parameterOf } from './messages.ts'
import type { StartupRequest } from './front-door/startup-request.ts'
import type { OpenedTarget } from './open-target.ts'
import type { Relay, SessionPolicies } from './relay/context.ts'

export type OpenedSession = {
  door: Door
  facts: SessionFacts
  answer: readonly Buffer[]
  request: Pick<StartupRequest, 'applicationName'>
  stamp: SessionStamp
  identity: VerifiedIdentity
  connection: PostgresConnection
  target: OpenedTarget
  live: LiveSession
}

const millisecondsPerHour = 3_600_000

/** Synchronous: between the last look at the sockets and the relay nothing can happen to them. */
export function handOver(session: OpenedSession, dependencies: PostgresDependencies): Relay {
  const {
    door,
    facts: sessionFacts,
    answer,
    request,
    stamp,
    identity,
    connection,
    target,
    live,
  } = session
  const { journal, metrics, log, sessions, facts, fingerprintKey, touchQueue, detection } =
    dependencies
  const { name } = connection.configuration
  let leave: () => void = () => undefined
  let ended = false
  const meter = metrics.sessionOpened(name)
  const { principal } = identity
  const { applicationName } = request
  const watched = watchSession(
    { id: stamp.id, connection: name, principal, applicationName },
    meter,
  )
  door.write(Buffer.concat(answer))
  const relay = dependencies.startRelay({
    client: door.socket,
    clientHead: door.reader.detach(),
    upstream: target.connection.socket,
    upstreamHead: target.connection.head,
    parameters: new Map(target.connection.parameterStatus.map(parameterOf)),
    searchPath: target.searchPath,
    user: target.user,
    readOnly: target.readOnly,
    stamp,
    journal,
    connection: connection.configuration,
    policies: sessionPolicies(session, dependencies),
    facts,
    catalogue: connection.catalogue,
    fingerprintKey,
    touchQueue,
    detection,
    knowledge: dependencies.knowledge,
    maxSessionMs: maxSessionMs(identity, dependencies.sessionHoursMax, Date.now()),
    leaseEnd: () => dependencies.control.leaseEnd(),
    cancelTarget() {
      void live.cancel()
    },
    log: log.child({ session: stamp.id, connection: name }),
    watch: watched.watch,
    onEnd(reason, error, stats) {
      ended = true
      dependencies.live.leave(live)
      leave()
      meter.closed(reason, stats)
      watched.ended(reason)
      log.info({ session: stamp.id, connection: name, reason, code: error?.code }, 'session closed')
    },
  })
  meter.follow(() => relay.stats)
  log.info({ session: stamp.id, connection: name, readOnly: target.readOnly }, 'session opened')
  if (!ended) leave = sessions.add(relay, sessionFacts)
  return relay
}

/** The policies in force at each moment, for this caller: a reload counts from the next statement on. */
function sessionPolicies(
  { identity, connection, door }: OpenedSession,
  { policies, metrics }: PostgresDependencies,
): SessionPolicies {
  const decisions = createDecisions({
    policies,
    principal: identity.principal,
    connection: policyConnection(connection),
    clientAddress: door.address,
    now: () => new Date(),
  })
  return {
    get setHash() {
      return decisions.policySet().hash
    },
    get timeDependent() {
      return !decisions.policySet().cacheable.reveal
    },
    decide(description) {
      const decision = decisions.execute(description)
      metrics.decided('execute', decision.verdict)
      return decision
    },
    reveal: (dataClass, column) => decisions.reveal(dataClass, column).verdict === 'allow',
  }
}

/** `exp` gates the opening; it ends a session only where the issuer is configured so (design §4). */
function maxSessionMs(identity: VerifiedIdentity, sessionHoursMax: number, nowMs: number): number {
  const longest = sessionHoursMax * millisecondsPerHour
  return identity.endAtExpiry
    ? Math.max(0, Math.min(longest, identity.expiresAt * 1000 - nowMs))
    : longest
}
