/** Members of the consumer group against a real broker: what is handed out, what is committed, and who has which partition. */
import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { encodeRecord, topics, uuidText } from '@gatetrail/schemas'
import { Kafka, logLevel, type Message } from 'kafkajs'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { kafkaIsThere, startKafka, type TestKafka } from '../testing/kafka-broker.ts'
import { uuidVersion7 } from '../uuid.ts'
import type { createKafka } from './client.ts'
import { openRecordConsumer } from './open-record-consumer.ts'
import type { ConsumedBatch, RecordConsumer } from './record-consumer.ts'
import type { KafkaSettings } from './settings.ts'

const sessionTimeoutMs = 3_000

/** Whether commits of offsets end as if the broker had gone at that moment. */
let commitsFail = false
vi.mock('./client.ts', async (importOriginal) => {
  const original = await importOriginal<{ createKafka: typeof createKafka }>()
  return {
    ...original,
    createKafka: (...parts: Parameters<typeof original.createKafka>) => {
      const kafka = original.createKafka(...parts)
      const makeConsumer = kafka.consumer.bind(kafka)
      kafka.consumer = (config) => {
        const consumer = makeConsumer(config)
        const run = consumer.run.bind(consumer)
        consumer.run = ({ eachBatch, ...how } = {}) =>
          run({
            ...how,
            eachBatch: async (payload) =>
              eachBatch?.({
                ...payload,
                commitOffsetsIfNecessary: (offsets) =>
                  commitsFail
                    ? Promise.reject(new Error('gone'))
                    : payload.commitOffsetsIfNecessary(offsets),
              }),
          })
        return consumer
      }
      return kafka
    },
  }
})

const partitions = 4
const writer = uuidText(uuidVersion7())

describe.skipIf(!kafkaIsThere())('consuming from a real broker', { timeout: 180_000 }, () => {
  let kafka: TestKafka
  let group: string
  let position = 0
  const consumers: RecordConsumer[] = []

  beforeAll(async () => {
    kafka = await startKafka()
    await kafka.createTopics({ partitions })
  }, 120_000)
  afterAll(() => kafka?.stop())
  beforeEach(async () => {
    group = `test-${randomUUID()}`
    await kafka.emptyTopic(topics.records)
  })
  afterEach(async () => {
    commitsFail = false
    for (const consumer of consumers.splice(0)) await consumer.close()
  })

  function open(settings: Partial<KafkaSettings> = {}): RecordConsumer {
    const consumer = openRecordConsumer(
      kafka.settings({ consumerGroup: group, ...settings }),
      undefined,
      { sessionTimeoutMs, heartbeatIntervalMs: 300, fetchWaitMs: 50 },
    )
    consumers.push(consumer)
    return consumer
  }

  /** Records of positions that follow, one session each, spread over all partitions. */
  function makeMessages(count: number): (Message & { position: number })[] {
    return Array.from({ length: count }, () => {
      const session = uuidText(uuidVersion7())
      const header = { kindCode: 1, version: 1, session, writer, seq: 0, position: position++ }
      const value = encodeRecord({ ...header, timeMicros: 0, offsetMicros: 0 }, Buffer.from('{}'))
      const partition = position % partitions
      return { key: session, value: Buffer.from(value), partition, position: header.position }
    })
  }

  async function send(messages: Message[]): Promise<void> {
    const producer = new Kafka({ brokers: kafka.brokers, logLevel: logLevel.NOTHING }).producer()
    await producer.connect()
    await producer.send({ topic: topics.records, messages })
    await producer.disconnect()
  }

  async function positionsUntil(
    consumer: RecordConsumer,
    isEnough: (found: Set<number>) => boolean,
    handle: (batch: ConsumedBatch) => Promise<void> = (batch) => batch.commit(),
  ): Promise<Set<number>> {
    const found = new Set<number>()
    const deadline = performance.now() + 60_000
    while (!isEnough(found) && performance.now() < deadline) {
      const batch = await consumer.next(100)
      if (batch === undefined) continue
      for (const record of batch.records) found.add(record.position)
      await handle(batch)
    }
    return found
  }

  test('what was committed is not read again, what was not is', async () => {
    const messages = makeMessages(40)
    await send(messages)
    const first = open()
    await positionsUntil(first, (found) => found.size === 40)
    const more = makeMessages(8)
    await send(more)
    await positionsUntil(
      first,
      (found) => found.size === 8,
      () => Promise.resolve(),
    )
    expect(first.lag().messages).toBe(8)
    await first.close()
    const again = await positionsUntil(open(), (found) => found.size >= 8)
    expect([...again].sort((a, b) => a - b)).toEqual(more.map((message) => message.position))
  })

  test('a batch that is held for longer than the session time-out can still be committed', async () => {
    await send(makeMessages(10))
    const assignments: (readonly number[])[] = []
    const consumer = open()
    consumer.onAssignment((assigned) => assignments.push(assigned))
    const held: ConsumedBatch[] = []
    await positionsUntil(
      consumer,
      (found) => found.size === 10,
      async (batch) => void held.push(batch),
    )
    await delay(sessionTimeoutMs * 2.5)
    for (const batch of held) await batch.commit()
    expect(assignments).toEqual([[0, 1, 2, 3]])
    expect(consumer.lag()).toEqual({ messages: 0, ms: 0 })
  })

  test('a process that slept beyond its session commits nothing: it joins again, and reads again', async () => {
    await send(makeMessages(12))
    const consumer = open()
    const assignments: (readonly number[])[] = []
    consumer.onAssignment((assigned) => assignments.push(assigned))
    const held: ConsumedBatch[] = []
    await positionsUntil(
      consumer,
      (found) => found.size === 12,
      async (batch) => void held.push(batch),
    )
    // As SIGSTOP would: nothing in this process runs, and the brokers hear nothing.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, sessionTimeoutMs * 2)
    for (const batch of held) await batch.commit()
    const again = await positionsUntil(consumer, (found) => found.size === 12)
    expect(again.size).toBe(12)
    expect(assignments.length).toBe(2)
    expect(consumer.lag().messages).toBe(0)
  })

  test('offsets that could not be committed are, though nothing else comes', async () => {
    await send(makeMessages(12))
    const consumer = open()
    commitsFail = true
    let failed = 0
    await positionsUntil(
      consumer,
      (found) => found.size === 12,
      (batch) => batch.commit().catch(() => void failed++),
    )
    expect(failed).toBeGreaterThan(0)
    commitsFail = false
    expect(consumer.lag().messages).toBe(12)
    await until(async () => {
      expect(await consumer.next(50)).toBeUndefined()
      return consumer.lag().messages === 0
    })
    await consumer.close()
    expect(await open().next(2_000)).toBeUndefined()
  })

  test('two members share the partitions; when one goes, the other has them all', async () => {
    const first = open()
    const seen: (readonly number[])[] = []
    first.onAssignment((assigned) => seen.push(assigned))
    await send(makeMessages(4))
    await positionsUntil(first, (found) => found.size === 4)
    const second = open()
    let shared: readonly number[] = []
    second.onAssignment((assigned) => (shared = assigned))
    await until(async () => {
      await first.next(20)
      await second.next(20)
      return shared.length === 2 && seen.at(-1)?.length === 2
    })
    expect([...shared, ...seen.at(-1)!].sort((a, b) => a - b)).toEqual([0, 1, 2, 3])
    const messages = makeMessages(16)
    await send(messages)
    const [one, two] = await Promise.all([
      positionsUntil(first, (found) => found.size === 8),
      positionsUntil(second, (found) => found.size === 8),
    ])
    expect([...one, ...two].sort((a, b) => a - b)).toEqual(messages.map((m) => m.position))
    await second.close()
    await send(makeMessages(16))
    await positionsUntil(first, (found) => found.size === 16)
    expect(seen.at(-1)).toEqual([0, 1, 2, 3])
  })

  test('what is no record of its key is handed out as malformed, at its place', async () => {
    const [good, foreign] = makeMessages(2)
    await send([
      { key: 'x', value: 'no record', partition: 0 },
      { key: 'x', value: null, partition: 0 },
      { ...foreign!, key: uuidText(uuidVersion7()), partition: 0 },
      { ...good!, partition: 0 },
    ])
    const malformed: string[] = []
    await positionsUntil(
      open(),
      (found) => found.size === 1,
      async (batch) => {
        malformed.push(...batch.malformed.map(({ message, offset }) => `${offset} ${message}`))
        await batch.commit()
      },
    )
    const offsets = malformed.map((text) => Number(text.split(' ')[0]))
    expect(offsets).toEqual([offsets[0], offsets[0]! + 1, offsets[0]! + 2])
    expect(malformed.join('\n')).toMatch(/9 bytes[\s\S]*no value[\s\S]*not the session/)
  })

  test('while nothing is asked for, little is held, heartbeats go on, and all of it comes in the end', async () => {
    const body = Buffer.alloc(250_000, 'x')
    const messages = makeMessages(200).map((message) => ({
      ...message,
      value: Buffer.concat([message.value as Buffer, body]),
    }))
    for (let at = 0; at < messages.length; at += 20) await send(messages.slice(at, at + 20))
    const consumer = open()
    const assignments: (readonly number[])[] = []
    consumer.onAssignment((assigned) => assignments.push(assigned))
    const first = await positionsUntil(consumer, (found) => found.size > 0)
    await delay(sessionTimeoutMs * 2)
    const rest = await positionsUntil(consumer, (found) => found.size + first.size === 200)
    expect(new Set([...first, ...rest]).size).toBe(200)
    expect(assignments.length).toBe(1)
  })

  test('a broker that is killed and comes back is read on from what was committed', async () => {
    await send(makeMessages(20))
    const consumer = open()
    await positionsUntil(consumer, (found) => found.size === 20)
    await kafka.kill()
    await consumer.next(1_500)
    await kafka.restart()
    const more = makeMessages(20)
    await send(more)
    const found = await positionsUntil(consumer, (positions) => positions.size === 20)
    expect([...found].sort((a, b) => a - b)).toEqual(more.map((message) => message.position))
  })

  test('a topic that is missing is no reason to end: it is read when it is there', async () => {
    const other = await startKafka()
    try {
      const consumer = open({ brokers: other.brokers })
      expect(await consumer.next(1_000)).toBeUndefined()
      await other.createTopics()
      let assigned: readonly number[] = []
      consumer.onAssignment((next) => (assigned = next))
      await until(async () => {
        await consumer.next(50)
        return assigned.length === 3
      })
    } finally {
      await consumers.pop()!.close()
      await other.stop()
    }
  })
})

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 60_000
  while (!(await isSo())) if (performance.now() > deadline) throw new Error('it did not come about')
}
