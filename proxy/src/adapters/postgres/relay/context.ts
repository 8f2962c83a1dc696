/** What the relay of one session is given by the front door, and what it gives back. */
import type { Duplex } from 'node:stream'
import type {
  ConnectionConfiguration,
  Coverage,
  EventBody,
  GatetrailError,
} from '@gatetrail/schemas'
import type { Logger } from 'pino'
import type { Detection } from '../../../detection/detection.ts'
import type { SessionWatch } from '../../../operations/session-watch.ts'
import type { Snapshot } from '../catalogue/snapshot.ts'
import type { FactsCache, StatementDescription, TaggedColumn } from '../facts/index.ts'
import type { ColumnKnowledge } from '../masking/column-knowledge.ts'
import type { RecordSink, SessionClock } from '../recorder/record-sink.ts'
import type { TouchQueue } from '../recorder/touch-queue.ts'
import type { EndCause } from '../sessions.ts'

export type Verdict = 'allow' | 'deny' | 'hold'

export type Decision = {
  readonly verdict: Verdict
  /** Ids of the deciding policies. */
  readonly policies: readonly string[]
  readonly reason?: string
  readonly approvalGroups?: readonly string[]
}

/** The policies as they are now, for this principal on this connection. Asked again at each statement. */
export type SessionPolicies = {
  readonly setHash: string
  /** The same object for the same question, as long as the answer stands: what is made of it is cached with it. */
  decide(description: StatementDescription): Decision
  reveal(dataClass: string, column: string | undefined): boolean
  /** What `reveal` says depends on more than the set: it is asked again for every result. */
  readonly timeDependent?: boolean
}

export type CatalogueSource = {
  current(): Snapshot
  refresh(): Promise<Snapshot>
  /** Tagged data is about to be stored in this column (undefined: in any). False: no more can be kept. */
  addDerivedTags?(
    relation: string,
    column: string | undefined,
    tags: readonly TaggedColumn[],
  ): boolean
}

export type CloseReason = EventBody<'gatetrail.session.closed'>['reason']

export type RelayContext<Stamp extends SessionClock = SessionClock> = {
  /** Past authentication: what comes next are ordinary messages. */
  client: Duplex
  /** Bytes of the client that were already read. */
  clientHead?: Uint8Array
  /** Its first ReadyForQuery is consumed. */
  upstream: Duplex
  upstreamHead?: Uint8Array
  /** ParameterStatus as the target said them at the start. */
  parameters?: ReadonlyMap<string, string>
  /** What the client set at start-up. */
  searchPath?: string | undefined
  /** Who the session is at the target; left out: the account of the catalogue. */
  user?: string | undefined
  stamp: Stamp
  journal: RecordSink<Stamp>
  connection: Pick<ConnectionConfiguration, 'name' | 'columns'> & { readonly strict?: boolean }
  /** The principal may not write: the session began read-only, and stays so. */
  readOnly?: boolean
  policies: SessionPolicies
  facts: Pick<FactsCache, 'describe' | 'describeBytes'>
  catalogue: CatalogueSource
  /** Key of the HMAC by which a statement refers to its description. */
  fingerprintKey: Uint8Array
  /** Makes fingerprints of touched values. Left out: touches are recorded without. */
  touchQueue?: TouchQueue
  detection: Detection
  /** Of columns without a tag; shared by all sessions. */
  knowledge: ColumnKnowledge
  /** The session ends after this; left out: never. */
  maxSessionMs?: number
  /** Asked before anything that comes in is looked at: why nothing may be forwarded any more. Left out: nothing ends it so. */
  leaseEnd?(): GatetrailError | undefined
  /** Called when the client is gone while the target still works for it. */
  cancelTarget?(): void
  log: Logger
  /** Left out: nobody is told. */
  watch?: SessionWatch
  /** Called once, when session.closed is appended; the sockets are closed by the relay. */
  onEnd(reason: CloseReason, error: GatetrailError | undefined, stats: RelayStats): void
}

export type RelayStats = {
  statements: number
  rows: number
  bytesFromClient: number
  bytesToClient: number
  coverage: Coverage
}

export type Relay = {
  /** Ends the session with a message to the client. */
  terminate(cause: EndCause): void
  readonly stats: RelayStats
  /** Resolves when session.closed is on record and both sockets are closed or closing. */
  readonly ended: Promise<CloseReason>
}
