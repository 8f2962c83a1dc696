/** What makes an answer evidence: how far the chain is signed, what is named as missing, which policies were in force. Nothing is derived anew. */
import type { ChainState, Evidence, Gap } from '@gatetrail/replay-api'
import { z } from 'zod'
import { evidenceWritersMax, policyLoadsMax } from '../limits.ts'
import { begunBefore, between } from './coverage-question.ts'
import { isoTime, type Questions } from './question.ts'
import type { Range } from './range.ts'

const inTime = `events.time >= {from:DateTime64(6, 'UTC')} AND events.time < {to:DateTime64(6, 'UTC')}`

const heartbeatRow = z.object({ session_id: z.string(), seq: z.int() })
const bodyRow = z.object({
  session_id: z.string(),
  writer_id: z.string(),
  kind: z.string(),
  at: z.string(),
  body: z.string(),
})
const heartbeatBody = z.looseObject({ toPosition: z.int(), final: z.boolean() })
const startedBody = z.looseObject({ role: z.string(), instance: z.string() })

export async function chainOf(
  questions: Questions,
  range: Range,
  gaps: readonly Gap[],
): Promise<ChainState> {
  const writers = await signedWriters(questions, range)
  const verified = await lastVerified(questions)
  const broken = gaps.filter(({ reason }) => reason === 'chain_broken').length
  const chain = { writers, gaps: gaps.length, broken, verified }
  return { ...chain, sentences: sentencesOf(chain) }
}

async function signedWriters(questions: Questions, range: Range): Promise<ChainState['writers']> {
  // First which, then their bodies: of a year there are millions of heartbeats.
  const newest = await questions.rows(
    `SELECT toString(session) AS session_id, max(events.seq) AS seq FROM events
    WHERE tenant = {tenant:String} AND kind = 'gatetrail.writer.heartbeat' AND ${begunBefore} AND ${inTime}
    GROUP BY session ORDER BY max(events.time) DESC, session LIMIT ${evidenceWritersMax}`,
    between(range),
    heartbeatRow,
  )
  if (newest.length === 0) return []
  const bodies = await questions.rows(
    `SELECT toString(session) AS session_id, toString(writer) AS writer_id, kind, toString(time) AS at, body FROM events
    WHERE tenant = {tenant:String} AND ${begunBefore} AND session IN {sessions:Array(UUID)} AND seq IN {seqs:Array(UInt32)}
      AND (kind = 'gatetrail.writer.started' OR (kind = 'gatetrail.writer.heartbeat' AND (session, seq) IN
        (SELECT pair.1, pair.2 FROM (SELECT arrayJoin(arrayZip({sessions:Array(UUID)}, {newest:Array(UInt32)})) AS pair))))
    LIMIT ${2 * evidenceWritersMax}`,
    {
      ...between(range),
      sessions: newest.map(({ session_id }) => session_id),
      newest: newest.map(({ seq }) => seq),
      // The start of a process is its first record.
      seqs: [...new Set([0, ...newest.map(({ seq }) => seq)])],
    },
    bodyRow,
  )
  const started = new Map(
    bodies
      .filter(({ kind }) => kind === 'gatetrail.writer.started')
      .map(({ session_id, body }) => [session_id, startedBody.parse(JSON.parse(body))]),
  )
  return bodies
    .filter(({ kind }) => kind === 'gatetrail.writer.heartbeat')
    .map(({ session_id, writer_id: writer, at, body }) => {
      const { toPosition: signedThrough, final } = heartbeatBody.parse(JSON.parse(body))
      const { role = '', instance = '' } = started.get(session_id) ?? {}
      return { writer, role, instance, signedThrough, signed: isoTime(at), final }
    })
    .sort((left, right) => (left.signed < right.signed ? 1 : -1))
}

const verifyRow = z.object({ at: z.string(), body: z.string() })
const verifyBody = z.looseObject({
  who: z.string(),
  rows: z.int(),
  parameters: z.record(z.string(), z.string()),
})

/** Of the whole trail, and through this API: what somebody derived from copies elsewhere is not on record here. */
async function lastVerified(questions: Questions): Promise<ChainState['verified']> {
  const found = await questions.row(
    `SELECT toString(time) AS at, body FROM events WHERE tenant = {tenant:String} AND kind = 'gatetrail.audit.read'
      AND JSONExtractString(body, 'question') = 'verify.finished'
      AND NOT JSONHas(body, 'parameters', 'session') AND NOT JSONHas(body, 'parameters', 'since')
    ORDER BY events.time DESC LIMIT 1`,
    {},
    verifyRow,
  )
  if (found === undefined) return null
  const { who, rows, parameters } = verifyBody.parse(JSON.parse(found.body))
  const { state = null } = parameters
  return { time: isoTime(found.at), by: who, state, failures: rows }
}

function sentencesOf({ writers, gaps, broken, verified }: Omit<ChainState, 'sentences'>): string[] {
  const [newest] = writers
  const signed =
    newest === undefined
      ? 'No signed heartbeat of a writer lies in this time: nothing says that its end is on record.'
      : `${writers.length} ${writers.length === 1 ? 'process has' : 'processes have'} signed what they wrote in this time, the newest signature is of ${newest.signed}.`
  const missing =
    gaps === 0
      ? 'No gap is named in this time.'
      : `${gaps} ${gaps === 1 ? 'gap is' : 'gaps are'} named in this time${broken === 0 ? '' : `, ${broken} of them because the chain of hashes did not fit`}.`
  const last =
    verified === null
      ? 'No verification of the whole trail is on record.'
      : `The last verification of the whole trail ended at ${verified.time}: ${verified.state ?? 'its result is not on record'}${verified.failures === 0 ? '' : `, ${verified.failures} failures`}.`
  return [
    signed,
    missing,
    last,
    'The chain was not derived anew for this answer: `gatetrail verify` does that, from bytes.',
  ]
}

const loadRow = z.object({
  session_id: z.string(),
  at: z.string(),
  in_range: z.int(),
  policy_set: z.string(),
  policies: z.array(z.string()),
})

/** Loaded in the range, or before it by a process that was still there. */
export async function policySetsOf(
  questions: Questions,
  range: Range,
): Promise<Evidence['policySets']> {
  const loads = await questions.rows(
    `SELECT toString(session) AS session_id, toString(time) AS at, events.time >= {from:DateTime64(6, 'UTC')} AS in_range,
      JSONExtractString(body, 'policySet') AS policy_set,
      arrayMap(policy -> JSONExtractString(policy, 'id'), JSONExtractArrayRaw(body, 'policies')) AS policies
    FROM events WHERE tenant = {tenant:String} AND kind = 'gatetrail.policy.loaded' AND ${begunBefore}
      AND events.time < {to:DateTime64(6, 'UTC')}
      AND (events.time >= {from:DateTime64(6, 'UTC')} OR session IN (
        SELECT session FROM events WHERE tenant = {tenant:String} AND kind = 'gatetrail.writer.heartbeat' AND ${begunBefore} AND ${inTime}))
    ORDER BY events.time DESC LIMIT ${policyLoadsMax}`,
    between(range),
    loadRow,
  )
  const sets = new Map<string, { loaded: string; writers: Set<string>; policies: string[] }>()
  const known = new Set<string>()
  for (const { session_id, at, in_range, policy_set, policies } of loads) {
    // Before the range only the last load of a process counts.
    if (in_range === 0 && known.has(session_id)) continue
    if (in_range === 0) known.add(session_id)
    const set = sets.get(policy_set) ?? { loaded: at, writers: new Set(), policies }
    set.loaded = at < set.loaded ? at : set.loaded
    set.writers.add(session_id)
    sets.set(policy_set, set)
  }
  return [...sets].map(([policySet, { loaded, writers, policies }]) => ({
    ...{ policySet, loaded: isoTime(loaded), writers: writers.size, policies },
  }))
}
