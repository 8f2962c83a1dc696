/** What there is to say about one statement: the decision and why, by whom, and what it touched. */
import { GatetrailError, sqlFactsSchema } from '@gatetrail/schemas'
import type { Moment, MomentTouch, WindowStatement } from '@gatetrail/replay-api'
import { z } from 'zod'
import { touchesPerMomentMax } from '../limits.ts'
import { ofSession, storeTime, type Questions } from '../store/question.ts'
import type { ReplayedSession } from '../store/replayed-session-question.ts'
import { findSession } from '../store/sessions-question.ts'

const statementRow = z.object({
  text: z.string(),
  text_bytes: z.int(),
  description: z.string(),
  /** Of its description, before it; empty if it is not on record any more. */
  described: z.string().nullable(),
  /** Records with contents beside it. */
  near: z.int().nullable(),
})
const describedBody = z.looseObject({ facts: sqlFactsSchema.optional().catch(undefined) })
const touchRow = z.object({
  place: z.string(),
  entity: z.string(),
  outcome: z.enum(['masked', 'revealed', 'late', 'written', 'filtered']),
  level: z.enum(['possible', 'likely', 'certain']),
  count: z.int(),
  ruleset: z.string(),
  retrospective: z.boolean(),
})
const hourMs = 3_600_000

/** @throws GatetrailError NOT_FOUND */
export async function momentOf(
  questions: Questions,
  session: ReplayedSession,
  statement: WindowStatement,
): Promise<Moment> {
  const { id } = session
  const { seq } = statement
  const found = await questions.row(
    `SELECT text, text_bytes, description,
      (SELECT argMax(body, events.seq) FROM events WHERE ${ofSession} AND kind = 'gatetrail.statement.described' AND seq <= {seq:UInt32}
        AND description IN (SELECT description FROM statements WHERE ${ofSession} AND seq = {seq:UInt32})) AS described,
      (SELECT count() FROM chunks WHERE ${ofSession} AND seq >= {from:UInt32} AND seq <= {to:UInt64}) AS near
    FROM statements WHERE ${ofSession} AND seq = {seq:UInt32}`,
    { session: id, seq, from: Math.max(0, seq - 2), to: seq + 2 },
    statementRow,
  )
  if (found === undefined)
    throw new GatetrailError('NOT_FOUND', `session ${id} has no statement ${seq}`)
  const touches = await touchesOfMoment(questions, id, statement)
  const detail = await findSession(questions, id)
  const { verdict, policies, policySet, code, reason, approvalGroups, path } = statement
  const { principal, onBehalfOf, run, claims, clientAddress, clientTls, requestedUser, applicationName, targetUser } = detail // prettier-ignore
  return {
    session: id,
    statement,
    text: found.text,
    textBytes: found.text_bytes,
    decision: {
      ...{ verdict, policies, policySet, code, reason, approvalGroups, path },
      description: found.description,
      facts: found.described ? factsOf(found.described) : null,
    },
    who: { principal, onBehalfOf, run, claims, clientAddress, clientTls, requestedUser, applicationName, targetUser }, // prettier-ignore
    touches: touches.map(touchOf),
    contents: (found.near ?? 0) > 0 ? 'recorded' : 'expired',
    redacted: touches.some(({ retrospective }) => retrospective),
  }
}

function factsOf(body: string): Moment['decision']['facts'] {
  return describedBody.parse(JSON.parse(body)).facts ?? null
}

/** A touch has the time of its statement's decision. */
function touchesOfMoment(questions: Questions, session: string, { seq, time }: WindowStatement) {
  const atMs = Date.parse(time)
  return questions.rows(
    `SELECT place, entity, outcome, level, count, ruleset, toBool(retrospective) AS retrospective FROM pii_touches
    WHERE tenant = {tenant:String} AND session = {session:UUID} AND statement = {seq:UInt32}
      AND time >= {from:DateTime64(6, 'UTC')} AND time <= {to:DateTime64(6, 'UTC')}
    ORDER BY retrospective, place, entity, outcome LIMIT ${touchesPerMomentMax}`,
    {
      session,
      seq,
      from: storeTime(new Date(atMs - hourMs)),
      to: storeTime(new Date(atMs + hourMs)),
    },
    touchRow,
  )
}

const columnPlace = /^(?!result\.|parameter\.|copy\.)[^.]+\.[^.]+\.[^.]+$/

function touchOf({ retrospective, ...touch }: z.infer<typeof touchRow>): MomentTouch {
  const { place, entity, level, ruleset } = touch
  if (retrospective)
    return {
      ...touch,
      by: 'scan',
      why: `A later scan took it for ${entity} (${level}; ruleset ${ruleset}).`,
    }
  if (level === 'certain' && columnPlace.test(place))
    return { ...touch, by: 'column', why: `${place} is known to hold ${entity}.` }
  return {
    ...touch,
    by: 'value',
    why: `The detectors took it for ${entity} (${level}; ruleset ${ruleset}).`,
  }
}
