/** COPY as the target speaks of it: rows of COPY … TO STDOUT, masked, and the beginning and end of COPY … FROM STDIN. From target-leg.ts. */
import { maskWhole } from '@gatetrail/detect'
import { backendTypes, readCopyResponse } from '@gatetrail/protocols'
import { GatetrailError } from '@gatetrail/schemas'
import { CopyInRecord, scratchCopy } from '../masking/client-record.ts'
import { CopyOutMask } from '../masking/copy-out-mask.ts'
import { copyColumns, copyPlan } from '../masking/copy-rules.ts'
import { recordFlags } from '../recorder/session-recorder.ts'
import type { CatalogueWait } from './catalogue-wait.ts'
import type { Reply } from './replies.ts'
import { outOfStep, type SessionState } from './session-state.ts'

const types = backendTypes
const tab = 0x09

export class CopyAnswers {
  readonly #state: SessionState
  readonly #wait: CatalogueWait

  constructor(state: SessionState, wait: CatalogueWait) {
    this.#state = state
    this.#wait = wait
  }

  beginOut(bytes: Buffer, start: number, end: number): void {
    const { context, snapshot, replies, coverage } = this.#state
    const entry = replies.expect('query', 'execute')
    if (this.#wait.defer(undefined, undefined, types.copyOut, bytes, start, end)) return
    const { binary } = readCopyResponse(bytes, start, end)
    const copy = entry.form!.copies('out')[entry.copies++]
    const plan = copyPlan(copy, binary, snapshot, (dataClass, column) =>
      context.policies.reveal(dataClass, column),
    )
    entry.copyOut = new CopyOutMask(plan, entry.run!.touches, coverage)
    this.#state.passToClient(types.copyOut, bytes, start, end, entry.run)
  }

  data(bytes: Buffer, start: number, end: number): void {
    const { recorder, toClient, replies } = this.#state
    const entry = replies.expect('query', 'execute')
    const { copyOut } = entry
    if (copyOut === undefined) throw outOfStep(types.copyData)
    copyOut.apply(bytes, start + 5, end)
    if (copyOut.recordRanges.length === 0) {
      recorder.frame(recordFlags.toClient, types.copyData, bytes, start, end)
    } else {
      const copy = scratchCopy(bytes, start, end)
      maskRanges(copy, copyOut.recordRanges, start)
      const flags = recordFlags.toClient | recordFlags.masked
      recorder.frame(flags, types.copyData, copy, 0, end - start)
    }
    this.#state.countToClient(entry.run, end - start)
    toClient.add(bytes, start, end)
  }

  part(entry: Reply, piece: Buffer, first: boolean, last: boolean, totalLength: number): void {
    const { copyOut } = entry
    if (copyOut === undefined) throw outOfStep(types.copyData)
    copyOut.apply(piece, first ? 5 : 0, piece.length)
    let recorded = piece
    if (copyOut.recordRanges.length > 0) {
      recorded = Buffer.from(piece)
      maskRanges(recorded, copyOut.recordRanges, 0)
    }
    this.#state.passPartToClient(
      types.copyData,
      piece,
      recorded,
      first,
      last,
      totalLength,
      entry.run,
    )
  }

  beginIn(bytes: Buffer, start: number, end: number): void {
    const state = this.#state
    const { snapshot } = state
    const entry = state.replies.expect('query', 'execute')
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
    state.passToClient(types.copyIn, bytes, start, end, entry.run)
  }

  /** A COPY FROM STDIN came to its end in order: it has taken all Syncs up to its CopyDone for nothing. */
  endIn(entry: Reply): void {
    if (!entry.copyIn) return
    entry.copyIn = false
    this.#state.copyIn = undefined
    this.#state.replies.dropCopy()
  }
}

/** Masks in a copy, for the record, what the client is shown. The copy begins at `shift`. */
function maskRanges(copy: Buffer, ranges: readonly number[], shift: number): void {
  for (let index = 0; index < ranges.length; index += 2) {
    maskWhole(copy, ranges[index]! - shift, ranges[index + 1]! - shift)
  }
}
