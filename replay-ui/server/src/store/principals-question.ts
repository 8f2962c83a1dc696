/** Principals of the sessions that began in a time, and one of them with its runs and connections. */
import type { PrincipalDetail, PrincipalRow } from '@gatetrail/replay-api'
import { GatetrailError } from '@gatetrail/schemas'
import { z } from 'zod'
import { principalRowsMax } from '../limits.ts'
import { decodeCursor, encodeCursor } from './cursor.ts'
import { runOf } from './principal-rows.ts'
import { Conditions, isoTime, storeTime, type Questions } from './question.ts'

export type Between = { from: Date; to: Date }

const clockMs = 3_600_000

/** Sessions that began between two instants: also by the key, which has the time at which the id was made. */
function began({ from, to }: Between): Conditions {
  const conditions = new Conditions(
    'tenant = {tenant:String}',
    `principal != ''`,
    `UUIDv7ToDateTime(session, 'UTC') >= {keyFrom:DateTime64(3, 'UTC')}`,
    `UUIDv7ToDateTime(session, 'UTC') < {keyTo:DateTime64(3, 'UTC')}`,
  )
  conditions.parameters['keyFrom'] = storeTime(new Date(from.getTime() - clockMs))
  conditions.parameters['keyTo'] = storeTime(new Date(to.getTime() + clockMs))
  conditions.add('from', `time >= {from:DateTime64(6, 'UTC')}`, storeTime(from))
  conditions.add('to', `time < {to:DateTime64(6, 'UTC')}`, storeTime(to))
  return conditions
}

const countColumns = `countIf(state != 'refused') AS all_sessions, sum(statements) AS all_statements,
  sum(denied) + countIf(state = 'refused') AS all_refused, sum(touched_values) AS all_touched,
  sum(uninspected_bytes) AS all_uninspected, toString(min(time)) AS first_at, max(last_time) AS latest,
  toString(latest) AS last_at`
const countRow = {
  all_sessions: z.int(),
  all_statements: z.int(),
  all_refused: z.int(),
  all_touched: z.int(),
  all_uninspected: z.int(),
  first_at: z.string(),
  last_at: z.string(),
}

function countsOf(row: z.infer<z.ZodObject<typeof countRow>>) {
  return {
    sessions: row.all_sessions,
    statements: row.all_statements,
    refused: row.all_refused,
    touched: row.all_touched,
    uninspectedBytes: row.all_uninspected,
    first: isoTime(row.first_at),
    last: isoTime(row.last_at),
  }
}

const connectionNames = `arraySort(groupUniqArray(50)(connection)) AS connections`
const rowColumns = `principal, any(principal_kind) AS kind, any(issuer) AS its_issuer, any(subject) AS its_subject,
  argMax(groups, time) AS last_groups, countIf(state = 'open') AS open, ${connectionNames}, ${countColumns}`
const row = z.object({
  ...countRow,
  principal: z.string(),
  kind: z.string(),
  its_issuer: z.string(),
  its_subject: z.string(),
  last_groups: z.array(z.string()),
  open: z.int(),
  connections: z.array(z.string()),
})

function rowOf(found: z.infer<typeof row>): PrincipalRow {
  return {
    id: found.principal,
    kind: found.kind,
    issuer: found.its_issuer,
    subject: found.its_subject,
    groups: found.last_groups,
    open: found.open,
    connections: found.connections,
    ...countsOf(found),
  }
}

const position = z.tuple([z.string(), z.string()])

export type PrincipalsFilter = {
  search?: string | undefined
  kind?: string | undefined
  cursor?: string | undefined
  limit: number
}

/** Those seen last first. */
export async function listPrincipals(
  questions: Questions,
  between: Between,
  { search, kind, cursor, limit }: PrincipalsFilter,
): Promise<{ principals: PrincipalRow[]; nextCursor: string | null }> {
  const conditions = began(between)
  conditions.add('kind', 'principal_kind = {kind:String}', kind)
  conditions.add(
    'search',
    `(positionCaseInsensitiveUTF8(principal, {search:String}) > 0
      OR arrayExists(name -> positionCaseInsensitiveUTF8(name, {search:String}) > 0, groups))`,
    search === '' ? undefined : search,
  )
  let after = ''
  if (cursor !== undefined) {
    const [last, name] = decodeCursor(cursor, position)
    conditions.parameters['lastTime'] = last
    conditions.parameters['lastName'] = name
    after = `HAVING (latest, principal) < ({lastTime:DateTime64(6, 'UTC')}, {lastName:String})`
  }
  const rows = await questions.rows(
    `SELECT ${rowColumns} FROM sessions WHERE ${conditions.where} GROUP BY principal ${after}
    ORDER BY latest DESC, principal DESC LIMIT {limit:UInt32}`,
    { ...conditions.parameters, limit: limit + 1 },
    row,
  )
  const page = rows.slice(0, limit)
  const last = page.at(-1)
  return {
    principals: page.map(rowOf),
    nextCursor:
      rows.length > limit && last !== undefined
        ? encodeCursor([last.last_at, last.principal])
        : null,
  }
}

const runRow = z.object({
  ...countRow,
  run_provider: z.string(),
  run_id: z.string(),
  run_attempt: z.string(),
  workflow: z.string(),
  repository: z.string(),
  url: z.string(),
  delegators: z.array(z.string()),
  connections: z.array(z.string()),
})
const connectionRow = z.object({ ...countRow, connection: z.string() })

/** @throws GatetrailError NOT_FOUND */
export async function findPrincipal(
  questions: Questions,
  between: Between,
  id: string,
): Promise<Omit<PrincipalDetail, 'from' | 'to'>> {
  const conditions = began(between)
  conditions.add('id', 'principal = {id:String}', id)
  const { where, parameters } = conditions
  const found = await questions.row(
    `SELECT ${rowColumns} FROM sessions WHERE ${where} GROUP BY principal`,
    parameters,
    row,
  )
  if (found === undefined) {
    throw new GatetrailError('NOT_FOUND', 'no session of this principal began in that time', {
      hint: 'A principal is written issuer#subject; ask about a longer time with from and to.',
    })
  }
  const runs = await questions.rows(
    `SELECT run_provider, run_id, run_attempt, any(run_workflow) AS workflow, any(run_repository) AS repository,
      any(run_url) AS url, any(on_behalf_of) AS delegators, ${connectionNames}, ${countColumns}
    FROM sessions WHERE ${where} AND run_id != '' GROUP BY run_provider, run_id, run_attempt
    ORDER BY latest DESC LIMIT ${principalRowsMax + 1}`,
    parameters,
    runRow,
  )
  const connections = await questions.rows(
    `SELECT connection, ${countColumns} FROM sessions WHERE ${where} AND connection != '' GROUP BY connection
    ORDER BY latest DESC LIMIT ${principalRowsMax + 1}`,
    parameters,
    connectionRow,
  )
  return {
    principal: rowOf(found),
    runs: runs.slice(0, principalRowsMax).flatMap((one) => {
      const { workflow, repository, url } = one
      const run = runOf({
        ...one,
        run_workflow: workflow,
        run_repository: repository,
        run_url: url,
      })
      if (run === null) return []
      return [{ run, connections: one.connections, onBehalfOf: one.delegators, ...countsOf(one) }]
    }),
    connections: connections
      .slice(0, principalRowsMax)
      .map((one) => ({ connection: one.connection, ...countsOf(one) })),
    truncated: runs.length > principalRowsMax || connections.length > principalRowsMax,
  }
}
