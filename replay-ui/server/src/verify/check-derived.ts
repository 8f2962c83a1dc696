/**
 * Derived rows against the records that they come from: who it was, when, text, verdict and policies of statements, touches.
 * Fed with the records of one writer in order.
 */
import {
  chunkKind,
  decodeEventBody,
  decodeRecord,
  isGatetrailError,
  kindVersionOf,
  runKey,
  type Touch,
} from '@gatetrail/schemas'
import { z } from 'zod'
import { principalColumns } from '../store/principal-rows.ts'
import type { Questions } from '../store/question.ts'
import { attributionInRow, attributionOf, attributionShape } from './attribution.ts'
import type { Failure } from './failure.ts'
import type { StoreRecord } from './store-records.ts'

const descriptionsMax = 200_000
const openingsMax = 100_000
const decisionsMax = 200_000

type Expected =
  | { kind: 'session'; session: string; seq: number }
  | {
      kind: 'statement'
      session: string
      seq: number
      text: string | undefined
      verdict: string
      micros: number
      policies: string
    }
  | {
      kind: 'touches'
      session: string
      seq: number
      /** What all of its rows say. */
      of: string
      statement: number | undefined
      touches: Touch[]
    }

const statementRow = z.object({
  session_id: z.string(),
  seq: z.int(),
  text: z.string(),
  verdict: z.string(),
  micros: z.int(),
  policies: z.array(z.string()),
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
  statement: z.int().nullable(),
  micros: z.int(),
  policies: z.array(z.string()),
  policies_known: z.boolean(),
  keyed: z.boolean(),
  ...attributionShape,
})
type TouchRow = z.infer<typeof touchRow>
/** Of the wall clock: the day and hour that an answer counts the row to. */
const micros = 'toUnixTimestamp64Micro(time) AS micros'

export class DerivedCheck {
  readonly #questions: Questions
  readonly #fail: (failure: Failure) => void
  readonly #descriptions = new Map<string, string>()
  /** By session: who it was. Of sessions of long ago it is not known any more, and not checked. */
  readonly #openings = new Map<string, string>()
  /** By session and seq: the policies that decided a statement. Of long ago they are not known any more, and not checked. */
  readonly #decisions = new Map<string, string>()

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
          const decided = decodeEventBody(header.kind, body, header.version)
          const { text, description, verdict } = decided
          const shown = text ?? this.#descriptions.get(`${session}/${description}`)
          const policies = JSON.stringify(decided.policies)
          keep(this.#decisions, decisionsMax, `${session}/${seq}`, policies)
          const micros = header.timeMicros
          return [{ kind: 'statement', session, seq, text: shown, verdict, micros, policies }]
        }
        case 'gatetrail.pii.touched': {
          const touched = decodeEventBody(header.kind, body, header.version)
          const { statement, startedMicros, touches } = touched
          const of = placed(statement ?? null, startedMicros)
          return [{ kind: 'touches', session, seq, of, statement, touches }]
        }
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
      `SELECT toString(session) AS session_id, seq, text, verdict, ${micros}, policies, ${principalColumns} FROM statements WHERE ${among}`,
      keysOf(expected),
      statementRow,
    )
    const found = new Map(rows.map((row) => [`${row.session_id}/${row.seq}`, row]))
    for (const statement of expected) {
      const { session, seq } = statement
      const row = found.get(`${session}/${seq}`)
      const differs =
        row === undefined
          ? 'the statement of this record is not among the statements'
          : (howDiffers(row, statement) ??
            (this.#misattributed(session, attributionInRow(row))
              ? 'the statements name somebody else, or another run, than the record'
              : undefined))
      if (differs !== undefined) this.#differs(session, seq, 'gatetrail.statement.decided', differs)
    }
  }

  async #checkTouches(expected: readonly Extract<Expected, { kind: 'touches' }>[]): Promise<void> {
    if (expected.length === 0) return
    const rows = await this.#questions.rows(
      `SELECT toString(session) AS session_id, seq, place, entity, outcome, level, count AS touched, statement, ${micros},
        policies, policies_known, toBool(run_key = ${runKey}) AS keyed, ${principalColumns}
      FROM keyed_touches WHERE ${among} AND NOT retrospective ORDER BY session, seq, ordinal`,
      keysOf(expected),
      touchRow,
    )
    const found = new Map<string, TouchRow[]>()
    for (const row of rows) {
      const key = `${row.session_id}/${row.seq}`
      const list = found.get(key) ?? []
      list.push(row)
      found.set(key, list)
    }
    for (const touched of expected) {
      const { session, seq } = touched
      const differs = this.#howTouchesDiffer(touched, found.get(`${session}/${seq}`) ?? [])
      if (differs !== undefined) this.#differs(session, seq, 'gatetrail.pii.touched', differs)
    }
  }

  #howTouchesDiffer(
    { session, of, statement, touches }: Extract<Expected, { kind: 'touches' }>,
    rows: readonly TouchRow[],
  ): string | undefined {
    const stored = rows.map((row) => describeTouch({ ...row, count: row.touched }))
    if (stored.sort().join('\n') !== touches.map(describeTouch).sort().join('\n'))
      return 'the touches in the answers are not those of the record'
    if (rows.some((row) => placed(row.statement, row.micros) !== of))
      return 'the answers name another time or statement of these touches than the record'
    const decided = this.#decisions.get(`${session}/${statement}`)
    if (
      decided !== undefined &&
      rows.some((row) => row.policies_known && JSON.stringify(row.policies) !== decided)
    )
      return 'the answers name other policies than those that decided the statement'
    if (rows.some((row) => !row.keyed || this.#misattributed(session, attributionInRow(row))))
      return 'the answers name somebody else, or another run, than the record'
    return undefined
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

function howDiffers(
  row: z.infer<typeof statementRow>,
  { text, verdict, micros, policies }: Extract<Expected, { kind: 'statement' }>,
): string | undefined {
  if (row.verdict !== verdict)
    return `the statements say ${row.verdict}, the record says ${verdict}`
  if (text !== undefined && row.text !== text)
    return 'the text among the statements is not that of the record'
  if (row.micros !== micros) return 'the statements name another time than the record'
  if (JSON.stringify(row.policies) !== policies)
    return 'the statements name other policies than the record'
  return undefined
}

/** The statement, and when it was decided. */
function placed(statement: number | null, micros: number): string {
  return `${statement ?? ''} ${micros}`
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
