/**
 * Masks one DataRow where it lies, or a CopyData with one row in binary, which is laid out alike. The hot path: nothing is allocated for a row unless something is found in it. What the
 * client may see and the record may not is collected in `recordRanges`.
 */
import { aheadBytesMax, maskWhole, type ValuesAhead } from '@gatetrail/detect'
import { frameHeaderBytes, readInt32, readUint16, readUint32 } from '@gatetrail/protocols'
import { GatetrailError } from '@gatetrail/schemas'
import type { CoverageCounts } from './coverage-counts.ts'
import { ValueFinder } from './find-in-value.ts'
import { nullValue } from './masks/value-mask.ts'
import { columnActions, type RowPlan } from './row-plan.ts'
import type { TouchCounts } from './touch-counts.ts'

const { pass, detect, mask, reveal } = columnActions

export class RowMask {
  /** Column (-1: a finding within text), start and end of what is shown but must be masked in the record. Until the next row. */
  readonly recordRanges: number[] = []
  readonly #coverage: CoverageCounts
  readonly #finder: ValueFinder
  /** That knows the row. */
  #ahead: ValuesAhead | undefined

  constructor(coverage: CoverageCounts) {
    this.#coverage = coverage
    this.#finder = new ValueFinder(coverage)
  }

  /**
   * Returns the new end of the frame: it is shorter if the mask of a value is.
   * @throws GatetrailError UPSTREAM_PROTOCOL_VIOLATION for a torn row
   */
  apply(
    plan: RowPlan,
    touches: TouchCounts,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): number {
    if (this.recordRanges.length > 0) this.recordRanges.length = 0
    this.#coverage.inspectedBytes += end - start - frameHeaderBytes
    if (plan.trivial) return end
    this.#ahead =
      plan.ahead !== undefined && this.#knows(plan, plan.ahead, bytes, start, end)
        ? plan.ahead
        : undefined
    const { actions } = plan
    const columns = readUint16(bytes, start + frameHeaderBytes)
    if (columns !== actions.length) throw tornRow()
    let from = start + frameHeaderBytes + 2
    // Behind `from` by as much as masks were shorter.
    let to = from
    for (let column = 0; column < columns; column++) {
      if (from + 4 > end) throw tornRow()
      const length = readInt32(bytes, from)
      const next = from + 4 + Math.max(0, length)
      if (length < -1 || next > end) throw tornRow()
      if (to !== from) bytes.copyWithin(to, from, next)
      const valueEnd = to + next - from
      from = next
      to = length > 0 ? this.#value(plan, column, touches, bytes, to, valueEnd, next) : valueEnd
    }
    if (from !== end) throw tornRow()
    if (to !== end) writeLength(bytes, start + 1, to - start - 1)
    return to
  }

  /** Whether candidates of this row are known: they are found for it and the rows behind it at once. */
  #knows(
    plan: RowPlan,
    ahead: ValuesAhead,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): boolean {
    if (ahead.knows(bytes, start, end, plan)) return true
    if (end - start > aheadBytesMax) return false
    const rowsEnd = addRows(plan, ahead, bytes, start)
    return ahead.begin(bytes, start, end, Math.max(end, rowsEnd), plan)
  }

  /** One value with its length in front, which is at `start`; it ended at `sentEnd`. Returns its new end. */
  #value(
    plan: RowPlan,
    column: number,
    touches: TouchCounts,
    bytes: Uint8Array,
    start: number,
    end: number,
    sentEnd: number,
  ): number {
    const first = start + 4
    switch (plan.actions[column]!) {
      case pass:
        return end
      case detect: {
        const { shown } = this.#finder
        const [shape, rules] = [plan.shapes[column]!, plan.rules[column]!]
        if (this.#ahead !== undefined && shape === 'text') {
          const spans = this.#ahead.find(bytes, first, end, sentEnd - end, rules.options)
          if (spans.length > 0) this.#finder.mask(rules, touches, bytes, spans)
        } else this.#finder.find(shape, rules, touches, bytes, first, end)
        for (let index = 0; index < shown.length; index += 2) {
          this.recordRanges.push(-1, shown[index]!, shown[index + 1]!)
        }
        if (shown.length > 0) shown.length = 0
        return end
      }
      case mask: {
        countWhole(plan, column, touches, bytes, first, end)
        const maskedEnd = plan.masks[column]!(bytes, first, end)
        if (maskedEnd === end) return end
        writeLength(bytes, start, maskedEnd === nullValue ? nullValue : maskedEnd - first)
        return maskedEnd === nullValue ? first : maskedEnd
      }
      case reveal:
        countWhole(plan, column, touches, bytes, first, end)
        this.recordRanges.push(column, first, end)
        return end
    }
    throw new Error(`no action for column ${column}`)
  }
}

/** Adds the values of texts of the row at `start` and of those behind it, as many as are looked at at once. Returns where these rows end. */
function addRows(plan: RowPlan, ahead: ValuesAhead, bytes: Uint8Array, start: number): number {
  const limit = Math.min(bytes.length, start + aheadBytesMax)
  const type = bytes[start]
  let at = start
  while (at + frameHeaderBytes + 2 <= limit && bytes[at] === type) {
    const end = at + 1 + readUint32(bytes, at + 1)
    if (end > limit || !addRow(plan, ahead, bytes, at + frameHeaderBytes, end)) break
    at = end
  }
  return at
}

/** False: it is torn, and `apply` will say so. */
function addRow(
  { actions, shapes }: RowPlan,
  ahead: ValuesAhead,
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean {
  const columns = readUint16(bytes, start)
  if (columns !== actions.length) return false
  let at = start + 2
  for (let column = 0; column < columns; column++) {
    if (at + 4 > end) return false
    const length = readInt32(bytes, at)
    const first = at + 4
    at = first + Math.max(0, length)
    if (length < -1 || at > end) return false
    if (length > 0 && actions[column] === detect && shapes[column] === 'text') ahead.add(first, at)
  }
  return at === end
}

/**
 * Masks in a copy of the frame, for the record, what the client is shown: same length, so that the frame stays what it is.
 * `shift` is added to every offset.
 */
export function maskRanges(
  plan: RowPlan,
  bytes: Uint8Array,
  ranges: readonly number[],
  shift: number,
): void {
  for (let index = 0; index < ranges.length; index += 3) {
    const column = ranges[index]!
    const start = ranges[index + 1]! + shift
    const end = ranges[index + 2]! + shift
    if (column < 0) maskWhole(bytes, start, end)
    else maskSameLength(plan, column, bytes, start, end)
  }
}

const blank = 0x20

/** What the mask leaves is filled up; a value whose mask is NULL loses its letters and digits. */
export function maskSameLength(
  plan: RowPlan,
  column: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  const binary = plan.binary[column]!
  const maskedEnd = plan.masks[column]!(bytes, start, end)
  if (maskedEnd !== nullValue) bytes.fill(binary ? 0 : blank, maskedEnd, end)
  else if (binary) bytes.fill(0, start, end)
  else maskWhole(bytes, start, end)
}

/** A value that is masked or revealed whole. One that was computed from several columns is none of them. */
export function countWhole(
  plan: RowPlan,
  column: number,
  touches: TouchCounts,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  const sources = plan.sources[column]!
  const level = plan.levels[column]!
  const outcome = plan.actions[column] === reveal ? 'revealed' : 'masked'
  const form = sources.length === 1 ? plan.forms[column] : undefined
  for (const { place, dataClass } of sources) {
    if (form === undefined) touches.add(place, dataClass, outcome, level, 1)
    else touches.add(place, dataClass, outcome, level, 1, bytes, start, end, form)
  }
}

/**
 * Columns of which it became clear in the middle of a result what they hold: `before` values of each went on before, masked
 * where something was found in them.
 */
export function countLate(
  plan: RowPlan,
  decided: RowPlan,
  before: Int32Array,
  touches: TouchCounts,
): void {
  for (let column = 0; column < before.length; column++) {
    const count = before[column]!
    if (count === 0 || decided.actions[column] !== mask || plan.actions[column] === mask) continue
    for (const { place, dataClass } of decided.sources[column]!) {
      touches.add(place, dataClass, 'late', decided.levels[column]!, count)
    }
  }
}

function writeLength(bytes: Uint8Array, at: number, length: number): void {
  bytes[at] = length >>> 24
  bytes[at + 1] = length >>> 16
  bytes[at + 2] = length >>> 8
  bytes[at + 3] = length
}

function tornRow(): GatetrailError {
  return new GatetrailError(
    'UPSTREAM_PROTOCOL_VIOLATION',
    'the target sent a row that does not fit its description',
  )
}
