/**
 * What the target answers: each message is matched with what it answers, masked, put on record, and only then forwarded.
 * From start-relay.ts; the questions are in client-leg.ts.
 */
import {
  backendTypes,
  errorResponseMessage,
  FrameSplitter,
  readCopyResponse,
  readRowDescription,
  typeName,
  type ColumnDescription,
  type FrameTarget,
  type FrameTreatment,
} from '@gatetrail/protocols'
import { findSpans, maskSpan } from '@gatetrail/detect'
import { GatetrailError, limits } from '@gatetrail/schemas'
import { CopyInRecord, scratchCopy } from '../masking/client-record.ts'
import { CopyOutMask } from '../masking/copy-out-mask.ts'
import { copyColumns, copyPlan } from '../masking/copy-rules.ts'
import { maskErrorText } from '../masking/error-text.ts'
import { maskRanges, RowMask, takeCounts } from '../masking/row-mask.ts'
import { planRow, unknownTables, type RowPlan } from '../masking/row-plan.ts'
import { RowStream } from '../masking/row-stream.ts'
import { maskWhole } from '@gatetrail/detect'
import { recordFlags } from '../recorder/session-recorder.ts'
import { inspectedFrames } from './byte-pool.ts'
import type { Reply, ReplyKind } from './replies.ts'
import { letterOf, type SessionState } from './session-state.ts'

const types = backendTypes
const idle = letterOf('I')
const tab = 0x09
const renamedTablesMax = 1_000
const { inspectedFrameBytesMax, bufferedBytesMax } = limits.session

/** What PostgreSQL reports of settings is of few words, but for these: anything can be put there. */
const freeTextParameters = new Set(['application_name', 'search_path'])

type Deferred = { type: number; bytes: Buffer; start: number; end: number }

export class TargetLeg implements FrameTarget<Buffer> {
  readonly splitter: FrameSplitter<Buffer>
  readonly #state: SessionState
  readonly #mask: RowMask
  readonly #onRefreshed: (error: unknown) => void
  #deferred: Deferred | undefined
  #stream: RowStream | undefined
  #pooled = 0
  /** Of the pool, for a frame that is not complete. */
  #assembling = 0
  #partOpen = false
  /** The catalogue was read for the frame that is deferred. */
  #refreshed = false
  /** A statement that could show tagged data was answered since the last ReadyForQuery. */
  #reached = false
  /** The target said goodbye itself. */
  fatal: string | undefined

  /** `onRefreshed` is called outside of any input, when the catalogue was read again; it calls `goOn`. */
  constructor(state: SessionState, onRefreshed: (error: unknown) => void) {
    this.#state = state
    this.#mask = new RowMask(state.coverage)
    this.#onRefreshed = onRefreshed
    this.splitter = new FrameSplitter<Buffer>(this, (length) => Buffer.allocUnsafe(length))
  }

  /** A frame is forwarded in part: nothing else can be said to the client now. */
  get inFrame(): boolean {
    return this.#partOpen
  }

  treat(type: number, totalLength: number): FrameTreatment {
    if (totalLength <= bufferedBytesMax) return 'whole'
    const streamable = type === types.dataRow || type === types.copyData
    if (totalLength <= inspectedFrameBytesMax && inspectedFrames.tryAcquire(totalLength)) {
      this.#assembling = totalLength
      return 'whole'
    }
    if (streamable) return 'parts'
    throw new GatetrailError(
      'FRAME_TOO_LARGE',
      `the target sent a message of type ${typeName(type)} of ${totalLength} bytes`,
    )
  }

  frame(type: number, bytes: Buffer, start: number, end: number): void {
    if (this.#assembling > 0) this.#assembled()
    switch (type) {
      case types.dataRow:
        return this.#row(bytes, start, end)
      case types.rowDescription:
        return this.#rowDescription(bytes, start, end)
      case types.commandComplete:
        return this.#commandComplete(bytes, start, end)
      case types.readyForQuery:
        return this.#ready(bytes, start, end)
      case types.parseComplete: {
        const entry = this.#take('parse')
        // A message that was made to fail did not.
        if (entry.prepared === undefined) throw outOfStep(type)
        this.#state.statements.confirm(entry.prepared)
        return this.#forward(type, bytes, start, end, undefined)
      }
      case types.bindComplete: {
        const entry = this.#take('bind')
        this.#replacePortal(entry.portal!.name)
        this.#state.portals.confirm(entry.portal!)
        return this.#forward(type, bytes, start, end, undefined)
      }
      case types.closeComplete: {
        const entry = this.#take('close')
        if (entry.prepared !== undefined) this.#state.statements.confirm(entry.prepared)
        if (entry.portal !== undefined) {
          this.#replacePortal(entry.portal.name)
          this.#state.portals.confirm(entry.portal)
        }
        return this.#forward(type, bytes, start, end, undefined)
      }
      case types.parameterDescription:
        this.#expect('describe_statement')
        return this.#forward(type, bytes, start, end, undefined)
      case types.noData:
        return this.#described(type, bytes, start, end, [])
      case types.emptyQuery: {
        const entry = this.#expect('query', 'execute')
        this.#forward(type, bytes, start, end, entry)
        if (entry.kind === 'execute') this.#executed(entry)
        return
      }
      case types.portalSuspended:
        return this.#suspended(bytes, start, end)
      case types.copyOut:
        return this.#beginCopyOut(bytes, start, end)
      case types.copyIn:
        return this.#beginCopyIn(bytes, start, end)
      case types.copyData:
        return this.#copyData(bytes, start, end)
      case types.copyDone:
        return this.#forward(type, bytes, start, end, this.#expect('query', 'execute'))
      case types.error:
        return this.#error(bytes, start, end)
      case types.notice:
        return this.#notice(bytes, start, end)
      case types.parameterStatus:
        return this.#parameterStatus(bytes, start, end)
      case types.notification:
        this.#notification(bytes, start, end)
        return this.#forward(type, bytes, start, end, undefined)
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
    const entry = this.#expect('query', 'execute')
    this.#partOpen = !last
    const piece = bytes.subarray(start, end)
    let shown = piece
    let recorded = piece
    if (type === types.dataRow) {
      if (first) {
        // The catalogue is never asked again in the middle of a row: what it doesn't know is masked.
        const plan = entry.plan ?? this.#plan(entry)
        this.#stream = new RowStream(plan, entry.run!.touches, this.#state.coverage)
      }
      ;({ shown, recorded } = this.#stream!.push(piece))
      if (last) {
        this.#stream = undefined
        entry.commandRows++
        entry.run!.rows++
      }
    } else {
      const { copyOut } = entry
      if (copyOut === undefined) throw outOfStep(type)
      copyOut.apply(piece, first ? 5 : 0, piece.length)
      recorded = withMasked(piece, copyOut.recordRanges)
    }
    const flags =
      recorded === shown ? recordFlags.toClient : recordFlags.toClient | recordFlags.masked
    this.#state.recorder.part(flags, type, recorded, 0, recorded.length, first, last, totalLength)
    this.#count(entry, shown.length)
    this.#state.toClient.add(shown, 0, shown.length)
  }

  /** After the catalogue was read again. */
  goOn(): void {
    const deferred = this.#deferred
    this.#deferred = undefined
    if (deferred !== undefined) {
      const { type, bytes, start, end } = deferred
      this.frame(type, bytes, start, end)
    }
    if (this.#deferred === undefined) this.splitter.resume()
  }

  forwarded(): void {
    if (this.#pooled === 0) return
    inspectedFrames.release(this.#pooled)
    this.#pooled = 0
  }

  /** The session ends: nothing of the pool stays taken. */
  release(): void {
    inspectedFrames.release(this.#pooled + this.#assembling)
    this.#pooled = 0
    this.#assembling = 0
  }

  /** The frame for which bytes were taken from the pool is complete; they are given back when it is forwarded. */
  #assembled(): void {
    this.#pooled += this.#assembling
    this.#assembling = 0
  }

  #row(bytes: Buffer, start: number, end: number): void {
    const entry = this.#state.replies.first
    if (entry === undefined || (entry.kind !== 'query' && entry.kind !== 'execute')) {
      throw outOfStep(types.dataRow)
    }
    let { plan } = entry
    if (plan === undefined) {
      const named = entry.form?.namedRelations
      if (this.#deferForCatalogue(columnsOf(entry), named, types.dataRow, bytes, start, end)) return
      plan = this.#plan(entry)
    }
    const run = entry.run!
    const newEnd = this.#mask.apply(plan, run.touches, bytes, start, end)
    const ranges = this.#mask.recordRanges
    const { recorder, toClient } = this.#state
    if (ranges.length === 0) {
      recorder.frame(recordFlags.toClient, types.dataRow, bytes, start, newEnd)
    } else {
      const copy = scratchCopy(bytes, start, newEnd)
      maskRanges(plan, copy, ranges, -start)
      const flags = recordFlags.toClient | recordFlags.masked
      recorder.frame(flags, types.dataRow, copy, 0, newEnd - start)
    }
    entry.commandRows++
    run.rows++
    run.bytes += newEnd - start
    this.#state.bytesToClient += newEnd - start
    toClient.add(bytes, start, newEnd)
  }

  /** Decides what to do with the columns of this result. @throws GatetrailError UPSTREAM_PROTOCOL_VIOLATION if it has none */
  #plan(entry: Reply): RowPlan {
    const state = this.#state
    const form = entry.form!
    const columns = columnsOf(entry)
    if (columns === undefined) {
      throw new GatetrailError(
        'UPSTREAM_PROTOCOL_VIOLATION',
        'the target sent rows that it did not describe',
      )
    }
    const described = entry.columns !== undefined || entry.portal?.value?.columns !== undefined
    const formats = described ? undefined : entry.portal?.value?.resultFormats
    const { policies } = state.context
    const { snapshot } = state
    const { setHash } = policies
    const uncertain = state.catalogueUncertain
    const cached = form.plan
    if (
      cached !== undefined &&
      cached.columns === columns &&
      cached.formats === formats &&
      cached.snapshot === snapshot &&
      cached.setHash === setHash &&
      cached.uncertain === uncertain &&
      policies.timeDependent !== true
    ) {
      entry.plan = cached.plan
      return cached.plan
    }
    const { reaches, storesInto } = form.reach(snapshot)
    const plan = planRow({
      columns,
      formats,
      snapshot,
      reaches,
      storesInto,
      catalogueUncertain: uncertain,
      reveal: (dataClass, column) => policies.reveal(dataClass, column),
    })
    form.plan = { columns, formats, snapshot, setHash, uncertain, plan }
    entry.plan = plan
    return plan
  }

  #rowDescription(bytes: Buffer, start: number, end: number): void {
    const entry = this.#expect('query', 'describe_statement', 'describe_portal')
    const form = entry.form ?? entry.prepared?.value?.form ?? entry.portal?.value?.prepared.form
    let columns: readonly ColumnDescription[]
    const known = form?.rowDescription
    if (known !== undefined && known.compare(bytes, start, end) === 0) {
      columns = form!.rowColumns!
    } else {
      columns = readRowDescription(bytes, start, end)
      if (form !== undefined) {
        form.rowDescription = Buffer.from(bytes.subarray(start, end))
        form.rowColumns = columns
      }
    }
    if (entry.kind === 'query') {
      entry.columns = columns
      entry.plan = undefined
      this.#forward(types.rowDescription, bytes, start, end, entry)
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
    const entry = this.#take('describe_statement', 'describe_portal')
    const portal = entry.portal?.value
    if (portal !== undefined) portal.columns = columns
    // What its portal shows is what the statement shows, but for the formats, which the Bind says.
    const prepared = entry.prepared?.value ?? portal?.prepared
    if (prepared !== undefined) {
      prepared.columns = columns
      prepared.columnsSnapshot = this.#state.snapshot
    }
    if (!entry.swallow) this.#forward(type, bytes, start, end, undefined)
  }

  #commandComplete(bytes: Buffer, start: number, end: number): void {
    const entry = this.#expect('query', 'execute')
    const run = entry.run!
    const command = bytes.toString('latin1', start + 5, end - 1)
    run.command = command
    if (entry.commandRows === 0) run.rows += affectedRows(bytes, start + 5, end - 1)
    entry.commandRows = 0
    if (entry.plan !== undefined) takeCounts(entry.plan, run.touches)
    entry.plan = undefined
    entry.columns = undefined
    entry.copyOut = undefined
    this.#endCopyIn(entry)
    if (entry.form!.changesSchema) this.#state.catalogueStale = true
    this.#reached ||= this.#reaches(entry.form)
    this.#forward(types.commandComplete, bytes, start, end, entry)
    if (entry.kind === 'execute') this.#executed(entry)
  }

  /** An Execute has run to its end. */
  #executed(entry: Reply): void {
    this.#state.replies.shift()
    this.#state.recorder.finish(entry.run!, entry.plan)
    const portal = entry.portal?.value
    if (portal !== undefined) this.#state.suspended.delete(portal)
  }

  #suspended(bytes: Buffer, start: number, end: number): void {
    const entry = this.#take('execute')
    if (entry.plan !== undefined) takeCounts(entry.plan, entry.run!.touches)
    const portal = entry.portal?.value
    if (portal !== undefined) this.#state.suspended.add(portal)
    this.#forward(types.portalSuspended, bytes, start, end, entry)
  }

  /** A portal of this name ends: a statement that was suspended in it gets no further. */
  #replacePortal(name: string): void {
    const portal = this.#state.portals.confirmed(name)
    if (portal === undefined || !this.#state.suspended.delete(portal)) return
    if (portal.run !== undefined) this.#state.recorder.finish(portal.run, undefined)
  }

  #ready(bytes: Buffer, start: number, end: number): void {
    const state = this.#state
    const entry = this.#take('query', 'sync')
    const status = bytes[start + 5]!
    if (end - start !== 6) throw outOfStep(types.readyForQuery)
    this.#reached = false
    state.transaction = status
    if (entry.maybe) this.#passDoubtOn()
    if (entry.run !== undefined && entry.kind === 'query') {
      state.recorder.finish(entry.run, entry.plan)
    }
    if (status === idle) {
      state.catalogueUncertain = false
      if (state.unknownTables.size > 0) state.unknownTables.clear()
      for (const portal of state.suspended) {
        if (portal.run !== undefined) state.recorder.finish(portal.run, undefined)
      }
      state.suspended.clear()
      if (state.portals.size > 0) state.portals.forget((portal) => portal.batch <= entry.batch)
      // What was sent since is not in the catalogue either.
      for (const later of state.replies.all()) {
        if (later.form?.changesSchema === true) state.catalogueUncertain = true
      }
    }
    this.#forward(types.readyForQuery, bytes, start, end, entry)
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

  #beginCopyOut(bytes: Buffer, start: number, end: number): void {
    const entry = this.#expect('query', 'execute')
    if (this.#deferForCatalogue(undefined, undefined, types.copyOut, bytes, start, end)) return
    const { context, snapshot } = this.#state
    const { binary } = readCopyResponse(bytes, start, end)
    const copy = entry.form!.copies('out')[entry.copies++]
    const plan = copyPlan(copy, binary, snapshot, (dataClass, column) =>
      context.policies.reveal(dataClass, column),
    )
    entry.copyOut = new CopyOutMask(plan, entry.run!.touches, this.#state.coverage)
    this.#forward(types.copyOut, bytes, start, end, entry)
  }

  #copyData(bytes: Buffer, start: number, end: number): void {
    const entry = this.#expect('query', 'execute')
    const { copyOut } = entry
    if (copyOut === undefined) throw outOfStep(types.copyData)
    copyOut.apply(bytes, start + 5, end)
    const { recorder, toClient } = this.#state
    if (copyOut.recordRanges.length === 0) {
      recorder.frame(recordFlags.toClient, types.copyData, bytes, start, end)
    } else {
      const copy = scratchCopy(bytes, start, end)
      for (let index = 0; index < copyOut.recordRanges.length; index += 2) {
        maskWhole(
          copy,
          copyOut.recordRanges[index]! - start,
          copyOut.recordRanges[index + 1]! - start,
        )
      }
      const flags = recordFlags.toClient | recordFlags.masked
      recorder.frame(flags, types.copyData, copy, 0, end - start)
    }
    this.#count(entry, end - start)
    toClient.add(bytes, start, end)
  }

  #beginCopyIn(bytes: Buffer, start: number, end: number): void {
    const state = this.#state
    const entry = this.#expect('query', 'execute')
    const { snapshot } = state
    const { binary } = readCopyResponse(bytes, start, end)
    const copy = entry.form!.copies('in')[entry.copies++]
    const columns = copy === undefined ? undefined : copyColumns(copy, snapshot)
    const tagged =
      snapshot.tagged.size > 0 &&
      (columns === undefined || columns.some((tag) => tag !== undefined))
    const readable =
      copy?.format === 'text' && !binary && !copy.unknownOption && columns !== undefined
    state.copyIn = new CopyInRecord(
      columns ?? [],
      copy?.delimiter === undefined ? tab : copy.delimiter.charCodeAt(0),
      tagged && !readable,
      `copy.${copy?.relation ?? 'unknown'}`,
      entry.run!.touches,
    )
    entry.copyIn = true
    for (const later of state.replies.afterFirst()) {
      if (later.kind === 'copy_end') {
        state.copyIn = undefined
        break
      }
      if (later.kind !== 'sync') {
        throw new GatetrailError(
          'PROTOCOL_VIOLATION',
          'a message was sent behind a COPY FROM STDIN without its data',
        )
      }
    }
    this.#forward(types.copyIn, bytes, start, end, entry)
  }

  /** A COPY FROM STDIN came to its end in order: it has taken all Syncs up to its CopyDone for nothing. */
  #endCopyIn(entry: Reply): void {
    if (!entry.copyIn) return
    entry.copyIn = false
    this.#state.copyIn = undefined
    this.#state.replies.dropCopy()
  }

  #error(bytes: Buffer, start: number, end: number): void {
    const state = this.#state
    const entry = this.#failing()
    const form = entry?.form ?? entry?.prepared?.value?.form ?? entry?.portal?.value?.prepared.form
    const reaches = this.#textsReach(form)
    const error = maskErrorText(bytes, start, end, reaches, entry?.run?.touches)
    if (error.fatal) this.fatal = error.message
    if (entry === undefined || error.fatal) {
      entry?.run?.failed(error.sqlstate, error.message)
      this.#forward(types.error, bytes, start, end, entry)
      return
    }
    if (entry.run !== undefined) {
      entry.run.failed(error.sqlstate, error.message)
      if (entry.plan !== undefined) takeCounts(entry.plan, entry.run.touches)
    }
    if (entry.refusal === undefined) this.#forward(types.error, bytes, start, end, entry)
    else {
      const message = errorResponseMessage(entry.refusal)
      this.#count(entry, message.length)
      state.bytesToClient -= message.length
      state.answer(message)
    }
    switch (entry.kind) {
      case 'query':
        if (entry.copyIn) {
          entry.copyIn = false
          state.copyIn = undefined
        }
        return
      case 'sync':
        // The end of the transaction failed; ReadyForQuery follows.
        return
      default:
        this.#skipToSync(entry)
    }
  }

  /** The target ignores the rest of the batch, simple queries in it included. */
  #skipToSync(failed: Reply): void {
    const state = this.#state
    const wasCopyIn = failed.copyIn
    failed.copyIn = false
    if (wasCopyIn) state.copyIn = undefined
    state.replies.shift()
    state.dropReply(failed)
    if (failed.run !== undefined) state.recorder.finish(failed.run, undefined)
    let inCopy = wasCopyIn
    for (;;) {
      const next = state.replies.first
      if (next === undefined) {
        state.targetSkips = true
        return
      }
      if (next.kind === 'sync') break
      if (next.kind === 'copy_end') inCopy = false
      state.replies.shift()
      state.dropReply(next)
    }
    if (!inCopy) return
    // Whether the target took these Syncs before or after the error can't be told.
    for (const later of state.replies.all()) {
      if (later.kind !== 'sync') return
      later.maybe = true
    }
  }

  #notice(bytes: Buffer, start: number, end: number): void {
    const entry = this.#state.replies.first
    maskErrorText(bytes, start, end, this.#textsReach(entry?.form), entry?.run?.touches)
    this.#forward(types.notice, bytes, start, end, entry)
  }

  /** Whether messages of this statement may quote tagged values. Outside of any statement: not. */
  #textsReach(form: Reply['form']): boolean {
    if (form === undefined) return false
    const { snapshot } = this.#state
    if (snapshot.tagged.size === 0) return false
    const reach = form.reach(snapshot)
    return reach.reaches || reach.mentions
  }

  /** Whether a statement that was answered since the last ReadyForQuery, or is being answered, could show tagged data. */
  #batchReaches(): boolean {
    return this.#reached || this.#reaches(this.#state.replies.first?.form)
  }

  #reaches(form: Reply['form']): boolean {
    const { snapshot } = this.#state
    return form !== undefined && snapshot.tagged.size > 0 && form.reach(snapshot).reaches
  }

  /** Channel and payload; a statement that reads tagged data can send it to itself. */
  #notification(bytes: Buffer, start: number, end: number): void {
    const channelEnd = bytes.indexOf(0, start + 9)
    if (this.#batchReaches() && channelEnd !== -1 && channelEnd < end - 1) {
      maskWhole(bytes, channelEnd + 1, end - 1)
    } else maskFindings(bytes, start + 9, end)
  }

  #parameterStatus(bytes: Buffer, start: number, end: number): void {
    const nameEnd = bytes.indexOf(0, start + 5)
    if (nameEnd !== -1 && nameEnd < end - 1) {
      const name = bytes.toString('latin1', start + 5, nameEnd)
      this.#state.parameterChanged(name, bytes.toString('latin1', nameEnd + 1, end - 1))
      if (freeTextParameters.has(name) && this.#batchReaches()) {
        maskWhole(bytes, nameEnd + 1, end - 1)
      }
    }
    maskFindings(bytes, start + 5, end)
    this.#forward(types.parameterStatus, bytes, start, end, undefined)
  }

  /** Waits for the catalogue if it must be read again before this frame can be masked. */
  #deferForCatalogue(
    columns: readonly ColumnDescription[] | undefined,
    named: ReadonlySet<string> | undefined,
    type: number,
    bytes: Buffer,
    start: number,
    end: number,
  ): boolean {
    const state = this.#state
    if (this.#refreshed) {
      this.#refreshed = false
      return false
    }
    const unknown =
      columns === undefined
        ? []
        : unknownTables(
            columns,
            state.snapshot,
            state.unknownTables,
            state.tagged ? named : undefined,
          ).filter((oid) => !state.renamedTables.has(oid) || !state.snapshot.relations.has(oid))
    if (unknown.length === 0 && !(state.catalogueStale && state.tagged)) return false
    for (const oid of unknown) {
      state.unknownTables.add(oid)
      if (state.snapshot.relations.has(oid) && state.renamedTables.size < renamedTablesMax) {
        state.renamedTables.add(oid)
      }
    }
    state.catalogueStale = false
    this.#deferred = { type, bytes, start, end }
    this.splitter.hold()
    state.context.catalogue.refresh().then(
      () => {
        this.#refreshed = true
        this.#onRefreshed(undefined)
      },
      (error: unknown) => {
        this.#refreshed = !state.tagged
        this.#onRefreshed(state.tagged ? error : undefined)
      },
    )
    return true
  }

  #forward(
    type: number,
    bytes: Buffer,
    start: number,
    end: number,
    entry: Reply | undefined,
  ): void {
    this.#state.recorder.frame(recordFlags.toClient, type, bytes, start, end)
    this.#count(entry, end - start)
    this.#state.toClient.add(bytes, start, end)
  }

  #count(entry: Reply | undefined, length: number): void {
    this.#state.bytesToClient += length
    if (entry?.run !== undefined) entry.run.bytes += length
  }

  /** The first entry, if it is of one of these kinds. @throws GatetrailError UPSTREAM_PROTOCOL_VIOLATION */
  #expect(kind: ReplyKind, other: ReplyKind = kind, third: ReplyKind = kind): Reply {
    const first = this.#state.replies.first
    if (first !== undefined) {
      if (first.kind === kind || first.kind === other || first.kind === third) return first
      if (first.maybe || first.kind === 'copy_end') {
        this.#state.replies.shift()
        return this.#expect(kind, other, third)
      }
    }
    throw new GatetrailError(
      'UPSTREAM_PROTOCOL_VIOLATION',
      `the target answered ${first === undefined ? 'without a question' : `a ${first.kind} message`} with something else`,
    )
  }

  #take(kind: ReplyKind, other: ReplyKind = kind): Reply {
    const entry = this.#expect(kind, other)
    this.#state.replies.shift()
    return entry
  }

  /** The entry that an error is about: never a Sync that may have been ignored, or the end of a COPY. */
  #failing(): Reply | undefined {
    const { replies } = this.#state
    while (
      replies.first !== undefined &&
      (replies.first.maybe || replies.first.kind === 'copy_end')
    ) {
      replies.shift()
    }
    return replies.first
  }
}

function columnsOf(entry: Reply): readonly ColumnDescription[] | undefined {
  return entry.columns ?? entry.portal?.value?.columns ?? entry.portal?.value?.prepared.columns
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

function maskFindings(bytes: Buffer, start: number, end: number): void {
  for (const span of findSpans(bytes, start, end)) maskSpan(bytes, span)
}

function withMasked(bytes: Buffer, ranges: readonly number[]): Buffer {
  if (ranges.length === 0) return bytes
  const copy = Buffer.from(bytes)
  for (let index = 0; index < ranges.length; index += 2) {
    maskWhole(copy, ranges[index]!, ranges[index + 1]!)
  }
  return copy
}

function outOfStep(type: number): GatetrailError {
  return new GatetrailError(
    'UPSTREAM_PROTOCOL_VIOLATION',
    `the target sent a message of type ${typeName(type)} where it cannot be`,
  )
}
