/** Which touches a question is about, as a query; by policy with the policies that decided their statements. */
import type { TouchGroup } from '@gatetrail/replay-api'
import { z } from 'zod'
import { addWho, between, type WhoFilter } from './coverage-question.ts'
import { Conditions, type Questions } from './question.ts'
import type { Range } from './range.ts'

export type TouchFilter = WhoFilter & {
  place?: string | undefined
  entity?: string | undefined
  outcome?: string | undefined
  policy?: string | undefined
}

/** One question about touches: everything that its queries have in common. */
export type TouchQuestion = { by: TouchGroup; range: Range; filter: TouchFilter }

/** The touches that count, as a query. */
export async function touchesOf(questions: Questions, question: TouchQuestion): Promise<string> {
  const { by, filter } = question
  const all = `SELECT * FROM keyed_touches WHERE ${conditionsOf(filter).where}`
  if (by !== 'policy' && filter.policy === undefined) return all
  const touches = (await areDecided(questions, question)) ? all : decidedOf(all)
  if (filter.policy === undefined) return touches
  return `SELECT * FROM (${touches}) WHERE ${filter.policy === '' ? 'empty(policies)' : 'has(policies, {policy:String})'}`
}

/** The same, as they are grouped: by policy, one row per policy that decided the statement. */
export function groupedTouches({ by, filter }: TouchQuestion, touches: string): string {
  if (by !== 'policy') return touches
  const decided = `SELECT *, arrayJoin(if(empty(policies), [''], policies)) AS policy FROM (${touches})`
  return filter.policy === undefined
    ? decided
    : `SELECT * FROM (${decided}) WHERE policy = {policy:String}`
}

const undecidedRow = z.object({ undecided: z.int() })

/** Whether all of these touches know which policies decided: those of before, and what scans found, do not. */
async function areDecided(questions: Questions, question: TouchQuestion): Promise<boolean> {
  const row = await questions.row(
    `SELECT count() AS undecided FROM keyed_touches WHERE ${conditionsOf(question.filter).where} AND NOT policies_known`,
    parametersOf(question),
    undecidedRow,
  )
  return row?.undecided === 0
}

/** The same touches, with the policies of those that do not know them as their statements have them. */
function decidedOf(touches: string): string {
  const unknown = `SELECT * FROM (${touches}) WHERE NOT policies_known`
  return `SELECT * FROM (${touches}) WHERE policies_known
    UNION ALL
    SELECT touched.* REPLACE (decided.policies AS policies) FROM (${unknown}) AS touched LEFT ANY JOIN (
      SELECT session, seq, policies FROM statements WHERE tenant = {tenant:String}
        AND UUIDv7ToDateTime(session, 'UTC') IN (SELECT UUIDv7ToDateTime(session, 'UTC') FROM (${unknown}))
        AND (session, seq) IN (SELECT session, assumeNotNull(statement) FROM (${unknown}) WHERE isNotNull(statement))
    ) AS decided ON touched.session = decided.session AND touched.statement = decided.seq`
}

export const inRange = `time >= {from:DateTime64(6, 'UTC')} AND time < {to:DateTime64(6, 'UTC')}
  AND toStartOfHour(time) >= toStartOfHour({from:DateTime64(6, 'UTC')}) AND toStartOfHour(time) <= {to:DateTime64(6, 'UTC')}`

function conditionsOf(filter: TouchFilter): Conditions {
  const conditions = new Conditions('tenant = {tenant:String}', inRange)
  addWho(conditions, filter)
  conditions.add('place', 'place = {place:String}', filter.place)
  conditions.add('entity', 'entity = {entity:String}', filter.entity)
  conditions.add('outcome', 'outcome = {outcome:String}', filter.outcome)
  return conditions
}

export function parametersOf({ range, filter }: TouchQuestion) {
  return {
    ...conditionsOf(filter).parameters,
    ...between(range),
    tz: range.tz,
    policy: filter.policy ?? '',
  }
}
