/** Draws what a terminal was given and takes its picture now and then. The work is done in the thread that asks. */
import { terminalTypes } from '@gatetrail/protocols'
import { keyframeBytesForced, keyframeBytesMax, keyframeBytesMin } from '../limits.ts'
import { packed, unpacked, type Keyframe, type KeyframeMaker } from './keyframe.ts'
import type { TerminalBatch } from './read-terminal.ts'
import { Screen } from './screen.ts'

export class DrawKeyframes implements KeyframeMaker {
  readonly #screen: Screen
  /** Bytes of output since the last picture. */
  #output = 0

  constructor(from: Keyframe) {
    this.#screen = new Screen(from, unpacked(from.state), from.filter)
  }

  async take(batch: TerminalBatch, spread: number): Promise<Keyframe[]> {
    const { seqs, counts, offsets, types, lengths, payload } = batch
    const made: Keyframe[] = []
    let [frame, byte, drawn] = [0, 0, 0]
    // Output of many frames is drawn as one.
    const draw = async (): Promise<void> => {
      if (drawn < byte) await this.#screen.show(payload.subarray(drawn, byte))
      drawn = byte
    }
    for (let chunk = 0; chunk < seqs.length; chunk++) {
      if (this.#output >= keyframeBytesMin * spread) {
        await draw()
        const place = { seq: seqs[chunk]!, offsetMicros: offsets[frame] ?? 0 }
        const keyframe = this.#isDue(spread) ? await this.#picture(place, spread) : undefined
        if (keyframe !== undefined) {
          made.push(keyframe)
          this.#output = 0
        }
      }
      for (const end = frame + counts[chunk]!; frame < end; frame++) {
        const length = lengths[frame]!
        if (types[frame] === terminalTypes.output) {
          this.#output += length
          byte += length
          continue
        }
        await draw()
        const bytes = payload.subarray(byte, (byte += length))
        drawn = byte
        if (types[frame] === terminalTypes.resize) await this.#screen.resize(bytes)
      }
    }
    await draw()
    await this.#screen.drawn()
    return made
  }

  close(): void {
    this.#screen.close()
  }

  #isDue(spread: number): boolean {
    if (this.#output >= keyframeBytesMax * spread) return true
    return this.#output >= keyframeBytesMin * spread && this.#screen.isPlain
  }

  /** Before this chunk. */
  async #picture(
    place: { seq: number; offsetMicros: number },
    spread: number,
  ): Promise<Keyframe | undefined> {
    const state = await this.#screen.picture(this.#output >= keyframeBytesForced * spread)
    if (state === undefined) return undefined
    const { size, filter } = this.#screen
    return { ...size, ...place, filter, state: packed(state) }
  }
}
