/** The records of one writer as the store holds them, in order of position, a read at a time. */
import { z } from 'zod'
import { verifyRecordsPerRead } from '../limits.ts'
import type { Questions } from '../store/question.ts'

const row = z.object({
  position: z.int(),
  session_id: z.string(),
  seq: z.int(),
  kind: z.string(),
  leaf: z.string(),
  length: z.int(),
  expired: z.int(),
  bytes64: z.string(),
})

export type StoreRecord = {
  position: number
  session: string
  seq: number
  kind: string
  leafHash: Buffer
  length: number
  /** Stored longer ago than bytes are kept. */
  expired: boolean
  bytes: Buffer
}

/** With the bytes, or only what names the records. */
export async function* storeRecords(
  questions: Questions,
  writer: string,
  retentionDays: number,
  withBytes: boolean,
): AsyncGenerator<StoreRecord[], void, void> {
  let from = 0
  for (;;) {
    const rows = await questions.rows(
      `SELECT position, toString(session) AS session_id, seq, kind, hex(leaf_hash) AS leaf, length,
        stored + INTERVAL ${retentionDays} DAY < now() + INTERVAL 1 DAY AS expired,
        ${withBytes ? 'base64Encode(bytes)' : "''"} AS bytes64
      FROM records WHERE tenant = {tenant:String} AND writer = {writer:UUID} AND position >= {from:UInt64}
      ORDER BY position, session, seq LIMIT ${verifyRecordsPerRead}`,
      { writer, from },
      row,
    )
    if (rows.length === 0) return
    yield rows.map(({ position, session_id, seq, kind, leaf, length, expired, bytes64 }) => ({
      position,
      session: session_id,
      seq,
      kind,
      leafHash: Buffer.from(leaf, 'hex'),
      length,
      expired: expired === 1,
      bytes: Buffer.from(bytes64, 'base64'),
    }))
    if (rows.length < verifyRecordsPerRead) return
    from = (rows.at(-1)?.position ?? from) + 1
  }
}
