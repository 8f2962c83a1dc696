/**
 * Where to read what a terminal showed around a moment of which no picture is made yet: from the last of its output alone, on an empty screen of the
 * size that it had. Nearly always that is the screen; a program that has drawn it long before is not on it.
 */
import { readResize, terminalSizeDefault, terminalTypes } from '@gatetrail/protocols'
import type { TerminalSize } from '@gatetrail/protocols'
import { z } from 'zod'
import {
  nearBlocksMax,
  nearBytesAfter,
  nearBytesBefore,
  recordsPerTerminalBlock,
} from '../limits.ts'
import { ofSession, type Questions } from '../store/question.ts'
import type { ReplayedSession } from '../store/replayed-session-question.ts'
import { terminalFrames } from './read-terminal.ts'
import { isResized, outputBytes, type TerminalBlock } from './terminal-blocks.ts'

export type NearPlace = TerminalSize & {
  /** Of its first frame. */
  offsetMicros: number
  fromSeq: number
  toSeq: number
  nextMicros: number | null
}

export async function nearPlace(
  questions: Questions,
  session: ReplayedSession,
  blocks: readonly TerminalBlock[],
  atMicros: number,
): Promise<NearPlace> {
  const around = blocksAround(blocks, atMicros)
  const chunks = await readChunks(questions, session.id, around.fromSeq, around.toSeq)
  const { from, to } = chunksAround(chunks, atMicros)
  const isFirst = around.fromSeq === 0 && (from === undefined || from === chunks[0])
  const fromSeq = isFirst ? 0 : (from?.seq ?? around.fromSeq)
  return {
    ...(await sizeAt(questions, session.id, lastResize(blocks, chunks, fromSeq))),
    offsetMicros: isFirst ? 0 : (from?.offset ?? 0),
    fromSeq,
    toSeq: to?.seq ?? around.toSeq,
    nextMicros: to?.offset ?? around.nextMicros,
  }
}

/** Pure. */
export function blocksAround(
  blocks: readonly TerminalBlock[],
  atMicros: number,
): { fromSeq: number; toSeq: number; nextMicros: number | null } {
  const own = Math.max(
    0,
    blocks.findLastIndex(({ offset }) => offset <= atMicros),
  )
  let first = own
  for (let bytes = 0; first > 0 && own - first < nearBlocksMax && bytes < nearBytesBefore; first--)
    bytes += blocks[first - 1]!.bytes
  const next = blocks[own + 1]
  return {
    fromSeq: (blocks[first]?.block ?? 0) * recordsPerTerminalBlock,
    toSeq: ((blocks[own]?.block ?? 0) + 1) * recordsPerTerminalBlock,
    nextMicros: next?.offset ?? null,
  }
}

const chunkRow = z.object({ seq: z.int(), offset: z.int(), bytes: z.int(), resized: z.int() })
type Chunk = z.infer<typeof chunkRow>

function readChunks(
  questions: Questions,
  session: string,
  fromSeq: number,
  toSeq: number,
): Promise<Chunk[]> {
  return questions.rows(
    `SELECT seq, offsets[1] AS offset, ${outputBytes} AS bytes,
      ${isResized} AS resized
    FROM chunks WHERE ${ofSession} AND seq >= {fromSeq:UInt32} AND seq < {toSeq:UInt64} AND notEmpty(types) ORDER BY seq`,
    { session, fromSeq, toSeq },
    chunkRow,
  )
}

/** The chunk to begin with, and the one to end before. Pure. */
export function chunksAround(
  chunks: readonly Chunk[],
  atMicros: number,
): { from: Chunk | undefined; to: Chunk | undefined } {
  const own = Math.max(
    0,
    chunks.findLastIndex(({ offset }) => offset <= atMicros),
  )
  let first = own
  for (let bytes = 0; first > 0 && bytes < nearBytesBefore; first--)
    bytes += chunks[first - 1]!.bytes
  let end = own + 1
  for (let bytes = 0; end < chunks.length && bytes < nearBytesAfter; end++)
    bytes += chunks[end]!.bytes
  return { from: chunks[first], to: chunks[end] }
}

/** The last one before: among the chunks where they were read, before these that of a whole block. Pure. */
export function lastResize(
  blocks: readonly TerminalBlock[],
  chunks: readonly Chunk[],
  fromSeq: number,
): number | undefined {
  const near = chunks.findLast(({ seq, resized }) => resized === 1 && seq < fromSeq)
  if (near !== undefined) return near.seq
  return blocks.findLast(({ resized }) => resized >= 0 && resized < fromSeq)?.resized
}

async function sizeAt(
  questions: Questions,
  session: string,
  resized: number | undefined,
): Promise<TerminalSize> {
  if (resized === undefined) return terminalSizeDefault
  let size: TerminalSize = terminalSizeDefault
  const own = { id: session, lastSeq: resized }
  for await (const frames of terminalFrames(questions, own, resized, resized + 1)) {
    const last = frames.findLast(({ type }) => type === terminalTypes.resize)
    size = (last && readResize(last.bytes)) ?? size
  }
  return size
}
