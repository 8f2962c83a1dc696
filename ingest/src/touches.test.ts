/** Fingerprints and what scans found, through the pipeline and the real engine. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Fingerprinter } from '@gatetrail/detect'
import { migrations, singleTarget, statementsFor } from '@gatetrail/schemas'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createPipeline, shapeBatch } from './pipeline.ts'
import { rebuildDerived } from './rebuild.ts'
import { createReports } from './reports.ts'
import { storeBatch } from './store-batch.ts'
import { openEmbeddedStore } from './store/embedded-store.ts'
import { migrate } from './store/migrate.ts'
import { runCommand, selectRows, type Store } from './store/store.ts'
import { principal, startMs, SyntheticWriter, syntheticUuid } from './testing/synthetic-writer.ts'

const fingerprinter = new Fingerprinter(new Uint8Array(32).fill(1))
const print = (value: string) => Buffer.from(fingerprinter.of('US_SSN', value)!)
const touched = syntheticUuid(70)
const scan = syntheticUuid(71)
let directory: string
let store: Store

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gatetrail-touches-'))
  store = await openEmbeddedStore(directory)
  await migrate(store.write)
  const writer = new SyntheticWriter(72)
  writer.session(touched, 2)
  writer.event('gatetrail.pii.touched', touched, {
    startedMicros: startMs * 1000,
    connection: 'orders',
    ruleset: 'test',
    fingerprintKey: 'k1',
    touches: [
      {
        place: 'public.customers.ssn',
        entity: 'US_SSN',
        outcome: 'masked',
        level: 'certain',
        count: 9,
        fingerprints: Buffer.concat([print('219-09-9991'), print('219-09-9992')]).toString(
          'base64url',
        ),
        unfingerprinted: 5,
      },
    ],
  })
  writer.event('gatetrail.pii.fingerprinted', touched, {
    touched: 7,
    startedMicros: startMs * 1000,
    fingerprintKey: 'k1',
    touches: [
      { ordinal: 1, entity: 'US_SSN', fingerprints: print('219-09-9994').toString('base64url') },
    ],
  })
  writer.event('gatetrail.pii.found', writer.system, {
    scan,
    session: touched,
    seq: 3,
    ordinal: 2,
    offsetMicros: 3_000,
    startedMicros: startMs * 1000,
    principal,
    connection: 'orders',
    ruleset: 'newer',
    fingerprintKey: 'k1',
    touches: [
      {
        place: 'frames.to_client',
        entity: 'US_SSN',
        outcome: 'late',
        level: 'certain',
        count: 1,
        fingerprints: print('219-09-9991').toString('base64url'),
      },
    ],
  })
  const pipeline = createPipeline({
    store,
    tenant: 'default',
    reports: await createReports({ client: store.write, log: pino({ level: 'silent' }) }),
    nowMs: () => startMs,
    signal: AbortSignal.timeout(60_000),
    onRetry: (error) => {
      throw error
    },
  })
  const batch = { records: writer.records, gaps: [], malformed: [], commit: async () => undefined }
  const shaped = await shapeBatch(batch, pipeline)
  expect(shaped.findings.deadLetters).toEqual([])
  await storeBatch(shaped, pipeline)
}, 60_000)
afterAll(async () => {
  await store.close()
  await rm(directory, { recursive: true, force: true })
})

const holders = (value: string) =>
  selectRows(
    store.read,
    `SELECT toString(session) AS session, seq, ordinal, key_id, entity, toString(scan) AS scan FROM pii_fingerprints
     WHERE tenant = 'default' AND fingerprint = unhex('${print(value).toString('hex')}') ORDER BY scan`,
  )

it('finds every touch of a value by its fingerprint, that of a scan under the session it was found in', async () => {
  expect(await holders('219099991')).toMatchObject([
    { session: touched, key_id: 'k1', entity: 'US_SSN', scan: syntheticZero },
    { session: touched, seq: 3, key_id: 'k1', scan },
  ])
  expect(await holders('219-09-9992')).toHaveLength(1)
  expect(await holders('219-09-9993')).toEqual([])
  expect(await holders('219-09-9994')).toMatchObject([{ session: touched, seq: 7, ordinal: 1 }])
})

it('says who it was, that a scan found it, and how many values have no fingerprint', async () => {
  const rows = await selectRows(
    store.read,
    `SELECT principal, run_id, outcome, retrospective, toUInt32(unfingerprinted) AS unfingerprinted FROM pii_touches
     WHERE ruleset IN ('test', 'newer') ORDER BY retrospective, ruleset, unfingerprinted`,
  )
  const who = { principal: 'ci#repo:acme/train', run_id: '4711' }
  expect(rows.at(-1)).toEqual({ ...who, outcome: 'late', retrospective: 1, unfingerprinted: 0 })
  expect(rows.at(-2)).toMatchObject({ ...who, outcome: 'masked', unfingerprinted: 5 })
})

it('keeps fingerprints out of the rows of statements', async () => {
  const [row] = await selectRows(
    store.read,
    "SELECT count() AS n FROM statements WHERE touches LIKE '%fingerprint%'",
  )
  expect(Number(row?.['n'])).toBe(0)
})

it('makes the same rows anew in a rebuild, of sessions whose bytes have expired too', async () => {
  const before = await Promise.all(['219-09-9991', '219-09-9992'].map(holders))
  await rebuildDerived({ store })
  expect(await Promise.all(['219-09-9991', '219-09-9992'].map(holders))).toEqual(before)
  await runCommand(
    store.write,
    `ALTER TABLE records_rows UPDATE bytes = '' WHERE kind != 'gatetrail.writer.started' SETTINGS mutations_sync = 2`,
  )
  await rebuildDerived({ store })
  expect(await Promise.all(['219-09-9991', '219-09-9992'].map(holders))).toEqual(before)
})

it('carries out each migration a second time without harm, as after a crash between two of its statements', async () => {
  for (const migration of migrations.filter(({ id }) => id >= '0011'))
    for (const statement of statementsFor(migration, singleTarget()))
      await runCommand(store.write, statement)
  expect(await holders('219-09-9992')).toHaveLength(1)
})

const syntheticZero = '00000000-0000-0000-0000-000000000000'
