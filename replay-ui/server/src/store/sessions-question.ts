/** Lists of sessions, and one session with the claims that it was opened with. */
import { GatetrailError, touchSchema } from '@gatetrail/schemas'
import { z } from 'zod'
import { timelineTextCharacters } from '../limits.ts'
import type { Session, TimelineStatement } from '@gatetrail/replay-api'
import { decodeCursor, encodeCursor } from './cursor.ts'
import { orNull, principalColumns, principalOf, principalRow, runOf } from './principal-rows.ts'
import { Conditions, isoTime, ofSession, storeTime, type Questions } from './question.ts'

const sessionColumns = `toString(session) AS session_id, toString(writer) AS writer_id, state, toString(time) AS at,
  if(isNull(ended), '', toString(ended)) AS ended_at, toString(last_time) AS last_at, ${principalColumns}, groups, protocol,
  client_address, client_tls, requested_user, application_name, policy_set, policies, target_user, target_address, reason,
  error, message, duration_micros, statements, denied, rows, bytes_from_client, bytes_to_client, inspected_bytes,
  uninspected_bytes, uninspected, touched_values, entities`

const sessionRow = z.object({
  ...principalRow,
  connection: z.string(),
  session_id: z.string(),
  writer_id: z.string(),
  state: z.string(),
  at: z.string(),
  ended_at: z.string(),
  last_at: z.string(),
  groups: z.array(z.string()),
  protocol: z.string(),
  client_address: z.string(),
  client_tls: z.boolean(),
  requested_user: z.string(),
  application_name: z.string(),
  policy_set: z.string(),
  policies: z.array(z.string()),
  target_user: z.string(),
  target_address: z.string(),
  reason: z.string(),
  error: z.string(),
  message: z.string(),
  duration_micros: z.int(),
  statements: z.int(),
  denied: z.int(),
  rows: z.int(),
  bytes_from_client: z.int(),
  bytes_to_client: z.int(),
  inspected_bytes: z.int(),
  uninspected_bytes: z.int(),
  uninspected: z.record(z.string(), z.int()),
  touched_values: z.int(),
  entities: z.array(z.string()),
})

export type SessionFilter = {
  from?: Date | undefined
  to?: Date | undefined
  connection?: string | undefined
  principal?: string | undefined
  state?: string | undefined
  touched?: 'true' | undefined
  refused?: 'true' | undefined
  entity?: string | undefined
  cursor?: string | undefined
  limit: number
  /** In the order of their ids, which pages of any number read once: for exports. */
  byKey?: boolean
}

const position = z.tuple([z.string(), z.string()])

const inKeyOrder = `tenant, UUIDv7ToDateTime(session, 'UTC'), session`
const behindSession = `UUIDv7ToDateTime(session, 'UTC') >= UUIDv7ToDateTime({cursorSession:UUID}, 'UTC')
  AND (UUIDv7ToDateTime(session, 'UTC'), session) > (UUIDv7ToDateTime({cursorSession:UUID}, 'UTC'), {cursorSession:UUID})`

/** Newest first. */
export async function listSessions(
  questions: Questions,
  filter: SessionFilter,
): Promise<{ sessions: Session[]; nextCursor: string | null }> {
  const conditions = new Conditions('tenant = {tenant:String}')
  const { from, to, connection, principal } = filter
  // A session counts for every moment that it lived.
  conditions.add('from', `last_time >= {from:DateTime64(6, 'UTC')}`, from && storeTime(from))
  conditions.add('to', `time < {to:DateTime64(6, 'UTC')}`, to && storeTime(to))
  conditions.add('connection', 'connection = {connection:String}', connection)
  conditions.add(
    'principal',
    '(principal = {principal:String} OR subject = {principal:String})',
    principal,
  )
  conditions.add('state', 'state = {state:String}', filter.state)
  conditions.add('touched', 'touched_values > 0', filter.touched)
  conditions.add('refused', `(denied > 0 OR state = 'refused')`, filter.refused)
  conditions.add('entity', 'has(entities, {entity:String})', filter.entity)
  if (filter.cursor !== undefined) {
    const [time, session] = decodeCursor(filter.cursor, position)
    conditions.parameters['cursorTime'] = time
    conditions.add(
      'cursorSession',
      filter.byKey === true
        ? behindSession
        : `(time, session) < ({cursorTime:DateTime64(6, 'UTC')}, {cursorSession:UUID})`,
      session,
    )
  }
  const rows = await questions.rows(
    `SELECT ${sessionColumns} FROM sessions WHERE ${conditions.where}
    ORDER BY ${filter.byKey === true ? inKeyOrder : 'time DESC, session DESC'} LIMIT {limit:UInt32}`,
    { ...conditions.parameters, limit: filter.limit + 1 },
    sessionRow,
  )
  const page = rows.slice(0, filter.limit)
  const last = page.at(-1)
  const more = rows.length > filter.limit && last !== undefined
  return {
    sessions: page.map(sessionOf),
    nextCursor: more ? encodeCursor([last.at, last.session_id]) : null,
  }
}

const foundRow = sessionRow.extend({ identity: z.string().nullable() })
const identityBody = z.looseObject({
  claims: z.record(z.string(), z.unknown()).optional(),
  tokenId: z.string().optional(),
  expiresAt: z.int().optional(),
})

/** @throws GatetrailError NOT_FOUND */
export async function findSession(questions: Questions, session: string) {
  const row = await questions.row(
    `SELECT ${sessionColumns}, (SELECT argMin(body, seq) FROM events WHERE ${ofSession} AND kind = 'gatetrail.identity.verified') AS identity
    FROM sessions WHERE ${ofSession}`,
    { session },
    foundRow,
  )
  if (row === undefined) throw noSession(session)
  const { claims, tokenId, expiresAt } = row.identity
    ? identityBody.parse(JSON.parse(row.identity))
    : {}
  return {
    ...sessionOf(row),
    claims: claims ?? null,
    tokenId: tokenId ?? null,
    expiresAt: expiresAt ?? null,
    policySet: row.policy_set,
    writer: row.writer_id,
  }
}

export function noSession(session: string): GatetrailError {
  return new GatetrailError('NOT_FOUND', `no session ${session} is in the store`, {
    hint: 'A session appears about a second after its first record; old ones expire.',
  })
}

const timelineRow = z.object({
  seq: z.int(),
  time: z.string(),
  offset_micros: z.int(),
  text: z.string(),
  text_cut: z.int(),
  path: z.string(),
  verdict: z.string(),
  policies: z.array(z.string()),
  policy_set: z.string(),
  code: z.string(),
  reason: z.string(),
  approval_groups: z.array(z.string()),
  kinds: z.array(z.string()),
  effects: z.array(z.string()),
  reads: z.array(z.string()),
  writes: z.array(z.string()),
  complete: z.boolean(),
  completed: z.boolean(),
  rows: z.int(),
  bytes: z.int(),
  duration_micros: z.int(),
  command: z.string(),
  error_sqlstate: z.string(),
  error_message: z.string(),
  touches: z.string(),
})

/** The statements of a session from `fromSeq` on; `skip`: without so many of the first ones. */
export async function timelineOf(
  questions: Questions,
  session: string,
  fromSeq: number,
  limit: number,
  { skip = 0, toSeq }: { skip?: number; toSeq?: number | undefined } = {},
): Promise<Omit<TimelineStatement, 'transaction'>[]> {
  const rows = await questions.rows(
    `SELECT seq, toString(time) AS time, offset_micros, substringUTF8(statements.text, 1, ${timelineTextCharacters}) AS text,
      lengthUTF8(statements.text) > ${timelineTextCharacters} AS text_cut, path, verdict, policies, policy_set, code, reason,
      approval_groups, kinds, effects, reads, writes, complete, completed, rows, bytes, duration_micros, command,
      error_sqlstate, error_message, touches
    FROM statements WHERE ${ofSession} AND seq >= {fromSeq:UInt32} AND seq < {toSeq:UInt64}
    ORDER BY seq LIMIT {limit:UInt32} OFFSET {skip:UInt32}`,
    { session, fromSeq, toSeq: toSeq ?? 2 ** 32, limit, skip },
    timelineRow,
  )
  return rows.map((row) => ({
    seq: row.seq,
    time: isoTime(row.time),
    offsetMicros: row.offset_micros,
    text: row.text,
    textCut: row.text_cut === 1,
    path: row.path,
    verdict: row.verdict,
    policies: row.policies,
    policySet: row.policy_set,
    code: orNull(row.code),
    reason: orNull(row.reason),
    approvalGroups: row.approval_groups,
    kinds: row.kinds,
    effects: row.effects,
    reads: row.reads,
    writes: row.writes,
    complete: row.complete,
    completed: row.completed,
    rows: row.rows,
    bytes: row.bytes,
    durationMicros: row.duration_micros,
    command: orNull(row.command),
    error: errorOf(row),
    touches: touchesOf(row.touches),
  }))
}

export function errorOf(row: { error_sqlstate: string; error_message: string }) {
  if (row.error_sqlstate === '' && row.error_message === '') return null
  return { sqlstate: row.error_sqlstate, message: row.error_message }
}

const touches = z.array(touchSchema)

export function touchesOf(text: string): z.infer<typeof touches> {
  if (text === '') return []
  // Fingerprints are for /api/subject alone, which is limited and on record: who has them can look for values.
  return touches.parse(JSON.parse(text)).map(({ fingerprints: _fingerprints, ...touch }) => touch)
}

function sessionOf(row: z.infer<typeof sessionRow>): Session {
  return {
    session: row.session_id,
    state: row.state,
    time: isoTime(row.at),
    ended: row.ended_at === '' ? null : isoTime(row.ended_at),
    lastTime: isoTime(row.last_at),
    principal: principalOf(row, row.groups),
    onBehalfOf: row.on_behalf_of,
    run: runOf(row),
    connection: row.connection,
    protocol: row.protocol,
    clientAddress: row.client_address,
    clientTls: row.client_tls,
    requestedUser: row.requested_user,
    applicationName: row.application_name,
    policies: row.policies,
    targetUser: row.target_user,
    targetAddress: row.target_address,
    reason: row.reason,
    error: orNull(row.error),
    message: orNull(row.message),
    durationMicros: row.duration_micros,
    statements: row.statements,
    denied: row.denied,
    rows: row.rows,
    bytesFromClient: row.bytes_from_client,
    bytesToClient: row.bytes_to_client,
    inspectedBytes: row.inspected_bytes,
    uninspectedBytes: row.uninspected_bytes,
    uninspected: row.uninspected,
    touchedValues: row.touched_values,
    entities: row.entities,
  }
}
