/**
 * Faults in a fleet of two proxies, a real Kafka, two ingests and a ClickHouse server: what reached PostgreSQL is in the trail
 * once, at every moment, and what is missing is named. cluster-faults.nightly.ts has a hundred kills.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { kafkaIsThere } from '@gatetrail/eventlog/testing/kafka-broker'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, onTestFailed, test } from 'vitest'
import type { Cluster } from './harness/cluster.ts'
import { describeFaults, killInRandomOrder } from './harness/cluster-faults.ts'
import { startLoad } from './harness/load.ts'
import { chooseSeed, createRandom } from './harness/random.ts'
import { startShopCluster } from './harness/shop-cluster.ts'
import { compareWithTarget, recordCounts, watchRecords } from './harness/trail-oracle.ts'

const rounds = Number(process.env['GATETRAIL_KILLS'] ?? 20)
/** Longer than the session time-out of the consumer group. */
const stoppedMs = 45_000
/** Four heartbeats missed, what is on its way waited for, and a machine that is slow. */
const missedMsMax = 240_000

let cluster: Cluster
const showLogs = () => onTestFailed(async () => console.log(await cluster.logs()))

describe.skipIf(!kafkaIsThere())('faults in a fleet', () => {
  beforeAll(async () => {
    cluster = await startShopCluster({ proxies: 2, ingests: 2 })
  }, 400_000)

  afterAll(() => cluster?.close())

  test(
    `after ${rounds} kills of proxies, shippers, ingests and the broker in random order under load, every statement of PostgreSQL's own log is in the trail once`,
    { timeout: 1_200_000 },
    async ({ signal }) => {
      showLogs()
      const seed = chooseSeed()
      const faults = await killInRandomOrder(cluster, rounds, createRandom(seed), signal)
      console.log(describeFaults(faults))
      expect(faults.compared.logged).toBeGreaterThan(rounds * 10)
      expect(faults.polls).toBeGreaterThan(rounds)
      expect(faults.compared.missing).toEqual([])
      expect(faults.compared.twice).toEqual([])
      expect(faults.wrong).toEqual([])
      const { records, keys, dense } = faults.counts
      expect([keys, dense]).toEqual([records, records])
      expect(faults.abortedSessions).toBeGreaterThan(0)
      expect(faults.openSessions).toBe(0)
    },
  )

  test(
    'an ingest that was stopped for longer than its session time-out, then goes on, brings no record twice at any moment',
    { timeout: 600_000 },
    async () => {
      showLogs()
      const [zombie] = cluster.ingests
      const token = await cluster.issuer.token('load', ['readers'], { run_id: 'load-2' })
      const watch = watchRecords(cluster)
      const loads = cluster.proxies.map((proxy, index) =>
        startLoad(proxy, token, 2, 100 + index * 2),
      )
      await sleep(3_000)
      const before = await recordCounts(cluster)
      await zombie?.signalRole('ingest', 'SIGSTOP')
      await sleep(stoppedMs)
      const meanwhile = await recordCounts(cluster)
      await zombie?.signalRole('ingest', 'SIGCONT')
      await sleep(5_000)
      await Promise.all(loads.map((load) => load.stop()))
      await cluster.untilStored(300_000)
      await watch.stop()
      const after = await recordCounts(cluster)
      const compared = await compareWithTarget(cluster)
      console.log(
        `${before.records} records before, ${meanwhile.records} while it was stopped, ${after.records} in the end; ${watch.polls} polls, ${watch.wrong.length} wrong; ` +
          `${compared.logged} in PostgreSQL's log, ${compared.missing.length} missing, ${compared.twice.length} twice`,
      )
      expect(meanwhile.records).toBeGreaterThan(before.records)
      expect(after.records).toBeGreaterThan(meanwhile.records)
      expect(watch.polls).toBeGreaterThan(20)
      expect(watch.wrong).toEqual([])
      expect([compared.missing, compared.twice]).toEqual([[], []])
      expect([after.keys, after.dense]).toEqual([after.records, after.records])
    },
  )

  test(
    'the sessions of a machine that is lost with its data are reported as aborted, and its writer as missed',
    { timeout: missedMsMax + 120_000 },
    async () => {
      showLogs()
      const [, lost] = cluster.proxies
      const token = await cluster.issuer.token('sleeper', ['readers'], { run_id: 'sleep-1' })
      const clients = await Promise.all(
        Array.from({ length: 3 }, async (_, index) => {
          const client = new Client({
            host: '127.0.0.1',
            port: lost?.ports.postgres ?? 0,
            ...{ database: 'orders', user: 'sleeper', password: token },
          })
          client.on('error', () => undefined)
          await client.connect()
          await client.query(`select 'slept-${index}'`)
          return client
        }),
      )
      await cluster.untilStored()
      // What is in its journal and not in Kafka is lost with it.
      await lost?.signalRole('shipper', 'SIGSTOP')
      await Promise.all(clients.map((client) => client.query(`select 'lost with its machine'`)))
      const since = performance.now()
      await lost?.kill()
      let states: string[] = []
      while (performance.now() - since < missedMsMax) {
        const rows = await cluster.rows<{ state: string }>(
          `SELECT state FROM sessions WHERE subject = 'sleeper'`,
        )
        states = rows.map(({ state }) => state)
        if (states.length === 3 && states.every((state) => state === 'aborted')) break
        await sleep(500)
      }
      const named = await cluster.rows<{ kind: string; body: string }>(
        `SELECT kind, body FROM events WHERE kind IN ('gatetrail.writer.missed', 'gatetrail.session.aborted') ORDER BY time DESC LIMIT 4`,
      )
      console.log(`${states.join(', ')} after ${Math.round(performance.now() - since)} ms`, named)
      expect(states).toEqual(['aborted', 'aborted', 'aborted'])
      expect(named.map(({ kind }) => kind)).toContain('gatetrail.writer.missed')
      expect(named.map(({ body }) => body).join()).toContain('heartbeat')
      const { records, keys, dense } = await recordCounts(cluster)
      expect([keys, dense]).toEqual([records, records])
      await Promise.all(clients.map((client) => client.end().catch(() => undefined)))
    },
  )
})
