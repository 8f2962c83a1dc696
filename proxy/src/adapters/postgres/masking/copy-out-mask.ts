/**
 * Masks the rows of COPY … TO STDOUT where they lie, field by field, in text, CSV and binary format. A message that is too
 * large to be held is masked in pieces, same length. From copy-plan.ts; used by relay/copy-answers.ts.
 */
import { aheadBytesMax, maskWhole } from '@gatetrail/detect'
import { assert } from '@gatetrail/schemas'
import { CopyBinaryRows } from './copy-binary-rows.ts'
import type { CoverageCounts } from './coverage-counts.ts'
import {
  findInField,
  isNullField,
  maskField,
  PieceMask,
  placesInField,
  type CopyFormat,
} from './copy-format.ts'
import type { CopyColumn, CopyPlan } from './copy-plan.ts'
import { columnOf, CopyRows } from './copy-rows.ts'
import { CopyVotes } from './copy-votes.ts'
import { ValueFinder } from './find-in-value.ts'
import { FindingStream } from './finding-stream.ts'
import { nullValue } from './masks/value-mask.ts'
import type { TouchCounts } from './touch-counts.ts'

/** What to send on, and what to record of it: the same bytes unless something was revealed. */
export type CopyPiece = { shown: Buffer; recorded: Buffer }

export class CopyOutMask {
  readonly #makePlan: () => CopyPlan
  #plan: CopyPlan
  readonly #touches: TouchCounts
  readonly #coverage: CoverageCounts
  readonly #rows: CopyRows
  readonly #binaryRows: CopyBinaryRows
  readonly #finder: ValueFinder
  readonly #pieces: PieceMask
  #findings: FindingStream | undefined
  #ahead: CopyVotes | undefined
  /** Of the message at hand: what is before `#from` lies masked before `#to`. */
  #from = 0
  #to = 0
  /** Start and end of what is shown but must be masked in the record. Until the next `apply`. */
  readonly recordRanges: number[] = []

  /** `makePlan` is called again when it has become clear what a column holds. */
  constructor(makePlan: () => CopyPlan, touches: TouchCounts, coverage: CoverageCounts) {
    const plan = makePlan()
    this.#makePlan = makePlan
    this.#plan = plan
    this.#ahead = isVoting(plan) ? new CopyVotes(plan) : undefined
    this.#touches = touches
    this.#coverage = coverage
    this.#rows = new CopyRows(plan)
    this.#binaryRows = new CopyBinaryRows(touches, coverage)
    this.#finder = new ValueFinder(coverage)
    this.#pieces = new PieceMask(plan.format)
  }

  get format(): CopyFormat {
    return this.#plan.format
  }

  /** It is still being found out what columns hold. */
  get looksAhead(): boolean {
    return this.#ahead !== undefined
  }

  /** The next message behind those that were looked at: it is not masked yet. */
  lookAt(bytes: Uint8Array, start: number, end: number): void {
    this.#ahead?.add(bytes, start, end)
  }

  /** No more messages are there to be looked at now. */
  looked(): void {
    const votes = this.#ahead
    if (votes === undefined) return
    const before = this.#plan
    if (votes.anyClosed()) {
      const plan = this.#makePlan()
      this.#plan = plan
      plan.columns.forEach((column, index) => {
        const late = votes.gone[index] ?? 0
        if (late === 0 || column.action !== 'mask' || before.columns[index]?.action === 'mask') {
          return
        }
        for (const { place, dataClass } of column.sources) {
          this.#touches.add(place, dataClass, 'late', column.level, late)
        }
      })
      if (isVoting(plan)) votes.replan(plan)
      else this.#ahead = undefined
    }
    votes.goOn()
  }

  /**
   * A message that is there whole: mostly one row. Returns its new end: masks may be shorter than values. Up to `inputEnd` others may be
   * behind it as they came.
   */
  apply(bytes: Buffer, start: number, end: number, inputEnd: number = end): number {
    if (this.recordRanges.length > 0) this.recordRanges.length = 0
    const rows = this.#rows
    if (rows.isBinaryRow(bytes, start, end) && this.#binaryRows.fits(this.#plan, bytes, start))
      return this.#binaryRows.apply(bytes, start, end, this.recordRanges)
    this.#coverage.inspectedBytes += end - start
    this.#from = start
    this.#to = start
    if (end - start > aheadBytesMax) {
      rows.visit(this.#plan, bytes, start, end, () => this.#moveField(bytes, start))
    } else {
      rows.begin(this.#plan, bytes, start, end, inputEnd)
      while (rows.next(end)) this.#moveField(bytes, start)
    }
    if (this.#to !== this.#from) bytes.copyWithin(this.#to, this.#from, end)
    return this.#to + end - this.#from
  }

  /** Masks the field at hand, and moves it to where the one before it ends now. */
  #moveField(bytes: Buffer, messageStart: number): void {
    const { start, end } = this.#rows
    if (this.#to !== this.#from) bytes.copyWithin(this.#to, this.#from, start)
    this.#to = this.#field(bytes, messageStart, this.#to + start - this.#from)
    this.#from = end
    assert(this.#to <= end, 'a masked field takes no more than its place')
  }

  /** A piece of a message of which the length is already sent. `lastOfMessage`: nothing is held back behind it. */
  applyPiece(piece: Buffer, start: number, lastOfMessage: boolean): CopyPiece {
    this.#coverage.inspectedBytes += piece.length - start
    const shown: Buffer[] = []
    const recorded: Buffer[] = []
    const emit = (as: Buffer, record: Buffer): void => {
      shown.push(as)
      recorded.push(record)
    }
    let from = 0
    this.#rows.each(piece, start, piece.length, (column, fieldStart, fieldEnd, first, last) => {
      const between = piece.subarray(from, fieldStart)
      emit(between, between)
      from = fieldEnd
      const value = piece.subarray(fieldStart, fieldEnd)
      const rules = columnOf(this.#plan, column)
      if (rules.action === 'pass') emit(value, value)
      else if (rules.action === 'detect') {
        this.#findings ??= new FindingStream(rules.shape, rules.rules, this.#touches)
        const found = this.#findings.push(
          value,
          last || (lastOfMessage && fieldEnd === piece.length),
        )
        if (last) this.#findings = undefined
        emit(found.shown, found.recorded)
      } else {
        if (first) this.#count(rules)
        const masked = Buffer.from(value)
        this.#pieces.mask(masked, 0, masked.length, first)
        emit(rules.action === 'reveal' ? value : masked, masked)
      }
    })
    const behind = piece.subarray(from)
    emit(behind, behind)
    return { shown: Buffer.concat(shown), recorded: Buffer.concat(recorded) }
  }

  /** Masks the field at hand, or a piece of one, and moves it to `to`. Returns where it ends then. */
  #field(bytes: Buffer, messageStart: number, to: number): number {
    const { column, start, end, first, last, written } = this.#rows
    const rules = columnOf(this.#plan, column)
    const { format } = this.#plan
    const whole = first && last
    if (rules.action === 'mask' && !(whole && isNullField(format, bytes, start, end))) {
      if (whole) this.#count(rules, bytes, start, end)
      else if (first) this.#count(rules)
      if (whole && format.format !== 'binary') {
        return maskField(format, rules.mask, bytes, start, end, to, written)
      }
      if (to !== start) bytes.copyWithin(to, start, end)
      if (whole && start - 4 >= messageStart) {
        return maskBinaryField(rules, bytes, to, to + end - start)
      }
      this.#pieces.mask(bytes, to, to + end - start, first)
      return to + end - start
    }
    if (to !== start) bytes.copyWithin(to, start, end)
    const newEnd = to + end - start
    if (rules.action === 'reveal') {
      if (whole && isNullField(format, bytes, to, newEnd)) return newEnd
      if (whole) this.#count(rules, bytes, to, newEnd)
      else if (first) this.#count(rules)
      this.recordRanges.push(to, newEnd)
    } else if (rules.action === 'detect') {
      if (whole && written) return this.#findInField(rules, bytes, to, newEnd)
      this.#findInPlace(rules, bytes, to, newEnd)
    }
    return newEnd
  }

  /** The value stands there as it is. */
  #findInPlace({ shape, rules }: CopyColumn, bytes: Buffer, start: number, end: number): void {
    const finder = this.#finder
    const spans = shape === 'text' ? this.#rows.find(bytes, start, end, rules.options) : undefined
    if (spans === undefined) finder.find(shape, rules, this.#touches, bytes, start, end)
    else if (spans.length > 0) finder.mask(rules, this.#touches, bytes, spans)
    const { shown } = finder
    if (shown.length === 0) return
    this.recordRanges.push(...shown)
    shown.length = 0
  }

  /** Looks into the value as it is, so that JSON stays JSON and a value has the same mask in every format. */
  #findInField({ shape, rules }: CopyColumn, bytes: Buffer, start: number, end: number): number {
    const { format } = this.#plan
    const finder = this.#finder
    const { shown } = finder
    // Of what is computed the type is not known: it may be a row, or JSON.
    const look = shape === 'text' ? 'nested_text' : shape
    finder.masked = false
    const newEnd = findInField(format, bytes, start, end, (value, valueEnd) => {
      finder.find(look, rules, this.#touches, value, 0, valueEnd)
      return finder.masked
    })
    if (shown.length > 0) {
      const places = placesInField(format, bytes, start, newEnd)
      for (const at of shown) this.recordRanges.push(places[at]!)
      shown.length = 0
    }
    return newEnd
  }

  /** `bytes`: the value as it lies there, if it is there whole. */
  #count(
    { action, sources, level, form }: CopyColumn,
    bytes?: Uint8Array,
    start?: number,
    end?: number,
  ): void {
    const outcome = action === 'reveal' ? 'revealed' : 'masked'
    for (const { place, dataClass } of sources) {
      if (form === undefined) this.#touches.add(place, dataClass, outcome, level, 1)
      else this.#touches.add(place, dataClass, outcome, level, 1, bytes, start, end, form)
    }
  }
}

function isVoting({ columns }: CopyPlan): boolean {
  return columns.some(({ ballot }) => ballot !== undefined)
}

/** Its length stands in front of it, and is written anew. */
function maskBinaryField({ mask }: CopyColumn, bytes: Buffer, start: number, end: number): number {
  const newEnd = mask(bytes, start, end)
  bytes.writeInt32BE(newEnd === nullValue ? nullValue : newEnd - start, start - 4)
  return newEnd === nullValue ? start : newEnd
}

/** Masks in a copy of the message, for the record, what the client is shown. The copy begins at `shift`. */
export function maskShown(
  copy: Buffer,
  format: CopyFormat,
  ranges: readonly number[],
  shift: number,
): void {
  // prettier-ignore
  const pieces = new PieceMask(format)
  for (let index = 0; index < ranges.length; index += 2) {
    const start = ranges[index]! - shift
    const end = ranges[index + 1]! - shift
    if (format.format === 'binary') maskWhole(copy, start, end)
    else pieces.mask(copy, start, end, true)
  }
}
