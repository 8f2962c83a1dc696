/** The three topics as they must be. Made and held against brokers by deploy-kafka.ts; the shipper asks for what it relies on. */
import { GatetrailError, limits, topics } from '@gatetrail/schemas'
import kafkajs, { type Admin } from 'kafkajs'
import type { KafkaSettings } from './settings.ts'

// Node finds only some names in this CommonJS module: the others are taken from it as a whole.

export type TopicPlan = {
  topic: string
  partitions: number
  replicationFactor: number
  /** Settings of the topic that differ from what brokers do by themselves, as brokers name them. */
  entries: Readonly<Record<string, string>>
}

/** Twice the largest record: one record never needs a batch of more. */
export const messageBytesMax = 2 * limits.MiB
/** What a message carries around its value: headers, key, and the batch that it is alone in. */
export const messageOverheadBytesMax = 2 * limits.KiB

export function topicPlans(
  settings: Pick<KafkaSettings, 'partitions' | 'replicationFactor' | 'retentionHours'>,
): TopicPlan[] {
  const { partitions, replicationFactor, retentionHours } = settings
  const common = {
    'max.message.bytes': String(messageBytesMax),
    'min.insync.replicas': String(Math.max(1, replicationFactor - 1)),
    // The brokers' clock: one of a proxy that is wrong by a year must neither expire records nor have them refused.
    'message.timestamp.type': 'LogAppendTime',
  }
  const retention = {
    'cleanup.policy': 'delete',
    'retention.ms': String(Math.ceil(retentionHours * 3_600_000)),
    'retention.bytes': '-1',
  }
  return [
    {
      topic: topics.records,
      partitions,
      replicationFactor,
      entries: { ...common, ...retention },
    },
    {
      topic: topics.control,
      partitions: 1,
      replicationFactor,
      entries: { ...common, 'cleanup.policy': 'compact' },
    },
    {
      topic: topics.deadLetter,
      partitions: 1,
      replicationFactor,
      entries: { ...common, ...retention },
    },
  ]
}

/** Settings of a topic by name, as the brokers have them. */
export async function topicEntries(admin: Admin, topic: string): Promise<Map<string, string>> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic }],
  })
  const entries = resources[0]?.configEntries ?? []
  return new Map(entries.map(({ configName, configValue }) => [configName, configValue]))
}

/**
 * How many partitions a topic has, and how large a batch it takes.
 * @throws GatetrailError KAFKA_TOPIC_INVALID if it is not there, or takes no batch with the largest record
 */
export async function askTopic(
  admin: Admin,
  topic: string,
): Promise<{ partitions: number; batchBytesMax: number }> {
  const { topics: found } = await admin.fetchTopicMetadata({ topics: [topic] })
  const partitions = found[0]?.partitions.length ?? 0
  if (partitions === 0) throw missingTopic(topic)
  const batchBytesMax = Number((await topicEntries(admin, topic)).get('max.message.bytes'))
  const needed = limits.recordBytesMax + messageOverheadBytesMax
  if (!(batchBytesMax >= needed)) {
    throw new GatetrailError(
      'KAFKA_TOPIC_INVALID',
      `the topic ${topic} takes batches of ${batchBytesMax} bytes, and the largest record needs ${needed}`,
      { hint: `Set its max.message.bytes to ${messageBytesMax}: gatetrail deploy kafka does.` },
    )
  }
  return { partitions, batchBytesMax }
}

export function missingTopic(topic: string, cause?: unknown): GatetrailError {
  return new GatetrailError('KAFKA_TOPIC_INVALID', `there is no topic ${topic}`, {
    hint: 'Make the topics with gatetrail deploy kafka.',
    cause,
  })
}
