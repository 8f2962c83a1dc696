/**
 * The fields of COPY … TO STDOUT, found for all messages of one piece of input before the first of them is masked, and candidates in
 * their texts for all at once. From copy-out-mask.ts. A row is mostly one message, but need not be.
 */
import { aheadBytesMax, type FindOptions, type Span } from '@gatetrail/detect'
import {
  backendTypes,
  frameHeaderBytes,
  readUint32,
  type CopyFieldTarget,
} from '@gatetrail/protocols'
import { assert } from '@gatetrail/schemas'
import { CopyBinaryFields } from './copy-binary-fields.ts'
import { copyFields, isWritten, type CopyFields } from './copy-format.ts'
import type { CopyColumn, CopyPlan } from './copy-plan.ts'

/** Of a field: it begins here; it ends here; what stands there is not the value as it is. */
const flagOf = { first: 1, last: 2, written: 4 } as const
const whole = flagOf.first | flagOf.last
/** Of a field: its column, where it begins and ends, and flags. */
const numbersPerField = 4

export class CopyRows {
  #plan: CopyPlan
  /** By column of this plan: its fields stay as they are, and are never at hand. */
  #passes: Uint8Array
  readonly #fields: CopyFields
  #entries = new Int32Array(64 * numbersPerField)
  #count = 0
  /** The field at hand; those before it are over. */
  #at = -numbersPerField
  #bytes: Uint8Array | undefined
  /** Where the last message ends whose fields are known. */
  #readTo = 0
  /** Candidates in the texts of the message at hand are known. */
  #knowsTexts = false

  constructor(plan: CopyPlan) {
    this.#plan = plan
    this.#passes = passesOf(plan)
    this.#fields = copyFields(plan.format)
  }

  get column(): number {
    return this.#entries[this.#at]!
  }

  get start(): number {
    return this.#entries[this.#at + 1]!
  }

  get end(): number {
    return this.#entries[this.#at + 2]!
  }

  get first(): boolean {
    return (this.#entries[this.#at + 3]! & flagOf.first) !== 0
  }

  get last(): boolean {
    return (this.#entries[this.#at + 3]! & flagOf.last) !== 0
  }

  /** The value stands between quotes or with escapes. */
  get written(): boolean {
    return (this.#entries[this.#at + 3]! & flagOf.written) !== 0
  }

  /**
   * A message that is there whole, of at most `aheadBytesMax`. Behind it up to `inputEnd` others may be, as they came: they are looked at
   * with it.
   */
  begin(plan: CopyPlan, bytes: Uint8Array, start: number, end: number, inputEnd: number): void {
    const { ahead } = plan.further.rules.detection
    if (this.#isRead(bytes, start, end)) {
      this.#knowsTexts &&= plan === this.#plan && ahead.knows(bytes, start, end, plan)
      return
    }
    assert(this.#at + numbersPerField === this.#count, 'what was read ahead was masked')
    this.#replan(plan)
    this.#read(bytes, start, end, inputEnd)
    this.#knowsTexts = false
    if (!ahead.isOfUse) return
    for (let at = 0; at < this.#count; at += numbersPerField) {
      if (this.#entries[at + 3] !== whole) continue
      const { action, shape } = columnOf(plan, this.#entries[at]!)
      if (action === 'detect' && shape === 'text')
        ahead.add(this.#entries[at + 1]!, this.#entries[at + 2]!)
    }
    this.#knowsTexts = ahead.begin(bytes, start, end, this.#readTo, plan)
  }

  /** Whether a message that is there whole is one row in binary, and nothing of it is known. */
  isBinaryRow(bytes: Uint8Array, start: number, end: number): boolean {
    const fields = this.#fields
    return (
      fields instanceof CopyBinaryFields &&
      !this.#isRead(bytes, start, end) &&
      fields.isRow(bytes, start, end)
    )
  }

  #isRead(bytes: Uint8Array, start: number, end: number): boolean {
    return bytes === this.#bytes && start < this.#readTo && end <= this.#readTo
  }

  /** Goes to the next field of the message that ends at `end`. False: it has no more. */
  next(end: number): boolean {
    const at = this.#at + numbersPerField
    if (at === this.#count || this.#entries[at + 1]! >= end) {
      if (end === this.#readTo) this.#bytes = undefined // Nothing more of it is known: it may go.
      return false
    }
    this.#at = at
    return true
  }

  /** A message that is there whole, and too long for a list of its fields: each is at hand while `visit` is called. */
  visit(plan: CopyPlan, bytes: Uint8Array, start: number, end: number, visit: () => void): void {
    assert(this.#at + numbersPerField === this.#count, 'what was read ahead was masked')
    this.#replan(plan)
    this.#knowsTexts = false
    this.#bytes = bytes
    // Masks stay in the places of their values: what is behind them is as it came.
    this.#fields.each(bytes, start, end, (...field) => {
      this.#count = 0
      this.#take(...field)
      if (this.#count === 0) return
      this.#at = 0
      visit()
    })
    this.#bytes = undefined
    this.#count = 0
    this.#at = -numbersPerField
  }

  /** What is in the text at hand, which lies from `start` to `end` now; undefined: that is not known. */
  find(
    bytes: Uint8Array,
    start: number,
    end: number,
    options: FindOptions,
  ): readonly Span[] | undefined {
    if (!this.#knowsTexts || this.#entries[this.#at + 3] !== whole) return undefined
    const { ahead } = this.#plan.further.rules.detection
    return ahead.find(bytes, start, end, this.end - end, options)
  }

  /** Of a message that comes in pieces: each piece of a field. */
  each(bytes: Uint8Array, start: number, end: number, field: CopyFieldTarget): void {
    this.#fields.each(bytes, start, end, (column, from, to, first, last) => {
      if (this.#counts(from, to, first)) field(column, from, to, first, last)
    })
  }

  #replan(plan: CopyPlan): void {
    if (plan === this.#plan) return
    this.#plan = plan
    this.#passes = passesOf(plan)
  }

  #read(bytes: Uint8Array, start: number, end: number, inputEnd: number): void {
    this.#bytes = bytes
    this.#count = 0
    this.#at = -numbersPerField
    this.#fields.each(bytes, start, end, this.#take)
    const limit = Math.min(inputEnd, start + aheadBytesMax)
    let at = end
    while (at + frameHeaderBytes <= limit && bytes[at] === backendTypes.copyData) {
      const next = at + 1 + readUint32(bytes, at + 1)
      if (next > limit || next < at + frameHeaderBytes) break
      this.#fields.each(bytes, at + frameHeaderBytes, next, this.#take)
      at = next
    }
    this.#readTo = at
  }

  /** Made once: a message is mostly one row, and there are millions. */
  readonly #take: CopyFieldTarget = (column, start, end, first, last, escapes) => {
    if (this.#passes[column] === 1 || !this.#counts(start, end, first)) return
    if (this.#count === this.#entries.length) {
      const larger = new Int32Array(2 * this.#entries.length)
      larger.set(this.#entries)
      this.#entries = larger
    }
    const entries = this.#entries
    const at = this.#count
    this.#count = at + numbersPerField
    entries[at] = column
    entries[at + 1] = start
    entries[at + 2] = end
    entries[at + 3] =
      (first ? flagOf.first : 0) |
      (last ? flagOf.last : 0) |
      (isWritten(this.#plan.format, this.#bytes!, start, escapes === true) ? flagOf.written : 0)
  }

  /** Not those of a header line, and none without a byte; but nothing more of a field may come behind its pieces. */
  #counts(start: number, end: number, first: boolean): boolean {
    if (this.#plan.format.header && this.#fields.rows === 0) return false
    return start < end || !first
  }
}

/** None as long as values are counted: in the middle of what was read, the plan may become another. */
function passesOf({ columns }: CopyPlan): Uint8Array {
  const isVoting = columns.some(({ ballot }) => ballot !== undefined)
  return Uint8Array.from(columns, ({ action }) => (!isVoting && action === 'pass' ? 1 : 0))
}

export function columnOf(plan: CopyPlan, column: number): CopyColumn {
  return plan.columns[column] ?? plan.further
}
