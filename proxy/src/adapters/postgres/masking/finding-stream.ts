/**
 * Looks for personal data in a value that comes in pieces: the last bytes of each piece are held back, so that a finding may
 * lie across pieces. From row-stream.ts and copy-out-mask.ts.
 */
import { maskSpan, type Span } from '@gatetrail/detect'
import type { ValueShape } from './column-types.ts'
import type { FindingRules } from './find-in-value.ts'
import { JsonFindings } from './json-findings.ts'
import type { TouchCounts } from './touch-counts.ts'

/** Longer than any finding of the detectors. */
const heldBackBytes = 512
const noBytes = Buffer.alloc(0)

/** What to send on, and what to record of it: the same bytes unless something was revealed. */
export type FoundPiece = { shown: Buffer; recorded: Buffer }

export class FindingStream {
  readonly #rules: FindingRules
  readonly #touches: TouchCounts
  readonly #json: JsonFindings | undefined
  #heldBack: Buffer = noBytes

  constructor(shape: ValueShape, rules: FindingRules, touches: TouchCounts) {
    this.#rules = rules
    this.#touches = touches
    this.#json = shape === 'json' || shape === 'json_binary' ? new JsonFindings() : undefined
  }

  /** The next bytes, which may be changed in place. `last`: nothing is held back any more. */
  push(piece: Buffer, last: boolean): FoundPiece {
    const window = this.#heldBack.length === 0 ? piece : Buffer.concat([this.#heldBack, piece])
    const spans = this.#rules.detection.find(window, 0, window.length, this.#rules.names)
    let cut = last ? window.length : Math.max(0, window.length - heldBackBytes)
    // A finding is never cut; one at the very end could go on.
    for (const span of spans) if (span.start < cut && span.end > cut) cut = span.start
    const shown = window.subarray(0, cut)
    const hidden: Span[] = []
    const revealed: Span[] = []
    for (const span of spans) {
      if (span.end > cut) break
      const isShown = this.#rules.revealed?.has(span.entity) === true
      ;(isShown ? revealed : hidden).push(span)
      const outcome = isShown ? 'revealed' : 'masked'
      this.#touches.add(this.#rules.place, span.entity, outcome, span.level, 1)
    }
    if (this.#json !== undefined) this.#json.mask(shown, 0, shown.length, hidden)
    else for (const span of hidden) maskSpan(shown, span)
    let recorded = shown
    if (revealed.length > 0) {
      recorded = Buffer.from(shown)
      for (const span of revealed) maskSpan(recorded, span)
    }
    this.#heldBack = cut === window.length ? noBytes : Buffer.from(window.subarray(cut))
    return { shown, recorded }
  }
}
