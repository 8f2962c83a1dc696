/** A hundred kills in a fleet: what cluster-faults.e2e.ts does twenty times. */
import { kafkaIsThere } from '@gatetrail/eventlog/testing/kafka-broker'
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest'
import type { Cluster } from './harness/cluster.ts'
import { describeFaults, killInRandomOrder } from './harness/cluster-faults.ts'
import { chooseSeed, createRandom } from './harness/random.ts'
import { startShopCluster } from './harness/shop-cluster.ts'

const rounds = Number(process.env['GATETRAIL_KILLS'] ?? 100)
let cluster: Cluster

beforeAll(async () => {
  if (kafkaIsThere()) cluster = await startShopCluster({ proxies: 2, workers: 2, ingests: 2 })
}, 400_000)
afterAll(() => cluster?.close())

test.skipIf(!kafkaIsThere())(
  `after ${rounds} kills of proxies, shippers, ingests and the broker in random order under load, every statement of PostgreSQL's own log is in the trail once`,
  { timeout: 3_600_000 },
  async ({ signal }) => {
    onTestFailed(async () => console.log(await cluster.logs()))
    const faults = await killInRandomOrder(cluster, rounds, createRandom(chooseSeed()), signal)
    console.log(describeFaults(faults))
    expect(faults.compared.logged).toBeGreaterThan(rounds * 10)
    expect([faults.compared.missing, faults.compared.twice, faults.wrong]).toEqual([[], [], []])
    const { records, keys, dense } = faults.counts
    expect([keys, dense]).toEqual([records, records])
    expect(faults.openSessions).toBe(0)
  },
)
