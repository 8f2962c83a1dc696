/** For tests: everything that lies in a topic, by a plain client that knows nothing of ours. */
import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { decodeRecord } from '@gatetrail/schemas'
import { Kafka, logLevel } from 'kafkajs'

export type TopicMessage = {
  partition: number
  offset: number
  key: string
  value: Buffer
  headers: Record<string, string>
  timestampMs: number
}

const readMsMax = 60_000

/** All messages up to what is there now; of each partition in the order of offsets. */
export async function readTopic(
  brokers: readonly string[],
  topic: string,
): Promise<TopicMessage[]> {
  const kafka = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING })
  const ends = await endOffsets(kafka, topic)
  const consumer = kafka.consumer({ groupId: `test-${randomUUID()}`, maxWaitTimeInMs: 50 })
  const messages: TopicMessage[] = []
  const deadline = performance.now() + readMsMax
  try {
    await consumer.connect()
    await consumer.subscribe({ topic, fromBeginning: true })
    await consumer.run({
      eachBatch: async ({ batch }) => {
        for (const { offset, key, value, headers, timestamp } of batch.messages)
          messages.push({
            partition: batch.partition,
            offset: Number(offset),
            key: String(key),
            value: value ?? Buffer.alloc(0),
            headers: Object.fromEntries(
              Object.entries(headers ?? {}).map(([name, text]) => [name, String(text)]),
            ),
            timestampMs: Number(timestamp),
          })
        const last = Number(batch.lastOffset())
        if (last + 1 >= (ends.get(batch.partition) ?? 0)) ends.delete(batch.partition)
      },
    })
    while (ends.size > 0) {
      if (performance.now() > deadline) throw new Error(`${topic} could not be read to its end`)
      await delay(20)
    }
  } finally {
    await consumer.disconnect()
  }
  return messages.sort((a, b) => a.partition - b.partition || a.offset - b.offset)
}

/** Of partitions with messages: the offset behind the last. */
async function endOffsets(kafka: Kafka, topic: string): Promise<Map<number, number>> {
  const admin = kafka.admin()
  await admin.connect()
  try {
    const offsets = await admin.fetchTopicOffsets(topic)
    return new Map(
      offsets
        .filter(({ high, low }) => Number(high) > Number(low))
        .map(({ partition, high }) => [partition, Number(high)]),
    )
  } finally {
    await admin.disconnect()
  }
}

/**
 * What contradicts "each session is in one partition, and the first copies of its records lie there with seq 0, 1, 2, …":
 * a sentence per message. Copies of what was there already may lie anywhere behind.
 */
export function firstCopiesOutOfOrder(messages: readonly TopicMessage[]): string[] {
  const sessions = new Map<string, { seq: number; partition: number }>()
  const found: string[] = []
  for (const { partition, value, key } of messages) {
    const { header } = decodeRecord(value)
    const known = sessions.get(key) ?? { seq: 0, partition }
    sessions.set(key, known)
    if (header.session !== key) found.push(`${header.session} has the key ${key}`)
    if (partition !== known.partition)
      found.push(`${key}:${header.seq} is in ${partition}, its session in ${known.partition}`)
    if (header.seq > known.seq) found.push(`${key}:${header.seq} comes before ${known.seq}`)
    if (header.seq === known.seq) known.seq++
  }
  return found
}
