/**
 * Kafka away for a while: sessions go on from the journals, nothing is lost, and the backlog is drained faster than records
 * come. kafka-away.nightly.ts has five minutes at 2,000 records a second.
 */
import { kafkaIsThere } from '@gatetrail/eventlog/testing/kafka-broker'
import { afterAll, beforeAll, describe, expect, onTestFailed, test } from 'vitest'
import type { Cluster } from './harness/cluster.ts'
import { describeKafkaAway, measureKafkaAway } from './harness/kafka-away.ts'
import { startShopCluster } from './harness/shop-cluster.ts'

/** Of what is 1.1 on a machine of its own: these cores are shared, and a p99 of a few thousand statements is noise. */
const addedRatioMax = 3

let cluster: Cluster

describe.skipIf(!kafkaIsThere())('Kafka away', () => {
  beforeAll(async () => {
    cluster = await startShopCluster({ proxies: 2, ingests: 1 })
  }, 400_000)

  afterAll(() => cluster?.close())

  test(
    'costs no session and no record, hardly slows statements, and what has piled up goes faster than new records come',
    { timeout: 1_200_000 },
    async () => {
      onTestFailed(async () => console.log(await cluster.logs()))
      const figures = await measureKafkaAway(cluster, {
        ...{ rounds: 2, thereMs: 10_000, awayMs: 20_000, perSecond: 100, clients: 8 },
      })
      console.log(describeKafkaAway(figures))
      expect(figures.failed).toEqual([])
      expect(figures.compared.logged).toBeGreaterThan(500)
      expect([figures.compared.missing, figures.compared.twice]).toEqual([[], []])
      const { records, keys, dense } = figures.counts
      expect([keys, dense]).toEqual([records, records])
      expect(figures.backlogBytes).toBeGreaterThan(100_000)
      expect(figures.drain).toBeGreaterThan(1.5)
      expect(figures.addedRatio).toBeLessThan(addedRatioMax)
    },
  )
})
