/** COPY as the target speaks of it: rows of COPY … TO STDOUT, masked, and the beginning and end of COPY … FROM STDIN. From target-leg.ts. */
import { backendTypes, frameHeaderBytes, readCopyResponse, readUint32 } from '@gatetrail/protocols'
import { GatetrailError } from '@gatetrail/schemas'
import type { OutputColumn } from '../facts/lineage.ts'
import { CopyInRecord, scratchCopy, type CopyInColumn } from '../masking/client-record.ts'
import { CopyOutMask, maskShown } from '../masking/copy-out-mask.ts'
import { copyFormat } from '../masking/copy-format.ts'
import { columnsOfTable, copyPlan, type CopyPlanInput } from '../masking/copy-plan.ts'
import { showsStored } from '../masking/reach.ts'
import type { CatalogueWait } from './catalogue-wait.ts'
import type { Reply } from './replies.ts'
import { outOfStep, type SessionState } from './session-state.ts'

const types = backendTypes

export class CopyAnswers {
  readonly #state: SessionState
  readonly #wait: CatalogueWait
  /** The input whose messages are looked at up to `#lookedTo`. */
  #looked: Buffer | undefined
  #lookedTo = 0

  constructor(state: SessionState, wait: CatalogueWait) {
    this.#state = state
    this.#wait = wait
  }

  beginOut(bytes: Buffer, start: number, end: number): void {
    const { context, snapshot, replies, coverage } = this.#state
    const entry = replies.expect('query', 'execute')
    if (this.#wait.defer(undefined, undefined, types.copyOut, bytes, start, end)) return
    const form = entry.form!
    const input: CopyPlanInput = {
      copy: form.copies('out')[entry.copies++],
      response: readCopyResponse(bytes, start, end),
      lineage: form.description.parts[entry.part]?.columns,
      snapshot,
      mayHoldTagged: form.reach(snapshot).reaches,
      reveal: (dataClass, column) => context.policies.reveal(dataClass, column),
      knowledge: context.knowledge,
      showsStored: showsStored(form.description),
    }
    entry.copyOut = new CopyOutMask(() => copyPlan(input), entry.run!.touches, coverage)
    this.#state.passToClient(types.copyOut, bytes, start, end, entry.run)
  }

  data(bytes: Buffer, start: number, end: number): void {
    const entry = this.#state.replies.expect('query', 'execute')
    const { copyOut, run } = entry
    if (copyOut === undefined) throw outOfStep(types.copyData)
    if (copyOut.looksAhead) this.#lookAhead(copyOut, bytes, start)
    const newEnd = copyOut.apply(bytes, start + 5, end, bytes.length)
    if (newEnd !== end) bytes.writeInt32BE(newEnd - start - 1, start + 1)
    if (copyOut.recordRanges.length === 0)
      this.#state.passToClient(types.copyData, bytes, start, newEnd, run)
    else {
      const copy = scratchCopy(bytes, start, newEnd)
      maskShown(copy, copyOut.format, copyOut.recordRanges, start)
      this.#state.passToClientMasked(types.copyData, bytes, start, newEnd, copy, run)
    }
  }

  /** All rows of this piece of input, before the first of them goes on. */
  #lookAhead(copyOut: CopyOutMask, bytes: Buffer, start: number): void {
    if (this.#looked === bytes && start < this.#lookedTo) return
    let at = start
    while (at + frameHeaderBytes <= bytes.length && bytes[at] === types.copyData) {
      const end = at + 1 + readUint32(bytes, at + 1)
      if (end > bytes.length) break
      copyOut.lookAt(bytes, at + frameHeaderBytes, end)
      at = end
    }
    copyOut.looked()
    this.#looked = copyOut.looksAhead ? bytes : undefined
    this.#lookedTo = at
  }

  part(entry: Reply, piece: Buffer, first: boolean, last: boolean, totalLength: number): void {
    const { copyOut, run } = entry
    if (copyOut === undefined) throw outOfStep(types.copyData)
    const { shown, recorded } = copyOut.applyPiece(piece, first ? 5 : 0, last)
    this.#state.passPartToClient(types.copyData, shown, recorded, first, last, totalLength, run)
  }

  beginIn(bytes: Buffer, start: number, end: number): void {
    const state = this.#state
    const { snapshot } = state
    const entry = state.replies.expect('query', 'execute')
    const { binary } = readCopyResponse(bytes, start, end)
    const copy = entry.form!.copies('in')[entry.copies++]
    const columns = copy === undefined ? undefined : columnsOfTable(copy, snapshot)
    const readable = columns !== undefined && copy?.unknownOption === false
    state.copyIn = new CopyInRecord(
      state.context.detection,
      columns?.map((column) => this.#knownOf(column)) ?? [],
      copyFormat(copy, binary),
      !readable && entry.form!.reach(snapshot).reaches,
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
    state.passToClient(types.copyIn, bytes, start, end, entry.run)
  }

  /** What a column is told to hold that the client fills. */
  #knownOf(column: OutputColumn): CopyInColumn | undefined {
    const [tag] = column.tags
    if (tag !== undefined) return { tag, level: 'certain' }
    const { knowledge } = this.#state.context
    const places = column.origin === undefined ? [] : [column.origin]
    return knowledge.ofPlaces(places, this.#state.snapshot.model)[0]
  }

  /** A COPY FROM STDIN came to its end in order: it has taken all Syncs up to its CopyDone for nothing. */
  endIn(entry: Reply): void {
    this.#looked = undefined
    if (!entry.copyIn) return
    entry.copyIn = false
    this.#state.copyIn = undefined
    this.#state.replies.dropCopy()
  }
}
