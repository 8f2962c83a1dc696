/**
 * How much a terminal showed, and when, per block of its records: without their bytes. With it a moment is found in a session of any
 * length. Of an open session only what has come since is read.
 */
import { terminalTypes } from '@gatetrail/protocols'
import { z } from 'zod'
import { recordsPerTerminalBlock } from '../limits.ts'
import { SessionCache } from '../replay/session-cache.ts'
import { ofSession, type Questions } from '../store/question.ts'
import type { ReplayedSession } from '../store/replayed-session-question.ts'

/** Of a chunk. */
export const outputBytes = `arraySum((t, l) -> if(t = ${terminalTypes.output}, toUInt64(l), 0), types, lengths)`
export const isResized = `has(types, ${terminalTypes.resize})`

const row = z.object({
  /** Its first seq is this times `recordsPerTerminalBlock`. */
  block: z.int(),
  /** Of its first frame. */
  offset: z.int(),
  /** Of output. */
  bytes: z.int(),
  /** Seq of the last change of size in it; -1: none. */
  resized: z.int(),
})
export type TerminalBlock = z.infer<typeof row>

type Blocks = { blocks: TerminalBlock[]; whole: boolean }

export class TerminalBlocks {
  readonly #cache = new SessionCache<Blocks>()

  /** In order; those without a frame are left out. */
  async of(questions: Questions, session: ReplayedSession): Promise<readonly TerminalBlock[]> {
    const { blocks } = await this.#cache.get(session.id, async (before) => {
      if (before?.whole === true) return before
      // The last block may have grown.
      const known = before?.blocks.slice(0, -1) ?? []
      const fromSeq = (before?.blocks.at(-1)?.block ?? 0) * recordsPerTerminalBlock
      const found = await questions.rows(
        `SELECT intDiv(seq, ${recordsPerTerminalBlock}) AS block, min(offsets[1]) AS offset,
          sum(${outputBytes}) AS bytes,
          max(if(${isResized}, toInt64(seq), -1)) AS resized
        FROM chunks WHERE ${ofSession} AND seq >= {fromSeq:UInt32} AND notEmpty(types) GROUP BY block ORDER BY block`,
        { session: session.id, fromSeq },
        row,
      )
      return { blocks: [...known, ...found], whole: session.final }
    })
    return blocks
  }
}
