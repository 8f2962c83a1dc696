/**
 * Masks one DataRow where it lies. The hot path: nothing is allocated for a row unless something is found in it. What the
 * client may see and the record may not is collected in `recordRanges`.
 */
import { findSpans, maskSpan, maskWhole, type Span } from '@gatetrail/detect'
import { frameHeaderBytes, readInt32, readUint16 } from '@gatetrail/protocols'
import { GatetrailError } from '@gatetrail/schemas'
import type { CoverageCounts } from './coverage-counts.ts'
import { eachArrayElement, maskValue } from './mask-value.ts'
import { columnActions, type RowPlan } from './row-plan.ts'
import type { TouchCounts } from './touch-counts.ts'

const { pass, detect, mask, nullify, reveal, hidden } = columnActions

export class RowMask {
  /** Column (-1: a finding within text), start and end of what is shown but must be masked in the record. Until the next row. */
  readonly recordRanges: number[] = []
  readonly #coverage: CoverageCounts
  #touches: TouchCounts | undefined

  constructor(coverage: CoverageCounts) {
    this.#coverage = coverage
  }

  /**
   * Returns the new end of the frame: it is shorter if a value became NULL.
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
    this.#touches = touches
    const { actions } = plan
    const columns = readUint16(bytes, start + frameHeaderBytes)
    if (columns !== actions.length) throw tornRow()
    const frameEnd = plan.nullifies ? nullifyColumns(plan, bytes, start, end) : end
    let at = start + frameHeaderBytes + 2
    for (let column = 0; column < columns; column++) {
      if (at + 4 > frameEnd) throw tornRow()
      const length = readInt32(bytes, at)
      at += 4
      if (length <= 0) {
        if (length < -1) throw tornRow()
        continue
      }
      const valueEnd = at + length
      if (valueEnd > frameEnd) throw tornRow()
      switch (actions[column]!) {
        case pass:
          break
        case detect:
          this.#detect(plan, column, bytes, at, valueEnd)
          break
        case mask:
          maskValue(plan.shapes[column]!, bytes, at, valueEnd)
          plan.counts[column]!++
          break
        case reveal:
          this.recordRanges.push(column, at, valueEnd)
          plan.counts[column]!++
          break
        case hidden:
          this.#coverage.inspectedBytes -= length
          this.#coverage.uninspected('binary_value', length)
          break
      }
      at = valueEnd
    }
    if (at !== frameEnd) throw tornRow()
    return frameEnd
  }

  /** A value, or a piece of one, in which personal data is looked for. */
  #detect(plan: RowPlan, column: number, bytes: Uint8Array, start: number, end: number): void {
    if (plan.shapes[column] === 'array_binary') {
      eachArrayElement(bytes, start, end, (_, from, to) => {
        this.#found(plan, column, bytes, findSpans(bytes, from, to))
      })
      return
    }
    const spans = findSpans(bytes, start, end)
    if (spans.length > 0) this.#found(plan, column, bytes, spans)
  }

  #found(plan: RowPlan, column: number, bytes: Uint8Array, spans: readonly Span[]): void {
    const revealed = plan.revealed[column]
    for (const span of spans) {
      const shown = revealed !== undefined && revealed.has(span.entity)
      if (shown) this.recordRanges.push(-1, span.start, span.end)
      else maskSpan(bytes, span)
      this.#touches!.add(
        plan.places[column]!,
        span.entity,
        shown ? 'revealed' : 'masked',
        span.level,
        1,
      )
    }
  }
}

/** Masks in a copy of the frame, for the record, what the client is shown. `shift` is added to every offset. */
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
    const shape = column < 0 ? 'text' : plan.shapes[column]!
    if (shape !== 'opaque' && shape !== 'unknown') maskValue(shape, bytes, start, end)
    else if (plan.binary[column]!) bytes.fill(0, start, end)
    else maskWhole(bytes, start, end)
  }
}

/** Moves what was counted by column into the touches of a statement. */
export function takeCounts(plan: RowPlan, touches: TouchCounts): void {
  const { counts } = plan
  for (let column = 0; column < counts.length; column++) {
    const count = counts[column]!
    if (count === 0) continue
    counts[column] = 0
    touches.add(
      plan.places[column]!,
      plan.dataClasses[column]!,
      plan.actions[column] === reveal ? 'revealed' : 'masked',
      plan.unknownLineage[column]! ? 'possible' : 'certain',
      count,
    )
  }
}

/** Writes the row again without the values that must not be seen, length -1 in their place. Returns the frame's new end. */
function nullifyColumns(plan: RowPlan, bytes: Uint8Array, start: number, end: number): number {
  let from = start + frameHeaderBytes + 2
  let to = from
  for (let column = 0; column < plan.actions.length; column++) {
    if (from + 4 > end) throw tornRow()
    const length = readInt32(bytes, from)
    const next = from + 4 + Math.max(0, length)
    if (length < -1 || next > end) throw tornRow()
    if (plan.actions[column] === nullify && length >= 0) {
      bytes.fill(0xff, to, to + 4)
      plan.counts[column]!++
      to += 4
    } else {
      if (to !== from) bytes.copyWithin(to, from, next)
      to += next - from
    }
    from = next
  }
  if (from !== end) throw tornRow()
  const length = to - start - 1
  bytes[start + 1] = length >>> 24
  bytes[start + 2] = length >>> 16
  bytes[start + 3] = length >>> 8
  bytes[start + 4] = length
  return to
}

function tornRow(): GatetrailError {
  return new GatetrailError(
    'UPSTREAM_PROTOCOL_VIOLATION',
    'the target sent a row that does not fit its description',
  )
}
