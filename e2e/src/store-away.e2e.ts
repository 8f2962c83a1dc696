/**
 * The event store of a fleet is killed in the middle of inserts, stays away for a while, and then everything in Kafka is
 * consumed a second time, long after any deduplication window: a record counts once, and every derived row is as before.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { createKafka } from '@gatetrail/eventlog'
import { kafkaIsThere } from '@gatetrail/eventlog/testing/kafka-broker'
import { topics } from '@gatetrail/schemas'
import { afterAll, beforeAll, describe, expect, onTestFailed, test } from 'vitest'
import type { Cluster } from './harness/cluster.ts'
import { startLoad } from './harness/load.ts'
import { chooseSeed, createRandom } from './harness/random.ts'
import { startShopCluster } from './harness/shop-cluster.ts'
import { compareWithTarget, recordCounts, watchRecords } from './harness/trail-oracle.ts'

const storeKills = 6
const awayMs = 20_000
const storedMsMax = 300_000
const derived = ['records', 'events', 'chunks', 'sessions', 'statements', 'pii_touches']

let cluster: Cluster
const showLogs = () => onTestFailed(async () => console.log(await cluster.logs()))

/** Of everything that callers' sessions left in a table, but when it was stored. */
async function digestOf(table: string): Promise<string> {
  const [row] = await cluster.rows<{ rows: string; sum: string }>(
    `SELECT toString(count()) AS rows, toString(sum(cityHash64(toString(tuple(* EXCEPT (stored)))))) AS sum FROM ${table}
      WHERE session IN (SELECT session FROM sessions)`,
  )
  return `${table}: ${row?.rows} rows, ${row?.sum}`
}

async function digests(): Promise<string[]> {
  const all: string[] = []
  for (const table of derived) all.push(await digestOf(table))
  return all
}

describe.skipIf(!kafkaIsThere())('the event store of a fleet', () => {
  beforeAll(async () => {
    cluster = await startShopCluster({ proxies: 1, ingests: 2 })
  }, 400_000)

  afterAll(() => cluster?.close())

  test(
    `killed ${storeKills} times in the middle of inserts and then away for ${awayMs / 1000} s, it holds every statement of PostgreSQL's own log once`,
    { timeout: 900_000 },
    async () => {
      showLogs()
      const random = createRandom(chooseSeed())
      const token = await cluster.issuer.token('load', ['readers'], { run_id: 'load-1' })
      const watch = watchRecords(cluster)
      const load = startLoad(cluster.proxies[0]!, token, 4)
      for (let kill = 0; kill < storeKills; kill++) {
        await sleep(500 + random() * 1_500)
        // Every second time an insert is under way whose end nobody hears of.
        if (kill % 2 === 0) cluster.store.pause()
        if (kill % 2 === 0) await sleep(random() * 1_000)
        await cluster.store.kill()
        await cluster.store.restart()
      }
      await cluster.store.kill()
      const answeredBefore = load.answered
      await sleep(awayMs)
      const answeredMeanwhile = load.answered - answeredBefore
      await cluster.store.restart()
      await load.stop()
      await cluster.untilStored(storedMsMax)
      await watch.stop()
      const counts = await recordCounts(cluster)
      const compared = await compareWithTarget(cluster)
      console.log(
        `${storeKills + 1} kills of the store; ${load.answered} statements answered, ${answeredMeanwhile} of them while it was away, ${load.lost} connections lost; ` +
          `${compared.logged} in PostgreSQL's log, ${compared.missing.length} missing, ${compared.twice.length} twice; ${JSON.stringify(counts)}; ` +
          `${watch.polls} polls (${watch.unanswered} unanswered), ${watch.wrong.length} wrong`,
      )
      expect(compared.logged).toBeGreaterThan(100)
      expect(answeredMeanwhile).toBeGreaterThan(50)
      expect(load.lost).toBe(0)
      expect(watch.polls).toBeGreaterThan(5)
      expect(watch.wrong).toEqual([])
      expect([compared.missing, compared.twice]).toEqual([[], []])
      expect([counts.keys, counts.dense]).toEqual([counts.records, counts.records])
    },
  )

  test(
    'everything in Kafka consumed a second time changes no row and adds none',
    { timeout: 600_000 },
    async () => {
      showLogs()
      await cluster.untilStored(storedMsMax)
      const before = await digests()
      await Promise.all(cluster.ingests.map((ingest) => ingest.stop()))
      const settings = cluster.kafka.settings()
      const admin = createKafka(settings, console).admin()
      await admin.connect()
      await admin.resetOffsets({
        groupId: settings.consumerGroup,
        topic: topics.records,
        earliest: true,
      })
      await admin.disconnect()
      const watch = watchRecords(cluster)
      await Promise.all(cluster.ingests.map((ingest) => ingest.start()))
      await cluster.untilStored(storedMsMax)
      await watch.stop()
      const seenAgain = await Promise.all(
        cluster.ingests.map((ingest) => ingest.metric('gatetrail_ingest_duplicates_total')),
      )
      const counts = await recordCounts(cluster)
      console.log(
        `${seenAgain.join(' + ')} records came again; ${before.length} tables compared; ${watch.polls} polls, ${watch.wrong.length} wrong; ${JSON.stringify(counts)}\n${before.join('\n')}`,
      )
      expect(await digests()).toEqual(before)
      expect(seenAgain.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(1_000)
      expect(watch.polls).toBeGreaterThan(0)
      expect(watch.wrong).toEqual([])
      expect([counts.keys, counts.dense]).toEqual([counts.records, counts.records])
    },
  )
})
