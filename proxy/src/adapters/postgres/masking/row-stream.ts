/**
 * Masks a DataRow that is too large to be held whole, piece by piece and same length: a tagged value by value-stream.ts,
 * other text with the last bytes of each piece held back, so that a finding may lie across pieces. From result-rows.ts.
 */
import { findSpans, maskSpan, type Span } from '@gatetrail/detect'
import { frameHeaderBytes } from '@gatetrail/protocols'
import type { CoverageCounts } from './coverage-counts.ts'
import { JsonFindings } from './json-findings.ts'
import { columnActions, type RowPlan } from './row-plan.ts'
import type { TouchCounts } from './touch-counts.ts'
import { ValueStream } from './value-stream.ts'

/** Longer than any finding of the detectors. */
const heldBackBytes = 512
const noBytes = Buffer.alloc(0)

/** What to send on, and what to record of it: the same bytes unless something was revealed. */
export type StreamedPiece = { shown: Buffer; recorded: Buffer }

export class RowStream {
  readonly #plan: RowPlan
  readonly #touches: TouchCounts
  readonly #coverage: CoverageCounts
  #column = -1
  /** Bytes of the value that are still to come. */
  #rest = -1
  /** Header bytes, or the bytes of a length, that are not complete. */
  #skip = frameHeaderBytes + 2
  #lengthBytes: number[] = []
  #heldBack: Buffer = noBytes
  #value: ValueStream | undefined
  #json: JsonFindings | undefined

  constructor(plan: RowPlan, touches: TouchCounts, coverage: CoverageCounts) {
    this.#plan = plan
    this.#touches = touches
    this.#coverage = coverage
  }

  /** Takes the next bytes of the frame; they may be changed in place. */
  push(bytes: Buffer): StreamedPiece {
    const shown: Buffer[] = []
    const recorded: Buffer[] = []
    let at = 0
    this.#coverage.inspectedBytes += bytes.length
    while (at < bytes.length) {
      if (this.#skip > 0) {
        const count = Math.min(this.#skip, bytes.length - at)
        this.#skip -= count
        emit(shown, recorded, bytes.subarray(at, at + count))
        at += count
      } else if (this.#rest <= 0) {
        this.#lengthBytes.push(bytes[at]!)
        emit(shown, recorded, bytes.subarray(at, at + 1))
        at++
        if (this.#lengthBytes.length === 4) this.#beginValue()
      } else {
        const count = Math.min(this.#rest, bytes.length - at)
        this.#rest -= count
        this.#piece(shown, recorded, bytes.subarray(at, at + count))
        at += count
      }
    }
    return { shown: Buffer.concat(shown), recorded: Buffer.concat(recorded) }
  }

  #beginValue(): void {
    const [a, b, c, d] = this.#lengthBytes
    this.#lengthBytes = []
    const column = ++this.#column
    const length = (a! << 24) | (b! << 16) | (c! << 8) | d!
    this.#rest = Math.max(0, length)
    if (length <= 0) return
    const { actions, shapes, counts } = this.#plan
    const action = actions[column]
    if (action === columnActions.mask || action === columnActions.reveal) {
      counts[column]!++
      this.#value = new ValueStream(this.#plan, column, length)
    } else if (action === columnActions.detect) {
      const shape = shapes[column]
      this.#json = shape === 'json' || shape === 'json_binary' ? new JsonFindings() : undefined
    }
  }

  #piece(shown: Buffer[], recorded: Buffer[], piece: Buffer): void {
    switch (this.#plan.actions[this.#column]) {
      case columnActions.mask:
        emit(shown, recorded, this.#value!.push(piece))
        return
      case columnActions.reveal:
        shown.push(piece)
        recorded.push(this.#value!.push(Buffer.from(piece)))
        return
      case columnActions.detect:
        switch (this.#plan.shapes[this.#column]) {
          case 'bytes':
          case 'bytes_text':
          case 'unknown':
            this.#coverage.inspectedBytes -= piece.length
            this.#coverage.uninspected('oversized_value', piece.length)
            emit(shown, recorded, piece)
            return
          default:
            this.#detect(shown, recorded, piece)
        }
        return
      default:
        emit(shown, recorded, piece)
    }
  }

  #detect(shown: Buffer[], recorded: Buffer[], piece: Buffer): void {
    const window = this.#heldBack.length === 0 ? piece : Buffer.concat([this.#heldBack, piece])
    const spans = findSpans(window, 0, window.length)
    let cut = this.#rest === 0 ? window.length : Math.max(0, window.length - heldBackBytes)
    // A finding is never cut; one at the very end could go on.
    for (const span of spans) if (span.start < cut && span.end > cut) cut = span.start
    const rules = this.#plan.rules[this.#column]!
    const emitted = window.subarray(0, cut)
    const hidden: Span[] = []
    let masked = emitted
    for (const span of spans) {
      if (span.end > cut) break
      const isShown = rules.revealed?.has(span.entity) === true
      if (!isShown) hidden.push(span)
      else if (masked === emitted) masked = Buffer.from(emitted)
      const outcome = isShown ? 'revealed' : 'masked'
      this.#touches.add(rules.place, span.entity, outcome, span.level, 1)
    }
    this.#mask(emitted, hidden)
    if (masked !== emitted) {
      emitted.copy(masked)
      for (const span of spans) if (span.end <= cut) maskSpan(masked, span)
    }
    this.#heldBack = cut === window.length ? noBytes : Buffer.from(window.subarray(cut))
    shown.push(emitted)
    recorded.push(masked)
  }

  #mask(bytes: Buffer, spans: readonly Span[]): void {
    if (this.#json === undefined) for (const span of spans) maskSpan(bytes, span)
    else this.#json.mask(bytes, 0, bytes.length, spans)
  }
}

function emit(shown: Buffer[], recorded: Buffer[], bytes: Buffer): void {
  shown.push(bytes)
  recorded.push(bytes)
}
