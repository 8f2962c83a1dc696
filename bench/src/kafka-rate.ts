/** How fast a backlog of the journals gets into Kafka while records go on coming: the shipper and a broker, on this machine. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startShipper } from '@gatetrail/eventlog'
import { kafkaIsThere, startKafka } from '@gatetrail/eventlog/testing/kafka-broker'
import { dataFiles } from '@gatetrail/schemas'
import { startRecords } from './records-load.ts'
import { fixed, table } from './statistics.ts'

const recordsPerSecond = 2_000
const lookMs = 20
const drainMsMax = 300_000
/** What comes within a send: the backlog is gone when no more is left. */
const restBytes = 200_000

export async function benchKafka(awaySeconds: number): Promise<string> {
  if (!kafkaIsThere()) return 'Kafka: no broker here (java, scripts/kafka-jars.mjs)'
  const directory = await mkdtemp(join(tmpdir(), 'gatetrail-bench-kafka-'))
  const kafka = await startKafka()
  try {
    await kafka.createTopics({ partitions: 12 })
    const rows: string[][] = []
    for (const compression of ['none', 'gzip'] as const) {
      const place = join(directory, compression)
      const load = await startRecords(place, recordsPerSecond)
      await sleep(awaySeconds * 1000)
      const piledUp = load.records
      const startedAt = performance.now()
      const shipper = await startShipper({
        directory: join(place, dataFiles.journal),
        positionsDirectory: join(place, dataFiles.shipped),
        kafka: kafka.settings({ compression }),
      })
      // Its first look at the backlog comes with its first batch.
      while (shipper.status().records < piledUp || shipper.status().lagBytes > restBytes) {
        if (performance.now() - startedAt > drainMsMax)
          throw new Error('the backlog is not drained')
        await sleep(lookMs)
      }
      const seconds = (performance.now() - startedAt) / 1000
      const { records, bytes } = shipper.status()
      await load.stop()
      await shipper.close()
      rows.push([
        `${compression}: ${piledUp.toLocaleString('en')} records behind, ${recordsPerSecond.toLocaleString('en')}/s coming`,
        fixed(seconds, 2),
        Math.round(records / seconds).toLocaleString('en'),
        fixed(bytes / 1e6 / seconds, 1),
        fixed(records / seconds / recordsPerSecond, 1),
      ])
    }
    return table(['shipping to Kafka', 's', 'records/s', 'MB/s', '× arrival'], rows)
  } finally {
    await kafka.stop()
    await rm(directory, { recursive: true, force: true })
  }
}
