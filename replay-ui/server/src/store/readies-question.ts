/** What ReadyForQuery said in a session: the last one of each chunk that holds one. */
import { z } from 'zod'
import { readyNear, readyWindow } from '../limits.ts'
import type { Ready } from '../replay/transactions.ts'
import { ofSession, type Questions } from './question.ts'

const row = z.object({ seq: z.int(), status: z.string() })

// The letter is the last byte of its frame.
const columns = `seq, substring(payload, arraySum(arraySlice(lengths, 1,
  arrayLastIndex((d, t) -> d = 'to_client' AND t = 90, directions, types))), 1) AS status`
const holdsOne = `arrayExists((d, t) -> d = 'to_client' AND t = 90, directions, types)`

/** From `fromSeq` on, up to `toSeq`, and the last one before: it mostly stands just before, and comes with the same question. */
export async function readiesOf(
  questions: Questions,
  session: string,
  fromSeq: number,
  toSeq: number | undefined,
): Promise<{ before: Ready['status']; readies: Ready[] }> {
  const nearSeq = Math.max(0, fromSeq - readyNear)
  const rows = await questions.rows(
    `SELECT ${columns} FROM chunks WHERE ${ofSession} AND seq >= {nearSeq:UInt32} AND seq < {toSeq:UInt64} AND ${holdsOne} ORDER BY seq`,
    { session, nearSeq, toSeq: toSeq ?? 2 ** 32 },
    row,
  )
  const near = rows.findLast(({ seq }) => seq < fromSeq)
  return {
    before:
      near === undefined ? await readyBefore(questions, session, nearSeq) : statusOf(near.status),
    readies: rows
      .filter(({ seq }) => seq >= fromSeq)
      .map(({ seq, status }) => ({ seq, status: statusOf(status) })),
  }
}

/** The last one further back: in ever larger windows. */
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
