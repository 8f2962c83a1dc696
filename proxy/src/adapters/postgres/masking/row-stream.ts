/**
 * Masks a DataRow that is too large to be held whole, piece by piece and same length: a tagged value by value-stream.ts,
 * other text with the last bytes of each piece held back, so that a finding may lie across pieces. From result-rows.ts.
 */
import { frameHeaderBytes } from '@gatetrail/protocols'
import type { CoverageCounts } from './coverage-counts.ts'
import { FindingStream } from './finding-stream.ts'
import { columnActions, type RowPlan } from './row-plan.ts'
import type { TouchCounts } from './touch-counts.ts'
import { ValueStream } from './value-stream.ts'

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
  #value: ValueStream | undefined
  #findings: FindingStream | undefined

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
    const { actions, shapes, rules, sources, levels } = this.#plan
    const action = actions[column]
    if (action === columnActions.mask || action === columnActions.reveal) {
      const outcome = action === columnActions.mask ? 'masked' : 'revealed'
      for (const { place, dataClass } of sources[column]!) {
        this.#touches.add(place, dataClass, outcome, levels[column]!, 1)
      }
      this.#value = new ValueStream(this.#plan, column, length)
    } else if (action === columnActions.detect) {
      this.#findings = new FindingStream(shapes[column]!, rules[column]!, this.#touches)
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
          default: {
            const found = this.#findings!.push(piece, this.#rest === 0)
            shown.push(found.shown)
            recorded.push(found.recorded)
            return
          }
        }
      default:
        emit(shown, recorded, piece)
    }
  }
}

function emit(shown: Buffer[], recorded: Buffer[], bytes: Buffer): void {
  shown.push(bytes)
  recorded.push(bytes)
}
