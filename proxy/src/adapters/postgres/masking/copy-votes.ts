/** Counts the values of the columns of one COPY … TO STDOUT, to find out what they hold. From copy-out-mask.ts, to ballot.ts. */
import type { Ballot } from './ballot.ts'
import { copyFields, isNullField, type CopyFields } from './copy-format.ts'
import type { CopyPlan } from './copy-plan.ts'
import { anyClosed, valuesAtOnceMax } from './look-ahead.ts'

export class CopyVotes {
  readonly #plan: CopyPlan
  readonly #fields: CopyFields
  #ballots: readonly (Ballot | undefined)[]
  readonly #seen: Int32Array
  /** Values that may still be looked at in this input. */
  #left = valuesAtOnceMax
  /** By column: values of messages that have gone on. */
  readonly gone: Int32Array

  constructor(plan: CopyPlan) {
    this.#plan = plan
    this.#fields = copyFields(plan.format)
    this.#ballots = plan.columns.map(({ ballot }) => ballot)
    this.#seen = new Int32Array(plan.columns.length)
    this.gone = new Int32Array(plan.columns.length)
  }

  /** A message, in the order of the stream. */
  add(bytes: Uint8Array, start: number, end: number): void {
    const { format } = this.#plan
    this.#fields.each(bytes, start, end, (column, fieldStart, fieldEnd, first, last) => {
      if (format.header && this.#fields.rows === 0) return
      const ballot = this.#ballots[column]
      if (ballot === undefined || !first || !last) return
      if (isNullField(format, bytes, fieldStart, fieldEnd)) return
      const isQuoted = format.format === 'csv' && bytes[fieldStart] === format.quote
      const inner = isQuoted && fieldEnd - fieldStart > 1 ? 1 : 0
      this.#seen[column]!++
      if (ballot.closed || this.#left === 0) return
      this.#left--
      ballot.add(bytes, fieldStart + inner, fieldEnd - inner)
    })
  }

  anyClosed(): boolean {
    return anyClosed(this.#ballots)
  }

  /** Only what this plan still leaves open. */
  replan({ columns }: CopyPlan): void {
    this.#ballots = columns.map(({ ballot }) => ballot)
  }

  /** What was counted goes on now. */
  goOn(): void {
    this.gone.set(this.#seen)
    this.#left = valuesAtOnceMax
  }
}
