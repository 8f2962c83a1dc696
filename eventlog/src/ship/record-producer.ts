/**
 * One connection that sends to a topic, records as a rule: an idempotent producer with one send in flight. After any error it is thrown away, and
 * the next one, with a producer id of its own, sends the same records again. Why, and why nothing is lost or reordered then:
 * docs/decisions/0032-shipping-to-kafka.md.
 */
import { topics } from '@gatetrail/schemas'
import { CompressionTypes, type Kafka, type Producer } from 'kafkajs'
import type { KafkaSettings } from '../kafka/settings.ts'
import { askTopic } from '../kafka/topics.ts'
import { inSpan } from '../observe/tracing.ts'
import type { RecordMessage } from './record-message.ts'

/** Within kafkajs, of the same request with the same sequence numbers: for leaders that have just moved. */
const innerRetries = 1
const acknowledgeTimeoutMs = 30_000

export type RecordProducer = {
  readonly partitions: number
  readonly batchBytesMax: number
  /** Resolves when all replicas in sync have all of it. @throws whatever kafkajs throws: then throw the producer away. */
  send(messages: readonly RecordMessage[]): Promise<void>
  close(): Promise<void>
}

/** @throws GatetrailError KAFKA_TOPIC_INVALID, or whatever kafkajs throws */
export async function connectProducer(
  kafka: Kafka,
  compression: KafkaSettings['compression'],
  topic: string = topics.records,
): Promise<RecordProducer> {
  const asked = await ask(kafka, topic)
  const producer = kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    retry: { retries: innerRetries },
    createPartitioner:
      () =>
      ({ message }) =>
        message.partition ?? 0, // Always there: RecordMessage has it.
  })
  try {
    await producer.connect()
  } catch (error) {
    await quietly(producer)
    throw error
  }
  return {
    ...asked,
    send: (messages) =>
      inSpan('gatetrail.ship', { 'gatetrail.records': messages.length }, () =>
        sendAll(producer, topic, messages, compression),
      ),
    close: () => quietly(producer),
  }
}

async function sendAll(
  producer: Producer,
  topic: string,
  messages: readonly RecordMessage[],
  compression: KafkaSettings['compression'],
): Promise<void> {
  const answers = await producer.sendBatch({
    acks: -1,
    timeout: acknowledgeTimeoutMs,
    compression: compression === 'gzip' ? CompressionTypes.GZIP : CompressionTypes.None,
    topicMessages: [{ topic, messages: [...messages] }],
  })
  // When a leader moves while kafkajs retries, the partition may be asked of nobody, and the send succeeds without it.
  const taken = new Set(
    answers.filter(({ errorCode }) => errorCode === 0).map(({ partition }) => partition),
  )
  for (const { partition } of messages) {
    if (!taken.has(partition))
      throw new Error(`the brokers did not acknowledge partition ${partition}`)
  }
}

async function ask(
  kafka: Kafka,
  topic: string,
): Promise<{ partitions: number; batchBytesMax: number }> {
  const admin = kafka.admin()
  try {
    await admin.connect()
    return await askTopic(admin, topic)
  } finally {
    await quietly(admin)
  }
}

/** What is thrown away may be beyond saying goodbye. */
async function quietly(client: { disconnect(): Promise<void> }): Promise<void> {
  try {
    await client.disconnect()
  } catch {
    // It is gone, which is what was wanted.
  }
}
