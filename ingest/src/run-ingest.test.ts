/** Ingest from a log that the test plays: what assignments, failing commits and malformed messages make of it. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { ConsumedBatch, GroupProgress, RecordConsumer } from '@gatetrail/eventlog'
import { decodeRecord, GatetrailError } from '@gatetrail/schemas'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DeadLetter, ReadRecord } from './batch.ts'
import type { Ingest } from './run-ingest.ts'
import { startIngest } from './start-ingest.ts'
import { openEmbeddedStore } from './store/embedded-store.ts'
import { migrate } from './store/migrate.ts'
import { selectRows, type Store } from './store/store.ts'
import { SyntheticWriter, syntheticUuid } from './testing/synthetic-writer.ts'

let directory: string
let store: Store
let numbers = 1

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gatetrail-ingest-'))
  store = await openEmbeddedStore(directory)
})
afterAll(async () => {
  await store.close()
  await rm(directory, { recursive: true, force: true })
})

/** One member of a group, as the test wants it. */
class PlayedConsumer implements RecordConsumer {
  readonly #batches: ConsumedBatch[] = []
  #listener: (partitions: readonly number[]) => void = () => undefined
  #assigned: readonly number[] | undefined = [0]
  commits = 0
  commitFails = false

  give(records: readonly ReadRecord[], malformed: ConsumedBatch['malformed'] = []): void {
    this.#batches.push({
      records: records.map((record, index) => ({ ...record, partition: 0, offset: String(index) })),
      malformed,
      oldestMs: Date.now(),
      commit: () => {
        this.commits++
        return this.commitFails
          ? Promise.reject(new GatetrailError('KAFKA_UNAVAILABLE', 'the test is away'))
          : Promise.resolve()
      },
    })
  }

  assign(partitions: readonly number[]): void {
    this.#assigned = partitions
  }

  next(): Promise<ConsumedBatch | undefined> {
    if (this.#assigned !== undefined) {
      this.#listener(this.#assigned)
      this.#assigned = undefined
    }
    const batch = this.#batches.shift()
    return new Promise((resolve) => setTimeout(() => resolve(batch), batch === undefined ? 10 : 0))
  }

  onAssignment(listener: (partitions: readonly number[]) => void): void {
    this.#listener = listener
  }

  lag(): { messages: number; ms: number } {
    return { messages: this.#batches.length, ms: 0 }
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}

const progress: GroupProgress = {
  ends: () => Promise.resolve(new Map()),
  committed: () => Promise.resolve(new Map()),
  close: () => Promise.resolve(),
}

function start(
  consumer: RecordConsumer,
  letters: DeadLetter[] = [],
  into: Store = store,
  onStopped?: (error: unknown) => void,
): Promise<Ingest> {
  const deadLetters = {
    send: (sent: readonly DeadLetter[]) => Promise.resolve(void letters.push(...sent)),
  }
  return startIngest({
    configuration: { dataDir: directory, tenant: 'default', journal: { keepHours: 24 } },
    store: into,
    kafka: { consumer, progress, deadLetters },
    log: pino({ level: 'silent' }),
    ...(onStopped && { onStopped }),
  })
}

async function one(query: string): Promise<Record<string, unknown>> {
  const [row] = await selectRows(store.read, query)
  return row ?? {}
}

describe('members that start at once', () => {
  it('bring the store to the current schema together', async () => {
    const before = await one(
      `SELECT toUInt32(count()) AS count FROM system.tables WHERE name = 'records_rows'`,
    )
    expect(before).toEqual({ count: 0 })
    const stores = [store, { ...store, write: store.read }, store]
    const started = await Promise.all(stores.map((one) => start(new PlayedConsumer(), [], one)))
    for (const ingest of started) await ingest.close()
    expect(await migrate(store.write)).toEqual([])
  })
})

describe('a member of the group', () => {
  it('tells who runs it when it cannot go on: a member that does nothing would keep its partitions', async () => {
    const consumer = new PlayedConsumer()
    const failure = new Error('a bug')
    consumer.next = () => Promise.reject(failure)
    const told: unknown[] = []
    const ingest = await start(consumer, [], store, (error) => told.push(error))
    await expect.poll(() => told).toEqual([failure])
    await ingest.close()
  })

  it('builds on what another one stored while it did not have the partition', async () => {
    const writer = new SyntheticWriter(numbers++)
    const session = syntheticUuid(numbers++)
    writer.session(session, 12)
    const [first, second] = [new PlayedConsumer(), new PlayedConsumer()]
    const [one_, other] = [await start(first), await start(second)]
    first.give(writer.records.slice(0, 20))
    await one_.idle()
    second.give(writer.records.slice(20, 40))
    await other.idle()
    first.assign([0, 1])
    first.give(writer.records.slice(40))
    await one_.idle()
    expect(one_.status()).toMatchObject({ partitions: [0, 1], seqsMissing: 0, late: 0 })
    const row = await one(
      `SELECT toUInt32(statements) AS statements, toUInt32(rows) AS rows, toUInt32(touched_values) AS touched
       FROM sessions WHERE session = '${session}'`,
    )
    expect(row).toEqual({ statements: 12, rows: 12, touched: 24 })
    await one_.close()
    await other.close()
  })

  it('forgets the writers of partitions that it lost, also when nothing comes in those that it has', async () => {
    const writer = new SyntheticWriter(numbers++)
    writer.heartbeat()
    const consumer = new PlayedConsumer()
    const ingest = await start(consumer)
    consumer.give(writer.records)
    await ingest.idle()
    expect(Object.keys(ingest.status().positions)).toContain(writer.writer)
    consumer.assign([5])
    await expect.poll(() => ingest.status().partitions, { timeout: 20_000 }).toEqual([5])
    await ingest.idle()
    expect(Object.keys(ingest.status().positions)).not.toContain(writer.writer)
    await ingest.close()
  })

  it('waits for a store that refuses its questions, and goes on when it answers', async () => {
    const writer = new SyntheticWriter(numbers++)
    writer.session(syntheticUuid(numbers++), 2)
    const consumer = new PlayedConsumer()
    let refusals = 0
    const query: Store['write']['query'] = (parameters) =>
      refusals > 0 && refusals-- > 0
        ? Promise.reject(Object.assign(new Error('wrong'), { type: 'AUTHENTICATION_FAILED' }))
        : store.write.query(parameters)
    const write: Store['write'] = Object.assign(Object.create(store.write), { query })
    const ingest = await start(consumer, [], { ...store, write })
    refusals = 2
    consumer.give(writer.records)
    await ingest.idle()
    expect(ingest.status()).toMatchObject({ records: writer.records.length, deadLetters: 0 })
    await ingest.close()
  })

  it('takes in what came late, also while the batch before it is refused', async () => {
    const writer = new SyntheticWriter(numbers++)
    const session = syntheticUuid(numbers++)
    writer.session(session, 4)
    const other = new SyntheticWriter(numbers++)
    other.session(syntheticUuid(numbers++), 1)
    const consumer = new PlayedConsumer()
    const [late, poison] = [writer.records[5]!, other.records[2]!]
    let isGiven = false
    const insert: Store['insert'] = async (batch) => {
      if (
        batch.table !== 'records_rows' ||
        !Buffer.concat(batch.parts()).includes(Buffer.from(poison.bytes))
      )
        return store.insert(batch)
      if (!isGiven) {
        isGiven = true
        consumer.give([late])
        await delay(700) // Meanwhile it is read and shaped.
      }
      throw new GatetrailError('STORE_REFUSED', 'the test refuses it')
    }
    const ingest = await start(consumer, [], { ...store, insert })
    consumer.give(writer.records.filter((record) => record !== late))
    await ingest.idle()
    consumer.give(other.records)
    await ingest.idle()
    expect(ingest.status()).toMatchObject({ deadLetters: 1, late: 1 })
    const stored = `SELECT toUInt32(count()) AS count FROM records WHERE session = '${session}'`
    const records = writer.records.filter(
      ({ bytes }) => decodeRecord(bytes).header.session === session,
    )
    expect(await one(stored)).toEqual({ count: records.length })
    await ingest.close()
  })

  it('goes on when its offsets cannot be committed: what comes again is dropped', async () => {
    const writer = new SyntheticWriter(numbers++)
    writer.session(syntheticUuid(numbers++), 4)
    const consumer = new PlayedConsumer()
    const ingest = await start(consumer)
    consumer.commitFails = true
    consumer.give(writer.records)
    await ingest.idle()
    consumer.commitFails = false
    consumer.give(writer.records)
    await ingest.idle()
    expect(consumer.commits).toBe(2)
    expect(ingest.status()).toMatchObject({ duplicates: writer.records.length, deadLetters: 0 })
    await ingest.close()
  })

  it('sets aside what is no record, in the store and on the log, and goes on', async () => {
    const writer = new SyntheticWriter(numbers++)
    const session = syntheticUuid(numbers++)
    writer.session(session, 1)
    const letters: DeadLetter[] = []
    const consumer = new PlayedConsumer()
    const ingest = await start(consumer, letters)
    const bytes = Uint8Array.of(7, 7, 7)
    consumer.give(writer.records, [{ bytes, partition: 3, offset: '41', message: 'no header' }])
    await ingest.idle()
    expect(letters).toMatchObject([{ reason: 'message_malformed', bytes }])
    expect(
      await one(
        `SELECT message, hex(bytes) AS bytes, open FROM dead_letters WHERE reason = 'message_malformed'`,
      ),
    ).toEqual({ message: 'partition 3, offset 41: no header', bytes: '070707', open: 1 })
    const stored = `SELECT toUInt32(count()) AS count FROM records WHERE session = '${session}'`
    expect(await one(stored)).toEqual({ count: writer.records.length - 1 })
    // Nothing has changed: it comes back.
    expect(await ingest.redrive({ reason: 'message_malformed' })).toEqual({ taken: 1, returned: 1 })
    await ingest.close()
  })
})
