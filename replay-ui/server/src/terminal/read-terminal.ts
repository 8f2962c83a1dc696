/** The frames of a terminal session, in order, a MiB at a time. What was typed is not among them. */
import { terminalTypes } from '@gatetrail/protocols'
import { z } from 'zod'
import {
  recordsPerReadMin,
  recordsPerTerminalReadMax,
  terminalFrameBytesBeside,
  terminalReadBytes,
  terminalSliceRecords,
} from '../limits.ts'
import { ofSession, type Questions } from '../store/question.ts'

export type TerminalFrame = {
  /** Of its chunk, and which of its frames it is, from 1. */
  seq: number
  fragment: number
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
  /** Their bytes, one after the other: alone in its buffer, which may be given to a thread. */
  payload: Uint8Array<ArrayBuffer>
}

const row = z.object({
  seqs: z.array(z.int()),
  counts: z.array(z.int()),
  offsets: z.array(z.int()),
  types: z.array(z.int()),
  lengths: z.array(z.int()),
  payload64: z.string(),
  /** Up to and without which seq it was read. */
  end_seq: z.int(),
})

/** From one seq up to and without another one, or to the end of the session. More and more, as most looks are short. */
export async function* terminalBatches(
  questions: Questions,
  session: { id: string; lastSeq: number },
  fromSeq: number,
  toSeq = Infinity,
  // A stretch between two keyframes is short: all of it at once.
  firstRecords = toSeq - fromSeq <= terminalSliceRecords ? terminalSliceRecords : recordsPerReadMin,
): AsyncGenerator<TerminalBatch, void, void> {
  const toEnd = Math.min(session.lastSeq + 1, toSeq)
  let size = firstRecords
  for (let from = fromSeq; from < toEnd;) {
    const { batch, endSeq } = await readBatch(questions, session.id, from, Math.min(from + size, toEnd)) // prettier-ignore
    yield batch
    // Those that do not fit are looked at in vain.
    const fitting = ((endSeq - from) * terminalReadBytes) / Math.max(1, batch.payload.length)
    size = Math.ceil(Math.min(size * 4, fitting * 2, recordsPerTerminalReadMax))
    from = endSeq
  }
}

/** As many records as fit into so many bytes, and at least one: what is asked for says nothing of how large they are. */
async function readBatch(
  questions: Questions,
  session: string,
  fromSeq: number,
  toSeq: number,
): Promise<{ batch: TerminalBatch; endSeq: number }> {
  const found = await questions.row(
    // The lengths first, which are few bytes.
    `WITH (SELECT if(countIf(is_over) = 0, {toSeq:UInt64}, toUInt64(minIf(seq, is_over))) FROM (
      SELECT seq, ifNull(sum(arraySum(lengths) + ${terminalFrameBytesBeside} * length(lengths))
        OVER (ORDER BY seq ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW), 0) > ${terminalReadBytes}
        AND row_number() OVER (ORDER BY seq) > 1 AS is_over
      FROM chunks WHERE ${ofSession} AND seq >= {fromSeq:UInt32} AND seq < {toSeq:UInt64})) AS read_to
    SELECT arrayMap(chunk -> chunk.1, chunks) AS seqs, arrayMap(chunk -> length(chunk.3), chunks) AS counts,
      arrayFlatten(arrayMap(chunk -> chunk.2, chunks)) AS offsets, arrayFlatten(arrayMap(chunk -> chunk.3, chunks)) AS types,
      arrayFlatten(arrayMap(chunk -> chunk.4, chunks)) AS lengths,
      base64Encode(arrayStringConcat(arrayMap(chunk -> chunk.5, chunks))) AS payload64, read_to AS end_seq
    FROM (SELECT arraySort(chunk -> chunk.1, groupArray((seq, offsets, types, lengths, payload))) AS chunks FROM chunks
      WHERE ${ofSession} AND seq >= {fromSeq:UInt32} AND seq < read_to)`,
    { session, fromSeq, toSeq },
    row,
  )
  if (found === undefined) {
    const none = { seqs: [], counts: [], offsets: [], types: [], lengths: [] }
    return { batch: { ...none, payload: new Uint8Array() }, endSeq: toSeq }
  }
  const { payload64, end_seq: endSeq, ...columns } = found
  // A copy: small ones of Buffer lie together in one buffer.
  return {
    batch: { ...columns, payload: new Uint8Array(Buffer.from(payload64, 'base64')) },
    endSeq,
  }
}

/** Each list is of one reading. */
export async function* terminalFrames(
  questions: Questions,
  session: { id: string; lastSeq: number },
  fromSeq: number,
  toSeq?: number,
): AsyncGenerator<TerminalFrame[], void, void> {
  for await (const read of terminalBatches(questions, session, fromSeq, toSeq)) {
    yield [...framesIn(read)].filter(({ type }) => type !== terminalTypes.input)
  }
}

/** All of them, what was typed, too. */
export function* framesIn(batch: TerminalBatch): Generator<TerminalFrame, void, void> {
  const { seqs, counts, offsets, types, lengths, payload } = batch
  let [frame, byte] = [0, 0]
  for (let chunk = 0; chunk < seqs.length; chunk++) {
    for (let fragment = 1; fragment <= counts[chunk]!; fragment++, frame++) {
      const bytes = payload.subarray(byte, (byte += lengths[frame]!))
      yield {
        seq: seqs[chunk]!,
        fragment,
        offsetMicros: offsets[frame]!,
        type: types[frame]!,
        bytes,
      }
    }
  }
}
