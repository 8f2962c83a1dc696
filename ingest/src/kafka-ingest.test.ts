/** Ingest from a real broker into the real engine, by members of one consumer group that are killed and stopped. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import {
  openGroupProgress,
  openRecordConsumer,
  openRecordSender,
  readJournal,
  startShipper,
  type Journal,
  type SessionStamp,
  type Shipper,
} from '@gatetrail/eventlog'
import { kafkaIsThere, startKafka, type TestKafka } from '@gatetrail/eventlog/testing/kafka-broker'
import { dataFiles, decodeRecord } from '@gatetrail/schemas'
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { rebuildDerived } from './rebuild.ts'
import { redriveFleet } from './redrive-fleet.ts'
import { startIngest } from './start-ingest.ts'
import { openServerStore, type ServerStoreSettings } from './store/server-store.ts'
import { selectRows, type Store } from './store/store.ts'
import {
  countRecords,
  derivedContents,
  startMember,
  until,
  type Counts,
  type Member,
} from './testing/kafka-group.ts'
import { onRecord, openSession, openTestJournal, runStatement } from './testing/real-journal.ts'
import { startClickHouse, type TestClickHouse } from './testing/start-click-house.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const silent = pino({ level: 'silent' })
const kills = 4
const sessionTimeoutMs = 6_000

describe.skipIf(!kafkaIsThere())('ingest from Kafka', () => {
  let kafka: TestKafka
  let clickHouse: TestClickHouse
  let settings: ServerStoreSettings
  let store: Store
  let dataDir: string
  let journal: Journal
  let shipper: Shipper
  let members: Member[] = []
  let group = 0

  beforeAll(async () => {
    await promisify(execFile)('npx', ['tsc', '-b', 'ingest'], { cwd: root })
    kafka = await startKafka()
  }, 120_000)
  afterAll(() => kafka?.stop())

  beforeEach(async () => {
    group++
    clickHouse = await startClickHouse({ users: [{ name: 'gatetrail', password: 'secret' }] })
    settings = {
      url: clickHouse.url,
      user: 'gatetrail',
      password: 'secret',
      database: 'gatetrail',
    }
    store = await openServerStore(settings)
    await kafka.createTopics()
    await kafka.emptyTopic('gatetrail.records')
    dataDir = await mkdtemp(join(tmpdir(), 'gatetrail-ingest-'))
    journal = await openTestJournal(dataDir)
    shipper = await ship()
  }, 120_000)
  afterEach(async () => {
    for (const member of members) await member.kill()
    members = []
    await shipper.close(0)
    await journal.close('shutdown').catch(() => undefined)
    await store.close()
    await clickHouse.stop()
    await rm(dataDir, { recursive: true, force: true })
  }, 120_000)

  function ship(): Promise<Shipper> {
    return startShipper({
      directory: join(dataDir, dataFiles.journal),
      positionsDirectory: join(dataDir, dataFiles.shipped),
      kafka: kafka.settings(),
      log: silent,
    })
  }

  async function join_(waits = {}): Promise<Member> {
    const member = await startMember({
      kafka: kafka.settings({ consumerGroup: `group-${group}` }),
      store: settings,
      waits: { checkIntervalMs: 300, recordsAwaitedMs: 2_000, ...waits },
      sessionTimeoutMs,
    })
    members.push(member)
    return member
  }

  /** Statements in two sessions at a time, until `enough`; sessions are opened anew now and then. */
  async function load(enough: AbortSignal): Promise<number> {
    let sessions: SessionStamp[] = []
    let statements = 0
    for (let round = 0; !enough.aborted; round++) {
      if (round % 20 === 0) sessions = [openSession(journal), openSession(journal)]
      for (const stamp of sessions) {
        for (let index = 0; index < 5; index++) runStatement(journal, stamp)
        statements += 5
      }
      await onRecord(journal)
      await delay(30)
    }
    return statements
  }

  /** Every answer while `enough` is not given: counts that differ. */
  async function watch(enough: AbortSignal): Promise<{ polls: number; wrong: Counts[] }> {
    const seen = { polls: 0, wrong: [] as Counts[] }
    while (!enough.aborted) {
      const counts = await countRecords(store).catch(() => undefined) // Before the tables are there.
      if (counts !== undefined) {
        seen.polls++
        if (counts.records !== counts.distinct || counts.records !== counts.dense)
          seen.wrong.push(counts)
      }
      await delay(100)
    }
    return seen
  }

  async function statementsStored(): Promise<number> {
    const [row] = await selectRows(
      store.read,
      'SELECT toString(countIf(completed)) AS done FROM statements',
    )
    return Number(row?.['done'])
  }

  async function gapsFound(): Promise<unknown[]> {
    const rows = members.map((member) => member.status()?.gapsByReason)
    return rows.filter((gaps) => gaps !== undefined && Object.keys(gaps).length > 0)
  }

  /** Sends what lies in the journal, but for some records of a session, as the shipper would; returns these. */
  async function sendWithout(stamp: SessionStamp, seqs: readonly number[]): Promise<Uint8Array[]> {
    const sent: Uint8Array[] = []
    const kept: Uint8Array[] = []
    for await (const { records } of readJournal(join(dataDir, dataFiles.journal)))
      for (const bytes of records) {
        const { session, seq } = decodeRecord(bytes).header
        ;(session === stamp.id && seqs.includes(seq) ? kept : sent).push(bytes)
      }
    await send(sent)
    return kept
  }

  function positionOf(bytes: Uint8Array): number {
    return decodeRecord(bytes).header.position
  }

  async function send(records: readonly Uint8Array[]): Promise<void> {
    const sender = openRecordSender(kafka.settings(), silent)
    await sender.send(records)
    await sender.close()
  }

  /** What a process has put on record in its journal, by kind. */
  async function onRecordIn(directory: string, kind: string): Promise<unknown[]> {
    const bodies: unknown[] = []
    for await (const { records } of readJournal(join(directory, dataFiles.journal)))
      for (const bytes of records) {
        const { header, body } = decodeRecord(bytes)
        if (header.kind === kind) bodies.push(JSON.parse(new TextDecoder().decode(body)))
      }
    return bodies
  }

  /** While members go on, and when nothing comes any more. */
  async function expectAsRebuilt(): Promise<void> {
    await rebuildDerived({ store }, { othersMs: 2_000 })
    await journal.close('shutdown')
    await shipper.idle()
    await until('all is consumed', async () =>
      members.every((member) => member.status()?.lagMessages === 0),
    )
    for (const member of members) await member.stop()
    const before = await derivedContents(store)
    await rebuildDerived({ store })
    expect(await derivedContents(store)).toEqual(before)
  }

  it(`counts each record once at every look, two members, ${kills} kills, and a shipper that sends again`, async () => {
    await join_()
    await join_()
    const enough = new AbortController()
    const working = load(enough.signal)
    const looked = new AbortController()
    const watching = watch(looked.signal)
    for (let kill = 0; kill < kills; kill++) {
      await delay(500 + Math.random() * 1500)
      const [oldest] = members
      await oldest?.kill()
      members.shift()
      if (kill === 1) {
        // What it had sent and not yet taken over comes a second time.
        await shipper.close(0)
        await rm(join(dataDir, dataFiles.shipped), { recursive: true, force: true })
        shipper = await ship()
      }
      await join_()
    }
    await delay(1000)
    enough.abort()
    const statements = await working
    await shipper.idle()
    await until('all statements are stored', async () => (await statementsStored()) === statements)
    looked.abort()
    const { polls, wrong } = await watching
    expect(wrong).toEqual([])
    expect(polls).toBeGreaterThan(10)
    await until('all heartbeats are checked', async () =>
      members.every((member) => (member.status()?.checksPending ?? 1) <= 2),
    )
    expect(await gapsFound()).toEqual([])
    const dead = members.map((member) => member.status()?.deadLetters ?? -1)
    expect(dead).toEqual([0, 0])
    await expectAsRebuilt()
    process.stdout.write(`${statements} statements, ${polls} looks\n`)
  }, 300_000)

  it('shows nothing twice when a member is stopped beyond its session time-out, and goes on', async () => {
    const [zombie] = [await join_(), await join_()]
    const enough = new AbortController()
    const looked = new AbortController()
    const working = load(enough.signal)
    const watching = watch(looked.signal)
    await until('both have partitions', async () =>
      members.every((member) => (member.status()?.partitions ?? []).length > 0),
    )
    await delay(1000)
    zombie.child.kill('SIGSTOP')
    await delay(sessionTimeoutMs * 2)
    const storedMeanwhile = await statementsStored()
    zombie.child.kill('SIGCONT')
    await delay(2000)
    enough.abort()
    const statements = await working
    await shipper.idle()
    await until('all statements are stored', async () => (await statementsStored()) === statements)
    looked.abort()
    const { polls, wrong } = await watching
    expect(wrong).toEqual([])
    expect(polls).toBeGreaterThan(10)
    expect(storedMeanwhile).toBeGreaterThan(0)
    expect(await gapsFound()).toEqual([])
    await expectAsRebuilt()
  }, 300_000)

  it('loses nothing while the store is away, and nothing counts twice when all of the log is read again', async () => {
    const member = await join_()
    const sessions = [openSession(journal), openSession(journal)]
    const run = async () => {
      for (const stamp of sessions)
        for (let index = 0; index < 50; index++) runStatement(journal, stamp)
      await onRecord(journal)
    }
    await run()
    await until('the first are stored', async () => (await statementsStored()) === 100)
    await clickHouse.kill()
    await run()
    await until('it says so', async () => member.status()?.storeError !== undefined)
    await clickHouse.restart()
    await until('all are stored', async () => (await statementsStored()) === 200)
    const before = await countRecords(store)
    // Another group begins at the beginning: everything comes a second time.
    group++
    const again = await join_()
    await until(
      'it has read all again',
      async () => (again.status()?.duplicates ?? 0) >= before.records,
    )
    const { records, distinct, dense } = await countRecords(store)
    expect({ distinct, dense }).toEqual({ distinct: records, dense: records })
    expect(await statementsStored()).toBe(200)
    await expectAsRebuilt()
  }, 300_000)

  it('names positions that never came, and reports a writer whose heartbeats end', async () => {
    const reporting = join(dataDir, 'reporting')
    const reporter = await openTestJournal(reporting, 'audit')
    const ingest = await startIngest({
      configuration: { dataDir, tenant: 'default', journal: { keepHours: 24 } },
      store,
      journal: reporter,
      kafka: {
        consumer: openRecordConsumer(kafka.settings({ consumerGroup: `group-${group}` }), silent),
        progress: openGroupProgress(kafka.settings({ consumerGroup: `group-${group}` }), silent),
        waits: { checkIntervalMs: 200, recordsAwaitedMs: 500, heartbeatsMissedMs: 2_000 },
      },
      log: silent,
    })
    try {
      await shipper.close(0)
      const stamp = openSession(journal)
      for (let index = 0; index < 20; index++) runStatement(journal, stamp)
      await onRecord(journal)
      await delay(600) // A heartbeat covers them.
      // Three positions never get to the log; then the machine is gone.
      const lost = await sendWithout(stamp, [20, 21, 30])
      const [first = -1, second, third = -1] = lost.map(positionOf)
      await until('the writer is missed', async () => ingest.status().writersMissed === 1)
      await until('the gaps are named', async () => ingest.status().gaps === 2)
      const { writer } = journal
      const reason = 'missing_positions'
      expect(await onRecordIn(reporting, 'gatetrail.gap.found')).toEqual([
        { writer, fromPosition: first, toPosition: second, reason },
        { writer, fromPosition: third, toPosition: third, reason },
      ])
      expect(await onRecordIn(reporting, 'gatetrail.writer.missed')).toMatchObject([
        { writer, openSessions: 1 },
      ])
      expect(await onRecordIn(reporting, 'gatetrail.session.aborted')).toMatchObject([
        { writer, session: stamp.id, reason: 'heartbeat_missed' },
      ])
      expect(ingest.status()).toMatchObject({ gaps: 2, seqsMissing: 3 })
      // It was only cut off: what was missing comes late.
      await send(lost)
      await until('they are there', async () => ingest.status().late === 3)
      await until('all is dense', async () => {
        const { records, dense } = await countRecords(store)
        return records === dense
      })
    } finally {
      await ingest.close()
      await reporter.close('shutdown')
    }
  }, 120_000)

  it('takes dead letters of a fleet again, through the log to who ingests the session', async () => {
    const member = await join_()
    await shipper.close(0)
    const stamp = openSession(journal)
    for (let index = 0; index < 10; index++) runStatement(journal, stamp)
    await onRecord(journal)
    const [lost = new Uint8Array()] = await sendWithout(stamp, [12])
    await until('the others are there', async () => (member.status()?.seqsMissing ?? 0) === 1)
    await until('they are stored', async () => (await statementsStored()) > 0)
    const [row] = await selectRows(store.read, `SELECT now64(6) AS now`)
    const letter = (position: number, bytes: Uint8Array) =>
      `('default', '${journal.writer}', ${position}, 'store_refused', 'as a test says', '${String(row?.['now'])}', unhex('${Buffer.from(bytes).toString('hex')}'))`
    await store.write.command({
      query: `INSERT INTO dead_letters_rows (tenant, writer, position, reason, message, time, bytes)
        VALUES ${letter(positionOf(lost), lost)}, ${letter(9_999, Uint8Array.of(1, 2, 3))}`,
    })
    const sender = openRecordSender(kafka.settings(), silent)
    const taken = await redriveFleet({ store, sender, tenant: 'default' })
    await sender.close()
    expect(taken).toEqual({ taken: 2, returned: 1 })
    expect(member.status()).toMatchObject({ late: 1 })
    const { records, distinct, dense } = await countRecords(store)
    expect({ distinct, dense }).toEqual({ distinct: records, dense: records })
    expect(await statementsStored()).toBe(10)
  }, 120_000)
})
