/**
 * What the target answers: each message is matched with what it answers, masked, put on record, and only then forwarded.
 * From start-relay.ts, to result-rows.ts, copy-answers.ts, target-texts.ts and target-errors.ts; the questions are in
 * client-leg.ts.
 */
import {
  backendTypes,
  FrameSplitter,
  typeName,
  type ColumnDescription,
  type FrameTarget,
  type FrameTreatment,
} from '@gatetrail/protocols'
import { GatetrailError, limits } from '@gatetrail/schemas'
import { takeNames } from './ask-names.ts'
import { CatalogueWait } from './catalogue-wait.ts'
import { CopyAnswers } from './copy-answers.ts'
import { FramePool } from './frame-pool.ts'
import { passCallResult } from './function-call.ts'
import type { Reply } from './replies.ts'
import { formOfReply, readColumns } from './result-columns.ts'
import { ResultRows } from './result-rows.ts'
import { changesCatalogue } from './session-sql/definitions.ts'
import { letterOf, outOfStep, type SessionState } from './session-state.ts'
import { applyNames, endPortals, endPortalsSince } from './sql-names.ts'
import { takeError } from './target-errors.ts'
import { TargetTexts } from './target-texts.ts'

const types = backendTypes
const idle = letterOf('I')
const { inspectedFrameBytesMax, bufferedBytesMax } = limits.session

export class TargetLeg implements FrameTarget<Buffer> {
  readonly splitter: FrameSplitter<Buffer>
  readonly pool = new FramePool()
  readonly #state: SessionState
  readonly #wait: CatalogueWait
  readonly #rows: ResultRows
  readonly #copy: CopyAnswers
  readonly #texts: TargetTexts
  #partOpen = false
  /** The target said goodbye itself. */
  fatal: string | undefined

  /** `onRefreshed` is called outside of any input, when the catalogue was read again; it calls `goOn`. */
  constructor(state: SessionState, onRefreshed: (error: unknown) => void) {
    this.#state = state
    this.splitter = new FrameSplitter<Buffer>(this, (length) => Buffer.allocUnsafe(length))
    this.#wait = new CatalogueWait(state, () => this.splitter.hold(), onRefreshed)
    this.#rows = new ResultRows(state, this.#wait)
    this.#copy = new CopyAnswers(state, this.#wait)
    this.#texts = new TargetTexts(state)
  }

  /** A frame is forwarded in part: nothing else can be said to the client now. */
  get inFrame(): boolean {
    return this.#partOpen
  }

  treat(type: number, totalLength: number): FrameTreatment {
    if (totalLength <= bufferedBytesMax) return 'whole'
    if (totalLength <= inspectedFrameBytesMax && this.pool.tryAssemble(totalLength)) return 'whole'
    if (type === types.dataRow || type === types.copyData) return 'parts'
    throw new GatetrailError(
      'FRAME_TOO_LARGE',
      `the target sent a message of type ${typeName(type)} of ${totalLength} bytes`,
    )
  }

  frame(type: number, bytes: Buffer, start: number, end: number): void {
    const state = this.#state
    this.pool.assembled()
    if (state.replies.first?.kind === 'names' && takeNames(state, type, bytes, start, end)) return
    switch (type) {
      case types.dataRow: {
        const entry = state.replies.first
        if (entry === undefined || (entry.kind !== 'query' && entry.kind !== 'execute')) {
          throw outOfStep(type)
        }
        return this.#rows.row(entry, bytes, start, end)
      }
      case types.rowDescription:
        return this.#rowDescription(bytes, start, end)
      case types.commandComplete:
        return this.#commandComplete(bytes, start, end)
      case types.readyForQuery:
        return this.#ready(bytes, start, end)
      case types.parseComplete: {
        const entry = state.replies.take('parse')
        // A message that was made to fail did not.
        if (entry.prepared === undefined) throw outOfStep(type)
        state.statements.confirm(entry.prepared)
        return state.passToClient(type, bytes, start, end, undefined)
      }
      case types.bindComplete: {
        const { portal } = state.replies.take('bind')
        this.#replacePortal(portal!.name)
        state.portals.confirm(portal!)
        return state.passToClient(type, bytes, start, end, undefined)
      }
      case types.closeComplete: {
        const { prepared, portal } = state.replies.take('close')
        if (prepared !== undefined) state.statements.confirm(prepared)
        if (portal !== undefined) {
          this.#replacePortal(portal.name)
          state.portals.confirm(portal)
        }
        return state.passToClient(type, bytes, start, end, undefined)
      }
      case types.parameterDescription:
        state.replies.expect('describe_statement')
        return state.passToClient(type, bytes, start, end, undefined)
      case types.noData:
        return this.#described(type, bytes, start, end, [])
      case types.emptyQuery: {
        const entry = state.replies.expect('query', 'execute')
        state.passToClient(type, bytes, start, end, entry.run)
        if (entry.kind === 'execute') this.#executed(entry)
        return
      }
      case types.portalSuspended:
        return this.#suspended(bytes, start, end)
      case types.copyOut:
        return this.#copy.beginOut(bytes, start, end)
      case types.copyIn:
        return this.#copy.beginIn(bytes, start, end)
      case types.copyData:
        return this.#copy.data(bytes, start, end)
      case types.copyDone: {
        const { run } = state.replies.expect('query', 'execute')
        return state.passToClient(type, bytes, start, end, run)
      }
      case types.functionCallResponse:
        return passCallResult(state, bytes, start, end)
      case types.error:
        this.fatal = takeError(state, this.#texts, bytes, start, end) ?? this.fatal
        return
      case types.notice:
        return this.#texts.notice(bytes, start, end)
      case types.parameterStatus:
        return this.#texts.parameterStatus(bytes, start, end)
      case types.notification:
        return this.#texts.notification(bytes, start, end)
      default:
        throw outOfStep(type)
    }
  }

  part(
    type: number,
    bytes: Buffer,
    start: number,
    end: number,
    first: boolean,
    last: boolean,
    totalLength: number,
  ): void {
    const entry = this.#state.replies.expect('query', 'execute')
    this.#partOpen = !last
    const piece = bytes.subarray(start, end)
    const by = type === types.dataRow ? this.#rows : this.#copy
    by.part(entry, piece, first, last, totalLength)
  }

  /** After the catalogue was read again. */
  goOn(): void {
    const deferred = this.#wait.take()
    if (deferred !== undefined) {
      const { type, bytes, start, end } = deferred
      this.frame(type, bytes, start, end)
    }
    if (!this.#wait.waiting) this.splitter.resume()
  }

  #rowDescription(bytes: Buffer, start: number, end: number): void {
    const state = this.#state
    const entry = state.replies.expect('query', 'describe_statement', 'describe_portal')
    const columns = readColumns(formOfReply(entry), bytes, start, end)
    if (entry.kind === 'query') {
      entry.columns = columns
      entry.plan = undefined
      state.passToClient(types.rowDescription, bytes, start, end, entry.run)
      return
    }
    this.#described(types.rowDescription, bytes, start, end, columns)
  }

  #described(
    type: number,
    bytes: Buffer,
    start: number,
    end: number,
    columns: readonly ColumnDescription[],
  ): void {
    const state = this.#state
    const entry = state.replies.take('describe_statement', 'describe_portal')
    const portal = entry.portal?.value
    if (portal !== undefined) portal.columns = columns
    // What its portal shows is what the statement shows, but for the formats, which the Bind says.
    const prepared = entry.prepared?.value ?? portal?.prepared
    if (prepared !== undefined) {
      prepared.columns = columns
      prepared.columnsSnapshot = new WeakRef(state.snapshot)
    }
    if (!entry.swallow) state.passToClient(type, bytes, start, end, undefined)
  }

  #commandComplete(bytes: Buffer, start: number, end: number): void {
    const state = this.#state
    const entry = state.replies.expect('query', 'execute')
    const run = entry.run!
    run.command = bytes.toString('latin1', start + 5, end - 1)
    if (entry.commandRows === 0) run.rows += affectedRows(bytes, start + 5, end - 1)
    entry.commandRows = 0
    this.#applied(entry, run.command)
    entry.part++
    entry.plan = undefined
    this.#rows.ended()
    entry.columns = undefined
    entry.copyOut = undefined
    this.#copy.endIn(entry)
    this.#texts.answered(entry.form)
    state.passToClient(types.commandComplete, bytes, start, end, run)
    if (entry.kind === 'execute') this.#executed(entry)
  }

  /** One statement of a text is done: what it changes for later ones. */
  #applied(entry: Reply, tag: string): void {
    const state = this.#state
    const { description } = entry.form!
    const part = description.parts[entry.part]
    const ended = state.sql.completed(description, part, tag)
    if (ended?.kind === 'transaction') endPortals(state, ended.committed)
    if (ended?.kind === 'savepoint') endPortalsSince(state, ended.order)
    applyNames(state, entry, part, tag)
    if (changesCatalogue(description, state.snapshot.model)) state.definitionsChanged(description)
  }

  /** An Execute has run to its end. */
  #executed(entry: Reply): void {
    this.#state.replies.shift()
    this.#state.recorder.finish(entry.run!)
    const portal = entry.portal?.value
    if (portal !== undefined) this.#state.suspended.delete(portal)
  }

  #suspended(bytes: Buffer, start: number, end: number): void {
    const state = this.#state
    const entry = state.replies.take('execute')
    const portal = entry.portal?.value
    if (portal !== undefined) state.suspended.add(portal)
    state.passToClient(types.portalSuspended, bytes, start, end, entry.run)
  }

  /** A portal of this name ends: a statement that was suspended in it gets no further. */
  #replacePortal(name: string): void {
    const portal = this.#state.portals.confirmed(name)
    if (portal === undefined || !this.#state.suspended.delete(portal)) return
    if (portal.run !== undefined) this.#state.recorder.finish(portal.run)
  }

  #ready(bytes: Buffer, start: number, end: number): void {
    const state = this.#state
    const entry = state.replies.take('query', 'sync')
    const status = bytes[start + 5]!
    if (end - start !== 6) throw outOfStep(types.readyForQuery)
    this.#texts.ready(status === idle)
    state.transaction = status
    if (entry.maybe) this.#passDoubtOn()
    if (entry.run !== undefined && entry.kind === 'query') {
      state.recorder.finish(entry.run)
    }
    if (status === idle) {
      endPortals(state, !state.sql.hasFailed)
      state.transactionEnded()
    }
    state.sql.ready(status === idle)
    if (state.replies.empty && !state.batchOpen) state.reading.settled()
    state.passToClient(types.readyForQuery, bytes, start, end, entry.run)
  }

  /** One of several Syncs during COPY was ignored by the target, and we can't tell which: the next one may be it. */
  #passDoubtOn(): void {
    for (const entry of this.#state.replies.all()) {
      if (entry.kind === 'sync') {
        entry.maybe = true
        return
      }
    }
  }
}

/** The count at the end of a command tag: INSERT 0 5, UPDATE 5, COPY 5, SELECT 5. */
function affectedRows(bytes: Buffer, start: number, end: number): number {
  let count = 0
  let scale = 1
  for (let at = end - 1; at >= start; at--) {
    const digit = bytes[at]! - 0x30
    if (digit < 0 || digit > 9) return bytes[at] === 0x20 ? count : 0
    count += digit * scale
    scale *= 10
  }
  return 0
}
