/** Frames of a session as they were recorded. */
import { z } from 'zod'
import type { Frame } from '@gatetrail/replay-api'
import { isoTime, ofSession, type Questions } from './question.ts'

const frameRow = z.object({
  seq: z.int(),
  fragment: z.int(),
  at: z.string(),
  offset_micros: z.int(),
  direction: z.enum(['to_client', 'to_target']),
  code: z.int(),
  first: z.boolean(),
  last: z.boolean(),
  masked: z.boolean(),
  withheld: z.boolean(),
  total_length: z.int(),
  length: z.int(),
  hexadecimal: z.string(),
})

export async function listFrames(
  questions: Questions,
  session: string,
  fromSeq: number,
  fromFragment: number,
  limit: number,
): Promise<Frame[]> {
  const rows = await questions.rows(
    `SELECT seq, fragment, toString(time) AS at, offset_micros, direction, ascii(type) AS code, first, last, masked, withheld,
      total_length, length, lower(hex(bytes)) AS hexadecimal
    FROM frames WHERE ${ofSession} AND (seq, fragment) >= ({fromSeq:UInt32}, {fromFragment:UInt32})
      AND seq >= {fromSeq:UInt32}
    ORDER BY seq, fragment LIMIT {limit:UInt32}`,
    { session, fromSeq, fromFragment, limit },
    frameRow,
  )
  return rows.map(({ at, offset_micros, code, total_length, hexadecimal, ...row }) => ({
    ...row,
    time: isoTime(at),
    offsetMicros: offset_micros,
    type: code > 32 && code < 127 ? String.fromCharCode(code) : '',
    totalLength: total_length,
    bytes: hexadecimal,
  }))
}
