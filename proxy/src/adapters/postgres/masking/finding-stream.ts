/**
 * Looks for personal data in a value that comes in pieces: what may belong to a finding is held back until that is clear (detect:
 * stream/finding-stream.ts). From row-stream.ts and copy-out-mask.ts.
 */
import { maskSpan, type FindingStream as Stream, type Span } from '@gatetrail/detect'
import type { ValueShape } from './column-types.ts'
import type { FindingRules } from './find-in-value.ts'
import { JsonFindings } from './json-findings.ts'
import type { TouchCounts } from './touch-counts.ts'

/** What to send on, and what to record of it: the same bytes unless something was revealed. */
export type FoundPiece = { shown: Buffer; recorded: Buffer }

export class FindingStream {
  readonly #rules: FindingRules
  readonly #touches: TouchCounts
  readonly #json: JsonFindings | undefined
  readonly #stream: Stream
  /** How much went on. */
  #gone = 0

  constructor(shape: ValueShape, rules: FindingRules, touches: TouchCounts) {
    this.#rules = rules
    this.#touches = touches
    this.#json =
      shape === 'json' || shape === 'json_binary' ? new JsonFindings(rules.masking) : undefined
    this.#stream = rules.detection.stream(rules.options)
  }

  /** The next bytes. `last`: nothing is held back any more. */
  push(piece: Buffer, last: boolean): FoundPiece {
    const outputs = [this.#stream.feed(piece), ...(last ? [this.#stream.end()] : [])]
    // A copy: what was fed must not be changed.
    const shown = Buffer.concat(outputs.flatMap(({ pieces }) => pieces))
    const hidden: Span[] = []
    const revealed: Span[] = []
    for (const span of outputs.flatMap(({ spans }) => spans)) {
      this.#take(span, shown, hidden, revealed)
    }
    if (this.#json !== undefined) this.#json.mask(shown, 0, shown.length, hidden)
    else
      for (const span of hidden)
        this.#rules.masking.of(span.entity).inText(shown, span.start, span.end)
    let recorded = shown
    if (revealed.length > 0) {
      recorded = Buffer.from(shown)
      for (const span of revealed) maskSpan(recorded, span)
    }
    this.#gone += shown.length
    return { shown, recorded }
  }

  /** Counts a finding, with its place in what goes on now. */
  #take(found: Span, shown: Buffer, hidden: Span[], revealed: Span[]): void {
    const { place } = this.#rules
    const { entity, level } = found
    const span = { ...found, start: found.start - this.#gone, end: found.end - this.#gone }
    const isShown = this.#rules.reveals(entity)
    ;(isShown ? revealed : hidden).push(span)
    const outcome = isShown ? 'revealed' : 'masked'
    this.#touches.add(place, entity, outcome, level, 1, shown, span.start, span.end)
  }
}
