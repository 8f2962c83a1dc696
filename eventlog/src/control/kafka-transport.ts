/**
 * The control log in Kafka: `gatetrail.control`, compacted, one partition, key = object id. Every process reads all of it,
 * from the beginning, as the only member of a group of its own that commits nothing. To control-reader.ts.
 */
import { GatetrailError, topics, uuidText, type ControlObject } from '@gatetrail/schemas'
import type { Admin, Consumer, Kafka, Producer } from 'kafkajs'
import { createKafka } from '../kafka/client.ts'
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

type End = { partition: number; offset: bigint }

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
    const ends = await endsOf(kafka.admin())
    const consumer = kafka.consumer({
      groupId: `${controlGroupPrefix}${uuidText(uuidVersion7())}`,
      sessionTimeout: sessionTimeoutMs,
      heartbeatInterval: sessionTimeoutMs / 4,
      maxWaitTimeInMs: waitMs,
      allowAutoTopicCreation: false,
      // It is never given up: without it the lease ends, and a process that is back in contact goes on.
      retry: { restartOnFailure: () => Promise.resolve(true) },
    })
    opened.push(() => consumer.disconnect())
    await readUpTo(ends, consumer, reader)
    const producer = publishes ? await openProducer(kafka) : undefined
    if (producer !== undefined) opened.push(() => producer.disconnect())
    return {
      write: (object, envelope) => send(producer, object.id, Buffer.from(envelope)),
      remove: (object: ControlObject) => send(producer, object.id, null),
      close,
    }
  } catch (cause) {
    await close()
    throw cause instanceof GatetrailError ? cause : unavailable(cause)
  }
}

/** What lies behind the last message of each partition. */
async function endsOf(admin: Admin): Promise<End[]> {
  await admin.connect()
  try {
    const names = await admin.listTopics()
    if (!names.includes(topic)) {
      throw new GatetrailError('KAFKA_TOPIC_INVALID', `Kafka has no topic ${topic}`, {
        hint: 'Make the topics: gatetrail deploy kafka.',
      })
    }
    const offsets = await admin.fetchTopicOffsets(topic)
    return offsets
      .map(({ partition, low, high }) => ({ partition, low: BigInt(low), offset: BigInt(high) }))
      .filter(({ low, offset }) => offset > low)
  } finally {
    await admin.disconnect()
  }
}

/** Starts to read, and resolves when all that lies before `ends` has been taken in. */
async function readUpTo(
  ends: readonly End[],
  consumer: Consumer,
  reader: ControlReader,
): Promise<void> {
  const waiting = new Map(ends.map(({ partition, offset }) => [partition, offset]))
  let ready = (): void => undefined
  let failed: (error: GatetrailError) => void = () => undefined
  const done = new Promise<void>((resolve, reject) => {
    ready = resolve
    failed = reject
  })
  const timer = setTimeout(
    () => failed(unavailable(new Error(`not read to its end in ${readyMsMax / 1000} s`))),
    readyMsMax,
  )
  // Every answer of a broker is contact; one with messages only once they are taken in.
  let taking = 0
  let fetched = false
  consumer.on(consumer.events.FETCH, () => {
    fetched = true
    if (taking === 0 && waiting.size === 0) {
      reader.contact()
      ready()
    }
  })
  consumer.on(consumer.events.CRASH, ({ payload }) => reader.failed(payload.error.message))
  try {
    await consumer.connect()
    await consumer.subscribe({ topic, fromBeginning: true })
    await consumer.run({
      autoCommit: false,
      async eachBatch({ batch, heartbeat, isRunning }) {
        taking++
        try {
          for (const { value, offset } of batch.messages) {
            if (!isRunning()) return
            // A tombstone says that the object may be forgotten; that it is over each process knows by itself.
            if (value !== null) await reader.take(value, `${topic}/${batch.partition}/${offset}`)
          }
          await heartbeat()
        } finally {
          taking--
        }
        const end = waiting.get(batch.partition)
        if (end !== undefined && BigInt(batch.lastOffset()) + 1n >= end)
          waiting.delete(batch.partition)
        if (waiting.size > 0) return
        reader.contact()
        if (fetched) ready()
      },
    })
    await done
  } finally {
    clearTimeout(timer)
  }
}

async function openProducer(kafka: Kafka): Promise<Producer> {
  const producer = kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
  })
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
  return new GatetrailError('KAFKA_UNAVAILABLE', `the control log (${topic}) cannot be reached`, {
    hint: 'Look at log.kafka in the configuration, and at the brokers.',
    cause,
  })
}
