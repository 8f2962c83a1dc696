/** DataRow: masked, put on record, forwarded; a row too large to be held, piece by piece. From target-leg.ts. */
import { backendTypes } from '@gatetrail/protocols'
import { scratchCopy } from '../masking/client-record.ts'
import { anyClosed, lookAhead, type Ballots } from '../masking/look-ahead.ts'
import { countLate, maskRanges, RowMask } from '../masking/row-mask.ts'
import type { RowPlan } from '../masking/row-plan.ts'
import { RowStream } from '../masking/row-stream.ts'
import type { CatalogueWait } from './catalogue-wait.ts'
import { columnsOf, planOf } from './result-columns.ts'
import type { Reply } from './replies.ts'
import type { SessionState } from './session-state.ts'

const { dataRow } = backendTypes

export class ResultRows {
  readonly #state: SessionState
  readonly #wait: CatalogueWait
  readonly #mask: RowMask
  #stream: RowStream | undefined
  /** The input whose rows are counted up to `#lookedTo`, while it is being found out what columns hold. */
  #looked: Buffer | undefined
  #lookedTo = 0
  /** Values of this result so far, by column. */
  #seen: Int32Array | undefined

  constructor(state: SessionState, wait: CatalogueWait) {
    this.#state = state
    this.#wait = wait
    this.#mask = new RowMask(state.coverage)
  }

  row(entry: Reply, bytes: Buffer, start: number, end: number): void {
    let { plan } = entry
    if (plan === undefined) {
      this.ended()
      const named = entry.form?.namedRelations
      if (this.#wait.defer(columnsOf(entry), named, dataRow, bytes, start, end)) return
      plan = planOf(this.#state, entry)
    }
    if (plan.ballots !== undefined) plan = this.#lookAhead(entry, plan, plan.ballots, bytes, start)
    const run = entry.run!
    const newEnd = this.#mask.apply(plan, run.touches, bytes, start, end)
    const ranges = this.#mask.recordRanges
    if (ranges.length === 0) this.#state.passToClient(dataRow, bytes, start, newEnd, run)
    else {
      const copy = scratchCopy(bytes, start, newEnd)
      maskRanges(plan, copy, ranges, -start)
      this.#state.passToClientMasked(dataRow, bytes, start, newEnd, copy, run)
    }
    entry.commandRows++
    run.rows++
  }

  /** The result is over. */
  ended(): void {
    this.#looked = undefined
    this.#seen = undefined
  }

  /** Counts the values of this piece of input, and plans anew where it is clear now what a column holds. */
  #lookAhead(entry: Reply, plan: RowPlan, ballots: Ballots, bytes: Buffer, start: number): RowPlan {
    if (this.#looked === bytes && start < this.#lookedTo) return plan
    const seen = (this.#seen ??= new Int32Array(ballots.length))
    const before = seen.slice()
    this.#looked = bytes
    this.#lookedTo = lookAhead(ballots, seen, bytes, start)
    if (!anyClosed(ballots)) return plan
    const decided = planOf(this.#state, entry)
    countLate(plan, decided, before, entry.run!.touches)
    return decided
  }

  part(entry: Reply, piece: Buffer, first: boolean, last: boolean, totalLength: number): void {
    const state = this.#state
    const run = entry.run!
    if (first) {
      // The catalogue is never asked again in the middle of a row: what it doesn't know is masked.
      const plan = entry.plan ?? planOf(state, entry)
      this.#stream = new RowStream(plan, run.touches, state.coverage)
    }
    const { shown, recorded } = this.#stream!.push(piece)
    if (last) {
      this.#stream = undefined
      entry.commandRows++
      run.rows++
    }
    state.passPartToClient(dataRow, shown, recorded, first, last, totalLength, run)
  }
}
