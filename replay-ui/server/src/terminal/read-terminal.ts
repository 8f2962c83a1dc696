/** The frames of a terminal session, in order, some MiB at a time. What was typed is not among them. */
import { terminalTypes } from '@gatetrail/protocols'
import { z } from 'zod'
import {
  recordsPerReadMin,
  recordsPerTerminalReadMax,
  terminalReadBytes,
  terminalSliceRecords,
} from '../limits.ts'
import { ofSession, type Questions } from '../store/question.ts'

export type TerminalFrame = {
  offsetMicros: number
  type: number
  bytes: Uint8Array
}

/** Chunks of frames, in order, as columns: one message to a thread. */
export type TerminalBatch = {
  /** Of each chunk: its seq, how many frames it holds. */
  seqs: number[]
  counts: number[]
  /** Of each frame of all of them. */
  offsets: number[]
  types: number[]
  lengths: number[]
  /** Their bytes, one after the other. */
  payload64: string
}

const batch = z.object({
  seqs: z.array(z.int()),
  counts: z.array(z.int()),
  offsets: z.array(z.int()),
  types: z.array(z.int()),
  lengths: z.array(z.int()),
  payload64: z.string(),
})

/** From one seq up to and without another one, or to the end of the session. More and more, as most looks are short. */
export async function* terminalBatches(
  questions: Questions,
  session: { id: string; lastSeq: number },
  fromSeq: number,
  toSeq = Infinity,
): AsyncGenerator<TerminalBatch, void, void> {
  const endSeq = Math.min(session.lastSeq + 1, toSeq)
  // A stretch between two keyframes is short: all of it at once.
  let size = toSeq - fromSeq <= terminalSliceRecords ? terminalSliceRecords : recordsPerReadMin
  for (let from = fromSeq, to = 0; from < endSeq; from = to) {
    to = Math.min(from + size, endSeq)
    const read = await readBatch(questions, session.id, from, to)
    yield read
    const bytesPerRecord = Math.max(1, (read.payload64.length * 3) / 4 / (to - from))
    const fitting = Math.max(1, Math.floor(terminalReadBytes / bytesPerRecord))
    size = Math.min(size * 4, fitting, recordsPerTerminalReadMax)
  }
}

async function readBatch(
  questions: Questions,
  session: string,
  fromSeq: number,
  toSeq: number,
): Promise<TerminalBatch> {
  const found = await questions.row(
    // One thread: groups in the order of the rows.
    `SELECT groupArray(seq) AS seqs, groupArray(length(chunk.types)) AS counts, groupArrayArray(chunk.offsets) AS offsets,
      groupArrayArray(chunk.types) AS types, groupArrayArray(chunk.lengths) AS lengths,
      base64Encode(arrayStringConcat(groupArray(payload))) AS payload64
    FROM (SELECT seq, offsets, types, lengths, payload FROM chunks
      WHERE ${ofSession} AND seq >= {fromSeq:UInt32} AND seq < {toSeq:UInt64} ORDER BY seq) AS chunk
    SETTINGS max_threads = 1`,
    { session, fromSeq, toSeq },
    batch,
  )
  return found ?? { seqs: [], counts: [], offsets: [], types: [], lengths: [], payload64: '' }
}

/** Each list is of one reading. */
export async function* terminalFrames(
  questions: Questions,
  session: { id: string; lastSeq: number },
  fromSeq: number,
  toSeq?: number,
): AsyncGenerator<TerminalFrame[], void, void> {
  for await (const read of terminalBatches(questions, session, fromSeq, toSeq)) {
    yield framesOf(read)
  }
}

function framesOf({ offsets, types, lengths, payload64 }: TerminalBatch): TerminalFrame[] {
  const payload = Buffer.from(payload64, 'base64')
  const frames: TerminalFrame[] = []
  let byte = 0
  types.forEach((type, index) => {
    const bytes = payload.subarray(byte, (byte += lengths[index]!))
    if (type !== terminalTypes.input) frames.push({ offsetMicros: offsets[index]!, type, bytes })
  })
  return frames
}
