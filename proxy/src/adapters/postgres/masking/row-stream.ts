/**
 * Masks a DataRow that is too large to be held whole, piece by piece and same length: a tagged value byte by byte, other
 * text with the last bytes of each piece held back, so that a finding may lie across pieces. From target-leg.ts.
 */
import { findSpans, maskSpan, maskWhole } from '@gatetrail/detect'
import { frameHeaderBytes } from '@gatetrail/protocols'
import type { CoverageCounts } from './coverage-counts.ts'
import { columnActions, type RowPlan } from './row-plan.ts'
import type { TouchCounts } from './touch-counts.ts'

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
  /** Bytes of the value that are still to come; -1: its length comes first. */
  #rest = -1
  /** Header bytes, or the bytes of a length, that are not complete. */
  #skip = frameHeaderBytes + 2
  #lengthBytes: number[] = []
  #heldBack: Buffer = noBytes

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
        this.#value(shown, recorded, bytes.subarray(at, at + count))
        at += count
      }
    }
    return { shown: Buffer.concat(shown), recorded: Buffer.concat(recorded) }
  }

  #beginValue(): void {
    const [a, b, c, d] = this.#lengthBytes
    this.#lengthBytes = []
    this.#column++
    const length = (a! << 24) | (b! << 16) | (c! << 8) | d!
    this.#rest = Math.max(0, length)
    if (length <= 0) return
    const action = this.#plan.actions[this.#column]
    if (
      action === columnActions.mask ||
      action === columnActions.nullify ||
      action === columnActions.reveal
    ) {
      this.#plan.counts[this.#column]!++
    }
  }

  #value(shown: Buffer[], recorded: Buffer[], piece: Buffer): void {
    const column = this.#column
    const opaque =
      this.#plan.binary[column] === true &&
      (this.#plan.shapes[column] === 'opaque' || this.#plan.shapes[column] === 'unknown')
    switch (this.#plan.actions[column]) {
      case columnActions.mask:
      case columnActions.nullify:
        // The frame's length is already sent: instead of NULL, bytes without meaning.
        if (opaque) piece.fill(0)
        else maskWhole(piece, 0, piece.length)
        emit(shown, recorded, piece)
        return
      case columnActions.reveal: {
        const masked = Buffer.from(piece)
        if (opaque) masked.fill(0)
        else maskWhole(masked, 0, masked.length)
        shown.push(piece)
        recorded.push(masked)
        return
      }
      case columnActions.detect:
        this.#detect(shown, recorded, piece)
        return
      case columnActions.hidden:
        this.#coverage.inspectedBytes -= piece.length
        this.#coverage.uninspected('oversized_value', piece.length)
        emit(shown, recorded, piece)
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
    const revealed = this.#plan.revealed[this.#column]
    const emitted = window.subarray(0, cut)
    let masked = emitted
    for (const span of spans) {
      if (span.end > cut) break
      const isShown = revealed?.has(span.entity) === true
      if (isShown) {
        if (masked === emitted) masked = Buffer.from(emitted)
        maskSpan(masked, span)
      } else {
        maskSpan(emitted, span)
        if (masked !== emitted) maskSpan(masked, span)
      }
      this.#touches.add(
        this.#plan.places[this.#column]!,
        span.entity,
        isShown ? 'revealed' : 'masked',
        span.level,
        1,
      )
    }
    this.#heldBack = cut === window.length ? noBytes : Buffer.from(window.subarray(cut))
    shown.push(emitted)
    recorded.push(masked)
  }
}

function emit(shown: Buffer[], recorded: Buffer[], bytes: Buffer): void {
  shown.push(bytes)
  recorded.push(bytes)
}
