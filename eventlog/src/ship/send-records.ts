/**
 * Sends single records to `gatetrail.records` besides the shipper: dead letters that are taken again. They go to the
 * partition of their session, so that whoever ingests the session takes them.
 */
import type { Kafka } from 'kafkajs'
import { createKafka } from '../kafka/client.ts'
import { kafkaError } from '../kafka/errors.ts'
import type { KafkaSettings } from '../kafka/settings.ts'
import { silentLog, type Log } from '../log.ts'
import { nextSend } from './next-send.ts'
import { connectProducer, type RecordProducer } from './record-producer.ts'

export interface RecordSender {
  /**
   * Resolves when the brokers have all of them; after an error some of them may be there.
   * @throws GatetrailError KAFKA_UNAVAILABLE, KAFKA_TOPIC_INVALID, RECORD_INVALID for what has no sound header
   */
  send(records: readonly Uint8Array[]): Promise<void>
  close(): Promise<void>
}

/** Connects when something is sent for the first time. */
export function openRecordSender(settings: KafkaSettings, log: Log = silentLog): RecordSender {
  const kafka: Kafka = createKafka(settings, log)
  let producer: RecordProducer | undefined
  return {
    async send(records) {
      try {
        producer ??= await connectProducer(kafka, settings.compression)
        const plan = [{ fromMs: 0, partitions: producer.partitions }]
        for (let start = 0; start < records.length;) {
          const { messages, end } = nextSend(records, start, plan, producer.batchBytesMax)
          await producer.send(messages)
          start = end
        }
      } catch (error) {
        await producer?.close()
        producer = undefined
        throw kafkaError('records cannot be sent again', error)
      }
    },
    async close() {
      await producer?.close()
    },
  }
}
