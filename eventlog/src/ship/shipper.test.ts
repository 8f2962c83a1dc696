/** Shipping to a real broker: everything arrives, a session in order, whatever happens to the broker meanwhile. */
import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { decodeEventBody, decodeRecord, limits, topics } from '@gatetrail/schemas'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Journal } from '../journal/journal.ts'
import { listWriters } from '../list-writers.ts'
import { createSessionStamp, type SessionStamp } from '../session-stamp.ts'
import { kafkaIsThere, startKafka, type TestKafka } from '../testing/kafka-broker.ts'
import { firstCopiesOutOfOrder, readTopic, type TopicMessage } from '../testing/read-topic.ts'
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
    expect(firstCopiesOutOfOrder(messages)).toEqual([])
    expect(new Set(messages.map(({ headers }) => headers['ce_id'])).size).toBe(messages.length)
    expect(new Set(messages.map(({ partition }) => partition)).size).toBeGreaterThan(1)
    expect(shipper.status()).toMatchObject({ lagMs: 0, kafkaError: undefined, retries: 0 })
    expect(shipper.status().records).toBe(messages.length)
  })

  test('every message has the headers of CloudEvents 1.0 and the record itself as its value', async () => {
    const shipper = await ship({ kafka: kafka.settings({ compression: 'none' }) })
    const stamp = createSessionStamp()
    appendEvent(journal, stamp, 'text')
    await shipper.idle()
    const messages = await readTopic(kafka.brokers, topics.records)
    const message = messages.find(({ key }) => key === stamp.id)!
    expect(message.headers).toEqual({
      ce_specversion: '1.0',
      ce_id: `${stamp.id}:0`,
      ce_type: 'gatetrail.statement.decided',
      ce_source: journal.writer,
      ce_time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
      ce_dataversion: expect.stringMatching(/^\d+$/),
      'content-type': 'application/octet-stream',
    })
    const { header } = decodeRecord(message.value)
    expect(Date.parse(message.headers['ce_time']!)).toBe(Math.floor(header.timeMicros / 1_000))
    // The broker's clock, not the record's.
    expect(message.timestampMs).toBeGreaterThanOrEqual(Math.floor(header.timeMicros / 1_000))
  })

  test('a broker killed in the middle of sends, three times: nothing is lost, sessions stay in order', async () => {
    const shipper = await ship()
    const stamps = Array.from({ length: 12 }, () => createSessionStamp())
    const appended: Appended = new Set()
    for (let round = 0; round < 3; round++) {
      const appending = (async () => {
        for (let part = 0; part < 10; part++) {
          for (const id of await append(stamps, 20, 'x'.repeat(200))) appended.add(id)
          await delay(20)
        }
      })()
      await delay(50 + Math.random() * 150)
      await kafka.kill()
      await appending
      await kafka.restart()
      await until(() => shipper.status().kafkaError === undefined)
    }
    await shipper.idle()
    expect(shipper.status().retries).toBeGreaterThan(0)
    const messages = await readTopic(kafka.brokers, topics.records)
    expect(appended.size).toBe(3 * 10 * 20 * 12)
    expectAll(messages, appended)
    expect(firstCopiesOutOfOrder(messages)).toEqual([])
  })

  test('a broker that stops answering and goes on later takes everything, in order', async () => {
    const shipper = await ship()
    const stamps = Array.from({ length: 6 }, () => createSessionStamp())
    const appended = await append(stamps, 50)
    kafka.pause()
    for (const id of await append(stamps, 50)) appended.add(id)
    await delay(2_000)
    kafka.resume()
    await shipper.idle()
    const messages = await readTopic(kafka.brokers, topics.records)
    expectAll(messages, appended)
    expect(firstCopiesOutOfOrder(messages)).toEqual([])
  })

  test('while Kafka is away the status says why and since when, and afterwards the backlog is sent', async () => {
    await kafka.kill()
    const shipper = await ship()
    const appended = await append([createSessionStamp()], 500)
    await until(() => shipper.status().kafkaError !== undefined && shipper.status().lagBytes > 0)
    const { kafkaError, lagBytes, lagMs } = shipper.status()
    expect(kafkaError).toMatchObject({ code: 'KAFKA_UNAVAILABLE' })
    expect(kafkaError!.since).toBeLessThanOrEqual(Date.now())
    expect(lagBytes).toBeGreaterThan(500 * 64)
    expect(lagMs).toBeGreaterThan(0)
    await kafka.restart()
    await shipper.idle()
    expectAll(await readTopic(kafka.brokers, topics.records), appended)
    expect(shipper.status()).toMatchObject({ kafkaError: undefined, lagMs: 0 })
    await until(() => shipper.status().lagBytes === 0)
  })

  test('the largest record arrives, and 40 of them at once, although a batch may not hold them', async () => {
    const shipper = await ship({ kafka: kafka.settings({ compression: 'none' }) })
    const stamp = createSessionStamp()
    const text = randomBytes((limits.recordBytesMax - 200) / 2).toString('hex')
    const appended: Appended = new Set()
    for (let index = 0; index < 40; index++) {
      appended.add(`${stamp.id}:${appendEvent(journal, stamp, text)}`)
      await written(journal, stamp)
    }
    await shipper.idle()
    const messages = await readTopic(kafka.brokers, topics.records)
    expectAll(messages, appended)
    expect(firstCopiesOutOfOrder(messages)).toEqual([])
    expect(Math.max(...messages.map(({ value }) => value.length))).toBeGreaterThan(
      limits.recordBytesMax - 400,
    )
    expect(shipper.status().retries).toBe(0)
  })

  test('what a new run finds acknowledged it does not send again', async () => {
    const first = await ship()
    const stamp = createSessionStamp()
    const appended = await append([stamp], 100)
    await first.idle()
    await first.close()
    for (const id of await append([stamp], 100)) appended.add(id)
    const second = await ship()
    await second.idle()
    const messages = await readTopic(kafka.brokers, topics.records)
    expectAll(messages, appended)
    expect(new Set(messages.map(({ headers }) => headers['ce_id'])).size).toBe(messages.length)
  })

  test('a second shipper of the same positions is refused', async () => {
    await ship()
    await expect(ship()).rejects.toMatchObject({ code: 'DIRECTORY_IN_USE' })
  })

  test('damage is put on record once, and what follows it arrives', async () => {
    const stamp = createSessionStamp()
    const before = await append([stamp], 10)
    await journal.close('shutdown')
    const [damaged] = await listWriters(directory.journal)
    const file = damaged!.segments[0]!.path
    const bytes = await readFile(file)
    bytes[Math.floor(bytes.length / 2)]! ^= 0xff
    await writeFile(file, bytes)
    journal = await openTestJournal(directory)
    const first = await ship({ journal })
    await first.idle()
    await first.close()
    const second = await ship({ journal })
    await second.idle()
    const messages = await readTopic(kafka.brokers, topics.records)
    const gaps = messages
      .filter(({ headers }) => headers['ce_type'] === 'gatetrail.gap.found')
      .map(({ value }) => decodeEventBody('gatetrail.gap.found', decodeRecord(value).body))
    expect(gaps).toMatchObject([{ writer: damaged!.writer, reason: 'corrupt_record' }])
    const found = new Set(messages.map(({ headers }) => headers['ce_id']!))
    expect([...before].filter((id) => !found.has(id)).length).toBeLessThanOrEqual(1)
  })

  test('close sends what is there within its deadline, and returns soon after it if Kafka is away', async () => {
    const shipper = await ship()
    const appended = await append([createSessionStamp()], 200)
    await shipper.close()
    expectAll(await readTopic(kafka.brokers, topics.records), appended)
    const other = await ship()
    await kafka.kill()
    await append([createSessionStamp()], 20)
    const startedAtMs = performance.now()
    await other.close(300)
    expect(performance.now() - startedAtMs).toBeLessThan(10_000)
    await kafka.restart()
  })

  test('a topic that cannot take the largest record is named, and records wait until it can', async () => {
    const small = await startKafka()
    try {
      await small.createTopic(topics.records, 1, { 'max.message.bytes': '1000000' })
      const shipper = await ship({ kafka: small.settings() })
      const appended = await append([createSessionStamp()], 10)
      await until(() => shipper.status().kafkaError !== undefined)
      expect(shipper.status().kafkaError).toMatchObject({ code: 'KAFKA_TOPIC_INVALID' })
      expect(shipper.status().kafkaError!.message).toMatch(/takes batches of 1000000 bytes/)
      await small.alterTopic(topics.records, { 'max.message.bytes': String(2 * limits.MiB) })
      await shipper.idle()
      expectAll(await readTopic(small.brokers, topics.records), appended)
      await shipper.close()
    } finally {
      await small.stop()
    }
  })

  test('when the topic gets more partitions, open sessions stay where they are and new ones use all', async () => {
    const growing = await startKafka()
    try {
      await growing.createTopics()
      const first = await ship({ kafka: growing.settings() })
      const open = Array.from({ length: 12 }, () => createSessionStamp())
      const appended = await append(open, 3)
      await first.idle()
      await first.close()
      await growing.addPartitions(topics.records, 8)
      const second = await ship({ kafka: growing.settings() })
      for (const id of await append(open, 3)) appended.add(id)
      await second.idle()
      await delay(5)
      const late = Array.from({ length: 40 }, () => createSessionStamp())
      for (const id of await append(late, 3)) appended.add(id)
      await second.idle()
      const messages = await readTopic(growing.brokers, topics.records)
      expectAll(messages, appended)
      expect(firstCopiesOutOfOrder(messages)).toEqual([])
      expect(Math.max(...messages.map(({ partition }) => partition))).toBeGreaterThan(2)
      await second.close()
    } finally {
      await growing.stop()
    }
  })
})

async function until(isSo: () => boolean): Promise<void> {
  const deadline = performance.now() + 90_000
  while (!isSo()) {
    if (performance.now() > deadline) throw new Error('it did not come about')
    await delay(20)
  }
}
