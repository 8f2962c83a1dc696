/**
 * Makes the topics that are missing, and holds those that are there against the plan (topics.ts). It changes nothing that is
 * there: kafkajs can only replace all settings of a topic at once, and a retention must not shrink because of a file. It says
 * what differs and which command of Kafka's puts it right.
 */
import type { Admin, ITopicMetadata } from 'kafkajs'
import { kafkaError } from './errors.ts'
import { makeTopic, topicEntries, topicMetadata, topicPlans, type TopicPlan } from './topics.ts'
import type { KafkaSettings } from './settings.ts'

export type TopicDifference = {
  setting: string
  is: string
  must: string
  /** A command, or a sentence. */
  remedy: string
}

export type TopicReport = {
  topic: string
  /** `missing`: only of a dry run. */
  state: 'right' | 'made' | 'missing' | 'differs'
  differences: TopicDifference[]
}

/** @throws GatetrailError KAFKA_UNAVAILABLE */
export async function deployTopics(
  admin: Admin,
  settings: KafkaSettings,
  dryRun: boolean,
): Promise<TopicReport[]> {
  const reports: TopicReport[] = []
  for (const plan of topicPlans(settings)) {
    try {
      reports.push(await deployTopic(admin, plan, settings.brokers[0] ?? '', dryRun))
    } catch (error) {
      throw kafkaError(`the topic ${plan.topic} cannot be made or looked at`, error)
    }
  }
  return reports
}

async function deployTopic(
  admin: Admin,
  plan: TopicPlan,
  broker: string,
  dryRun: boolean,
): Promise<TopicReport> {
  const { topic } = plan
  const there = await topicMetadata(admin, topic)
  if (there === undefined) {
    if (dryRun) return { topic, state: 'missing', differences: [] }
    await makeTopic(admin, plan)
    return { topic, state: 'made', differences: [] }
  }
  const differences = [
    ...shapeDifferences(plan, there, broker),
    ...entryDifferences(plan, await topicEntries(admin, topic), broker),
  ]
  return { topic, state: differences.length === 0 ? 'right' : 'differs', differences }
}

function shapeDifferences(
  plan: TopicPlan,
  { partitions }: ITopicMetadata,
  broker: string,
): TopicDifference[] {
  const { topic } = plan
  const differences: TopicDifference[] = []
  if (partitions.length < plan.partitions)
    differences.push({
      setting: 'partitions',
      is: String(partitions.length),
      must: String(plan.partitions),
      remedy: `kafka-topics.sh --bootstrap-server ${broker} --alter --topic ${topic} --partitions ${plan.partitions}`,
    })
  if (partitions.length > plan.partitions)
    differences.push({
      setting: 'partitions',
      is: String(partitions.length),
      must: String(plan.partitions),
      remedy:
        plan.partitions === 1
          ? 'It cannot shrink: stop what uses it, delete it, and make it again with this command.'
          : `It cannot shrink: set log.kafka.partitions to ${partitions.length}.`,
    })
  const replicas = Math.min(...partitions.map((partition) => partition.replicas.length))
  if (replicas < plan.replicationFactor)
    differences.push({
      setting: 'replicas',
      is: String(replicas),
      must: `at least ${plan.replicationFactor}`,
      remedy: 'Give its partitions more replicas with kafka-reassign-partitions.sh.',
    })
  return differences
}

function entryDifferences(
  { topic, entries }: TopicPlan,
  found: ReadonlyMap<string, string>,
  broker: string,
): TopicDifference[] {
  return Object.entries(entries).flatMap(([setting, wanted]) => {
    const is = found.get(setting) ?? ''
    const must = requirement(setting, is, wanted)
    if (must === undefined) return []
    const remedy = `kafka-configs.sh --bootstrap-server ${broker} --alter --entity-type topics --entity-name ${topic} --add-config ${setting}=${wanted}`
    return [{ setting, is, must, remedy }]
  })
}

/** What the setting must be, or undefined if it is so. More than was asked for is as good, where more is safer. */
function requirement(setting: string, is: string, wanted: string): string | undefined {
  switch (setting) {
    case 'max.message.bytes':
    case 'min.insync.replicas':
      return Number(is) >= Number(wanted) ? undefined : `at least ${wanted}`
    case 'retention.ms':
      return is === '-1' || Number(is) >= Number(wanted) ? undefined : `at least ${wanted}`
    default:
      return is === wanted ? undefined : wanted
  }
}
