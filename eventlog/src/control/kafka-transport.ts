/**
 * The control log in Kafka: `gatetrail.control`, compacted, one partition, key = object id. Every process reads all of it,
 * from the beginning, as the only member of a group of its own that commits nothing. To control-reader.ts.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { topics, uuidText, type ControlObject, type GatetrailError } from '@gatetrail/schemas'
import type { Admin, Consumer, EachBatchPayload, Kafka, Producer } from 'kafkajs'
import { createKafka } from '../kafka/client.ts'
import { kafkaError } from '../kafka/errors.ts'
import type { KafkaSettings } from '../kafka/settings.ts'
import type { Log } from '../log.ts'
import { uuidVersion7 } from '../uuid.ts'
import type { ControlTransport } from './control-log.ts'
import type { ControlReader } from './control-reader.ts'

const topic = topics.control
/** ACLs for readers of the control log are given by it. */
export const controlGroupPrefix = 'gatetrail-control-'
/** How long brokers hold an answer back that has nothing new: an empty answer is contact, too. */
const waitMs = 500
const sessionTimeoutMs = 10_000
/** For the present state: a broker that has just started, and a coordinator that is only now made. */
const readyMsMax = 60_000
const sendTimeoutMs = 10_000
const retryIntervalMs = 500

/** Resolves when everything is read that was there at the call. @throws GatetrailError KAFKA_UNAVAILABLE, KAFKA_TOPIC_INVALID */
export async function openKafkaTransport(
  settings: KafkaSettings,
  reader: ControlReader,
  log: Log,
  publishes: boolean,
): Promise<ControlTransport> {
  const kafka = createKafka(settings, log)
  const opened: (() => Promise<void>)[] = []
  const close = async (): Promise<void> => {
    for (const end of opened.splice(0).toReversed()) await end().catch(() => undefined)
  }
  try {
    const tail = new TopicTail(kafka, reader, await endsOf(kafka.admin()))
    opened.push(() => tail.close())
    await tail.ready
    const producer = publishes ? await openProducer(kafka) : undefined
    if (producer !== undefined) opened.push(() => producer.disconnect())
    return {
      write: (object, envelope) => send(producer, object.id, Buffer.from(envelope)),
      remove: (object: ControlObject) => send(producer, object.id, null),
      close,
    }
  } catch (cause) {
    await close()
    throw unavailable(cause)
  }
}

/** By partition what lies behind its last message, where there is one. */
async function endsOf(admin: Admin): Promise<Map<number, bigint>> {
  await admin.connect()
  try {
    const offsets = await admin.fetchTopicOffsets(topic)
    return new Map(
      offsets
        .filter(({ low, high }) => BigInt(high) > BigInt(low))
        .map(({ partition, high }) => [partition, BigInt(high)]),
    )
  } finally {
    await admin.disconnect()
  }
}

/** Reads the topic from its beginning, again and again with a new consumer when one fails. */
class TopicTail {
  /** Resolves when all that lay before the ends has been taken in. */
  readonly ready: Promise<void>
  readonly #kafka: Kafka
  readonly #reader: ControlReader
  readonly #ends: Map<number, bigint>
  readonly #running: Promise<void>
  #becomeReady: () => void = () => undefined
  /** Messages of a fetched batch are being taken in. */
  #taking = 0
  #closed = false
  #endCurrent: () => void = () => undefined

  constructor(kafka: Kafka, reader: ControlReader, ends: Map<number, bigint>) {
    this.#kafka = kafka
    this.#reader = reader
    this.#ends = ends
    this.ready = new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`it was not read to its end in ${readyMsMax / 1_000} s`)),
        readyMsMax,
      )
      this.#becomeReady = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    this.#running = this.#run()
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#becomeReady()
    this.#endCurrent()
    await this.#running
  }

  async #run(): Promise<void> {
    while (!this.#closed) {
      // A group of its own each time: one with a member that is gone would wait until that has timed out.
      const consumer = this.#kafka.consumer({
        groupId: `${controlGroupPrefix}${uuidText(uuidVersion7())}`,
        sessionTimeout: sessionTimeoutMs,
        heartbeatInterval: sessionTimeoutMs / 4,
        maxWaitTimeInMs: waitMs,
        allowAutoTopicCreation: false,
        retry: { retries: 0, restartOnFailure: () => Promise.resolve(false) },
      })
      try {
        await this.#consume(consumer)
      } catch (error) {
        this.#reader.failed(error instanceof Error ? error.message : String(error))
      }
      await consumer.disconnect().catch(() => undefined)
      if (!this.#closed) await delay(retryIntervalMs)
    }
  }

  /** Until it fails, or the tail is closed. */
  async #consume(consumer: Consumer): Promise<void> {
    const { FETCH, CRASH } = consumer.events
    const ended = new Promise<void>((resolve, reject) => {
      this.#endCurrent = resolve
      consumer.on(CRASH, ({ payload }) => reject(payload.error))
    })
    ended.catch(() => undefined) // It may come while the consumer is still being started.
    // Every answer of a broker is contact, also an empty one; one with messages when they are taken in.
    consumer.on(FETCH, () => this.#readTo(this.#taking === 0))
    await consumer.connect()
    await consumer.subscribe({ topic, fromBeginning: true })
    await consumer.run({ autoCommit: false, eachBatch: (payload) => this.#take(payload) })
    if (this.#closed) return
    await ended
  }

  async #take({ batch, isRunning, heartbeat }: EachBatchPayload): Promise<void> {
    this.#taking++
    try {
      for (const { value, offset } of batch.messages) {
        if (!isRunning() || this.#closed) return
        // A tombstone says that the object may be forgotten; that it is over each process knows by itself.
        if (value !== null) await this.#reader.take(value, `${topic}/${batch.partition}/${offset}`)
      }
    } finally {
      this.#taking--
    }
    const end = this.#ends.get(batch.partition)
    if (end !== undefined && BigInt(batch.lastOffset()) + 1n >= end)
      this.#ends.delete(batch.partition)
    this.#readTo(true)
    await heartbeat()
  }

  #readTo(all: boolean): void {
    if (!all || this.#ends.size > 0) return
    this.#reader.contact()
    this.#becomeReady()
  }
}

async function openProducer(kafka: Kafka): Promise<Producer> {
  // Not idempotent: an object that is there twice is known, and such a producer is of no use after an error.
  const producer = kafka.producer({ maxInFlightRequests: 1, allowAutoTopicCreation: false })
  await producer.connect()
  return producer
}

async function send(
  producer: Producer | undefined,
  key: string,
  value: Buffer | null,
): Promise<void> {
  if (producer === undefined) throw new Error('this process does not publish')
  try {
    await producer.send({
      topic,
      acks: -1,
      timeout: sendTimeoutMs,
      messages: [{ key, value, partition: 0 }],
    })
  } catch (cause) {
    throw unavailable(cause)
  }
}

function unavailable(cause: unknown): GatetrailError {
  return kafkaError(`the control log (${topic}) cannot be reached`, cause)
}
