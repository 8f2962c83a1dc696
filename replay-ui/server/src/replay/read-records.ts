/** The records of a session that a replay needs, in order, a few at a time: chunks of frames, and decisions on statements. */
import { backendTypes, transactionOf, type RecordedFrame } from '@gatetrail/protocols'
import {
  chunkKind,
  decodeChunk,
  decodeRecord,
  isChunk,
  kindCodeOf,
  type StoredRecord,
} from '@gatetrail/schemas'
import { z } from 'zod'
import {
  preparationBlocksFirst,
  preparationBlocksLast,
  preparationBytesMax,
  preparationFramesMax,
  recordsPerBlock,
  recordsPerPageMax,
  recordsPerReadMax,
  recordsPerReadMin,
} from '../limits.ts'
import { ofSession, type Questions } from '../store/question.ts'
import type { ReplayedSession } from '../store/replayed-session-question.ts'
import { blockOf, type ChunkPlaces } from './find-start.ts'

const row = z.object({ bytes64: z.string() })

const codes = `${chunkKind.code}, ${kindCodeOf('gatetrail.statement.decided')}`

/** Those of a range of seqs. Records whose bytes have expired are left out. */
export async function readRecords(
  questions: Questions,
  session: string,
  fromSeq: number,
  toSeq: number,
): Promise<StoredRecord[]> {
  const rows = await questions.rows(
    `SELECT base64Encode(bytes) AS bytes64 FROM records WHERE ${ofSession} AND seq >= {fromSeq:UInt32}
      AND seq < {toSeq:UInt64} AND kind_code IN (${codes}) AND notEmpty(bytes) ORDER BY seq`,
    { session, fromSeq, toSeq },
    row,
  )
  return rows.map(({ bytes64 }) => decodeRecord(Buffer.from(bytes64, 'base64')))
}

/** Where to go on, and how many records are wanted there, about. */
export type Skipped = { toSeq: number; records: number }
export type RecordsRead = { records: StoredRecord[]; nextSeq: number }

/** From `fromSeq` on to the end of the session, a few at a time: more and more, as most answers are short. */
export async function* recordsFrom(
  questions: Questions,
  { id, lastSeq }: Pick<ReplayedSession, 'id' | 'lastSeq'>,
  fromSeq: number,
): AsyncGenerator<RecordsRead, void, Skipped | undefined> {
  let size = recordsPerReadMin
  // Ends: every turn goes on.
  for (let from = fromSeq; from <= lastSeq;) {
    const nextSeq = from + size
    const skipped = yield { records: await readRecords(questions, id, from, nextSeq), nextSeq }
    from = Math.max(skipped?.toSeq ?? nextSeq, from + 1)
    size =
      skipped === undefined
        ? Math.min(size * 2, recordsPerReadMax)
        : Math.max(recordsPerReadMin, Math.min(skipped.records, recordsPerPageMax))
  }
}

/** The transaction that a session is in after this record: by its last ReadyForQuery. */
export function transactionAfter({ header, body }: StoredRecord): 'I' | 'T' | 'E' | undefined {
  if (!isChunk(header)) return undefined
  const ready = decodeChunk(body).fragments.findLast(
    ({ direction, type, withheld }) =>
      direction === 'to_client' && type === backendTypes.readyForQuery && !withheld,
  )
  return ready === undefined ? undefined : transactionOf(ready.bytes)
}

const frameRow = z.object({
  direction: z.enum(['to_client', 'to_target']),
  code: z.int(),
  total_length: z.int(),
  is_masked: z.boolean(),
  bytes64: z.string(),
})

/**
 * Frames before `beforeSeq` from which prepared statements and portals are known: all but rows and data, a list per stretch of the
 * session, in order. Of the stretches in which something is prepared: the last ones, and the first, where clients prepare what
 * they use to the end. Of long frames only those in one piece.
 */
export async function readPreparations(
  { questions, session, blocksOf }: ChunkPlaces,
  beforeSeq: number,
): Promise<RecordedFrame[][]> {
  const own = blockOf(beforeSeq)
  const preparing = (await blocksOf.of(questions, session))
    .filter(({ block, prepares }) => prepares && block < own)
    .map(({ block }) => block)
  const first = preparing.slice(0, preparationBlocksFirst)
  const last = preparing.slice(first.length).slice(-preparationBlocksLast)
  let framesMax = preparationFramesMax
  let bytesMax = preparationBytesMax
  const found = new Map<number, RecordedFrame[]>()
  for (const block of [own, ...first, ...last.toReversed()]) {
    if (framesMax <= 0 || bytesMax <= 0) break
    const rows = await questions.rows(
      `SELECT * FROM (
        SELECT *, sum(total_length) OVER (ORDER BY seq DESC, fragment DESC) AS bytes_so_far FROM (
          SELECT seq, fragment, direction, ascii(type) AS code, total_length, masked AS is_masked, base64Encode(bytes) AS bytes64
          FROM frames WHERE ${ofSession} AND seq >= {fromSeq:UInt32} AND seq < {toSeq:UInt64} AND first AND last AND NOT withheld
            AND ((direction = 'to_target' AND type IN ('P', 'B', 'D', 'E', 'C', 'S', 'Q', 'F'))
              OR (direction = 'to_client' AND type IN ('1', '2', '3', 't', 'T', 'n', 's', 'C', 'Z', 'E')))
          ORDER BY seq DESC, fragment DESC LIMIT {framesMax:UInt32}))
      WHERE bytes_so_far <= {bytesMax:UInt64} ORDER BY seq, fragment`,
      {
        session: session.id,
        fromSeq: block * recordsPerBlock,
        toSeq: Math.min((block + 1) * recordsPerBlock, beforeSeq),
        framesMax,
        bytesMax,
      },
      frameRow,
    )
    const frames = rows.map(frameOf)
    found.set(block, frames)
    framesMax -= frames.length
    bytesMax -= frames.reduce((sum, { totalLength }) => sum + totalLength, 0)
  }
  return [...found].toSorted(([left], [right]) => left - right).map(([, frames]) => frames)
}

function frameOf(row: z.infer<typeof frameRow>): RecordedFrame {
  const { direction, code, total_length, is_masked, bytes64 } = row
  return {
    direction,
    type: code,
    bytes: new Uint8Array(Buffer.from(bytes64, 'base64')),
    totalLength: total_length,
    masked: is_masked,
    withheld: false,
  }
}
