/**
 * "Who touched this value": the touches with one of its fingerprints, newest first, gathered by run; and how many values of the
 * same time have no fingerprint, so that nothing found does not mean nothing touched. Design §6.
 */
import { z } from 'zod'
import { subjectTouchesMax } from '../limits.ts'
import type { SubjectRun } from '@gatetrail/replay-api'
import { principalColumns, principalOf, principalRow, runOf } from './principal-rows.ts'
import { Conditions, isoTime, storeTime, type Questions } from './question.ts'

const printRow = z.object({
  key_id: z.string(),
  hour: z.string(),
  session_id: z.string(),
  seq: z.int(),
  ordinal: z.int(),
  scan_id: z.string(),
})
type Print = z.infer<typeof printRow>
const touchRow = z.object({
  ...principalRow,
  session_id: z.string(),
  seq: z.int(),
  ordinal: z.int(),
  scan_id: z.string(),
  statement: z.int().nullable(),
  touched_at: z.string(),
  connection: z.string(),
  place: z.string(),
  entity: z.string(),
  outcome: z.string(),
  level: z.string(),
  retrospective: z.int(),
})
const touchesPerQuery = 500

export type SubjectRange = { since: Date | undefined; until: Date | undefined }

/** `prints`: fingerprints in hex. */
export async function findTouches(
  questions: Questions,
  prints: readonly string[],
  range: SubjectRange,
): Promise<{ runs: SubjectRun[]; touches: number; truncated: boolean }> {
  const { where, parameters } = within(range)
  const found = await questions.rows(
    `SELECT key_id, toString(toStartOfHour(time)) AS hour, toString(session) AS session_id, seq, ordinal, toString(scan) AS scan_id
    FROM pii_fingerprints WHERE ${where}
      AND fingerprint IN (SELECT toFixedString(unhex(arrayJoin({prints:Array(String)})), 12))
    ORDER BY pii_fingerprints.time DESC, session, seq, ordinal LIMIT ${subjectTouchesMax + 1}`,
    { ...parameters, prints },
    printRow,
  )
  const shown = found.slice(0, subjectTouchesMax)
  const runs = new Map<string, SubjectRun>()
  let touches = 0
  for (let at = 0; at < shown.length; at += touchesPerQuery) {
    const some = new Map(
      shown.slice(at, at + touchesPerQuery).map((print) => [keyOf(print), print]),
    )
    for (const row of await touchesOf(questions, [...some.values()])) {
      const print = some.get(keyOf(row))
      if (print === undefined) continue
      touches++
      gather(runs, row, print.key_id)
    }
  }
  return { runs: [...runs.values()], touches, truncated: found.length > subjectTouchesMax }
}

function touchesOf(questions: Questions, prints: readonly Print[]) {
  return questions.rows(
    `SELECT ${principalColumns}, toString(session) AS session_id, seq, ordinal, toString(scan) AS scan_id, statement,
      toString(time) AS touched_at, place, entity, outcome, level, retrospective
    FROM pii_touches WHERE tenant = {tenant:String}
      AND toStartOfHour(time) IN (SELECT toDateTime(arrayJoin({hours:Array(String)}), 'UTC'))
      AND session IN {sessions:Array(UUID)} AND seq IN {seqs:Array(UInt32)}
    ORDER BY pii_touches.time DESC, session, seq, ordinal`,
    {
      hours: distinct(prints.map(({ hour }) => hour)),
      sessions: distinct(prints.map(({ session_id }) => session_id)),
      seqs: [...new Set(prints.map(({ seq }) => seq))],
    },
    touchRow,
  )
}

function gather(runs: Map<string, SubjectRun>, row: z.infer<typeof touchRow>, key: string): void {
  const { run_provider, run_id, run_attempt, principal, on_behalf_of, session_id: session } = row
  // A run, or where there is none, a session.
  const of = run_id === '' ? session : ''
  const id = JSON.stringify([run_provider, run_id, run_attempt, principal, on_behalf_of, of])
  const time = isoTime(row.touched_at)
  const known = runs.get(id)
  const one = known ?? {
    run: runOf(row),
    principal: principalOf(row),
    onBehalfOf: on_behalf_of,
    firstTime: time,
    lastTime: time,
    touches: [],
  }
  if (known === undefined) runs.set(id, one)
  one.firstTime = time < one.firstTime ? time : one.firstTime
  const { statement, connection, place, entity, outcome, level } = row
  const retrospective = row.retrospective === 1
  one.touches.push({
    ...{ session, statement, time, connection, place, entity, outcome, level },
    ...{ retrospective, key },
  })
}

const keysMissingMax = 100
const missingRow = z.object({ statements: z.int(), missing: z.int() })
const entityRow = z.object({ entity: z.string() })

/** Statements with values of these entities of which there is no fingerprint: one of them may be the one that is asked for. */
export async function missingFingerprints(
  questions: Questions,
  entities: readonly string[] | undefined,
  range: SubjectRange,
): Promise<{ statements: number; values: number }> {
  const { where, parameters } = within(range)
  const among = entities === undefined ? '' : ' AND entity IN {entities:Array(String)}'
  const row = await questions.row(
    `SELECT uniqExact(session, ifNull(statement, seq)) AS statements, sum(unfingerprinted) AS missing
    FROM pii_touches WHERE ${where} AND unfingerprinted > 0${among}`,
    { ...parameters, ...(entities !== undefined && { entities }) },
    missingRow,
  )
  return { statements: row?.statements ?? 0, values: row?.missing ?? 0 }
}

const keyRow = z.object({ key_id: z.string() })

/** Ids of keys that made fingerprints of that time and are not among ours: by these nothing can be found. */
export async function keysMissing(
  questions: Questions,
  keys: readonly string[],
  range: SubjectRange,
): Promise<string[]> {
  const { where, parameters } = within(range)
  const rows = await questions.rows(
    `SELECT DISTINCT key_id FROM pii_fingerprints_rows WHERE ${where} AND key_id NOT IN {keys:Array(String)} ORDER BY key_id LIMIT ${keysMissingMax}`,
    { ...parameters, keys },
    keyRow,
  )
  return rows.map(({ key_id }) => key_id)
}

/** What touched values are called that have a fingerprint: tags of catalogues and custom detectors among them. */
export async function fingerprintedEntities(questions: Questions, max: number): Promise<string[]> {
  const rows = await questions.rows(
    `SELECT DISTINCT entity FROM pii_fingerprints_rows WHERE tenant = {tenant:String} ORDER BY entity LIMIT ${max}`,
    {},
    entityRow,
  )
  return rows.map(({ entity }) => entity)
}

function within({ since, until }: SubjectRange): Conditions {
  const conditions = new Conditions('tenant = {tenant:String}')
  const at = (time: Date | undefined) => (time === undefined ? undefined : storeTime(time))
  conditions.add('since', "time >= {since:DateTime64(6, 'UTC')}", at(since))
  conditions.add('until', "time < {until:DateTime64(6, 'UTC')}", at(until))
  return conditions
}

function keyOf({ session_id, seq, ordinal, scan_id }: Omit<Print, 'key_id' | 'hour'>): string {
  return `${session_id}/${seq}/${ordinal}/${scan_id}`
}

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)]
}
