/** What ReadyForQuery said in a session: the last one of each chunk that holds one. */
import { z } from 'zod'
import { readyWindow } from '../limits.ts'
import type { Ready } from '../replay/transactions.ts'
import { ofSession, type Questions } from './question.ts'

const row = z.object({ seq: z.int(), status: z.string() })

// The letter is the last byte of its frame.
const columns = `seq, substring(payload, arraySum(arraySlice(lengths, 1,
  arrayLastIndex((d, t) -> d = 'to_client' AND t = 90, directions, types))), 1) AS status`
const holdsOne = `arrayExists((d, t) -> d = 'to_client' AND t = 90, directions, types)`

/** From `fromSeq` on, up to `toSeq`, and the last one before. */
export async function readiesOf(
  questions: Questions,
  session: string,
  fromSeq: number,
  toSeq: number | undefined,
): Promise<{ before: Ready['status']; readies: Ready[] }> {
  const before = await readyBefore(questions, session, fromSeq)
  const rows = await questions.rows(
    `SELECT ${columns} FROM chunks WHERE ${ofSession} AND seq >= {fromSeq:UInt32} AND seq < {toSeq:UInt64} AND ${holdsOne} ORDER BY seq`,
    { session, fromSeq, toSeq: toSeq ?? 2 ** 32 },
    row,
  )
  return {
    before,
    readies: rows.map(({ seq, status }) => ({ seq, status: statusOf(status) })),
  }
}

/** The last one before: in ever larger windows, as it mostly stands just before. */
async function readyBefore(
  questions: Questions,
  session: string,
  beforeSeq: number,
): Promise<Ready['status']> {
  let toSeq = beforeSeq
  for (let window = readyWindow; toSeq > 0; window *= 8) {
    const fromSeq = Math.max(0, toSeq - window)
    const found = await questions.row(
      `SELECT ${columns} FROM chunks WHERE ${ofSession} AND seq >= {fromSeq:UInt32} AND seq < {toSeq:UInt32}
        AND ${holdsOne} ORDER BY seq DESC LIMIT 1`,
      { session, fromSeq, toSeq },
      row,
    )
    if (found !== undefined) return statusOf(found.status)
    toSeq = fromSeq
  }
  return 'I'
}

function statusOf(letter: string | undefined): Ready['status'] {
  return letter === 'T' || letter === 'E' ? letter : 'I'
}
