/** Policy sets that were loaded, their texts, and what their policies decided. */
import { upcastBody } from '@gatetrail/schemas'
import type { Policy, PolicyDecisions, PolicySet } from '@gatetrail/replay-api'
import { GatetrailError } from '@gatetrail/schemas'
import { z } from 'zod'
import {
  policyLoadingsMax,
  policyLoadingsShownMax,
  policyRefusalsMax,
  policySetsMax,
} from '../limits.ts'
import { orNull } from './principal-rows.ts'
import type { Between } from './principals-question.ts'
import { isoTime, storeTime, type Questions } from './question.ts'

const loadedKind = `tenant = {tenant:String} AND kind = 'gatetrail.policy.loaded'`

const loadingRow = z.object({
  policy_set: z.string(),
  writer_id: z.string(),
  at: z.string(),
  policies: z.int(),
  files: z.array(z.string()),
})
const writerRow = z.object({
  writer_id: z.string(),
  role: z.string(),
  instance: z.string(),
  stopped: z.int(),
})

/** Newest first. */
export async function listPolicySets(
  questions: Questions,
): Promise<{ sets: PolicySet[]; truncated: boolean }> {
  const rows = await questions.rows(
    `SELECT JSONExtractString(body, 'policySet') AS policy_set, toString(writer) AS writer_id, toString(events.time) AS at,
      length(JSONExtractArrayRaw(body, 'policies')) AS policies,
      arrayDistinct(arrayMap(one -> JSONExtractString(one, 'file'), JSONExtractArrayRaw(body, 'policies'))) AS files
    FROM events WHERE ${loadedKind} ORDER BY events.time DESC LIMIT ${policyLoadingsMax + 1}`,
    {},
    loadingRow,
  )
  const writers = await writersOf(questions, [...new Set(rows.map(({ writer_id }) => writer_id))])
  const sets = new Map<string, PolicySet>()
  const told = new Set<string>()
  for (const row of rows.slice(0, policyLoadingsMax)) {
    const time = isoTime(row.at)
    const writer = writers.get(row.writer_id)
    const set = sets.get(row.policy_set) ?? {
      policySet: row.policy_set,
      first: time,
      last: time,
      policies: row.policies,
      files: row.files,
      loadings: [],
      writers: 0,
      inForce: false,
    }
    sets.set(row.policy_set, set)
    set.first = time
    // The newest set of a writer that has not ended is what it decides by.
    if (!told.has(row.writer_id) && writer?.stopped !== 1) set.inForce = true
    told.add(row.writer_id)
    if (set.loadings.some((loading) => loading.writer === row.writer_id)) continue
    set.writers++
    if (set.loadings.length >= policyLoadingsShownMax) continue
    const [role, instance] = [orNull(writer?.role ?? ''), orNull(writer?.instance ?? '')]
    set.loadings.push({ writer: row.writer_id, time, role, instance })
  }
  const all = [...sets.values()]
  return {
    sets: all.slice(0, policySetsMax),
    truncated: rows.length > policyLoadingsMax || all.length > policySetsMax,
  }
}

async function writersOf(
  questions: Questions,
  writers: readonly string[],
): Promise<Map<string, z.infer<typeof writerRow>>> {
  if (writers.length === 0) return new Map()
  const rows = await questions.rows(
    `SELECT about AS writer_id, anyIf(JSONExtractString(body, 'role'), kind = 'gatetrail.writer.started') AS role,
      anyIf(JSONExtractString(body, 'instance'), kind = 'gatetrail.writer.started') AS instance,
      toUInt8(countIf(kind != 'gatetrail.writer.started') > 0) AS stopped
    FROM (
      SELECT kind, body, if(kind IN ('gatetrail.journal.recovered', 'gatetrail.writer.missed'),
        JSONExtractString(body, 'writer'), toString(writer)) AS about FROM events WHERE tenant = {tenant:String}
        AND kind IN ('gatetrail.writer.started', 'gatetrail.writer.stopped', 'gatetrail.journal.recovered', 'gatetrail.writer.missed')
    ) WHERE about IN {writers:Array(String)} GROUP BY about`,
    { writers },
    writerRow,
  )
  return new Map(rows.map((row) => [row.writer_id, row]))
}

const refusedRow = z.object({
  at: z.string(),
  writer_id: z.string(),
  file: z.string(),
  line: z.int(),
  column: z.int(),
  message: z.string(),
})

/** Changes that did not come into force. */
export async function listRefusedPolicies(questions: Questions) {
  const rows = await questions.rows(
    `SELECT toString(events.time) AS at, toString(writer) AS writer_id, JSONExtractString(body, 'file') AS file,
      JSONExtractUInt(body, 'line') AS line, JSONExtractUInt(body, 'column') AS column,
      JSONExtractString(body, 'message') AS message
    FROM events WHERE tenant = {tenant:String} AND kind = 'gatetrail.policy.refused'
    ORDER BY events.time DESC LIMIT ${policyRefusalsMax}`,
    {},
    refusedRow,
  )
  return rows.map((row) => ({
    time: isoTime(row.at),
    writer: row.writer_id,
    file: row.file,
    line: row.line === 0 ? null : row.line,
    column: row.column === 0 ? null : row.column,
    message: row.message,
  }))
}

const bodyRow = z.object({ body: z.string(), version: z.int() })
const loadedBody = z.looseObject({
  policies: z.array(
    z.looseObject({
      id: z.string(),
      file: z.string(),
      text: z.string(),
      textBytes: z.int(),
      annotations: z.record(z.string(), z.string()),
    }),
  ),
})

/** What its policies say: as the newest record of the set has it. @throws GatetrailError NOT_FOUND */
export async function policyTexts(questions: Questions, set: string): Promise<Policy[]> {
  const found = await questions.row(
    `SELECT body, version FROM events WHERE ${loadedKind} AND JSONExtractString(body, 'policySet') = {set:String}
    ORDER BY version DESC, events.time DESC LIMIT 1`,
    { set },
    bodyRow,
  )
  if (found === undefined) throw noPolicySet()
  const raw: unknown = JSON.parse(found.body)
  const body = loadedBody.parse(upcastBody('gatetrail.policy.loaded', found.version, raw))
  return body.policies.map(({ id, file, text, textBytes, annotations }) => ({
    id,
    file,
    text: textBytes === 0 ? null : text,
    textBytes: textBytes === 0 ? null : textBytes,
    textCut: Buffer.byteLength(text) < textBytes,
    annotations,
  }))
}

export function noPolicySet(): GatetrailError {
  return new GatetrailError('NOT_FOUND', 'no policy set with this hash is in the store', {
    hint: 'A set appears about a second after a proxy has loaded it; old ones expire.',
  })
}

const decidedRow = z.object({
  policy: z.string(),
  allow: z.int(),
  deny: z.int(),
  hold: z.int(),
  last_at: z.string(),
  last_session: z.string(),
  last_seq: z.int(),
  last_verdict: z.string(),
})
const openedRow = z.object({ policy: z.string(), sessions: z.int() })

/** By the session's key too: a session lives so long at most that its statements are of the asked time. */
const inTime = `tenant = {tenant:String} AND policy_set = {set:String}
  AND UUIDv7ToDateTime(session, 'UTC') >= {keyFrom:DateTime64(3, 'UTC')} AND UUIDv7ToDateTime(session, 'UTC') < {to:DateTime64(3, 'UTC')}
  AND time >= {from:DateTime64(6, 'UTC')} AND time < {to:DateTime64(6, 'UTC')}`

export async function decisionsOf(
  questions: Questions,
  set: string,
  { from, to }: Between,
  sessionHoursMax: number,
): Promise<{ decided: PolicyDecisions[]; byDefault: number }> {
  const keyFrom = storeTime(new Date(from.getTime() - (sessionHoursMax + 1) * 3_600_000))
  const parameters = { set, keyFrom, from: storeTime(from), to: storeTime(to) }
  const rows = await questions.rows(
    `SELECT policy, countIf(verdict = 'allow') AS allow, countIf(verdict = 'deny') AS deny, countIf(verdict = 'hold') AS hold,
      toString(max(time)) AS last_at, toString(argMax(session, time)) AS last_session, argMax(seq, time) AS last_seq,
      argMax(verdict, time) AS last_verdict
    FROM statements ARRAY JOIN if(empty(policies), [''], policies) AS policy WHERE ${inTime}
    GROUP BY policy ORDER BY policy LIMIT 10000`,
    parameters,
    decidedRow,
  )
  const opened = await questions.rows(
    `SELECT policy, count() AS sessions FROM sessions ARRAY JOIN policies AS policy WHERE ${inTime} GROUP BY policy LIMIT 10000`,
    parameters,
    openedRow,
  )
  const sessions = new Map(opened.map((row) => [row.policy, row.sessions]))
  const named = rows.filter(({ policy }) => policy !== '')
  const decided = named.map((row) => ({
    policy: row.policy,
    ...{
      allow: row.allow,
      deny: row.deny,
      hold: row.hold,
      sessions: sessions.get(row.policy) ?? 0,
    },
    last: {
      time: isoTime(row.last_at),
      session: row.last_session,
      seq: row.last_seq,
      verdict: row.last_verdict,
    },
  }))
  const only = opened.filter(({ policy }) => !named.some((row) => row.policy === policy))
  return {
    decided: [
      ...decided,
      ...only.map((row) => ({
        policy: row.policy,
        allow: 0,
        deny: 0,
        hold: 0,
        sessions: row.sessions,
        last: null,
      })),
    ],
    byDefault: rows.find(({ policy }) => policy === '')?.deny ?? 0,
  }
}
