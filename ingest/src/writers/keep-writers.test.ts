/** What is checked of writers in the store, and whose silence is reported: a real engine, a group that the test plays. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { emptyHead } from '@gatetrail/schemas'
import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { DecodedEvent, Gap } from '../batch.ts'
import { noFindings } from '../batch.ts'
import { decodeRecords } from '../steps/decode-records.ts'
import { openEmbeddedStore } from '../store/embedded-store.ts'
import { migrate } from '../store/migrate.ts'
import { runCommand, type Store } from '../store/store.ts'
import { createRowBuffers } from '../tables/buffers.ts'
import type { WriterRow } from '../tables/writers.ts'
import { SyntheticWriter } from '../testing/synthetic-writer.ts'
import { missingRanges } from './check-link.ts'
import { createWriterKeeper } from './keep-writers.ts'
import { reportIfMissed } from './missed-writers.ts'

const log = pino({ level: 'silent' })
let directory: string
let store: Store
let numbers = 1

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gatetrail-writers-'))
  store = await openEmbeddedStore(directory)
  await migrate(store.write)
}, 120_000)
afterAll(async () => {
  await store.close()
  await rm(directory, { recursive: true, force: true })
})

describe('a heartbeat', () => {
  it('that its writer did not sign moves nothing: the next one covers its positions', async () => {
    const writer = new SyntheticWriter(numbers++)
    writer.heartbeat()
    writer.heartbeat()
    const gaps: Gap[] = []
    const keeper = createWriterKeeper({
      client: store.write,
      tenant: 'default',
      progress: {
        ends: () => Promise.resolve(new Map()),
        committed: () => Promise.resolve(new Map()),
      },
      reports: { gaps: (found) => Promise.resolve(void gaps.push(...found)) },
      log,
      waits: { checkIntervalMs: 20, recordsAwaitedMs: 20 },
    })
    const decoded = decodeRecords(writer.records, 0, noFindings())
    const forged = decoded.find(isHeartbeat)!
    const { event } = forged.decoded as { event: DecodedEvent }
    Object.assign(event.body, { toPosition: forged.header.position - 1, head: 'f'.repeat(64) })
    keeper.take(decoded.slice(0, decoded.indexOf(forged) + 1), createRowBuffers())
    keeper.start()
    await expect.poll(() => gaps, { timeout: 20_000 }).toMatchObject([{ reason: 'chain_broken' }])
    await expect.poll(() => keeper.checksPending(), { timeout: 20_000 }).toBe(0)
    expect(keeper.positions()).toEqual({ [writer.writer]: 0 })
    await keeper.close()
  })
})

function isHeartbeat({ decoded }: ReturnType<typeof decodeRecords>[number]): boolean {
  return decoded.type === 'event' && decoded.event.kind === 'gatetrail.writer.heartbeat'
}

describe('missing positions', () => {
  it('are named to the end, however many ranges they are, and whatever end is claimed', async () => {
    const { writer } = new SyntheticWriter(numbers++)
    const tail = "lower(leftPad(hex(number), 12, '0'))"
    await runCommand(
      store.write,
      `INSERT INTO records_rows (tenant, session, seq, writer, position, kind, time, leaf_hash, length, stored, bytes, row_version)
       SELECT 'default', '${writer}', number, '${writer}', number * 2, ${tail}, now(), repeat('h', 32), 1, now(), 'x', 1 FROM numbers(1500)`,
    )
    const of = { tenant: 'default', writer, fromPosition: 0 }
    expect(await missingRanges(store.write, { ...of, toPosition: 6 })).toEqual([
      { fromPosition: 1, toPosition: 1 },
      { fromPosition: 3, toPosition: 3 },
      { fromPosition: 5, toPosition: 5 },
    ])
    const many = await missingRanges(store.write, { ...of, toPosition: 2_998 })
    expect(many).toHaveLength(1_000)
    expect(many.at(-1)).toEqual({ fromPosition: 1_999, toPosition: 2_998 })
  })
})

describe('a writer that is silent', () => {
  let row: WriterRow
  let said: { kind: string; body: unknown }[]
  const journal = {
    writer: '019cdfb4-1f00-7000-8000-0000000000aa',
    system: {} as never,
    appendSystem: (kind: string, body: unknown) => void said.push({ kind, body }),
    afterWrite: (_stamp: unknown, _what: unknown, done: (error?: never) => void) => done(),
  }

  beforeEach(() => {
    said = []
    const { writer, system } = new SyntheticWriter(numbers++)
    row = {
      tenant: 'default',
      writer,
      system_session: system,
      log_partition: 0,
      role: 'proxy',
      instance: '',
      host: '',
      public_key: '',
      started: 1,
      heartbeat: 1_000,
      last_seq: 7,
      checked_next: 3,
      checked_head: Buffer.from(emptyHead).toString('hex'),
      state: 'running',
      stored: 1,
      row_version: 1,
    }
  })

  it('is reported once for the same silence', async () => {
    expect(await reportIfMissed(row, { client: store.write, journal, log })).toBe('reported')
    expect(said).toMatchObject([
      { kind: 'gatetrail.writer.missed', body: { writer: row.writer, lastHeartbeatMicros: 1_000 } },
    ])
    await runCommand(
      store.write,
      `INSERT INTO events_rows (tenant, session, seq, writer, kind, version, time, body, stored, row_version)
       VALUES ('default', '${journal.writer}', ${numbers}, '${journal.writer}', 'gatetrail.writer.missed', 1, now(), '${JSON.stringify(said[0]?.body)}', now(), 1)`,
    )
    const context = { client: store.write, journal, log }
    expect(await reportIfMissed(row, context)).toBe('reported_before')
    expect(await reportIfMissed({ ...row, heartbeat: 2_000 }, context)).toBe('reported')
  })

  it('only for this process, which was stopped or lost its partition, is not reported', async () => {
    await runCommand(
      store.write,
      `INSERT INTO writers_rows (tenant, writer, system_session, last_seq, state, stored, row_version)
       VALUES ('default', '${row.writer}', '${row.system_session}', 8, 'running', now(), 30)`,
    )
    expect(await reportIfMissed(row, { client: store.write, journal, log })).toBe('of_another')
    expect(said).toEqual([])
  })
})
