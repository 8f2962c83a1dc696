/** What all PostgreSQL sessions of this process share. Made by start-proxy.ts. */
import type { SecureContext } from 'node:tls'
import type { Clock, Journal, SessionStamp } from '@gatetrail/eventlog'
import type { Logger } from 'pino'
import type { SessionControl } from '../../control/session-control.ts'
import type { Detection } from '../../detection/detection.ts'
import type { Authenticator } from '../../identity/index.ts'
import type { Rejections } from '../../listener/rejections.ts'
import type { Metrics } from '../../operations/metrics.ts'
import type { PolicyStore } from '../../policy/index.ts'
import type { CancelElsewhere } from './cancel/cancel-elsewhere.ts'
import type { LiveSessions } from './cancel/live-sessions.ts'
import type { CancelLimit } from './cancel/request-limit.ts'
import type { PostgresConnection } from './connection.ts'
import type { ColumnKnowledge } from './masking/column-knowledge.ts'
import type { FactsCache } from './facts/index.ts'
import type { TouchQueue } from './recorder/touch-queue.ts'
import type { Door } from './front-door/door.ts'
import type { Relay, RelayContext } from './relay/context.ts'
import type { Sessions } from './sessions.ts'

export type PostgresDependencies = {
  connections: ReadonlyMap<string, PostgresConnection>
  authenticator: Pick<Authenticator, 'verify'>
  /** What a client of SASL OAUTHBEARER without a good token is told: where to get one. */
  bearerChallenge: Buffer
  policies: Pick<PolicyStore, 'current'>
  journal: Journal
  clock: Clock
  tls: SecureContext
  live: LiveSessions
  cancelElsewhere: CancelElsewhere
  cancelLimit: CancelLimit
  rejections: Rejections
  metrics: Metrics
  log: Logger
  facts: Pick<FactsCache, 'describe' | 'describeBytes'>
  fingerprintKey: Uint8Array
  touchQueue: TouchQueue
  detection: Detection
  knowledge: ColumnKnowledge
  sessionHoursMax: number
  /** How long a caller may take until its token is there. */
  authenticationTimeoutMs: number
  startRelay(context: RelayContext<SessionStamp>): Relay
  /** Callers that have no relay yet. */
  beforeRelay: { add(door: Door): () => void }
  /** Sessions that have one. */
  sessions: Sessions
  control: Pick<SessionControl, 'refusal' | 'leaseEnd'>
  shuttingDown(): boolean
}
