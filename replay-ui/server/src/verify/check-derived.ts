/**
 * Derived rows against the records that they come from: who it was, text and verdict of statements, touches, and how many
 * there are of each in a session. Fed with the records of one writer in order.
 */
import {
  chunkKind,
  decodeEventBody,
  decodeRecord,
  eventKinds,
  isGatetrailError,
  kindVersionOf,
  type Touch,
} from '@gatetrail/schemas'
import { z } from 'zod'
import { principalColumns } from '../store/principal-rows.ts'
import { ofSession, type Questions } from '../store/question.ts'
import { attributionInRow, attributionOf, attributionShape } from './attribution.ts'
import type { Failure } from './failure.ts'
import type { StoreRecord } from './store-records.ts'

const descriptionsMax = 200_000
const openingsMax = 100_000

type Expected =
  | { kind: 'session'; session: string; seq: number }
  | { kind: 'statement'; session: string; seq: number; text: string | undefined; verdict: string }
  | { kind: 'touches'; session: string; seq: number; touches: Touch[] }

const statementRow = z.object({
  session_id: z.string(),
  seq: z.int(),
  text: z.string(),
  verdict: z.string(),
  ...attributionShape,
})
const openedRow = z.object({ session_id: z.string(), ...attributionShape })
const touchRow = z.object({
  session_id: z.string(),
  seq: z.int(),
  place: z.string(),
  entity: z.string(),
  outcome: z.string(),
  level: z.string(),
  touched: z.int(),
  ...attributionShape,
})

export class DerivedCheck {
  readonly #questions: Questions
  readonly #fail: (failure: Failure) => void
  readonly #descriptions = new Map<string, string>()
  /** By session: who it was. Of sessions of long ago it is not known any more, and not checked. */
  readonly #openings = new Map<string, string>()

  constructor(questions: Questions, fail: (failure: Failure) => void) {
    this.#questions = questions
    this.#fail = fail
  }

  async check(records: readonly StoreRecord[]): Promise<void> {
    const expected = records.flatMap((record) => this.#expect(record))
    await this.#checkSessions(expected.filter((one) => one.kind === 'session'))
    await this.#checkStatements(expected.filter((one) => one.kind === 'statement'))
    await this.#checkTouches(expected.filter((one) => one.kind === 'touches'))
  }

  #expect(stored: StoreRecord): Expected[] {
    const { session, seq, kind, bytes } = stored
    if (kind === chunkKind.name || bytes.length === 0) return []
    try {
      const { body, header } = decodeRecord(bytes)
      if (header.kind === undefined || header.version > kindVersionOf(header.kind)) return []
      switch (header.kind) {
        case 'gatetrail.session.opened': {
          const { principal, connection } = decodeEventBody(header.kind, body, header.version)
          keep(this.#openings, openingsMax, session, attributionOf(principal, connection))
          return [{ kind: 'session', session, seq }]
        }
        case 'gatetrail.statement.described': {
          const { description, text } = decodeEventBody(header.kind, body, header.version)
          keep(this.#descriptions, descriptionsMax, `${session}/${description}`, text)
          return []
        }
        case 'gatetrail.statement.decided': {
          const { text, description, verdict } = decodeEventBody(header.kind, body, header.version)
          const shown = text ?? this.#descriptions.get(`${session}/${description}`)
          return [{ kind: 'statement', session, seq, text: shown, verdict }]
        }
        case 'gatetrail.pii.touched':
          return [
            {
              kind: 'touches',
              session,
              seq,
              touches: decodeEventBody(header.kind, body, header.version).touches,
            },
          ]
        default:
          return []
      }
    } catch (error) {
      if (isGatetrailError(error)) return [] // The record verifier names it.
      throw error
    }
  }

  /** Whether a row names somebody else than the record of the opening. */
  #misattributed(session: string, attribution: string): boolean {
    const recorded = this.#openings.get(session)
    return recorded !== undefined && attribution !== recorded
  }

  async #checkSessions(expected: readonly Extract<Expected, { kind: 'session' }>[]): Promise<void> {
    if (expected.length === 0) return
    const rows = await this.#questions.rows(
      `SELECT toString(session) AS session_id, ${principalColumns} FROM sessions
      WHERE tenant = {tenant:String} AND session IN {sessions:Array(UUID)}`,
      { sessions: keysOf(expected).sessions },
      openedRow,
    )
    const found = new Map(rows.map((row) => [row.session_id, attributionInRow(row)]))
    for (const { session, seq } of expected) {
      const attribution = found.get(session)
      if (attribution !== undefined && !this.#misattributed(session, attribution)) continue
      const reason =
        attribution === undefined
          ? 'the session of this record is not among the sessions'
          : 'the sessions name somebody else, or another run, than the record'
      this.#differs(session, seq, 'gatetrail.session.opened', reason)
    }
  }

  async #checkStatements(
    expected: readonly Extract<Expected, { kind: 'statement' }>[],
  ): Promise<void> {
    if (expected.length === 0) return
    const rows = await this.#questions.rows(
      `SELECT toString(session) AS session_id, seq, text, verdict, ${principalColumns} FROM statements WHERE ${among}`,
      keysOf(expected),
      statementRow,
    )
    const found = new Map(rows.map((row) => [`${row.session_id}/${row.seq}`, row]))
    for (const { session, seq, text, verdict } of expected) {
      const row = found.get(`${session}/${seq}`)
      const differs =
        row === undefined
          ? 'the statement of this record is not among the statements'
          : row.verdict !== verdict
            ? `the statements say ${row.verdict}, the record says ${verdict}`
            : text !== undefined && row.text !== text
              ? 'the text among the statements is not that of the record'
              : this.#misattributed(session, attributionInRow(row))
                ? 'the statements name somebody else, or another run, than the record'
                : undefined
      if (differs !== undefined) this.#differs(session, seq, 'gatetrail.statement.decided', differs)
    }
  }

  async #checkTouches(expected: readonly Extract<Expected, { kind: 'touches' }>[]): Promise<void> {
    if (expected.length === 0) return
    const rows = await this.#questions.rows(
      `SELECT toString(session) AS session_id, seq, place, entity, outcome, level, count AS touched, ${principalColumns}
      FROM pii_touches WHERE ${among} AND NOT retrospective ORDER BY session, seq, ordinal`,
      keysOf(expected),
      touchRow,
    )
    const found = new Map<string, string[]>()
    const misattributed = new Set<string>()
    for (const row of rows) {
      const key = `${row.session_id}/${row.seq}`
      if (this.#misattributed(row.session_id, attributionInRow(row))) misattributed.add(key)
      const list = found.get(key) ?? []
      list.push(describeTouch({ ...row, count: row.touched }))
      found.set(key, list)
    }
    for (const { session, seq, touches } of expected) {
      const stored = (found.get(`${session}/${seq}`) ?? []).sort().join('\n')
      const recorded = touches.map(describeTouch).sort().join('\n')
      const differs =
        stored !== recorded
          ? 'the touches in the answers are not those of the record'
          : misattributed.has(`${session}/${seq}`)
            ? 'the answers name somebody else, or another run, than the record'
            : undefined
      if (differs !== undefined) this.#differs(session, seq, 'gatetrail.pii.touched', differs)
    }
  }

  #differs(session: string, seq: number, recordKind: string, reason: string): void {
    this.#fail({ where: 'derived', kind: 'derived_differs', session, seq, recordKind, reason })
  }
}

const among = `tenant = {tenant:String} AND session IN {sessions:Array(UUID)} AND seq IN {seqs:Array(UInt32)}`

function keysOf(expected: readonly Expected[]) {
  return {
    sessions: [...new Set(expected.map(({ session }) => session))],
    seqs: [...new Set(expected.map(({ seq }) => seq))],
  }
}

/** Forgets the oldest entry beyond `max`. */
function keep(map: Map<string, string>, max: number, key: string, value: string): void {
  map.set(key, value)
  if (map.size <= max) return
  const oldest = map.keys().next().value
  if (oldest !== undefined) map.delete(oldest)
}

function describeTouch(touch: {
  place: string
  entity: string
  outcome: string
  level: string
  count: number
}): string {
  const { place, entity, outcome, level, count } = touch
  return JSON.stringify([place, entity, outcome, level, count])
}

const sessionRow = z.object({ session_id: z.string() })
const recordedRow = z.object({ recorded: z.int(), last: z.int() })
const derivedRow = z.object({ derived: z.int() })

const known = [...Object.values(eventKinds), chunkKind]
/** What a newer release wrote is kept and not interpreted: it has no rows. */
const isKnown = `version <= transform(kind_code, [${known.map(({ code }) => code).join(', ')}],
  [${known.map(({ version }) => version).join(', ')}], 0)`
/** What a scan found later stands in its own system session: pii_touches has it under the session in which it was found. */
const tables = [
  ['statements', `kind = 'gatetrail.statement.decided' AND ${isKnown}`],
  ['events', `kind_code != ${chunkKind.code} AND ${isKnown}`],
  ['chunks', `kind_code = ${chunkKind.code} AND ${isKnown}`],
  ['pii_touches', `kind = 'gatetrail.pii.touched' AND ${isKnown}`, 'NOT retrospective'],
] as const

const suspectsMax = 200

/** Sessions in which records and rows are not equally many. */
export async function checkCounts(
  questions: Questions,
  fail: (failure: Failure) => void,
  session?: string,
): Promise<void> {
  for (const [table, condition, derivedOnly = '1'] of tables) {
    if (session !== undefined) {
      await checkCount(questions, { table, condition, derivedOnly }, session, fail)
      continue
    }
    const suspects = await questions.rows(
      `SELECT toString(session) AS session_id FROM (
        SELECT session, count() AS recorded, 0 AS derived FROM records
          WHERE tenant = {tenant:String} AND ${condition} GROUP BY session
        UNION ALL
        SELECT session, 0 AS recorded, uniqExact(seq) AS derived FROM ${table}
          WHERE tenant = {tenant:String} AND ${derivedOnly} GROUP BY session
      ) GROUP BY session HAVING sum(recorded) != sum(derived) ORDER BY session LIMIT ${suspectsMax}`,
      {},
      sessionRow,
    )
    for (const { session_id } of suspects)
      await checkCount(questions, { table, condition, derivedOnly }, session_id, fail)
  }
}

/** Once more, alone, and only up to what is in `records`: ingest may have been between the two tables. */
async function checkCount(
  questions: Questions,
  { table, condition, derivedOnly }: { table: string; condition: string; derivedOnly: string },
  session: string,
  fail: (failure: Failure) => void,
): Promise<void> {
  const records = await questions.row(
    `SELECT countIf(${condition}) AS recorded, toInt64(max(seq)) AS last FROM records WHERE ${ofSession}`,
    { session },
    recordedRow,
  )
  // Derived rows are stored before their records: read after them, none may be missing.
  const rows = await questions.row(
    `SELECT uniqExact(seq) AS derived FROM ${table} WHERE tenant = {tenant:String} AND session = {session:UUID}
      AND ${derivedOnly} AND seq <= {last:Int64}`,
    { session, last: records?.last ?? 0 },
    derivedRow,
  )
  const recorded = records?.recorded ?? 0
  const derived = rows?.derived ?? 0
  if (recorded === derived) return
  fail({
    where: 'derived',
    kind: 'derived_count_differs',
    session,
    reason: `${recorded} records of this session belong into ${table}, which has ${derived}`,
  })
}
