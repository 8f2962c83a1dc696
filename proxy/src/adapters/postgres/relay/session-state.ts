/** What the two legs of a relay share: the recorder, what waits to be forwarded, and what the target still owes. */
import {
  errorResponseMessage,
  readyForQueryMessage,
  typeName,
  type ErrorResponseFields,
} from '@gatetrail/protocols'
import { GatetrailError } from '@gatetrail/schemas'
import type { Snapshot } from '../catalogue/snapshot.ts'
import type { CopyInRecord } from '../masking/client-record.ts'
import { CoverageCounts } from '../masking/coverage-counts.ts'
import type { StatementDescription } from '../facts/index.ts'
import type { SessionClock } from '../recorder/record-sink.ts'
import { recordFlags, SessionRecorder } from '../recorder/session-recorder.ts'
import type { StatementRun } from '../recorder/statement-run.ts'
import type { RelayContext } from './context.ts'
import { NameTable } from './names.ts'
import type { Outbox } from './outbox.ts'
import type { Portal, Prepared } from './prepared.ts'
import { ReplyQueue, type Reply } from './replies.ts'
import { NamedTexts } from './session-sql/named-texts.ts'
import { changesCatalogue } from './session-sql/definitions.ts'
import { SessionSql } from './session-sql/session-sql.ts'
import { SharedDefinitions } from './shared-definitions.ts'
import { StatementForms } from './statement-form.ts'
import { TextReading } from './unread-text.ts'

export class SessionState<Stamp extends SessionClock = SessionClock> {
  readonly context: RelayContext<Stamp>
  readonly recorder: SessionRecorder<Stamp>
  readonly forms: StatementForms
  readonly replies = new ReplyQueue()
  readonly statements = new NameTable<Prepared>()
  readonly portals = new NameTable<Portal>()
  readonly coverage = new CoverageCounts()
  readonly #configuredTags: boolean
  readonly toClient: Outbox
  readonly toTarget: Outbox
  /** As of the last ReadyForQuery: I, T or E. */
  transaction = letterOf('I')
  /** Counts simple queries and Syncs that were sent. */
  batch = 0
  /** Messages of the extended protocol were sent since the last Sync. */
  batchOpen = false
  /** The target skips everything up to the next Sync. */
  targetSkips = false
  /** A COPY … FROM STDIN that the target has begun. */
  copyIn: CopyInRecord | undefined
  /** Statements of the open transaction changed what the catalogue says, where only the transaction sees it. */
  catalogueUncertain = false
  readonly #definitions: SharedDefinitions
  #catalogueStale = false
  /** Tables of this transaction that the catalogue was asked for in vain. */
  readonly unknownTables = new Set<number>()
  /** Tables that the catalogue was asked for since their name was not the statement's: once in a session. */
  readonly renamedTables = new Set<number>()
  /** What texts depend on besides themselves. */
  readonly sql: SessionSql
  readonly texts: NamedTexts
  /** Statement runs whose portal is suspended. */
  readonly suspended = new Set<Portal>()
  /** The target was asked what names mean, for the message at hand. */
  namesAsked = false
  /** What the target has answered so far, when it was asked. */
  readonly namesTold: string[] = []
  /** The client's messages wait until everything is answered. */
  draining = false
  bytesFromClient = 0
  bytesToClient = 0
  readonly reading = new TextReading()

  constructor(context: RelayContext<Stamp>, toClient: Outbox, toTarget: Outbox) {
    this.context = context
    this.#definitions = new SharedDefinitions(context.catalogue)
    this.recorder = new SessionRecorder(
      context.journal,
      context.stamp,
      context.connection.name,
      context.detection.version,
      context.watch,
      context.touchQueue,
    )
    this.forms = new StatementForms(context.fingerprintKey, context.knowledge)
    this.#configuredTags = Object.keys(context.connection.columns).length > 0
    const { parameters, searchPath, user } = context
    this.sql = new SessionSql(
      () => this.snapshot.model,
      () => this.tagged,
      parameters?.get('search_path') ?? searchPath,
      user,
    )
    this.texts = new NamedTexts(() => this.#textBytes())
    this.toClient = toClient
    this.toTarget = toTarget
    for (const [name, value] of context.parameters ?? []) {
      if (name !== readOnlyParameter) this.parameterChanged(name, value)
    }
  }

  /** The connection has tagged columns. */
  get tagged(): boolean {
    return this.snapshot.tagged.size > 0 || this.#configuredTags
  }

  get snapshot(): Snapshot {
    return this.context.catalogue.current()
  }

  /** Nothing is going on at the target: no answer outstanding, no batch and no transaction open. */
  get idle(): boolean {
    this.replies.forgetCopyEnds()
    return this.settled
  }

  /** A transaction block was open at the last ReadyForQuery. */
  get inTransaction(): boolean {
    return this.transaction !== idleStatus
  }

  /** All that was sent is answered, and no transaction is open: what this session did, others see. */
  get settled(): boolean {
    return this.replies.empty && !this.batchOpen && !this.inTransaction
  }

  /** The target would answer a batch of our own at once, and it would harm nothing. */
  get canAsk(): boolean {
    return (
      this.replies.empty &&
      !this.batchOpen &&
      !this.targetSkips &&
      this.copyIn === undefined &&
      this.transaction !== failedStatus
    )
  }

  /** Says something of our own to the client. */
  answer(message: Uint8Array): void {
    const bytes = Buffer.from(message.buffer, message.byteOffset, message.length)
    this.recorder.frame(recordFlags.toClient, bytes[0]!, bytes, 0, bytes.length)
    this.bytesToClient += bytes.length
    this.toClient.add(bytes, 0, bytes.length)
  }

  /** A frame of the client goes on record; `copy`: masked, in its place. */
  recordFromClient(
    type: number,
    bytes: Buffer,
    start: number,
    end: number,
    copy: Buffer | undefined,
  ): void {
    if (copy === undefined) this.recorder.frame(recordFlags.fromClient, type, bytes, start, end)
    else this.recorder.frame(recordFlags.masked, type, copy, 0, end - start)
  }

  /** A frame of the client goes on record and to the target as it is. */
  passToTarget(type: number, bytes: Buffer, start: number, end: number): void {
    this.recorder.frame(recordFlags.fromClient, type, bytes, start, end)
    this.toTarget.add(bytes, start, end)
  }

  /** A frame of the target goes on record and to the client as it is. `run`: the statement that it answers. */
  passToClient(
    type: number,
    bytes: Buffer,
    start: number,
    end: number,
    run: StatementRun | undefined,
  ): void {
    // Nothing of the outbox leaves before the recorder has sealed what stands in it; where that fails, it is cleared.
    const at = this.toClient.add(bytes, start, end)
    this.recorder.lastingFrame(recordFlags.toClient, type, bytes, at, at + end - start)
    this.countToClient(run, end - start)
  }

  /** A frame of the target goes to the client as it is, and on record as `copy`, masked, in its place. */
  passToClientMasked(
    type: number,
    bytes: Buffer,
    start: number,
    end: number,
    copy: Buffer,
    run: StatementRun | undefined,
  ): void {
    const flags = recordFlags.toClient | recordFlags.masked
    this.recorder.frame(flags, type, copy, 0, end - start)
    this.toClient.add(bytes, start, end)
    this.countToClient(run, end - start)
  }

  /** A piece of a frame of the target: as it is shown, and as it is recorded, masked if that is another one. */
  passPartToClient(
    type: number,
    shown: Buffer,
    recorded: Buffer,
    first: boolean,
    last: boolean,
    totalLength: number,
    run: StatementRun | undefined,
  ): void {
    const flags =
      recorded === shown ? recordFlags.toClient : recordFlags.toClient | recordFlags.masked
    this.recorder.part(flags, type, recorded, 0, recorded.length, first, last, totalLength)
    this.countToClient(run, shown.length)
    this.toClient.add(shown, 0, shown.length)
  }

  countToClient(run: StatementRun | undefined, length: number): void {
    this.bytesToClient += length
    if (run !== undefined) run.bytes += length
  }

  answerError(fields: ErrorResponseFields): void {
    this.answer(errorResponseMessage(fields))
  }

  answerReady(): void {
    this.answer(readyForQueryMessage('I'))
  }

  parameterChanged(name: string, value: string): void {
    if (name === readOnlyParameter && value === 'off' && this.context.readOnly) {
      throw new GatetrailError(
        'UPSTREAM_PROTOCOL_VIOLATION',
        'the session was read-only, and the target says that it is not any more',
      )
    }
    if (name === 'search_path') this.sql.searchPathReported(value)
    this.reading.parameterChanged(name, value)
  }

  /** The catalogue must be read again before the next result is described: this session, or another one, changed it. */
  get catalogueStale(): boolean {
    return this.#catalogueStale || this.#definitions.behind
  }

  /** False: it is read now. */
  set catalogueStale(stale: boolean) {
    this.#catalogueStale = stale
    if (!stale) this.#definitions.reading()
  }

  /** A statement is done after which the catalogue may say something else. */
  definitionsChanged(description: StatementDescription): void {
    this.catalogueStale = true
    this.#definitions.changed(description)
  }

  /** ReadyForQuery says that no transaction is open: what lived no longer than one is gone. */
  transactionEnded(): void {
    this.#definitions.transactionEnded()
    this.catalogueUncertain = false
    if (this.unknownTables.size > 0) this.unknownTables.clear()
    for (const portal of this.suspended) {
      if (portal.run !== undefined) this.recorder.finish(portal.run)
    }
    this.suspended.clear()
    // What was sent since is not in the catalogue either.
    for (const { form } of this.replies.all()) {
      if (form !== undefined && changesCatalogue(form.description, this.snapshot.model)) {
        this.catalogueUncertain = true
      }
    }
  }

  #textBytes(): number {
    let bytes = 0
    for (const { source } of this.statements.values()) bytes += source.text?.length ?? 0
    for (const { prepared } of this.portals.values()) bytes += prepared.source.text?.length ?? 0
    return bytes
  }

  /** The statement is over with an error that the target never said. */
  abandon(run: StatementRun, sqlstate: string, message: string): void {
    run.failed(sqlstate, message)
    this.recorder.finish(run)
  }

  /** A message was skipped by the target: what it would have defined doesn't come to be. */
  dropReply(entry: Reply): void {
    if (entry.kind === 'parse' || (entry.kind === 'close' && entry.prepared !== undefined)) {
      if (entry.prepared !== undefined) this.statements.drop(entry.prepared)
    } else if (entry.kind === 'bind' || entry.kind === 'close') {
      if (entry.portal !== undefined) this.portals.drop(entry.portal)
    }
    if (entry.run !== undefined && !entry.run.finished) {
      this.abandon(entry.run, skippedSqlstate, 'skipped: an earlier message of the batch failed')
    }
  }
}

/** transaction: the statement was not executed since an earlier one failed (in_failed_sql_transaction). */
const skippedSqlstate = '25P02'
export const readOnlyParameter = 'default_transaction_read_only'
const idleStatus = letterOf('I')
const failedStatus = letterOf('E')

export function letterOf(letter: string): number {
  return letter.charCodeAt(0)
}

export function outOfStep(type: number): GatetrailError {
  return new GatetrailError(
    'UPSTREAM_PROTOCOL_VIOLATION',
    `the target sent a message of type ${typeName(type)} where it cannot be`,
  )
}
