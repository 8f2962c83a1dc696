/** `gatetrail deploy kafka`: the topics and, where they are asked for, the ACLs. */
import { silentLog, type Log } from '../log.ts'
import { createKafka } from './client.ts'
import { deployAcls, type AclReport, type AclUsers } from './deploy-acls.ts'
import { deployTopics, type TopicReport } from './deploy-topics.ts'
import { kafkaError } from './errors.ts'
import type { KafkaSettings } from './settings.ts'

export type DeployKafkaOptions = {
  settings: KafkaSettings
  /** Only says what it would do. */
  dryRun: boolean
  users: AclUsers
  log?: Log
}

export type DeployKafkaReport = {
  topics: TopicReport[]
  acls: AclReport
  /** Whether all is now as it must be. */
  right: boolean
}

/** @throws GatetrailError KAFKA_UNAVAILABLE */
export async function deployKafka(options: DeployKafkaOptions): Promise<DeployKafkaReport> {
  const { settings, dryRun, users } = options
  const admin = createKafka(settings, options.log ?? silentLog).admin()
  try {
    await admin.connect()
  } catch (error) {
    await admin.disconnect().catch(() => {})
    throw kafkaError('Kafka cannot be set up', error)
  }
  try {
    const topics = await deployTopics(admin, settings, dryRun)
    const acls = await deployAcls(admin, settings, users, dryRun)
    const areTopicsRight = topics.every(({ state }) => state === 'right' || state === 'made')
    // Users were named and nothing holds them to their rights: that is not as it must be.
    const areAclsRight = acls.state !== 'missing' && acls.state !== 'off'
    return { topics, acls, right: areTopicsRight && areAclsRight }
  } finally {
    await admin.disconnect()
  }
}
