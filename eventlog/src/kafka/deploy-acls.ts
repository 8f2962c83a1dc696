/**
 * What each role may do at brokers with an authorizer: which ACLs that takes, and making those that are missing. Nothing is
 * taken away. One user may stand for several roles.
 */
import { topics } from '@gatetrail/schemas'
import kafkajs, { type AclEntry, type Admin } from 'kafkajs'
import { controlGroupPrefix } from '../control/kafka-transport.ts'
import { isProtocolError, kafkaError } from './errors.ts'
import type { KafkaSettings } from './settings.ts'

/** Users at the brokers, by the role that logs in as them. */
export type AclUsers = Partial<Record<'proxy' | 'ingest' | 'replay', string>>

export type AclReport = {
  /** `off`: the brokers have no authorizer, so everybody may do everything. `skipped`: no user was named. */
  state: 'off' | 'skipped' | 'right' | 'made' | 'missing'
  /** As sentences: those that were made, or, in a dry run, are missing. */
  acls: string[]
}

type Operation = 'READ' | 'WRITE' | 'DESCRIBE' | 'DESCRIBE_CONFIGS'
type Grant = {
  user: string
  kind: 'topic' | 'group' | 'groups'
  name: string
  operations: Operation[]
}

/** Who sends asks for the topic's partitions and its largest batch first. */
const send: Operation[] = ['WRITE', 'DESCRIBE', 'DESCRIBE_CONFIGS']

/** @throws GatetrailError KAFKA_UNAVAILABLE */
export async function deployAcls(
  admin: Admin,
  settings: KafkaSettings,
  users: AclUsers,
  dryRun: boolean,
): Promise<AclReport> {
  const wanted = grantsOf(users, settings.consumerGroup).flatMap(aclsOf)
  if (wanted.length === 0) return { state: 'skipped', acls: [] }
  try {
    const missing: typeof wanted = []
    for (const entry of wanted) if (!(await isThere(admin, entry.acl))) missing.push(entry)
    if (missing.length === 0) return { state: 'right', acls: [] }
    const acls = missing.map(({ sentence }) => sentence)
    if (dryRun) return { state: 'missing', acls }
    await admin.createAcls({ acl: missing.map(({ acl }) => acl) })
    return { state: 'made', acls }
  } catch (error) {
    // The brokers have no authorizer.
    if (isProtocolError(error, 'SECURITY_DISABLED')) return { state: 'off', acls: [] }
    throw kafkaError('ACLs cannot be made or looked at', error)
  }
}

/** Pure. */
function grantsOf({ proxy, ingest, replay }: AclUsers, consumerGroup: string): Grant[] {
  const grants: Grant[] = []
  const topic = (user: string, name: string, operations: Operation[]) =>
    grants.push({ user, kind: 'topic', name, operations })
  const readControl = (user: string) => {
    topic(user, topics.control, ['READ', 'DESCRIBE'])
    grants.push({ user, kind: 'groups', name: controlGroupPrefix, operations: ['READ'] })
  }
  if (proxy !== undefined) {
    topic(proxy, topics.records, send)
    readControl(proxy)
  }
  if (ingest !== undefined) {
    topic(ingest, topics.records, ['READ', ...send]) // Its own events go there too.
    topic(ingest, topics.deadLetter, send)
    grants.push({ user: ingest, kind: 'group', name: consumerGroup, operations: ['READ'] })
  }
  if (replay !== undefined) {
    topic(replay, topics.records, send)
    topic(replay, topics.control, ['WRITE'])
    readControl(replay)
  }
  return grants
}

/** kafkajs knows the numbers of operations, not their names: a sentence goes with each. */
function aclsOf({ user, kind, name, operations }: Grant): { acl: AclEntry; sentence: string }[] {
  const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs
  const what = { topic: 'topic', group: 'group', groups: 'groups beginning with' }[kind]
  return operations.map((operation) => ({
    acl: {
      resourceType: kind === 'topic' ? AclResourceTypes.TOPIC : AclResourceTypes.GROUP,
      resourceName: name,
      resourcePatternType:
        kind === 'groups' ? ResourcePatternTypes.PREFIXED : ResourcePatternTypes.LITERAL,
      principal: `User:${user}`,
      host: '*',
      operation: AclOperationTypes[operation],
      permissionType: AclPermissionTypes.ALLOW,
    },
    sentence: `User:${user} may ${operation} ${what} ${name}`,
  }))
}

async function isThere(admin: Admin, acl: AclEntry): Promise<boolean> {
  const { resources } = await admin.describeAcls(acl)
  return resources.some(({ acls }) => acls.length > 0)
}
