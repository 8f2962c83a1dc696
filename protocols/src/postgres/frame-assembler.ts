/**
 * Fragments of recorded chunks → whole frames, each direction by itself. Step 1 of a replay; to session-reader.ts.
 * A frame of any size may come in any number of fragments: of one that is longer than `keptBytesMax`, only the beginning is
 * kept, so memory is bounded.
 */
import type { Fragment } from '@gatetrail/schemas'

export type RecordedFrame = {
  direction: 'to_client' | 'to_target'
  /** 0 for the frames before authentication. */
  type: number
  /** Header included. */
  bytes: Uint8Array
  totalLength: number
  masked: boolean
  withheld: boolean
}

export const keptBytesMax = 256 * 1024

type Open = RecordedFrame & { kept: number }

export class FrameAssembler {
  #open: { to_client: Open | undefined; to_target: Open | undefined } = {
    to_client: undefined,
    to_target: undefined,
  }

  /** The frame that this fragment ends, if it ends one. A fragment of a frame whose beginning was not seen is dropped. */
  add(fragment: Fragment): RecordedFrame | undefined {
    const { direction, type, masked, withheld, totalLength } = fragment
    if (fragment.first && (fragment.last || withheld)) {
      this.#open[direction] = undefined
      return { direction, type, bytes: fragment.bytes, totalLength, masked, withheld }
    }
    let open = this.#open[direction]
    if (fragment.first) {
      const size = Math.max(Math.min(totalLength, keptBytesMax), fragment.bytes.length)
      open = {
        direction,
        type,
        bytes: new Uint8Array(size),
        totalLength,
        masked,
        withheld,
        kept: 0,
      }
      this.#open[direction] = open
    }
    if (open === undefined) return undefined
    const count = Math.min(fragment.bytes.length, open.bytes.length - open.kept)
    open.bytes.set(fragment.bytes.subarray(0, count), open.kept)
    open.kept += count
    open.masked ||= masked
    if (!fragment.last) return undefined
    this.#open[direction] = undefined
    return {
      direction,
      type,
      bytes: open.bytes.subarray(0, open.kept),
      totalLength,
      masked: open.masked,
      withheld,
    }
  }
}
