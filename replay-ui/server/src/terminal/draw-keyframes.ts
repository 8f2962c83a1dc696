/** Draws what a terminal was given and takes its picture now and then. The work is done in the thread that asks. */
import { terminalTypes } from '@gatetrail/protocols'
import { keyframeBytesForced, keyframeBytesMax, keyframeBytesMin } from '../limits.ts'
import { packed, unpacked, type Keyframe, type KeyframeMaker } from './keyframe.ts'
import { chunksOf, type TerminalBatch, type TerminalChunk } from './read-terminal.ts'
import { Screen } from './screen.ts'

export class DrawKeyframes implements KeyframeMaker {
  readonly #screen: Screen
  /** Bytes of output since the last picture. */
  #output = 0

  constructor(from: Keyframe) {
    this.#screen = new Screen(from, unpacked(from.state), from.filter)
  }

  async take(batch: TerminalBatch, spread: number): Promise<Keyframe[]> {
    const made: Keyframe[] = []
    for (const chunk of chunksOf(batch)) {
      const keyframe = this.#isDue(spread) ? await this.#picture(chunk, spread) : undefined
      if (keyframe !== undefined) {
        made.push(keyframe)
        this.#output = 0
      }
      for (const frame of chunk.frames) {
        if (frame.type === terminalTypes.output) this.#output += frame.bytes.length
        await this.#screen.take(frame)
      }
    }
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
    { seq, offsetMicros }: TerminalChunk,
    spread: number,
  ): Promise<Keyframe | undefined> {
    const state = await this.#screen.picture(this.#output >= keyframeBytesForced * spread)
    if (state === undefined) return undefined
    const { size, filter } = this.#screen
    return { ...size, offsetMicros, seq, filter, state: packed(state) }
  }
}
