/**
 * Recorded frames and decisions of a PostgreSQL session, in the order of the record → what happened to each statement.
 * Step 2 of a replay: from frame-assembler.ts, to session-transcript.ts. Knows how answers follow questions (documentation,
 * "Message Flow"), so that pipelined statements get their own answers. Pure; state is bounded.
 */
import { readCopyResponse, type ColumnDescription } from './backend-messages.ts'
import type { RecordedFrame } from './frame-assembler.ts'
import { backendTypes, frontendTypes } from './frames.ts'
import { readExecute, readNamed } from './frontend-messages.ts'
import { StepDecisions } from './session-decisions.ts'
import * as messages from './session-messages.ts'
import type {
  CopyStart,
  Portal,
  Prepared,
  RecordedDecision,
  SessionSink,
  Statement,
  StatementStep,
  Step,
} from './session-steps.ts'

const pendingMax = 65_536
const namesMax = 4_096

export class SessionReader {
  readonly #sink: SessionSink
  readonly #prepared = new Map<string, Prepared>()
  readonly #portals = new Map<string, Portal>()
  #pending: Step[] = []
  readonly #decisions = new StepDecisions(pendingMax)
  #transaction: messages.TransactionStatus | undefined
  #answering: StatementStep | undefined
  /** The last one that was answered, as long as no other was sent. */
  #last: StatementStep | undefined

  /** `transaction`: the session is in it where the frames begin, if that is known. */
  constructor(sink: SessionSink, transaction?: messages.TransactionStatus) {
    this.#sink = sink
    this.#transaction = transaction
  }

  /** Forgets what is unanswered and keeps what is prepared: between frames that only prepare and where a replay begins. */
  settle(): void {
    this.#pending = []
    this.#last = undefined
    this.#decisions.clear()
  }

  decision(decision: RecordedDecision): void {
    this.#decisions.decided(decision)
  }

  frame(frame: RecordedFrame): void {
    if (frame.withheld || frame.type === 0) return
    if (frame.direction === 'to_target') this.#fromClient(frame)
    else this.#toClient(frame)
  }

  #fromClient(frame: RecordedFrame): void {
    const { bytes } = frame
    switch (frame.type) {
      case frontendTypes.query:
        return this.#push({ kind: 'query', sql: messages.querySql(bytes), ...this.#sent() })
      case frontendTypes.functionCall:
        return this.#push({ kind: 'function_call', call: messages.callOf(bytes), ...this.#sent() })
      case frontendTypes.parse: {
        const { name, sql, parameterTypes } = messages.parseOf(bytes)
        const prepared: Prepared = { sql, parameterTypes, columns: undefined }
        remember(this.#prepared, name, prepared)
        return this.#push({ kind: 'parse', name, prepared, ...this.#sent() })
      }
      case frontendTypes.bind: {
        const bind = messages.bindOf(bytes)
        if (bind !== undefined) {
          this.#closePortal(bind.portal)
          const prepared = this.#prepared.get(bind.statement)
          remember(this.#portals, bind.portal, {
            prepared,
            bind,
            columns: undefined,
            statement: undefined,
            suspended: false,
          })
        }
        return this.#push({ kind: 'bind' })
      }
      case frontendTypes.describe: {
        const named = messages.readable(() => readNamed(bytes, 0, bytes.length))
        const name = named?.name ?? ''
        const described =
          named?.kind === 'statement' ? this.#prepared.get(name) : this.#portals.get(name)
        return this.#push({ kind: 'describe', described })
      }
      case frontendTypes.execute: {
        const name = messages.readable(() => readExecute(bytes, 0, bytes.length)) ?? ''
        return this.#execute(name, messages.rowLimitOf(bytes))
      }
      case frontendTypes.close: {
        const named = messages.readable(() => readNamed(bytes, 0, bytes.length))
        if (named?.kind === 'portal') this.#closePortal(named.name)
        return this.#push({ kind: 'close' })
      }
      case frontendTypes.sync:
        return this.#push({ kind: 'sync' })
      case frontendTypes.copyData: {
        const step = this.#statement()
        if (step !== undefined) this.#sink.copyBytes(step, 'in', frame)
        return undefined
      }
      case frontendTypes.copyFail: {
        const step = this.#statement()
        if (step !== undefined) this.#sink.copyFailed(step, messages.bodyText(bytes))
        return undefined
      }
      case frontendTypes.terminate:
        return this.#leave()
      default:
        return undefined
    }
  }

  #toClient(frame: RecordedFrame): void {
    const { bytes } = frame
    const step = this.#statement()
    if (step !== undefined) this.#begin(step)
    switch (frame.type) {
      case backendTypes.parseComplete:
        return this.#answered('parse')
      case backendTypes.bindComplete:
        return this.#answered('bind')
      case backendTypes.closeComplete:
        return this.#answered('close')
      case backendTypes.parameterDescription:
        return this.#describeParameters(messages.parameterTypesOf(bytes))
      case backendTypes.noData:
        return this.#describe([])
      case backendTypes.rowDescription: {
        const columns = messages.columnsOf(bytes) ?? []
        if (step?.kind === 'query') return this.#sink.columns(step, columns)
        return this.#describe(columns)
      }
      case backendTypes.dataRow:
        return step === undefined ? undefined : this.#sink.row(step, frame)
      case backendTypes.copyOut:
      case backendTypes.copyBoth:
      case backendTypes.copyIn:
        if (step === undefined) return undefined
        return this.#sink.copy(
          step,
          frame.type === backendTypes.copyIn ? 'in' : 'out',
          messages.readable(() => readCopyResponse(bytes, 0, bytes.length)) ?? noFormat,
        )
      case backendTypes.copyData:
        return step === undefined ? undefined : this.#sink.copyBytes(step, 'out', frame)
      case backendTypes.commandComplete:
      case backendTypes.emptyQuery:
      case backendTypes.portalSuspended:
        return step === undefined ? undefined : this.#completed(step, frame)
      case backendTypes.functionCallResponse:
        return step === undefined
          ? undefined
          : this.#sink.functionResult(step, messages.callResultOf(bytes))
      case backendTypes.notice:
        return this.#sink.report(step ?? this.#last, 'notice', messages.reportFields(bytes))
      case backendTypes.notification:
        return this.#sink.notification(step ?? this.#last, messages.notificationOf(bytes))
      case backendTypes.parameterStatus: {
        const { name, value } = messages.parameterStatusOf(bytes)
        return this.#sink.parameter(step ?? this.#last, name, value)
      }
      case backendTypes.error:
        return this.#error(messages.reportFields(bytes))
      case backendTypes.readyForQuery:
        this.#transaction = messages.transactionOf(bytes)
        this.#ready()
        // The end of a transaction closes its portals.
        if (this.#transaction === 'I' && this.#pending.length === 0) {
          for (const name of [...this.#portals.keys()]) this.#closePortal(name)
        }
        return undefined
      default:
        return undefined
    }
  }

  /** Something of its answer is here. */
  #begin(step: StatementStep): void {
    const head = this.#pending[0]
    if (head?.kind === 'resume' && !head.announced) {
      head.announced = true
      this.#sink.resumed(step, head.rowLimit)
    }
    if (step === this.#answering) return
    this.#answering = step
    // Now it is known what the statements before it came to.
    step.transaction ??= this.#transaction
  }

  #execute(portalName: string, rowLimit: number): void {
    const portal = this.#portals.get(portalName)
    if (portal?.statement !== undefined) {
      return this.#push({ kind: 'resume', of: portal.statement, rowLimit, announced: false })
    }
    const step: StatementStep = {
      ...{ kind: 'execute', portalName, portal, rowLimit },
      ...this.#sent(),
    }
    if (portal !== undefined) portal.statement = step
    return this.#push(step)
  }

  #completed(step: StatementStep, frame: RecordedFrame): void {
    const isSuspended = frame.type === backendTypes.portalSuspended
    if (!isSuspended && frame.type !== backendTypes.emptyQuery) {
      this.#follow(messages.bodyText(frame.bytes))
    }
    this.#sink.complete(step, completionText(frame))
    if (step.kind !== 'execute') return
    if (step.portal !== undefined) step.portal.suspended = isSuspended
    this.#takeOff(step)
    if (!isSuspended) this.#end(step)
  }

  /** Nothing more can come of a portal that was suspended. */
  #closePortal(name: string): void {
    const portal = this.#portals.get(name)
    this.#portals.delete(name)
    if (portal?.suspended !== true || portal.statement === undefined) return
    portal.suspended = false
    this.#sink.done(portal.statement)
    this.#sink.left(portal.statement)
  }

  #sent(): Statement {
    const alone = !this.#pending.some((step) => 'decision' in step && step.kind !== 'parse')
    return { decision: undefined, transaction: alone ? this.#transaction : undefined }
  }

  /** The transaction within a pipeline, by the command tags; where they leave a doubt, ReadyForQuery settles it. */
  #follow(tag: string): void {
    if (tag === 'BEGIN' || tag === 'START TRANSACTION') this.#transaction = 'T'
    else if (tag === 'COMMIT') this.#transaction = 'I'
    else if (tag === 'ROLLBACK') this.#transaction = undefined
  }

  #leave(): void {
    if (this.#last !== undefined) this.#sink.left(this.#last)
    this.#last = undefined
  }

  #push(step: Step): void {
    // As long as an answer to Sync is due, what belongs to the statement before may still come.
    if ('decision' in step && this.#pending.length === 0) this.#leave()
    this.#pending.push(step)
    if (this.#pending.length > pendingMax) this.#pending.shift()
    if ('decision' in step) this.#decisions.sent(step)
  }

  /** The statement whose answer is coming in: the first that is not answered, up to the next Sync. */
  #statement(): StatementStep | undefined {
    const head = this.#pending[0]
    if (head !== undefined && 'decision' in head) return head
    // NoticeResponse and the like may come before the answers to Bind and Describe that stand in front.
    for (const step of this.#upToSync()) {
      if (step.kind === 'resume') return step.of
      if ('decision' in step && step.kind !== 'parse') return step
    }
    return undefined
  }

  #upToSync(): Step[] {
    const sync = this.#pending.findIndex(({ kind }) => kind === 'sync')
    return sync === -1 ? this.#pending : this.#pending.slice(0, sync)
  }

  #answered(kind: Step['kind']): void {
    const index = this.#pending.findIndex((step) => step.kind === kind || step.kind === 'sync')
    if (index === -1 || this.#pending[index]!.kind === 'sync') return
    this.#pending.splice(0, index + 1)
  }

  #described(): Prepared | Portal | undefined {
    const step = this.#pending.find((pending) => pending.kind === 'describe')
    return step?.kind === 'describe' ? step.described : undefined
  }

  #describeParameters(types: number[]): void {
    const described = this.#described()
    if (described !== undefined && 'sql' in described) described.parameterTypes = types
  }

  #describe(columns: ColumnDescription[]): void {
    const described = this.#described()
    if (described !== undefined) described.columns = columns
    this.#answered('describe')
  }

  #error(fields: ReadonlyMap<string, string>): void {
    if (this.#transaction === 'T') this.#transaction = 'E'
    const step = this.#failed()
    this.#sink.report(step ?? this.#last, 'error', fields)
    if (step === undefined || step.kind === 'query' || step.kind === 'function_call') return
    // Until Sync the target skips whatever comes (documentation, "Extended Query").
    const skipped = this.#upToSync()
    this.#pending = this.#pending.slice(skipped.length)
    this.#end(step)
    for (const passed of skipped) {
      if (passed === step || !('decision' in passed) || passed.kind === 'parse') continue
      this.#sink.skipped(passed)
      this.#end(passed)
    }
    this.#decisions.forget(skipped)
  }

  /** The statement that an error belongs to. */
  #failed(): StatementStep | undefined {
    const head = this.#pending[0]
    if (head?.kind !== 'parse') return this.#statement()
    // The Parse itself failed: by a refusal of ours (then it has a decision), or at the target.
    head.decision ??= this.#decisions.takeParse()
    if (head.decision !== undefined) return head
    return (
      this.#upToSync().find(
        (step): step is StatementStep =>
          step.kind === 'execute' && step.portal?.prepared === head.prepared,
      ) ?? head
    )
  }

  #ready(): void {
    const index = this.#pending.findIndex(
      ({ kind }) => kind === 'sync' || kind === 'query' || kind === 'function_call',
    )
    if (index === -1) return
    const answered = this.#pending.splice(0, index + 1)
    const last = answered.at(-1)
    if (last !== undefined && 'decision' in last) this.#end(last)
    else if (this.#pending.length > 0) this.#leave()
    this.#decisions.forget(answered)
  }

  /** The messages up to the one that was answered. */
  #takeOff(step: StatementStep): void {
    const index = this.#pending.findIndex(
      (pending) => pending === step || (pending.kind === 'resume' && pending.of === step),
    )
    if (index !== -1) this.#decisions.forget(this.#pending.splice(0, index + 1))
  }

  #end(step: StatementStep): void {
    this.#leave()
    this.#sink.done(step)
    if (this.#statement() === undefined) this.#last = step
    else this.#sink.left(step)
  }
}

const noFormat: CopyStart = { binary: false, columns: 0 }

function completionText(frame: RecordedFrame): string {
  if (frame.type === backendTypes.emptyQuery) return ''
  return frame.type === backendTypes.portalSuspended
    ? 'PORTAL SUSPENDED'
    : messages.bodyText(frame.bytes)
}

function remember<Value>(names: Map<string, Value>, name: string, value: Value): void {
  names.delete(name)
  names.set(name, value)
  if (names.size > namesMax) {
    const oldest = names.keys().next().value
    if (oldest !== undefined) names.delete(oldest)
  }
}
