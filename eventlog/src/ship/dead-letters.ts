/**
 * What ingest has set aside goes to `gatetrail.dead-letter`, for whoever watches topics rather than tables; the store has the
 * same (table `dead_letters`), and `gatetrail ingest redrive` reads it there. At least once: after an error all are sent again.
 */
import { limits, topics } from '@gatetrail/schemas'
import type { Kafka } from 'kafkajs'
import { createKafka } from '../kafka/client.ts'
import { kafkaError } from '../kafka/errors.ts'
import type { KafkaSettings } from '../kafka/settings.ts'
import { silentLog, type Log } from '../log.ts'
import type { RecordMessage } from './record-message.ts'
import { connectProducer, type RecordProducer } from './record-producer.ts'

export type SetAside = {
  writer: string
  position: number
  /** Of a closed list, ingest's. */
  reason: string
  message: string
  bytes: Uint8Array
}

export interface DeadLetterTopic {
  /** Resolves when the brokers have all of them. @throws GatetrailError KAFKA_UNAVAILABLE, KAFKA_TOPIC_INVALID */
  send(letters: readonly SetAside[]): Promise<void>
  close(): Promise<void>
}

/** Headers of a dead letter. Its key is `writer:position`, its value what was set aside, cut at the largest record. */
const headers = {
  reason: 'gatetrail_reason',
  message: 'gatetrail_message',
  /** Of what was set aside, before the cut. */
  bytes: 'gatetrail_bytes',
} as const
const messageTextMax = 1_000
/** All go to one partition in one batch, which must stay below the topic's bound. */
const sendBytesMax = limits.recordBytesMax
const sendMessagesMax = 500
const overheadBytes = 2 * limits.KiB

/** Connects when something is sent for the first time. */
export function openDeadLetterTopic(
  settings: KafkaSettings,
  log: Log = silentLog,
): DeadLetterTopic {
  const kafka: Kafka = createKafka(settings, log)
  let producer: RecordProducer | undefined
  return {
    async send(letters) {
      try {
        producer ??= await connectProducer(kafka, settings.compression, topics.deadLetter)
        for (const messages of inSends(letters)) await producer.send(messages)
      } catch (error) {
        const broken = producer
        producer = undefined
        await broken?.close()
        throw kafkaError('dead letters cannot be sent', error)
      }
    },
    async close() {
      await producer?.close()
    },
  }
}

function* inSends(letters: readonly SetAside[]): Generator<RecordMessage[]> {
  let messages: RecordMessage[] = []
  let bytes = 0
  for (const letter of letters) {
    const message = messageOf(letter)
    const size = message.value.length + overheadBytes
    if (
      messages.length > 0 &&
      (bytes + size > sendBytesMax || messages.length === sendMessagesMax)
    ) {
      yield messages
      messages = []
      bytes = 0
    }
    messages.push(message)
    bytes += size
  }
  if (messages.length > 0) yield messages
}

function messageOf({ writer, position, reason, message, bytes }: SetAside): RecordMessage {
  const kept = bytes.subarray(0, limits.recordBytesMax)
  return {
    key: `${writer}:${position}`,
    value: Buffer.from(kept.buffer, kept.byteOffset, kept.length),
    partition: 0,
    headers: {
      [headers.reason]: reason,
      [headers.message]: message.slice(0, messageTextMax),
      [headers.bytes]: String(bytes.length),
    },
  }
}
