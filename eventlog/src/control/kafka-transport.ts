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
/** How long brokers hold an answer back that has nothing new. */
const waitMs = 500
/** How often they are asked how far the log goes. */
const askIntervalMs = 500
const sessionTimeoutMs = 10_000
/** For the present state: a broker that has just started, and a coordinator that is only now made. */
const readyMsMax = 60_000
const sendTimeoutMs = 10_000
const closeMsMax = 3_000
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
    await firstEnds(kafka) // A topic that is not there is said at once.
    const tail = new TopicTail(kafka, reader)
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

async function firstEnds(kafka: Kafka): Promise<void> {
  const admin = kafka.admin()
  await admin.connect()
  try {
    await endsOf(admin)
  } finally {
    await admin.disconnect()
  }
}

type Ends = ReadonlyMap<number, bigint>

/** By partition what lies behind its last message, where there is one. */
async function endsOf(admin: Admin): Promise<Ends> {
  const offsets = await admin.fetchTopicOffsets(topic)
  return new Map(
    offsets
      .filter(({ low, high }) => BigInt(high) > BigInt(low))
      .map(({ partition, high }) => [partition, BigInt(high)]),
  )
}

/** What the leader of the topic said: how far the log went at that moment, or later. */
type Asked = { atMs: number; ends: Ends }

/**
 * Reads the topic from its beginning, again and again with a new consumer when one fails. Contact is to have taken in all
 * that was there when the brokers were asked how far it goes, and counts from then. That a fetch has ended says nothing: with
 * kafkajs it also ends where no broker was asked (none of the partitions is its), where the connection was closed, and where the
 * broker leads no more; and of an answer that a stopped process finds nobody knows how old it is.
 */
class TopicTail {
  /** Resolves when all that was there at the start has been taken in. */
  readonly ready: Promise<void>
  readonly #kafka: Kafka
  readonly #reader: ControlReader
  readonly #running: Promise<unknown>
  /** By partition, behind what this consumer has taken in. */
  readonly #taken = new Map<number, bigint>()
  #asked: Asked | undefined
  #becomeReady: () => void = () => undefined
  readonly #stopped = new AbortController()
  #endCurrent: () => void = () => undefined

  constructor(kafka: Kafka, reader: ControlReader) {
    this.#kafka = kafka
    this.#reader = reader
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
    this.#running = Promise.all([this.#read(), this.#ask()])
  }

  async close(): Promise<void> {
    this.#stopped.abort()
    this.#becomeReady()
    this.#endCurrent()
    // kafkajs waits for answers of brokers that are away: nobody waits for that.
    await Promise.race([this.#running, delay(closeMsMax, undefined, { ref: false })])
  }

  get #closed(): boolean {
    return this.#stopped.signal.aborted
  }

  async #read(): Promise<void> {
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
      this.#taken.clear() // The next one begins at the beginning.
      await consumer.disconnect().catch(() => undefined)
      await this.#pause(retryIntervalMs)
    }
  }

  /** Until it fails, or the tail is closed. */
  async #consume(consumer: Consumer): Promise<void> {
    const ended = new Promise<void>((resolve, reject) => {
      this.#endCurrent = resolve
      consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error))
    })
    ended.catch(() => undefined) // It may come while the consumer is still being started.
    await consumer.connect()
    await consumer.subscribe({ topic, fromBeginning: true })
    await consumer.run({ autoCommit: false, eachBatch: (payload) => this.#take(payload) })
    if (this.#closed) return
    await ended
  }

  async #take({ batch, isRunning, heartbeat }: EachBatchPayload): Promise<void> {
    for (const { value, offset } of batch.messages) {
      if (!isRunning() || this.#closed) return
      // A tombstone says that the object may be forgotten; that it is over each process knows by itself.
      if (value !== null) await this.#reader.take(value, `${topic}/${batch.partition}/${offset}`)
    }
    this.#taken.set(batch.partition, BigInt(batch.lastOffset()) + 1n)
    this.#compare()
    await heartbeat()
  }

  /** Asks how far the log goes, as long as the tail is open, with a new connection when one fails. */
  async #ask(): Promise<void> {
    while (!this.#closed) {
      const admin = this.#kafka.admin({ retry: { retries: 0 } })
      try {
        await admin.connect()
        while (!this.#closed) {
          // What is asked for is read first: a log that grows all the time would never be read to its end.
          this.#asked ??= { atMs: this.#reader.monotonicMs, ends: await endsOf(admin) }
          this.#compare()
          await this.#pause(askIntervalMs)
        }
      } catch (error) {
        this.#reader.failed(error instanceof Error ? error.message : String(error))
      }
      await admin.disconnect().catch(() => undefined)
      await this.#pause(retryIntervalMs)
    }
  }

  #compare(): void {
    if (this.#asked === undefined) return
    for (const [partition, end] of this.#asked.ends)
      if ((this.#taken.get(partition) ?? 0n) < end) return
    this.#reader.contact(this.#asked.atMs)
    this.#asked = undefined
    this.#becomeReady()
  }

  async #pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.#stopped.signal }).catch(() => undefined)
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
