/** Touches that were stored before they knew their policies and their run's key answer as those that do. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ClickHouseClient } from '@clickhouse/client'
import { migrations } from '@gatetrail/schemas'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dayIn } from './day.ts'
import { answerPii } from './pii-question.ts'
import { Questions } from './question.ts'
import { rangeOf } from './range.ts'
import { answerTouches } from './touches-question.ts'
import { sessionRow, statementRow, storedTime, uuidAt } from '../testing/rows.ts'
import { applyMigrations, openTestStore } from '../testing/open-test-store.ts'

const noon = new Date('2026-03-12T12:00:00Z')
const session = uuidAt(noon)
const alone = uuidAt(noon)
const whoRow = { connection: 'orders', principal: 'ci#kim', subject: 'kim' }
const ofRun = { ...whoRow, run_provider: 'github', run_id: '4711', run_workflow: 'nightly' }
const noRun = { ...whoRow, run_provider: '', run_id: '', run_workflow: '' }

let directory: string
let read: ClickHouseClient
let questions: Questions

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gatetrail-touch-keys-'))
  const before = migrations.findIndex(({ id }) => id === '0015-touch-keys')
  read = await openTestStore(join(directory, 'chdb'), migrations.slice(0, before))
  await insert('sessions_rows', [sessionRow(session, noon, ofRun), sessionRow(alone, noon, noRun)])
  await insert('statements_rows', [
    statementRow(session, 3, noon, { policies: ['reads', 'reveals'] }),
    statementRow(session, 9, noon, { policies: ['reads'] }),
    statementRow(alone, 3, noon, { policies: [] }),
  ])
  await insert('pii_touches_rows', [
    touchRow(session, 3, 2, ofRun),
    touchRow(alone, 3, 5, noRun),
    touchRow(alone, null, 7, noRun),
  ])
  await applyMigrations(read, migrations.slice(before))
  await insert('pii_touches_rows', [
    touchRow(session, 9, 10, { ...ofRun, policies: ['reads'], policies_known: true }),
  ])
  questions = Questions.ofAll(read, 'default')
})

afterAll(async () => {
  await read?.close()
  await rm(directory, { recursive: true, force: true })
})

describe('touches of before', () => {
  it('belong to the same run as those of now', async () => {
    const day = dayIn('2026-03-12', 'UTC')
    const { runs, totals } = await answerPii(questions, day, { group: 'run', limit: 10 }, {})
    expect(totals).toMatchObject({ runs: 2, values: 24 })
    // As many values at the same time: the keys say who comes first.
    const shownRuns = runs.map(({ run, values, connections }) => [run?.id, values, connections])
    expect(new Set(shownRuns)).toEqual(
      new Set([
        ['4711', 12, ['orders']],
        [undefined, 12, ['orders']],
      ]),
    )
    const bySession = await answerPii(questions, day, { group: 'session', limit: 10 }, {})
    const shown = bySession.runs.map(({ sessions }) => sessions[0]?.session)
    expect(new Set(shown)).toEqual(new Set([session, alone]))
  })

  it('are counted under the policies of their statements', async () => {
    const { rows, totals } = await byPolicy({})
    expect(totals.values).toBe(24) // Two of them under two policies.
    expect(rows).toEqual([
      [null, 12, 1],
      ['reads', 12, 2],
      ['reveals', 2, 1],
    ])
    expect((await byPolicy({ policy: 'reveals' })).rows).toEqual([['reveals', 2, 1]])
    const runs = await ask('run', { policy: 'reads' })
    expect(runs.rows.map(({ values }) => values)).toEqual([12])
    expect(runs.totals).toMatchObject({ values: 12, statements: 2, sessions: 1, runs: 1 })
  })
})

describe.each(['run', 'session', 'principal', 'workflow', 'place', 'day'] as const)(
  'touches by %s',
  (by) => {
    it('have the totals of all groups on every page', async () => {
      const whole = await ask(by, {})
      const sum = whole.rows.reduce((values, row) => values + row.values, 0)
      expect(sum).toBe(24)
      const totals = { values: 24, sessions: 2, runs: 2, principals: 1, statements: 3, places: 1 }
      expect(whole.totals).toMatchObject(totals)
      const first = await ask(by, {}, 1)
      expect(first.totals).toEqual(whole.totals)
      expect(first.rows).toEqual(whole.rows.slice(0, 1))
      if (first.nextCursor === null) return
      const second = await ask(by, {}, 1, first.nextCursor)
      expect(second.totals).toEqual(whole.totals)
      expect(second.rows).toEqual(whole.rows.slice(1, 2))
    })
  },
)

type By = Parameters<typeof answerTouches>[1]['by']

function ask(by: By, filter: { policy?: string }, limit = 10, cursor?: string) {
  const range = rangeOf({ on: '2026-03-12', tz: 'UTC' }, Date.now())
  return answerTouches(questions, { by, range, filter }, { limit, cursor }, {})
}

async function byPolicy(filter: { policy?: string }) {
  const { rows, totals } = await ask('policy', filter)
  const shown = rows.map(({ key, values, statements }) => [
    key.by === 'policy' ? key.policy : '',
    values,
    statements,
  ])
  return {
    rows: shown.sort((left, right) => String(left[0]).localeCompare(String(right[0]))),
    totals,
  }
}

function insert(table: string, values: readonly object[]) {
  return read.insert({ table, values, format: 'JSONEachRow' })
}

function touchRow(of: string, statement: number | null, count: number, more: object) {
  return {
    tenant: 'default',
    session: of,
    seq: 100 + count,
    statement,
    time: storedTime(noon),
    place: 'public.customers.ssn',
    entity: 'US_SSN',
    outcome: 'masked',
    level: 'certain',
    count,
    row_version: 1,
    ...more,
  }
}
