/** A run of many sessions and a session of many touches: the answer has the first ones of each. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ClickHouseClient } from '@clickhouse/client'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { sessionsPerRunMax } from '../limits.ts'
import { storedTime, uuidAt } from '../testing/rows.ts'
import { dayIn } from './day.ts'
import { answerPii } from './pii-question.ts'
import { Questions } from './question.ts'
import { openTestStore } from '../testing/open-test-store.ts'

const noon = new Date('2026-03-12T12:00:00Z')
const day = dayIn('2026-03-12', 'UTC')
const long = uuidAt(noon)
const touchesOfLong = 100_050
/** The first ones of the day have the last ids. */
const sessions = Array.from({ length: sessionsPerRunMax + 50 }, (_, index) => ({
  session: uuidAt(new Date(noon.getTime() + index)),
  at: new Date(noon.getTime() - index * 1_000),
}))

let directory: string
let read: ClickHouseClient
let questions: Questions

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gatetrail-pii-question-'))
  read = await openTestStore(join(directory, 'chdb'))
  const columns =
    'tenant, session, seq, statement, time, run_provider, run_id, place, entity, outcome, level, count, row_version'
  const of = (run: string) =>
    `'github', '${run}', 'public.customers.ssn', 'US_SSN', 'masked', 'certain', 1, 1`
  await read.command({
    query: `INSERT INTO pii_touches_rows (${columns}) SELECT 'default', {session:UUID}, number, number,
      {noon:DateTime64(6, 'UTC')} - toIntervalMillisecond(number), ${of('long')} FROM numbers(${touchesOfLong})`,
    query_params: { session: long, noon: storedTime(noon) },
  })
  const rows = sessions.map(
    ({ session, at }) => `('default', '${session}', 3, 2, '${storedTime(at)}', ${of('many')})`,
  )
  await read.command({
    query: `INSERT INTO pii_touches_rows (${columns}) VALUES ${rows.join(', ')}`,
  })
  questions = Questions.ofAll(read, 'default')
})

afterAll(async () => {
  await read?.close()
  await rm(directory, { recursive: true, force: true })
})

it('Statements to jump to are those that touched first, of however many', async () => {
  const { runs } = await answerPii(questions, day, { group: 'run', limit: 1 }, {})
  expect(runs.map(({ run, values }) => [run?.id, values])).toEqual([['long', touchesOfLong]])
  const [first] = runs[0]!.sessions
  const seqs = first!.statements.slice(0, 3).map(({ seq }) => seq)
  expect(seqs).toEqual([1, 2, 3].map((last) => touchesOfLong - last))
})

it('Sessions of a run are those that touched first, of however many', async () => {
  const { runs } = await answerPii(questions, day, { group: 'run', limit: 10 }, {})
  const many = runs.find(({ run }) => run?.id === 'many')
  expect(many?.sessionCount).toBe(sessions.length)
  const first = sessions.toReversed().slice(0, sessionsPerRunMax)
  expect(many?.sessions.map(({ session }) => session)).toEqual(first.map(({ session }) => session))
})
