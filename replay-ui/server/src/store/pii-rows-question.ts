/** The answer about a day as flat rows: one per run (or session), place, entity, outcome and level. For exports, page by page. */
import type { Principal, Run } from '@gatetrail/replay-api'
import { z } from 'zod'
import { between } from './coverage-question.ts'
import { principalColumns, principalOf, principalRow, runOf } from './principal-rows.ts'
import { isoTime, type Questions } from './question.ts'
import type { Range } from './range.ts'
import { inRange } from './asked-touches.ts'

export type PiiRow = {
  run: Run | null
  /** Where there is no run, or each session is asked for. */
  session: string | null
  principal: Omit<Principal, 'groups'>
  onBehalfOf: string[]
  connections: string[]
  place: string
  entity: string
  outcome: string
  level: string
  retrospective: boolean
  values: number
  sessions: number
  statements: number
  firstTime: string
  lastTime: string
}

const whoNames = principalColumns.split(/,\s*/).filter((name) => name !== 'connection')
const anyOf = [...whoNames, 'place', 'entity', 'outcome', 'level', 'retrospective']
const row = z.object({
  ...principalRow,
  group_key: z.string(),
  session_id: z.string(),
  connections: z.array(z.string()),
  place: z.string(),
  entity: z.string(),
  outcome: z.string(),
  level: z.string(),
  retrospective: z.int(),
  touched: z.int(),
  session_count: z.int(),
  statement_count: z.int(),
  first_time: z.string(),
  last_time: z.string(),
})

/** `after`: the last row of the page before. */
export async function listPiiRows(
  questions: Questions,
  range: Range,
  group: 'run' | 'session',
  after: string | undefined,
  limit: number,
): Promise<{ rows: PiiRow[]; after: string | undefined }> {
  const rows = await questions.rows(
    `SELECT * EXCEPT (${anyOf.map((name) => `any_${name}`).join(', ')}), ${anyOf.map((name) => `any_${name} AS ${name}`).join(', ')}
    FROM (
      SELECT hex(sipHash128(run_provider, run_id, run_attempt, principal, on_behalf_of,
          if(run_id = '' OR {group:String} = 'session', toString(session), ''))) AS run_key,
        concat(run_key, hex(sipHash128(place, entity, outcome, level, retrospective))) AS group_key,
        ${anyOf.map((name) => `any(${name}) AS any_${name}`).join(', ')},
        toString(any(session)) AS session_id, arraySort(groupUniqArray(100)(connection)) AS connections, sum(count) AS touched,
        uniqExact(session) AS session_count,
        uniqExactIf((session, assumeNotNull(statement)), isNotNull(statement)) AS statement_count,
        toString(min(time)) AS first_time, toString(max(time)) AS last_time
      FROM pii_touches WHERE tenant = {tenant:String} AND ${inRange}
      GROUP BY run_key, group_key HAVING group_key > {after:String} ORDER BY group_key LIMIT {limit:UInt32}
    ) ORDER BY group_key`,
    { ...between(range), group, after: after ?? '', limit },
    row,
  )
  return {
    rows: rows.map((one) => {
      const { groups: _groups, ...principal } = principalOf(one)
      return {
        run: runOf(one),
        session: one.run_id === '' || group === 'session' ? one.session_id : null,
        principal,
        onBehalfOf: one.on_behalf_of,
        connections: one.connections,
        place: one.place,
        entity: one.entity,
        outcome: one.outcome,
        level: one.level,
        retrospective: one.retrospective === 1,
        values: one.touched,
        sessions: one.session_count,
        statements: one.statement_count,
        firstTime: isoTime(one.first_time),
        lastTime: isoTime(one.last_time),
      }
    }),
    after: rows.length < limit ? undefined : rows.at(-1)?.group_key,
  }
}
