/** The pipeline against the real engine: what any cut, repetition, loss and restart makes of the tables. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { GatetrailError, migrations, singleTarget } from '@gatetrail/schemas'
import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { countDuplicates, type Findings, type ReadBatch, type ReadRecord } from './batch.ts'
import { createPipeline, shapeBatch, trimMemory, type Pipeline } from './pipeline.ts'
import { rebuildDerived } from './rebuild.ts'
import { batchOfLetters, redrive, type StoredLetter } from './redrive.ts'
import { createReports } from './reports.ts'
import { storeAlone, storeBatch } from './store-batch.ts'
import { openEmbeddedStore } from './store/embedded-store.ts'
import { migrate } from './store/migrate.ts'
import { selectRows, type Store } from './store/store.ts'
import { everyByte, startMs, SyntheticWriter, syntheticUuid } from './testing/synthetic-writer.ts'

const tables = [
  'records',
  'events',
  'chunks',
  'session_aborts',
  'sessions',
  'statements',
  'pii_touches',
  'pii_fingerprints',
] as const
let directory: string
let store: Store
let numbers = 1

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gatetrail-ingest-'))
  store = await openEmbeddedStore(directory)
  await migrate(store.write)
})
afterAll(async () => {
  await store.close()
  await rm(directory, { recursive: true, force: true })
})
beforeEach(async () => {
  for (const table of [...tables, 'dead_letters', 'redriven_letters'])
    await store.write.command({ query: `TRUNCATE TABLE ${table}_rows` })
})

async function newPipeline(): Promise<Pipeline> {
  return createPipeline({
    store,
    tenant: 'default',
    reports: await createReports({ client: store.write, log: pino({ level: 'silent' }) }),
    nowMs: () => startMs,
    signal: AbortSignal.timeout(60_000),
    onRetry: (error) => {
      throw error
    },
  })
}

async function processBatch(read: ReadBatch, pipeline: Pipeline): Promise<Findings> {
  const shaped = await shapeBatch(read, pipeline)
  if (shaped.late.length > 0 || (await storeBatch(shaped, pipeline)) === 'refused')
    await storeAlone(shaped, pipeline)
  trimMemory(pipeline)
  return shaped.findings
}

function batchOf(records: ReadRecord[]): ReadBatch {
  return { records, gaps: [], malformed: [], commit: async () => undefined }
}

function newWriter(): SyntheticWriter {
  return new SyntheticWriter(numbers++)
}

/** All that can be seen, as text: two stores with the same records must not differ in it. */
async function contents(): Promise<Record<string, string>> {
  const seen: Record<string, string> = {}
  for (const table of tables) {
    const result = await store.read.query({
      query: `SELECT * FROM ${table} ORDER BY ALL`,
      format: 'TabSeparated',
    })
    seen[table] = await result.text()
  }
  return seen
}

async function one(query: string): Promise<Record<string, unknown>> {
  const [row] = await selectRows(store.read, query)
  return row ?? {}
}

async function expectDense(records: number): Promise<void> {
  const row =
    await one(`SELECT toUInt32(count()) AS count, toUInt32(uniqExact(session, seq)) AS distinct,
    (SELECT toUInt32(sum(last)) FROM (SELECT max(seq) + 1 AS last FROM records GROUP BY session)) AS dense FROM records`)
  expect(row).toEqual({ count: records, distinct: records, dense: records })
}

describe('a batch', () => {
  it('stores every byte of a record and of its frames as it was', async () => {
    const writer = newWriter()
    const session = syntheticUuid(numbers++)
    writer.session(session, 1)
    await processBatch(batchOf(writer.records), await newPipeline())

    const rows = await selectRows(
      store.read,
      'SELECT base64Encode(bytes) AS bytes FROM records ORDER BY position',
    )
    expect(rows.map(({ bytes }) => bytes)).toEqual(
      writer.records.map(({ bytes }) => Buffer.from(bytes).toString('base64')),
    )
    const frames = await selectRows(
      store.read,
      'SELECT hex(bytes) AS bytes, direction, type, toUInt32(offset_micros) AS offset FROM frames ORDER BY seq, fragment',
    )
    expect(frames).toMatchObject([
      {
        bytes: Buffer.from(everyByte).toString('hex').toUpperCase(),
        direction: 'to_client',
        type: 'D',
      },
      { bytes: Buffer.from('row 0').toString('hex').toUpperCase() },
    ])
  })

  it('answers who ran which statement and touched what, without a join', async () => {
    const writer = newWriter()
    const session = syntheticUuid(numbers++)
    writer.session(session, 5)
    await processBatch(batchOf(writer.records), await newPipeline())

    expect(
      await one(`SELECT principal, run_id, run_workflow, on_behalf_of, place, entity, outcome, toUInt32(sum(count)) AS touched
        FROM pii_touches WHERE time >= '2026-03-12' AND time < '2026-03-13' GROUP BY ALL`),
    ).toEqual({
      principal: 'ci#repo:acme/train',
      run_id: '4711',
      run_workflow: 'nightly-train',
      on_behalf_of: ['corp#alice'],
      place: 'public.customers.ssn',
      entity: 'US_SSN',
      outcome: 'masked',
      touched: 10,
    })
    expect(
      await one(`SELECT count() AS statements, any(verdict) AS verdict, min(completed) AS completed, any(command) AS command,
        countIf(text LIKE '%Ümlaut \\'quoted\\' \\\\\\\\') AS texts, any(touches) AS touches FROM statements`),
    ).toMatchObject({ verdict: 'allow', completed: true, command: 'SELECT 1' })
    expect(await one('SELECT * FROM sessions')).toMatchObject({
      session,
      state: 'closed',
      principal: 'ci#repo:acme/train',
      connection: 'orders',
      uninspected: { binary_value: expect.anything() },
      entities: ['US_SSN'],
    })
  })

  it('makes the same tables however the records are cut into batches, and across restarts', async () => {
    const writer = newWriter()
    for (let index = 0; index < 4; index++)
      writer.session(syntheticUuid(numbers++), 6, index % 2 === 0)
    writer.heartbeat()
    await processBatch(batchOf(writer.records), await newPipeline())
    const whole = await contents()

    for (const table of tables) await store.write.command({ query: `TRUNCATE TABLE ${table}_rows` })
    let pipeline = await newPipeline()
    for (let at = 0; at < writer.records.length; at += 17) {
      if (at % 2 === 0) pipeline = await newPipeline() // Memory is empty: all comes back from the store.
      await processBatch(batchOf(writer.records.slice(at, at + 17)), pipeline)
    }
    expect(await contents()).toEqual(whole)
    await expectDense(writer.records.length)
  })

  it('shows nothing twice when a batch is inserted again in part or as a whole', async () => {
    const writer = newWriter()
    writer.session(syntheticUuid(numbers++), 8)
    await processBatch(batchOf(writer.records.slice(0, 30)), await newPipeline())
    const before = await contents()
    // As after a kill between insert and commit.
    const again = await processBatch(batchOf(writer.records.slice(0, 30)), await newPipeline())
    expect(again.gaps).toEqual([])
    expect(countDuplicates(again)).toBe(30)
    expect(await contents()).toEqual(before)
    // As after a kill before `records` got its rows: the derived tables have them already.
    await store.write.command({ query: 'TRUNCATE TABLE records_rows' })
    await processBatch(batchOf(writer.records.slice(0, 30)), await newPipeline())
    expect(await contents()).toEqual(before)
    await expectDense(30)
  })

  it('names missing positions and goes on', async () => {
    const writer = newWriter()
    writer.session(syntheticUuid(numbers++), 4)
    writer.heartbeat()
    const pipeline = await newPipeline()
    const without = writer.records.filter(({ position }) => position < 7 || position > 9)
    const { gaps } = await processBatch(batchOf(without), pipeline)
    expect(gaps).toEqual([
      { writer: writer.writer, fromPosition: 7, toPosition: 9, reason: 'missing_positions' },
    ])
    expect(pipeline.reports.reported.get('missing_positions')).toBe(1)
    expect(await one('SELECT toUInt32(count()) AS count FROM records')).toEqual({
      count: without.length,
    })
  })

  it('finds a changed record by the next heartbeat, also across a restart', async () => {
    for (const restart of [false, true]) {
      const writer = newWriter()
      writer.session(syntheticUuid(numbers++), 4)
      writer.heartbeat()
      writer.session(syntheticUuid(numbers++), 4)
      writer.heartbeat()
      const changed = writer.records[writer.records.length - 3]!
      changed.bytes[changed.bytes.length - 2]! ^= 1
      const pipeline = await newPipeline()
      const half = writer.records.length - 6
      expect(await processBatch(batchOf(writer.records.slice(0, half)), pipeline)).toMatchObject({
        gaps: [],
      })
      const { gaps } = await processBatch(
        batchOf(writer.records.slice(half)),
        restart ? await newPipeline() : pipeline,
      )
      expect(gaps).toMatchObject([{ writer: writer.writer, reason: 'chain_broken' }])
    }
  })

  it('keeps the first of two different records for one place, and puts the second aside', async () => {
    const writer = newWriter()
    writer.session(syntheticUuid(numbers++), 2)
    const before = writer.records.slice(0, 10)
    await processBatch(batchOf(before), await newPipeline())
    const forged = before.map((record) => ({ ...record, bytes: record.bytes.slice() }))
    forged[9]!.bytes[60]! ^= 1
    const { gaps } = await processBatch(batchOf(forged), await newPipeline())
    expect(gaps).toMatchObject([{ fromPosition: 9, reason: 'duplicate_differs' }])
    expect(await one('SELECT reason FROM dead_letters')).toEqual({ reason: 'duplicate_differs' })
    await expectDense(10)
  })

  it('keeps records of newer kinds and bodies that do not fit, and interprets neither', async () => {
    const writer = newWriter()
    const session = syntheticUuid(numbers++)
    writer.raw(60_000, 1, session, Uint8Array.of(1, 2, 3))
    writer.raw(41, 1, session, new TextEncoder().encode('{"verdict":"maybe"}'))
    writer.raw(100, 1, session, Uint8Array.of(9))
    writer.session(session, 1)
    const findings = await processBatch(batchOf(writer.records), await newPipeline())
    expect(findings).toMatchObject({ unknownKinds: 1, gaps: [] })
    expect(findings.deadLetters.map(({ reason }) => reason)).toEqual([
      'body_invalid',
      'chunk_invalid',
    ])
    expect(await one('SELECT toUInt32(count()) AS count FROM dead_letters')).toEqual({ count: 2 })
    expect(await one(`SELECT kind FROM records WHERE kind_code = 60000`)).toEqual({
      kind: 'unknown:60000',
    })
    await expectDense(writer.records.length)
  })

  it('shows a session as aborted whether the report comes before or after its records', async () => {
    for (const reportFirst of [false, true]) {
      const dead = newWriter()
      const successor = newWriter()
      const session = syntheticUuid(numbers++)
      dead.session(session, 2, false)
      successor.event('gatetrail.session.aborted', successor.system, {
        session,
        writer: dead.writer,
        lastSeq: 10,
        lastTimeMicros: dead.timeMicros,
        reason: 'crash',
      })
      const order = reportFirst ? [successor, dead] : [dead, successor]
      for (const { records } of order) await processBatch(batchOf(records), await newPipeline())
      expect(
        await one(`SELECT state, principal, reason FROM sessions WHERE session = '${session}'`),
      ).toEqual({
        state: 'aborted',
        principal: 'ci#repo:acme/train',
        reason: 'crash',
      })
    }
  })
})

describe('two pipelines over one store', () => {
  it('show each record once where both hold the same batch, in any order of their inserts', async () => {
    const writer = newWriter()
    const session = syntheticUuid(numbers++)
    writer.session(session, 6)
    const [zombie, owner] = [await newPipeline(), await newPipeline()]
    await processBatch(batchOf(writer.records.slice(0, 11)), zombie)
    // The zombie has shaped the next batch, and hears nothing of having lost its partition.
    const held = await shapeBatch(batchOf(writer.records.slice(11, 20)), zombie)
    await processBatch(batchOf(writer.records.slice(11)), owner)
    const whole = await contents()
    await storeBatch(held, zombie)
    expect(await contents()).toEqual(whole)
    await expectDense(writer.records.length)
    await rebuildDerived({ store })
    expect(await contents()).toEqual(whole)
  })

  it('keep an abort that one of them reported, whatever the other one knows of the session', async () => {
    const dead = newWriter()
    const successor = newWriter()
    const session = syntheticUuid(numbers++)
    dead.session(session, 2, false)
    const [first, second] = [await newPipeline(), await newPipeline()]
    const lastSeq = dead.records.length - 2
    await processBatch(batchOf(dead.records.slice(0, 5)), first)
    const body = { session, writer: dead.writer, lastTimeMicros: dead.timeMicros, lastSeq }
    successor.event('gatetrail.session.aborted', successor.system, { ...body, reason: 'crash' })
    await processBatch(batchOf(successor.records), second)
    await processBatch(batchOf(dead.records.slice(5)), first)
    const question = `SELECT state, reason, toUInt32(last_seq) AS last_seq FROM sessions WHERE session = '${session}'`
    expect(await one(question)).toEqual({ state: 'aborted', reason: 'crash', last_seq: lastSeq })
  })

  it('open a session again that was given up, and close it, when its writer comes back', async () => {
    const writer = newWriter()
    const ingest = newWriter()
    const session = syntheticUuid(numbers++)
    writer.session(session, 1, false)
    const lastSeq = writer.records.length - 2
    const body = { session, writer: writer.writer, lastTimeMicros: writer.timeMicros, lastSeq }
    const state = `SELECT state, reason FROM sessions WHERE session = '${session}'`
    const pipeline = await newPipeline()
    await processBatch(batchOf(writer.records), pipeline)
    ingest.event('gatetrail.session.aborted', ingest.system, {
      ...body,
      reason: 'heartbeat_missed',
    })
    await processBatch(batchOf(ingest.records), await newPipeline())
    expect(await one(state)).toEqual({ state: 'aborted', reason: 'heartbeat_missed' })
    const before = writer.records.length
    writer.statement(session, 1)
    await processBatch(batchOf(writer.records.slice(before)), pipeline)
    expect(await one(state)).toEqual({ state: 'open', reason: '' })
    writer.close(session, 2)
    await processBatch(batchOf(writer.records.slice(-1)), pipeline)
    expect(await one(state)).toEqual({ state: 'closed', reason: 'client_closed' })
  })
})

describe('a record that comes late', () => {
  it('gets into every table, and the rows of its session are as if it had come in time', async () => {
    const writer = newWriter()
    const sessions = [syntheticUuid(numbers++), syntheticUuid(numbers++)]
    for (const session of sessions) writer.session(session, 6)
    await processBatch(batchOf(writer.records), await newPipeline())
    const whole = await contents()
    for (const missing of [1, 2, 4, 12]) {
      for (const table of tables)
        await store.write.command({ query: `TRUNCATE TABLE ${table}_rows` })
      const pipeline = await newPipeline()
      const [late] = writer.records.slice(missing)
      const rest = writer.records.filter((record) => record !== late)
      const first = await processBatch(batchOf(rest.slice(0, 25)), pipeline)
      expect(first.seqsMissing).toBe(1)
      expect(await processBatch(batchOf([late!]), pipeline)).toMatchObject({ late: 1 })
      await processBatch(batchOf(rest.slice(25)), pipeline)
      expect(await contents()).toEqual(whole)
      await expectDense(writer.records.length)
    }
  })
})

describe('rows that know less', () => {
  it('lose against those of a late record, also when they are inserted after them', async () => {
    const writer = newWriter()
    writer.session(syntheticUuid(numbers++), 4)
    const without = writer.records.filter((_, index) => index !== 1) // The opening of the session.
    const zombie = await newPipeline()
    const held = await shapeBatch(batchOf(without), zombie)
    const owner = await newPipeline()
    await processBatch(batchOf(without), owner)
    await processBatch(batchOf([writer.records[1]!]), owner)
    const whole = await contents()
    expect(await one('SELECT principal FROM sessions')).toEqual({ principal: 'ci#repo:acme/train' })
    await storeBatch(held, zombie)
    expect(await contents()).toEqual(whole)
  })
})

describe('a batch that comes again while it is being inserted', () => {
  it('is known by what is in hand', async () => {
    const writer = newWriter()
    writer.session(syntheticUuid(numbers++), 2)
    const pipeline = await newPipeline()
    const first = await shapeBatch(batchOf(writer.records), pipeline)
    const second = await shapeBatch(batchOf(writer.records), pipeline)
    expect(countDuplicates(second.findings)).toBe(writer.records.length)
    expect(second.late).toEqual([])
    await storeBatch(first, pipeline)
    await storeBatch(second, pipeline)
    await expectDense(writer.records.length)
  })
})

describe('a record that the store refuses', () => {
  const refusing = (poison: readonly ReadRecord[], inner: Store): Store => ({
    ...inner,
    insert: (batch) =>
      batch.table === 'records_rows' &&
      poison.some(({ bytes }) => Buffer.concat(batch.parts()).includes(Buffer.from(bytes)))
        ? Promise.reject(new GatetrailError('STORE_REFUSED', 'the test refuses it'))
        : inner.insert(batch),
  })

  it('is set aside alone, and taken when the store takes it', async () => {
    const writer = newWriter()
    for (let index = 0; index < 3; index++) writer.session(syntheticUuid(numbers++), 5)
    await processBatch(batchOf(writer.records), await newPipeline())
    const whole = await contents()
    for (const table of tables) await store.write.command({ query: `TRUNCATE TABLE ${table}_rows` })

    const poison = [writer.records[7]!, writer.records[8]!, writer.records[40]!]
    const pipeline = { ...(await newPipeline()), store: refusing(poison, store) }
    const { deadLetters } = await processBatch(batchOf(writer.records), pipeline)
    expect(deadLetters.map(({ position, reason }) => [position, reason])).toEqual([
      [7, 'store_refused'],
      [8, 'store_refused'],
      [40, 'store_refused'],
    ])
    expect(await one('SELECT toUInt32(count()) AS count FROM records')).toEqual({
      count: writer.records.length - 3,
    })
    expect(await one('SELECT toUInt32(count()) AS count FROM dead_letters WHERE open')).toEqual({
      count: 3,
    })

    const again = await newPipeline()
    const take = async (letters: readonly StoredLetter[]) => {
      await processBatch(
        batchOfLetters(letters, () => undefined),
        again,
      )
    }
    const away = () => Promise.reject(new GatetrailError('KAFKA_UNAVAILABLE', 'the test is away'))
    const target = { store, nowMs: again.nowMs }
    // A redrive that failed has taken nothing: the next one takes all.
    await expect(redrive({ ...target, take: away }, {}, () => undefined)).rejects.toThrow('away')
    const taken = await redrive({ ...target, take }, {}, () => undefined)
    expect(taken).toEqual({ taken: 3, returned: 0 })
    expect(await contents()).toEqual(whole)
    await expectDense(writer.records.length)
    expect(await one('SELECT toUInt32(countIf(open)) AS count FROM dead_letters')).toEqual({
      count: 0,
    })
  })

  it('is not set aside where the store refuses whatever it is given', async () => {
    const writer = newWriter()
    writer.session(syntheticUuid(numbers++), 2)
    let refusals = 0
    const pipeline = await newPipeline()
    pipeline.store = {
      ...store,
      insert: (batch) =>
        refusals++ < 3
          ? Promise.reject(new GatetrailError('STORE_REFUSED', 'no grant'))
          : store.insert(batch),
    }
    pipeline.onRetry = () => undefined
    const { deadLetters } = await processBatch(batchOf(writer.records), pipeline)
    expect(deadLetters).toEqual([])
    await expectDense(writer.records.length)
  })
})

describe('rebuildDerived', () => {
  it('makes the derived tables anew, whatever was done to them', async () => {
    const writer = newWriter()
    for (let index = 0; index < 5; index++) writer.session(syntheticUuid(numbers++), 5)
    await processBatch(batchOf(writer.records), await newPipeline())
    const before = await contents()
    await store.write.command({ query: 'TRUNCATE TABLE statements_rows' })
    await store.write.command({
      query: `ALTER TABLE sessions_rows UPDATE state = 'edited' WHERE 1 SETTINGS mutations_sync = 2`,
    })
    const progress = await rebuildDerived({ store })
    expect(progress).toEqual({
      records: writer.records.length,
      recordsTotal: writer.records.length,
      sessionsKept: 0,
    })
    expect(await contents()).toEqual(before)
  })

  it('keeps the rows of sessions whose bytes have expired', async () => {
    const writer = newWriter()
    const expired = syntheticUuid(numbers++)
    writer.session(expired, 3)
    writer.session(syntheticUuid(numbers++), 3)
    await processBatch(batchOf(writer.records), await newPipeline())
    await store.write.command({
      query: `ALTER TABLE records_rows UPDATE bytes = '' WHERE session = '${expired}' SETTINGS mutations_sync = 2`,
    })
    const before = await contents()
    const progress = await rebuildDerived({ store })
    expect(progress.sessionsKept).toBe(1)
    expect(await contents()).toEqual(before)
  })
})

describe('what was found', () => {
  it('is in the log where the journal takes no report of duplicates, and ends nothing', async () => {
    const full = () => {
      throw new GatetrailError('JOURNAL_UNWRITABLE', 'the test is full')
    }
    const journal = { system: {} as never, appendSystem: full, afterWrite: full }
    const log = pino({ level: 'silent' })
    const reports = await createReports({ client: store.write, journal, log })
    reports.duplicates(new Map([['a writer', { fromPosition: 1, toPosition: 2, count: 2 }]]))
    expect(() => reports.close()).not.toThrow()
  })
})

describe('a rebuild', () => {
  it('holds what was held, and lets the rest expire as before', async () => {
    const writer = newWriter()
    const held = syntheticUuid(numbers++)
    writer.session(held, 3)
    writer.session(syntheticUuid(numbers++), 3)
    await processBatch(batchOf(writer.records), await newPipeline())
    const holding = ['events_rows', 'chunks_rows', 'sessions_rows', 'statements_rows']
    for (const table of holding)
      await store.write.command({
        query: `ALTER TABLE ${table} UPDATE held_until = toDateTime('2106-01-01 00:00:00', 'UTC') WHERE session = '${held}' SETTINGS mutations_sync = 2`,
      })
    await rebuildDerived({ store })
    for (const table of holding) {
      const sessions = `SELECT DISTINCT toString(session) AS session FROM ${table} WHERE held_until > toDateTime(0, 'UTC')`
      expect(await one(sessions)).toEqual({ session: held })
    }
    const expires = `SELECT toUInt32(countIf(create_table_query LIKE '%TTL greatest(%')) AS tables FROM system.tables
      WHERE name IN ('events_rows', 'chunks_rows', 'sessions_rows', 'statements_rows', 'session_aborts_rows')`
    expect(await one(expires)).toEqual({ tables: 5 })
  })
})

describe('migrate', () => {
  it('applies nothing twice', async () => {
    expect(await migrate(store.write)).toEqual([])
  })

  it('refuses a store that a newer release has changed, and a migration that was edited', async () => {
    const older = migrations.slice(0, -1)
    const edited = migrations.map((migration) => ({ ...migration, statements: () => ['SELECT 1'] }))
    for (const wanted of [older, edited]) {
      await expect(migrate(store.write, singleTarget(), wanted)).rejects.toMatchObject({
        code: 'STORE_MIGRATION_FAILED',
      })
    }
  })
})
