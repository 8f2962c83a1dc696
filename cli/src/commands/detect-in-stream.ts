/** From bytes to findings with their places, for `gatetrail detect`. */
import {
  FindingStream,
  groupOf,
  type Ruleset,
  type Span,
  type StreamOutput,
} from '@gatetrail/detect'
import type { TouchLevel } from '@gatetrail/schemas'
import { TextPosition } from './text-position.ts'

export type PlacedFinding = {
  line: number
  /** In code points, from the begin of the input. */
  start: number
  end: number
  entity: string
  group: string
  level: TouchLevel
}

/** Findings in order, as soon as they are certain. Memory is bounded, whatever the input is. */
export async function* detectInStream(
  pieces: AsyncIterable<Uint8Array>,
  rules: Ruleset,
  levelMin: TouchLevel,
): AsyncGenerator<PlacedFinding> {
  const stream = new FindingStream(rules, { levelMin })
  const places = new Places()
  for await (const piece of pieces) yield* places.of(stream.feed(piece))
  yield* places.of(stream.end())
}

class Places {
  readonly #position = new TextPosition()
  #at = 0

  of({ pieces, spans }: StreamOutput): PlacedFinding[] {
    const found: PlacedFinding[] = []
    let next = 0
    let start: { line: number; offset: number } | undefined
    for (const piece of pieces) {
      let from = 0
      // A finding ends in the piece where it began or in a later one.
      for (;;) {
        const span: Span | undefined = spans[next]
        const mark = start === undefined ? span?.start : span?.end
        if (span === undefined || mark === undefined || mark - this.#at > piece.length) break
        this.#position.advance(piece, from, mark - this.#at)
        from = mark - this.#at
        const { line, offset } = this.#position
        if (start === undefined) start = { line, offset }
        else {
          found.push(placed(span, start, offset))
          start = undefined
          next++
        }
      }
      this.#position.advance(piece, from, piece.length)
      this.#at += piece.length
    }
    return found
  }
}

function placed(
  { entity, level }: Span,
  start: { line: number; offset: number },
  end: number,
): PlacedFinding {
  return { line: start.line, start: start.offset, end, entity, group: groupOf(entity), level }
}
