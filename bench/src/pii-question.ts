/**
 * The auditor's question over 10 million records: one year of runs in chDB, asked through the real API. The rows are made
 * by the engine itself, in the shape in which ingest writes them.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrate, openEmbeddedStore, type Store } from '@gatetrail/ingest'
import { startGatetrail, storeDirectory, type Gatetrail } from './gatetrail.ts'
import { fixed, median, table } from './statistics.ts'
import { freePort } from './targets.ts'

const recordsPerTouch = 5
const runsPerDay = 200
const days = 365

/** @returns a table: how long the question took, the first time and repeated. */
export async function benchPiiQuestion(records: number): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'gatetrail-bench-question-'))
  try {
    await mkdir(storeDirectory(directory), { recursive: true, mode: 0o700 })
    const store = await openEmbeddedStore(storeDirectory(directory))
    await migrate(store.write)
    await fill(store, records)
    await store.close()
    // No database stands behind it: only the question is asked.
    const gatetrail = await startGatetrail(directory, await freePort())
    try {
      return await ask(gatetrail, records)
    } finally {
      await gatetrail.stop()
    }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

async function ask(gatetrail: Gatetrail, records: number): Promise<string> {
  const times: number[] = []
  let runs = 0
  for (let day = 100; day < 110; day++) {
    const on = new Date(Date.UTC(2026, 0, 1 + day)).toISOString().slice(0, 10)
    const startedAt = performance.now()
    const response = await fetch(`${gatetrail.replayUrl}/api/pii?on=${on}`, {
      headers: { authorization: `Bearer ${gatetrail.localToken}` },
    })
    if (!response.ok)
      throw new Error(`/api/pii answered ${response.status}: ${await response.text()}`)
    const answer = (await response.json()) as { runs: unknown[] }
    times.push(performance.now() - startedAt)
    runs = answer.runs.length
  }
  return table(
    [`PII question over ${records.toLocaleString('en')} records`, 'ms'],
    [
      [`first (${runs} runs in the answer)`, fixed(times[0], 0)],
      ['median of 10 days', fixed(median(times), 0)],
    ],
  )
}

async function fill(store: Store, records: number): Promise<void> {
  const touches = Math.floor(records / recordsPerTouch)
  const time = `addMicroseconds(toDateTime64('2026-01-01 00:00:00', 6, 'UTC'), intDiv(number * ${days * 86_400_000}, ${touches}) * 1000)`
  const run = `intDiv(number * ${days * runsPerDay}, ${touches})`
  await store.write.command({
    query: `INSERT INTO pii_touches_rows
      (tenant, session, seq, ordinal, statement, time, offset_micros, principal, principal_kind, issuer, subject,
       run_provider, run_id, run_attempt, run_workflow, run_repository, run_url, on_behalf_of, connection,
       place, entity, outcome, level, count, ruleset, row_version)
      SELECT 'default', toUUID(concat('00000000-0000-7000-8000-', leftPad(toString(${run}), 12, '0'))),
        number % 100000, 0, number % 100000, ${time}, number, concat('ci#job-', toString(${run} % 50)), 'ci_job', 'ci',
        concat('job-', toString(${run} % 50)), 'github', toString(${run}), '1', concat('workflow-', toString(${run} % 50)),
        'acme/train', '', [], 'orders', ['public.customers.ssn', 'public.customers.email'][number % 2 + 1],
        ['US_SSN', 'EMAIL'][number % 2 + 1], 'masked', 'certain', 20, '1', 1
      FROM numbers(${touches})`,
  })
  const kinds = `['gatetrail.statement.described', 'gatetrail.statement.decided', 'gatetrail.frames.recorded', 'gatetrail.statement.completed', 'gatetrail.pii.touched'][number % 5 + 1]`
  await store.write.command({
    query: `INSERT INTO records_rows
      (tenant, session, seq, writer, position, kind, kind_code, version, time, offset_micros, leaf_hash, length, stored, bytes, row_version)
      SELECT 'default', toUUID(concat('019b7000-0000-7000-8000-', leftPad(toString(intDiv(number, 100)), 12, '0'))),
        number % 100, toUUID('019b7000-0000-7000-8000-000000000000'), number, ${kinds}, 41, 1,
        addMicroseconds(toDateTime64('2026-01-01 00:00:00', 6, 'UTC'), number * 3000000), number, randomFixedString(32), 300, now(),
        randomString(200), 1
      FROM numbers(${records})`,
  })
}
