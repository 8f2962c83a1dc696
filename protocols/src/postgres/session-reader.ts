/**
 * Recorded frames and decisions of a PostgreSQL session, in the order of the record → what happened to each statement.
 * Step 2 of a replay: from frame-assembler.ts, to session-transcript.ts. Knows how answers follow questions (documentation,
 * "Message Flow"), so that pipelined statements get their own answers. Pure; state is bounded.
 */
import { unreachable } from '@gatetrail/schemas'
import type { ColumnDescription } from './backend-messages.ts'
import type { RecordedFrame } from './frame-assembler.ts'
import { backendTypes, frontendTypes } from './frames.ts'
import { readExecute, readNamed } from './frontend-messages.ts'
import * as messages from './session-messages.ts'

export type StatementPath = 'simple' | 'extended' | 'parse' | 'function_call'

/** What is needed of a `gatetrail.statement.decided`. */
export type RecordedDecision = { seq: number; path: StatementPath }

export type Prepared = {
  sql: string
  parameterTypes: number[]
  /** Described: undefined as long as nobody asked, empty if it returns no rows. */
  columns: ColumnDescription[] | undefined
}
type Portal = {
  prepared: Prepared | undefined
  bind: messages.RecordedBind
  columns: ColumnDescription[] | undefined
}

/** One message of the client that is answered. */
export type Step =
  | { kind: 'query'; sql: string; decision: RecordedDecision | undefined }
  | { kind: 'parse'; name: string; prepared: Prepared; decision: RecordedDecision | undefined }
  | { kind: 'execute'; portal: Portal | undefined; decision: RecordedDecision | undefined }
  | { kind: 'function_call'; decision: RecordedDecision | undefined }
  | { kind: 'bind' }
  // What is described is looked up when it is asked for: later messages may reuse its name.
  | { kind: 'describe'; described: Prepared | Portal | undefined }
  | { kind: 'close' }
  | { kind: 'sync' }
export type StatementStep = Extract<Step, { decision: RecordedDecision | undefined }>

/** Called in the order of the record. `step` is undefined for what belongs to no statement. */
export type SessionSink = {
  columns(step: StatementStep, columns: ColumnDescription[]): void
  row(step: StatementStep, frame: RecordedFrame): void
  complete(step: StatementStep, tag: string): void
  report(
    step: StatementStep | undefined,
    kind: 'error' | 'notice',
    fields: ReadonlyMap<string, string>,
  ): void
  copy(step: StatementStep, direction: 'in' | 'out', binary: boolean): void
  copyBytes(step: StatementStep, direction: 'in' | 'out', frame: RecordedFrame): void
  /** The statement will get nothing more. */
  done(step: StatementStep): void
}

const pendingMax = 65_536
const namesMax = 4_096

export class SessionReader {
  readonly #sink: SessionSink
  readonly #prepared = new Map<string, Prepared>()
  readonly #portals = new Map<string, Portal>()
  #pending: Step[] = []
  /** Statements of the client that have no decision yet, and decisions that have no statement yet. */
  #undecided: StatementStep[] = []
  #decisions: RecordedDecision[] = []
  #copyBinary = false

  constructor(sink: SessionSink) {
    this.#sink = sink
  }

  /** Forgets what is unanswered and keeps what is prepared: between frames that only prepare and where a replay begins. */
  settle(): void {
    this.#pending = []
    this.#undecided = []
    this.#decisions = []
  }

  decision(decision: RecordedDecision): void {
    const index = this.#undecided.findIndex((step) => pathOf(step) === decision.path)
    if (decision.path !== 'parse' && index !== -1) {
      this.#undecided[index]!.decision = decision
      this.#undecided.splice(index, 1)
      return
    }
    // A refused Parse is known by its answer: of an allowed one there is no decision.
    this.#decisions.push(decision)
    if (this.#decisions.length > pendingMax) this.#decisions.shift()
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
        return this.#push({ kind: 'query', sql: messages.querySql(bytes), decision: undefined })
      case frontendTypes.functionCall:
        return this.#push({ kind: 'function_call', decision: undefined })
      case frontendTypes.parse: {
        const { name, sql, parameterTypes } = messages.parseOf(bytes)
        const prepared: Prepared = { sql, parameterTypes, columns: undefined }
        remember(this.#prepared, name, prepared)
        return this.#push({ kind: 'parse', name, prepared, decision: undefined })
      }
      case frontendTypes.bind: {
        const bind = messages.bindOf(bytes)
        if (bind !== undefined) {
          const prepared = this.#prepared.get(bind.statement)
          remember(this.#portals, bind.portal, { prepared, bind, columns: undefined })
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
        return this.#push({ kind: 'execute', portal: this.#portals.get(name), decision: undefined })
      }
      case frontendTypes.close:
        return this.#push({ kind: 'close' })
      case frontendTypes.sync:
        return this.#push({ kind: 'sync' })
      case frontendTypes.copyData: {
        const step = this.#statement()
        if (step !== undefined) this.#sink.copyBytes(step, 'in', frame)
        return undefined
      }
      default:
        return undefined
    }
  }

  #toClient(frame: RecordedFrame): void {
    const { bytes } = frame
    const step = this.#statement()
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
        this.#copyBinary = bytes[5] === 1
        if (step === undefined) return undefined
        return this.#sink.copy(
          step,
          frame.type === backendTypes.copyIn ? 'in' : 'out',
          this.#copyBinary,
        )
      case backendTypes.copyData:
        return step === undefined ? undefined : this.#sink.copyBytes(step, 'out', frame)
      case backendTypes.commandComplete:
      case backendTypes.emptyQuery:
      case backendTypes.portalSuspended:
        if (step === undefined) return undefined
        this.#sink.complete(step, completionText(frame))
        if (step.kind === 'execute') this.#finish(step)
        return undefined
      case backendTypes.notice:
        return this.#sink.report(step, 'notice', messages.reportFields(bytes))
      case backendTypes.error:
        return this.#error(messages.reportFields(bytes))
      case backendTypes.readyForQuery:
        return this.#ready()
      default:
        return undefined
    }
  }

  #push(step: Step): void {
    this.#pending.push(step)
    if (this.#pending.length > pendingMax) this.#pending.shift()
    if (!('decision' in step)) return
    const path = pathOf(step)
    const index = this.#decisions.findIndex((decision) => decision.path === path)
    if (path !== 'parse' && index !== -1) {
      step.decision = this.#decisions[index]
      this.#decisions.splice(index, 1)
    } else if (path !== 'parse') {
      this.#undecided.push(step)
      if (this.#undecided.length > pendingMax) this.#undecided.shift()
    }
  }

  /** The statement whose answer is coming in: the first that is not answered. */
  #statement(): StatementStep | undefined {
    const head = this.#pending[0]
    if (head !== undefined && 'decision' in head) return head
    // NoticeResponse and the like may come before the answers to Bind and Describe that stand in front.
    return this.#pending.find(
      (step): step is StatementStep => 'decision' in step && step.kind !== 'parse',
    )
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
    const head = this.#pending[0]
    let step = this.#statement()
    if (head?.kind === 'parse') {
      // The Parse itself failed: by a refusal of ours (then it has a decision), or at the target.
      const index = this.#decisions.findIndex(({ path }) => path === 'parse')
      if (index !== -1) head.decision = this.#decisions.splice(index, 1)[0]
      if (head.decision !== undefined) step = head
    }
    this.#sink.report(step, 'error', fields)
    if (step === undefined || step.kind === 'query' || step.kind === 'function_call') return
    this.#finish(step)
    // Until Sync the target skips whatever comes (documentation, "Extended Query").
    const sync = this.#pending.findIndex((pending) => pending.kind === 'sync')
    const skipped = this.#pending.splice(0, sync === -1 ? this.#pending.length : sync)
    this.#forget(skipped)
  }

  #ready(): void {
    const index = this.#pending.findIndex(
      ({ kind }) => kind === 'sync' || kind === 'query' || kind === 'function_call',
    )
    if (index === -1) return
    const answered = this.#pending.splice(0, index + 1)
    const last = answered.at(-1)
    if (last !== undefined && 'decision' in last) this.#sink.done(last)
    this.#forget(answered)
  }

  #finish(step: StatementStep): void {
    const index = this.#pending.indexOf(step)
    if (index !== -1) this.#forget(this.#pending.splice(0, index + 1))
    this.#sink.done(step)
  }

  #forget(steps: readonly Step[]): void {
    if (this.#undecided.length > 0) {
      this.#undecided = this.#undecided.filter((step) => !steps.includes(step))
    }
  }
}

function pathOf(step: StatementStep): StatementPath {
  switch (step.kind) {
    case 'query':
      return 'simple'
    case 'execute':
      return 'extended'
    case 'parse':
      return 'parse'
    case 'function_call':
      return 'function_call'
    default:
      return unreachable(step)
  }
}

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
