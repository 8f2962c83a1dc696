/**
 * Masks what is found in a text of the client, in the copy that goes on record: also in bytea as hexadecimal digits, and between
 * the doubled quotes of CSV. Same length. From client-record.ts.
 */
import { maskSpan, type Span } from '@gatetrail/detect'
import type { Detection } from '../../../detection/detection.ts'
import { textOfHex, writeHex } from './hex-text.ts'
import { collapse, eachHexRun } from './nested-text.ts'

/** A finding, before it is masked: it lies in `value` from `start` to `end`. */
export type OnFinding = (span: Span, value: Uint8Array, start: number, end: number) => void

const asterisk = 0x2a

export class RecordFinder {
  readonly #detection: Detection
  readonly #onFinding: OnFinding

  constructor(detection: Detection, onFinding: OnFinding) {
    this.#detection = detection
    this.#onFinding = onFinding
  }

  /**
   * Looks between `start` and `end`; `copy` is asked for once something is found, and lies `shift` bytes before. Returns whether
   * something was.
   */
  mask(
    bytes: Uint8Array,
    start: number,
    end: number,
    shift: number,
    copy: () => Uint8Array,
  ): boolean {
    const spans = this.#detection.find(bytes, start, end)
    for (const span of spans) this.#onFinding(span, bytes, span.start, span.end)
    for (const span of spans) {
      maskSpan(copy(), { start: span.start - shift, end: span.end - shift })
    }
    let found = spans.length > 0
    eachHexRun(bytes, start, end, (first, last) => {
      const value = textOfHex(bytes, first, last)
      if (value === undefined) return
      for (const span of this.#detection.find(value, 0, value.length)) {
        found = true
        this.#onFinding(span, value, span.start, span.end)
        for (let at = span.start; at < span.end; at++)
          writeHex(copy(), first - shift + 2 * at, asterisk)
      }
    })
    return found
  }

  /** In place: what stands between doubled quotes. */
  maskDoubled(bytes: Uint8Array, start: number, end: number): boolean {
    const collapsed = collapse(bytes, start, end)
    if (collapsed === undefined) return false
    const { text, places } = collapsed
    const spans = this.#detection.find(text, 0, text.length)
    for (const span of spans) {
      this.#onFinding(span, text, span.start, span.end)
      maskSpan(bytes, { start: places[span.start]!, end: places[span.end]! })
    }
    return spans.length > 0
  }
}
