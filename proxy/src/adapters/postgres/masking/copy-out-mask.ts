/**
 * Masks the rows of COPY … TO STDOUT where they lie. Text format: by column if the relation has tagged ones, else as
 * running text. What cannot be inspected was refused before (copy-rules.ts), or is counted here.
 */
import { findSpans, maskSpan, maskWhole, entities } from '@gatetrail/detect'
import { CopyTextFields } from '@gatetrail/protocols'
import type { CoverageCounts } from './coverage-counts.ts'
import type { TouchCounts } from './touch-counts.ts'

export type CopyColumn = { place: string; dataClass: string; shown: boolean } | undefined

export type CopyPlan = {
  /** By position; undefined where it isn't tagged. Empty: no column of it is tagged. */
  columns: readonly CopyColumn[]
  format: 'text' | 'csv' | 'binary'
  delimiter: number
  /** What findings are counted under: `copy.<relation>`. */
  place: string
  reveals(entity: string): boolean
}

const backslash = 0x5c
const letterN = 0x4e

export class CopyOutMask {
  readonly #plan: CopyPlan
  readonly #touches: TouchCounts
  readonly #coverage: CoverageCounts
  readonly #fields: CopyTextFields
  readonly #revealed: ReadonlySet<string>
  /** Start and end of what is shown but must be masked in the record. Until the next `apply`. */
  readonly recordRanges: number[] = []

  constructor(plan: CopyPlan, touches: TouchCounts, coverage: CoverageCounts) {
    this.#plan = plan
    this.#touches = touches
    this.#coverage = coverage
    this.#fields = new CopyTextFields(plan.delimiter)
    this.#revealed = new Set(entities.filter((entity) => plan.reveals(entity)))
  }

  /** A piece of the stream: mostly one row, as the target sends one per message. */
  apply(bytes: Uint8Array, start: number, end: number): void {
    if (this.recordRanges.length > 0) this.recordRanges.length = 0
    if (this.#plan.format === 'text') this.#coverage.inspectedBytes += end - start
    else this.#coverage.uninspected('copy_format', end - start)
    if (this.#plan.columns.length === 0) {
      this.#detect(bytes, start, end, this.#plan.place)
      return
    }
    this.#fields.each(bytes, start, end, (column, fieldStart, fieldEnd, first) => {
      const tag = this.#plan.columns[column]
      if (tag === undefined) {
        this.#detect(bytes, fieldStart, fieldEnd, this.#plan.place)
        return
      }
      if (fieldEnd === fieldStart || isNull(bytes, fieldStart, fieldEnd)) return
      if (tag.shown) this.recordRanges.push(fieldStart, fieldEnd)
      else maskWhole(bytes, fieldStart, fieldEnd)
      if (first) {
        this.#touches.add(tag.place, tag.dataClass, tag.shown ? 'revealed' : 'masked', 'certain', 1)
      }
    })
  }

  #detect(bytes: Uint8Array, start: number, end: number, place: string): void {
    const spans = findSpans(bytes, start, end)
    for (const span of spans) {
      const shown = this.#revealed.has(span.entity)
      if (shown) this.recordRanges.push(span.start, span.end)
      else maskSpan(bytes, span)
      this.#touches.add(place, span.entity, shown ? 'revealed' : 'masked', span.level, 1)
    }
  }
}

function isNull(bytes: Uint8Array, start: number, end: number): boolean {
  return end - start === 2 && bytes[start] === backslash && bytes[start + 1] === letterN
}
