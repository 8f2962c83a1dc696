/** A picture of a terminal's screen, and what makes them: in this thread or in another one. */
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { TerminalFilter, terminalSizeDefault, type FilterPlace } from '@gatetrail/protocols'
import type { TerminalSize } from '@gatetrail/protocols'
import type { TerminalBatch } from './read-terminal.ts'

export type Keyframe = TerminalSize & {
  offsetMicros: number
  /** Of the chunk that follows it, and where the filter stood before that one. */
  seq: number
  filter: FilterPlace
  /** Deflated: draws the screen on a terminal that was reset. */
  state: Uint8Array
}

export function packed(state: string): Uint8Array {
  return new Uint8Array(deflateRawSync(state, { level: 1 }))
}

export function unpacked(state: Uint8Array): string {
  return inflateRawSync(state).toString()
}

export const firstKeyframe: Keyframe = {
  ...terminalSizeDefault,
  ...{ offsetMicros: 0, seq: 0, filter: new TerminalFilter().place, state: packed('') },
}

export type KeyframeMaker = {
  /** What comes next, whose bytes are gone after it; with the pictures on the way. `spread`: how many times further apart than usual. */
  take(batch: TerminalBatch, spread: number): Promise<Keyframe[]>
  close(): void
}

/** Makes pictures of what comes after one. */
export type StartMaker = (from: Keyframe) => KeyframeMaker
