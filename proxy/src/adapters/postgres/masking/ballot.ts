/**
 * The vote over the values of one column whose name doesn't say what it holds: shared by all who read the column, so that each
 * column is looked at once, and not each result. From column-knowledge.ts, filled by look-ahead.ts and copy-votes.ts.
 */
import { ColumnVote, type Column } from '@gatetrail/detect'
import type { TouchLevel } from '@gatetrail/schemas'
import type { TaggedColumn } from '../facts/environment.ts'

/** Fewer values decide nothing: each is then masked for what is in it. */
const votersMin = 10
const votersMax = 50
/** Looked at in all, blank ones included. */
const valuesMax = 1_000

/** What a column most likely holds. */
export type ColumnGuess = {
  readonly tag: TaggedColumn
  readonly level: TouchLevel
  readonly typeOid: number
}

export type BallotOptions = {
  readonly column: Column
  readonly place: string
  readonly typeOid: number
  isWanted(entity: string): boolean
}

export class Ballot {
  readonly #options: BallotOptions
  #vote: ColumnVote | undefined
  #values = 0
  #filled = 0
  /** What the column holds, once that is clear. */
  decided: ColumnGuess | undefined

  constructor(options: BallotOptions) {
    this.#options = options
    this.#vote = new ColumnVote(options.column, { valuesMax: votersMax })
  }

  /** No more values are wanted. */
  get closed(): boolean {
    return this.#vote === undefined
  }

  /** A value as text; NULLs are not counted. */
  add(bytes: Uint8Array, start: number, end: number): void {
    this.#vote?.add(bytes, start, end)
    this.#values++
    if (start < end) this.#filled++
  }

  /** Counts what is there. True: it has just become clear what the column holds. */
  count(): boolean {
    const vote = this.#vote
    if (vote === undefined || this.#filled < votersMin) return false
    const told = vote.decided()
    const { place, typeOid } = this.#options
    const isClear =
      told !== undefined && told.level !== 'possible' && this.#options.isWanted(told.entity)
    if (isClear) this.decided = { tag: { place, dataClass: told.entity }, level: 'likely', typeOid }
    if (isClear || vote.isFull || this.#values >= valuesMax) this.#vote = undefined
    return isClear
  }
}
