/** A session as a strip: counts per bucket of time, and its notable moments. */
import type { OutlineBucket, OutlineMoment } from '@gatetrail/replay-api'
import { z } from 'zod'
import { momentLabelCharacters, momentsPerKindMax } from '../limits.ts'
import { ofSession, storeTime, type Questions } from './question.ts'
import type { ReplayedSession } from './replayed-session-question.ts'

const statementsRow = z.object({
  bucket: z.int(),
  statements: z.int(),
  refused: z.int(),
  errors: z.int(),
})
const touchesRow = z.object({ bucket: z.int(), touched: z.int(), revealed: z.int() })
const outputRow = z.object({ bucket: z.int(), bytes: z.int() })
const momentRow = z.object({
  kind: z.enum(['refused', 'error', 'revealed', 'touched']),
  seq: z.int(),
  offset: z.int(),
  label: z.string(),
})

const bucketOf = `toUInt32(least(intDiv(offset_micros, {bucketMicros:UInt64}), {last:UInt32}))`
const failed = `(error_sqlstate != '' OR error_message != '')`
const shown = `outcome IN ('revealed', 'late')`
// A touch has the time of its statement's decision: what is before the session's start by another clock is within the hour.
const ofTouches = `tenant = {tenant:String} AND session = {session:UUID}
  AND time >= {from:DateTime64(6, 'UTC')} AND time <= {to:DateTime64(6, 'UTC')}`
const hourMs = 3_600_000

export type OutlineRows = {
  buckets: OutlineBucket[]
  moments: OutlineMoment[]
  momentsLeftOut: number
}

export async function outlineOf(
  questions: Questions,
  session: ReplayedSession,
  buckets: number,
  isTerminal: boolean,
): Promise<OutlineRows & { bucketMicros: number }> {
  const bucketMicros = Math.max(1, Math.ceil((session.durationMicros + 1) / buckets))
  const parameters = {
    session: session.id,
    bucketMicros,
    last: buckets - 1,
    from: storeTime(new Date(session.startedMs - hourMs)),
    to: storeTime(new Date(session.lastMs + hourMs)),
  }
  const byBucket = new Map<number, OutlineBucket>()
  const bucketAt = (bucket: number): OutlineBucket => {
    const found = byBucket.get(bucket) ?? {
      ...{ bucket, statements: 0, refused: 0, errors: 0, touched: 0, revealed: 0, outputBytes: 0 },
    }
    byBucket.set(bucket, found)
    return found
  }
  const statements = await questions.rows(
    `SELECT ${bucketOf} AS bucket, count() AS statements, countIf(verdict != 'allow') AS refused, countIf(${failed}) AS errors
    FROM statements WHERE ${ofSession} GROUP BY bucket LIMIT {last:UInt32} + 1`,
    parameters,
    statementsRow,
  )
  for (const { bucket, ...counts } of statements) Object.assign(bucketAt(bucket), counts)
  const touches = await questions.rows(
    `SELECT ${bucketOf} AS bucket, sum(count) AS touched, sumIf(count, ${shown}) AS revealed
    FROM pii_touches WHERE ${ofTouches} GROUP BY bucket LIMIT {last:UInt32} + 1`,
    parameters,
    touchesRow,
  )
  for (const { bucket, ...counts } of touches) Object.assign(bucketAt(bucket), counts)
  if (isTerminal) {
    const output = await questions.rows(
      `SELECT ${bucketOf} AS bucket,
        sum(arraySum((d, l) -> if(d = 'to_client', toUInt64(l), 0), directions, lengths)) AS bytes
      FROM chunks WHERE ${ofSession} GROUP BY bucket LIMIT {last:UInt32} + 1`,
      parameters,
      outputRow,
    )
    for (const { bucket, bytes } of output) bucketAt(bucket).outputBytes = bytes
  }
  const moments = await momentsOf(questions, session, parameters)
  const notable = [...byBucket.values()].reduce(
    (sum, { refused, errors }) => sum + refused + errors,
    0,
  )
  const listed = moments.filter(({ kind }) => kind === 'refused' || kind === 'error').length
  return {
    bucketMicros,
    buckets: [...byBucket.values()].toSorted((left, right) => left.bucket - right.bucket),
    moments,
    momentsLeftOut: Math.max(0, notable - listed),
  }
}

/** Of each kind some, spread over the session: where there are many, those that come first in their stretch of time. */
async function momentsOf(
  questions: Questions,
  session: ReplayedSession,
  parameters: Readonly<Record<string, string | number>>,
): Promise<OutlineMoment[]> {
  const step = Math.max(1, Math.ceil((session.durationMicros + 1) / momentsPerKindMax))
  const spread = `LIMIT 1 BY kind, intDiv(offset, {step:UInt64}) LIMIT ${momentsPerKindMax * 2}`
  const refusals = await questions.rows(
    `SELECT if(verdict != 'allow', 'refused', 'error') AS kind, seq, offset_micros AS offset,
      substringUTF8(if(verdict != 'allow', if(reason = '', code, reason), concat(error_sqlstate, ' ', error_message)), 1,
        ${momentLabelCharacters}) AS label
    FROM statements WHERE ${ofSession} AND (verdict != 'allow' OR ${failed}) ORDER BY seq ${spread}`,
    { ...parameters, step },
    momentRow,
  )
  const touches = await questions.rows(
    `SELECT if(${shown}, 'revealed', 'touched') AS kind, assumeNotNull(statement) AS seq, min(offset_micros) AS offset,
      substringUTF8(arrayStringConcat(arraySort(groupUniqArray(8)(entity)), ', '), 1, ${momentLabelCharacters}) AS label
    FROM pii_touches WHERE ${ofTouches} AND isNotNull(statement) GROUP BY kind, seq ORDER BY seq ${spread}`,
    { ...parameters, step },
    momentRow,
  )
  return [...refusals, ...touches]
    .map(({ kind, seq, offset, label }) => ({ kind, seq, offsetMicros: offset, label }))
    .toSorted((left, right) => left.offsetMicros - right.offsetMicros || left.seq - right.seq)
}
