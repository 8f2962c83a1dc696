/** What every answer over a time says of itself: what was not inspected in the sessions of that time, and what is missing on record. */
import type { Coverage, Gap } from '@gatetrail/replay-api'
import { z } from 'zod'
import { gapsMax } from '../limits.ts'
import { Conditions, isoTime, storeTime, type Questions } from './question.ts'
import { firstBeginning, lastBeginning, type Range } from './range.ts'

/** By the time in a session's id (its key, so that other months are not read). A writer's own session lives as long as its process. */
export const begunBefore = `UUIDv7ToDateTime(session, 'UTC') <= {toKey:DateTime64(3, 'UTC')}`
export const aliveIn = `${begunBefore} AND UUIDv7ToDateTime(session, 'UTC') >= {fromKey:DateTime64(3, 'UTC')}`

/** Who: columns that sessions, statements and touches have alike. */
export type WhoFilter = {
  provider?: string | undefined
  run?: string | undefined
  attempt?: string | undefined
  principal?: string | undefined
  onBehalfOf?: string | undefined
  workflow?: string | undefined
  repository?: string | undefined
  connection?: string | undefined
  session?: string | undefined
}

export function addWho(conditions: Conditions, filter: WhoFilter): void {
  conditions.add('provider', 'run_provider = {provider:String}', filter.provider)
  conditions.add('run', 'run_id = {run:String}', filter.run)
  conditions.add('attempt', 'run_attempt = {attempt:String}', filter.attempt)
  conditions.add('principal', 'principal = {principal:String}', filter.principal)
  conditions.add('onBehalfOf', 'has(on_behalf_of, {onBehalfOf:String})', filter.onBehalfOf)
  conditions.add('workflow', 'run_workflow = {workflow:String}', filter.workflow)
  conditions.add('repository', 'run_repository = {repository:String}', filter.repository)
  conditions.add('connection', 'connection = {connection:String}', filter.connection)
  conditions.add('session', 'session = {session:UUID}', filter.session)
}

/** Sums of sessions. */
export const coverageColumns = `sum(inspected_bytes) AS inspected, sum(uninspected_bytes) AS uninspected_sum, sumMap(uninspected) AS reasons,
      count() AS sessions`
export const coverageRow = z.object({
  inspected: z.int(),
  uninspected_sum: z.int(),
  reasons: z.record(z.string(), z.int()),
  sessions: z.int(),
})

/** Of the sessions that were alive in the range. */
export async function coverageOf(
  questions: Questions,
  range: Range,
  filter: WhoFilter = {},
): Promise<Coverage> {
  const conditions = new Conditions(
    'tenant = {tenant:String}',
    aliveIn,
    `sessions.time < {to:DateTime64(6, 'UTC')}`,
    `last_time >= {from:DateTime64(6, 'UTC')}`,
  )
  addWho(conditions, filter)
  const row = await questions.row(
    `SELECT ${coverageColumns}
    FROM sessions WHERE ${conditions.where}`,
    { ...conditions.parameters, ...between(range) },
    coverageRow,
  )
  return {
    inspectedBytes: row?.inspected ?? 0,
    uninspectedBytes: row?.uninspected_sum ?? 0,
    uninspected: row?.reasons ?? {},
    sessions: row?.sessions ?? 0,
  }
}

const gapRow = z.object({ at: z.string(), body: z.string() })
const gapBody = z.looseObject({
  writer: z.string(),
  fromPosition: z.int(),
  toPosition: z.int(),
  reason: z.string(),
})

/** Named in the range. */
export async function gapsOf(questions: Questions, range: Span): Promise<Gap[]> {
  const rows = await questions.rows(
    `SELECT toString(time) AS at, body FROM events WHERE tenant = {tenant:String} AND kind = 'gatetrail.gap.found'
      AND ${begunBefore} AND events.time >= {from:DateTime64(6, 'UTC')} AND events.time < {to:DateTime64(6, 'UTC')}
    ORDER BY events.time LIMIT ${gapsMax}`,
    between(range),
    gapRow,
  )
  return rows.map(({ at, body }) => {
    const { writer, fromPosition, toPosition, reason } = gapBody.parse(JSON.parse(body))
    return { time: isoTime(at), writer, fromPosition, toPosition, reason }
  })
}

type Span = Pick<Range, 'from' | 'to'>

export function between({ from, to }: Span) {
  return {
    from: storeTime(from),
    to: storeTime(to),
    fromKey: storeTime(firstBeginning(from)),
    toKey: storeTime(lastBeginning(to)),
  }
}
