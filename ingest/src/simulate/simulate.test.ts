/** A simulated trail holds what every trail holds, is the same for a seed, and goes on where it was stopped. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openEmbeddedStore } from '../store/embedded-store.ts'
import { selectRows, type Store } from '../store/store.ts'
import { simulate, type SimulationSummary } from './simulate.ts'
import { planDays, type SimulationOptions } from './simulated-year.ts'

const options: SimulationOptions = { days: 9, records: 100_000, seed: 4, from: '2026-03-08' }

let directory: string
let store: Store

async function open(): Promise<void> {
  directory = await mkdtemp(join(tmpdir(), 'gatetrail-simulate-'))
  store = await openEmbeddedStore(join(directory, 'chdb'))
}
async function close(): Promise<void> {
  await store.close()
  await rm(directory, { recursive: true, force: true })
}

async function run(given = options): Promise<SimulationSummary> {
  const days = simulate(store, given)
  for (;;) {
    const { value, done } = await days.next()
    if (done === true) return value
  }
}

async function one(query: string): Promise<Record<string, unknown>> {
  const [row] = await selectRows(store.read, query)
  return row ?? {}
}

describe('a simulated trail', () => {
  let summary: SimulationSummary
  beforeAll(async () => {
    await open()
    summary = await run()
  })
  afterAll(close)

  it('makes as many records as asked, dense in every session and writer, and all marked as simulated', async () => {
    expect(summary).toMatchObject({ records: 100_000, recordsTotal: 100_000, recordsMade: 100_000 })
    expect(
      await one(`SELECT toInt32(count()) AS records, toInt32(uniqExact(session, seq)) AS keys,
      (SELECT toInt32(sum(last + 1)) FROM (SELECT max(seq) AS last FROM records GROUP BY session)) AS dense,
      toInt32(uniqExact(writer, position)) AS positions,
      (SELECT toInt32(sum(last + 1)) FROM (SELECT max(position) AS last FROM records GROUP BY writer)) AS written,
      groupUniqArray(tenant) AS tenants FROM records`),
    ).toEqual({
      ...{ records: 100_000, keys: 100_000, dense: 100_000, positions: 100_000, written: 100_000 },
      tenants: ['simulated'],
    })
    expect(await one('SELECT groupUniqArray(issuer) AS issuers FROM pii_touches')).toEqual({
      issuers: ['simulated'],
    })
  })

  it('derives rows that agree with each other and with the records', async () => {
    const ofRecords = (kind: string) =>
      `(SELECT toInt32(count()) FROM records WHERE kind = 'gatetrail.${kind}')`
    const same: [string, string][] = [
      [ofRecords('statement.decided'), '(SELECT toInt32(count()) FROM statements)'],
      [
        ofRecords('statement.completed'),
        '(SELECT toInt32(count()) FROM statements WHERE completed)',
      ],
      [ofRecords('pii.touched'), '(SELECT toInt32(uniqExact(session, seq)) FROM pii_touches)'],
      [
        ofRecords('session.closed'),
        "(SELECT toInt32(count()) FROM sessions WHERE state = 'closed')",
      ],
      [
        ofRecords('session.refused'),
        "(SELECT toInt32(count()) FROM sessions WHERE state = 'refused')",
      ],
      [
        '(SELECT toInt32(sum(statements)) FROM sessions)',
        '(SELECT toInt32(count()) FROM statements)',
      ],
      [
        '(SELECT toInt32(sum(denied)) FROM sessions)',
        "(SELECT toInt32(count()) FROM statements WHERE verdict = 'deny')",
      ],
      ['(SELECT toInt32(sum(rows)) FROM sessions)', '(SELECT toInt32(sum(rows)) FROM statements)'],
      [
        '(SELECT toInt32(sum(touched_values)) FROM sessions)',
        '(SELECT toInt32(sum(count)) FROM pii_touches)',
      ],
      [
        '(SELECT toInt32(sum(touched_values)) FROM statements)',
        '(SELECT toInt32(sum(count)) FROM pii_touches)',
      ],
      [
        '(SELECT toInt32(sum(last_seq + 1)) FROM sessions)',
        '(SELECT toInt32(count()) FROM records)',
      ],
    ]
    for (const [left, right] of same) {
      const row = await one(`SELECT ${left} AS l, ${right} AS r`)
      if (row['l'] !== row['r'] || Number(row['l']) <= 0)
        expect.fail(`${left}: ${JSON.stringify(row)}`)
    }
    expect(
      await one(
        `SELECT toInt32(count()) AS wrong FROM statements WHERE statements.time < toDateTime('2026-03-08', 'UTC')`,
      ),
    ).toEqual({ wrong: 0 })
  })

  it('has a day with far more touches than the others, people in office hours, denials and errors', async () => {
    const days = await selectRows(
      store.read,
      'SELECT toString(toDate(time)) AS day, toInt32(count()) AS touches FROM pii_touches GROUP BY day ORDER BY touches DESC',
    )
    expect(Number(days[0]?.['touches'])).toBeGreaterThanOrEqual(10_000)
    expect(Number(days[1]?.['touches'])).toBeLessThan(2_000)
    const row =
      await one(`SELECT toInt32(countIf(principal_kind = 'human' AND (toHour(time) < 7 OR toHour(time) > 18))) AS late,
    toInt32(countIf(principal_kind = 'human')) AS people FROM sessions`)
    expect(row['late']).toBe(0)
    expect(Number(row['people'])).toBeGreaterThan(20)
    const seen = await one(
      `SELECT toInt32(countIf(verdict = 'deny')) AS denied, toInt32(countIf(error_sqlstate != '')) AS failed FROM statements`,
    )
    expect(Number(seen['denied'])).toBeGreaterThan(50)
    expect(Number(seen['failed'])).toBeGreaterThan(50)
  })
})

describe('simulate', () => {
  beforeEach(open)
  afterEach(close)

  it('goes on where it was stopped, and is then as if it had never been', async () => {
    const digest = `SELECT toString(sum(sipHash64(session, seq, position, kind, time, leaf_hash, length))) AS sum FROM records`
    await run()
    const whole = await one(digest)
    await store.write.command({ query: `TRUNCATE TABLE records_rows` })
    const days = simulate(store, options)
    for (let slice = 0; slice < 4; slice++) await days.next()
    await days.return(undefined as never)
    const summary = await run()
    expect(summary.recordsMade).toBeLessThan(100_000)
    expect(summary.recordsMade).toBeGreaterThan(0)
    expect(await one(digest)).toEqual(whole)
    expect(await run()).toMatchObject({ recordsMade: 0, records: 100_000 })
  })

  it('refuses a tenant with other records, and another simulation beside the first', async () => {
    await run()
    await expect(run({ ...options, seed: 5 })).rejects.toMatchObject({ code: 'SIMULATION_REFUSED' })
    await store.write.command({
      query: `INSERT INTO sessions_rows (tenant, session, writer, issuer, stored, row_version)
      VALUES ('simulated', generateUUIDv7(), generateUUIDv7(), 'ci', now(), 1)`,
    })
    await expect(run()).rejects.toThrow(/holds 1 sessions that were not simulated/)
  })

  it('leaves records of other tenants alone', async () => {
    await run({ ...options, records: 4_000 })
    await store.write.command({
      query: `INSERT INTO records_rows (tenant, session, seq, writer, position, row_version)
      VALUES ('default', generateUUIDv7(), 0, generateUUIDv7(), 0, 1)`,
    })
    expect(await run({ ...options, records: 4_000 })).toMatchObject({ records: 4_000 })
  })
})

it('spreads a year over its days, weekends with less, to the last record', () => {
  const year = planDays({ days: 365, records: 1_000_000_000, seed: 7, from: '2026-01-01' })
  expect(year.reduce((sum, { records }) => sum + records, 0)).toBe(1_000_000_000)
  expect(new Set(year.map(({ writer }) => writer)).size).toBe(365)
  expect(year.filter(({ isWeekend }) => isWeekend)).toHaveLength(104)
  const heavy = year.filter((day) => day.touchedOf10000 !== 800)
  expect(heavy).toHaveLength(1)
})
