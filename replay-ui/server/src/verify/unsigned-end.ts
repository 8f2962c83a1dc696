/**
 * Whether what a writer has not signed can be its own: a writer signs every 5 s, and what one that was killed had not signed yet, its
 * successor has found. Of a writer of which the journal is here the journal says it. From verify-trail.ts.
 */
import { z } from 'zod'
import type { Questions } from '../store/question.ts'
import type { Failure } from './failure.ts'
import { signedWithinMs } from './signed-redactions.ts'

type Asked = {
  questions: Questions
  nowMs: number
  /** By writer that died: the last position that its successor has found, and signed. */
  recoveries(): Promise<ReadonlyMap<string, number>>
}
type End = { writer: string; lastPosition: number; signedThrough: number; closed: boolean }

const spanRow = z.object({ rows: z.int(), first_ms: z.int(), last_ms: z.int() })

export async function unsignedEnd(asked: Asked, end: End): Promise<Failure | undefined> {
  const { writer, lastPosition, signedThrough, closed } = end
  // The heartbeat behind what it signs vouches for itself.
  const position = signedThrough < 0 ? 0 : signedThrough + 2
  if (lastPosition < position) return undefined
  const span = await asked.questions.row(
    `SELECT count() AS rows, toInt64(toUnixTimestamp64Milli(min(time))) AS first_ms,
      toInt64(toUnixTimestamp64Milli(max(time))) AS last_ms
    FROM records WHERE tenant = {tenant:String} AND writer = {writer:UUID} AND position >= {from:UInt64}`,
    { writer, from: Math.max(signedThrough + 1, 0) },
    spanRow,
  )
  if (span === undefined || span.rows === 0) return undefined
  const isOld = Math.abs(asked.nowMs - span.first_ms) >= signedWithinMs
  // What is on its way from another machine may be hours late, but no longer than a heartbeat without a signature.
  const isLong = span.last_ms - span.first_ms >= signedWithinMs
  if (!isLong && !closed && !(isOld && signedThrough < 0)) return undefined
  const recovered = (await asked.recoveries()).get(writer) ?? -1
  if (recovered >= lastPosition) return undefined
  return {
    where: 'store',
    kind: 'unsigned',
    writer,
    position: Math.max(position, recovered + 1),
    toPosition: lastPosition,
    reason: closed
      ? 'these records stand behind the last that the writer has signed before it ended'
      : 'no trusted key has signed these records, no journal has them, and they are older than what waits for a signature',
  }
}
