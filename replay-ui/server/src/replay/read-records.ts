/** The records of a session that a replay needs, in order, a few at a time: chunks of frames, and decisions on statements. */
import { backendTypes, transactionOf } from '@gatetrail/protocols'
import {
  chunkKind,
  decodeChunk,
  decodeRecord,
  isChunk,
  kindCodeOf,
  type StoredRecord,
} from '@gatetrail/schemas'
import { z } from 'zod'
import { chunksPerRead, preparationBytesMax, preparationFramesMax } from '../limits.ts'
import { ofSession, type Questions } from '../store/question.ts'

const row = z.object({ bytes64: z.string() })

const codes = `${chunkKind.code}, ${kindCodeOf('gatetrail.statement.decided')}`

/** From `fromSeq` on. Records whose bytes have expired are left out. */
export async function readRecords(
  questions: Questions,
  session: string,
  fromSeq: number,
  toSeq: number | undefined,
): Promise<StoredRecord[]> {
  const rows = await questions.rows(
    `SELECT base64Encode(bytes) AS bytes64 FROM records WHERE ${ofSession} AND seq >= {fromSeq:UInt32}
      AND seq < {toSeq:UInt64} AND kind_code IN (${codes}) AND notEmpty(bytes)
    ORDER BY seq LIMIT ${chunksPerRead}`,
    { session, fromSeq, toSeq: toSeq ?? 2 ** 32 },
    row,
  )
  return rows.map(({ bytes64 }) => decodeRecord(Buffer.from(bytes64, 'base64')))
}

/** The transaction that the session was in before `beforeSeq`: by the last ReadyForQuery of the chunk just before. */
export async function transactionBefore(
  questions: Questions,
  session: string,
  beforeSeq: number,
): Promise<'I' | 'T' | 'E' | undefined> {
  if (beforeSeq === 0) return undefined
  const records = await readRecords(questions, session, beforeSeq - 1, beforeSeq)
  const last = records.find(({ header }) => isChunk(header))
  if (last === undefined) return undefined
  const ready = decodeChunk(last.body).fragments.findLast(
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
 * Frames before `beforeSeq` from which prepared statements and portals are known: all but rows and data. The newest ones;
 * of long ones only those in one piece.
 */
export async function readPreparations(questions: Questions, session: string, beforeSeq: number) {
  const rows = await questions.rows(
    `SELECT * FROM (
      SELECT *, sum(total_length) OVER (ORDER BY seq DESC, fragment DESC) AS bytes_so_far FROM (
        SELECT seq, fragment, direction, ascii(type) AS code, total_length, masked AS is_masked, base64Encode(bytes) AS bytes64
        FROM frames WHERE ${ofSession} AND seq < {beforeSeq:UInt32} AND first AND last AND NOT withheld
          AND ((direction = 'to_target' AND type IN ('P', 'B', 'D', 'E', 'C', 'S', 'Q', 'F'))
            OR (direction = 'to_client' AND type IN ('1', '2', '3', 't', 'T', 'n', 's', 'C', 'Z', 'E')))
        ORDER BY seq DESC, fragment DESC LIMIT ${preparationFramesMax}))
    WHERE bytes_so_far <= ${preparationBytesMax} ORDER BY seq, fragment`,
    { session, beforeSeq },
    frameRow,
  )
  return rows.map(({ direction, code, total_length, is_masked, bytes64 }) => ({
    direction,
    type: code,
    bytes: new Uint8Array(Buffer.from(bytes64, 'base64')),
    totalLength: total_length,
    masked: is_masked,
    withheld: false,
  }))
}
