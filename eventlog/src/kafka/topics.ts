/** The three topics as they must be. Made and held against brokers by deploy-kafka.ts; the shipper asks for what it relies on. */
import { setTimeout as delay } from 'node:timers/promises'
import { GatetrailError, limits, topics } from '@gatetrail/schemas'
import kafkajs, { type Admin, type ITopicMetadata } from 'kafkajs'
import { isProtocolError, missingTopic } from './errors.ts'
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
const makeTopicMsMax = 15_000

export function topicPlans(
  settings: Pick<KafkaSettings, 'partitions' | 'replicationFactor' | 'retentionHours'>,
): TopicPlan[] {
  const { partitions, replicationFactor, retentionHours } = settings
  const common = {
    'max.message.bytes': String(messageBytesMax),
    'min.insync.replicas': String(Math.max(1, replicationFactor - 1)),
    // A replica that has fallen behind must not become the leader: what it lacks would be gone.
    'unclean.leader.election.enable': 'false',
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

/**
 * Makes a topic, and returns when brokers know it: the controller answers before they do, and kafkajs's own wait takes that
 * for an error.
 */
export async function makeTopic(admin: Admin, plan: TopicPlan): Promise<void> {
  const { topic, partitions, replicationFactor, entries } = plan
  const configEntries = Object.entries(entries).map(([name, value]) => ({ name, value }))
  await admin.createTopics({
    waitForLeaders: false,
    topics: [{ topic, numPartitions: partitions, replicationFactor, configEntries }],
  })
  const deadline = performance.now() + makeTopicMsMax
  while (((await topicMetadata(admin, topic))?.partitions.length ?? 0) < partitions) {
    if (performance.now() > deadline) throw missingTopic(topic)
    await delay(50)
  }
}

/** Undefined if there is no such topic. */
export async function topicMetadata(
  admin: Admin,
  topic: string,
): Promise<ITopicMetadata | undefined> {
  try {
    const { topics: found } = await admin.fetchTopicMetadata({ topics: [topic] })
    return found[0]
  } catch (error) {
    if (isProtocolError(error, 'UNKNOWN_TOPIC_OR_PARTITION')) return undefined
    throw error
  }
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
  const partitions = (await topicMetadata(admin, topic))?.partitions.length ?? 0
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
