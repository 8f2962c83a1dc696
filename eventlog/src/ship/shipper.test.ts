/** Shipping to a real broker: everything arrives, a session in order, whatever happens to the broker meanwhile. */
import { decodeRecord, limits, topics } from '@gatetrail/schemas'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { setTimeout as delay } from 'node:timers/promises'
import type { Journal } from '../journal/journal.ts'
import { createSessionStamp, type SessionStamp } from '../session-stamp.ts'
import { kafkaIsThere, startKafka, type TestKafka } from '../testing/kafka-broker.ts'
import { readTopic, type TopicMessage } from '../testing/read-topic.ts'
import {
  appendEvent,
  makeTestDirectory,
  openTestJournal,
  written,
  type TestDirectory,
} from '../testing/test-journal.ts'
import { startShipper, type Shipper, type StartShipperOptions } from './start-shipper.ts'

/** Every record that was appended, as `session:seq`. */
type Appended = Set<string>

describe.skipIf(!kafkaIsThere())('shipping to a real broker', { timeout: 180_000 }, () => {
  let kafka: TestKafka
  let directory: TestDirectory
  let journal: Journal
  const shippers: Shipper[] = []

  beforeAll(async () => {
    kafka = await startKafka()
    await kafka.createTopics()
  }, 120_000)
  afterAll(() => kafka?.stop())
  beforeEach(async () => {
    directory = await makeTestDirectory()
    journal = await openTestJournal(directory)
    await kafka.emptyTopic(topics.records)
  })
  afterEach(async () => {
    for (const shipper of shippers.splice(0)) await shipper.close(1_000)
    await journal.close('shutdown')
    await directory.remove()
  })

  async function ship(options: Partial<StartShipperOptions> = {}): Promise<Shipper> {
    const shipper = await startShipper({
      directory: directory.journal,
      positionsDirectory: directory.positions,
      kafka: kafka.settings(),
      ...options,
    })
    shippers.push(shipper)
    return shipper
  }

  async function append(stamps: SessionStamp[], rounds: number, text = 'x'): Promise<Appended> {
    const appended: Appended = new Set()
    for (let round = 0; round < rounds; round++) {
      for (const stamp of stamps) appended.add(`${stamp.id}:${appendEvent(journal, stamp, text)}`)
      if (round % 50 === 49) await written(journal, stamps[0]!)
    }
    await written(journal, stamps[0]!)
    return appended
  }

  function expectAll(messages: readonly TopicMessage[], appended: Appended): void {
    const found = new Set(messages.map(({ headers }) => headers['ce_id']!))
    expect([...appended].filter((id) => !found.has(id))).toEqual([])
  }

  test('every record arrives once, byte for byte, a session in one partition and in order', async () => {
    const shipper = await ship()
    const stamps = Array.from({ length: 20 }, () => createSessionStamp())
    const appended = await append(stamps, 200)
    await shipper.idle()
    const messages = await readTopic(kafka.brokers, topics.records)
    expectAll(messages, appended)
    expectInOrder(messages)
    expect(new Set(messages.map(({ headers }) => headers['ce_id'])).size).toBe(messages.length)
    expect(new Set(messages.map(({ partition }) => partition)).size).toBeGreaterThan(1)
    expect(shipper.status()).toMatchObject({ lagMs: 0, kafkaError: undefined, retries: 0 })
    expect(shipper.status().records).toBe(messages.length)
  })
})

/** Of each session: all in one partition, and the first copies with seq 0, 1, 2, …. */
function expectInOrder(messages: readonly TopicMessage[]): void {
  const next = new Map<string, { seq: number; partition: number }>()
  for (const { partition, value, key } of messages) {
    const { header } = decodeRecord(value)
    expect(header.session).toBe(key)
    const known = next.get(key) ?? { seq: 0, partition }
    next.set(key, known)
    expect(partition).toBe(known.partition)
    if (header.seq < known.seq) continue // Sent again.
    expect(header.seq).toBe(known.seq)
    known.seq++
  }
}
