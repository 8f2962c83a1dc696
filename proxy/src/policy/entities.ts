/** Our principals, connections and contexts as Cedar takes them. Pure. */
import { isIP, isIPv6 } from 'node:net'
import type {
  CedarValueJson,
  Context,
  EntityJson,
  TypeAndId,
} from '@cedar-policy/cedar-wasm/nodejs'
import { principalId, type Principal } from '@gatetrail/schemas'

/** What policies see of a connection. */
export type PolicyConnection = { name: string; protocol: string; tags: readonly string[] }

/** What every request has. */
export type Moment = {
  time: Date
  /** An IP address; ::ffff:a.b.c.d counts as a.b.c.d, a zone is cut off. */
  clientAddress: string
}

export const principalUid = (principal: Principal): TypeAndId => ({
  type: 'Principal',
  id: principalId(principal),
})

export const connectionUid = (connection: PolicyConnection): TypeAndId => ({
  type: 'Connection',
  id: connection.name,
})

export function principalEntities(principal: Principal): EntityJson[] {
  const { kind, subject, issuer, groups, run, onBehalfOf } = principal
  const parents = groups.map((id) => ({ type: 'Group', id }))
  const attrs: Record<string, CedarValueJson> = { kind, subject, issuer, groups }
  if (run !== undefined) attrs['run'] = runValue(run)
  if (onBehalfOf !== undefined) attrs['onBehalfOf'] = onBehalfOf.map(({ subject }) => subject)
  return [
    { uid: principalUid(principal), attrs, parents },
    ...parents.map((uid) => ({ uid, attrs: {}, parents: [] })),
  ]
}

export function connectionEntities(connection: PolicyConnection): EntityJson[] {
  const protocol = { type: 'Protocol', id: connection.protocol }
  return [
    {
      uid: connectionUid(connection),
      attrs: { protocol: connection.protocol, tags: [...connection.tags] },
      parents: [protocol],
    },
    { uid: protocol, attrs: {}, parents: [] },
  ]
}

export function momentContext({ time, clientAddress }: Moment): Context {
  return {
    time: { __extn: { fn: 'datetime', arg: time.toISOString() } },
    clientAddress: { __extn: { fn: 'ip', arg: plainAddress(clientAddress) } },
  }
}

/** One that Cedar reads. */
export function isPlainAddress(address: string): boolean {
  return isIP(plainAddress(address)) !== 0
}

function plainAddress(address: string): string {
  const withoutZone = address.split('%', 1)[0] ?? ''
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(withoutZone)?.[1]
  if (mapped !== undefined && isIPv6(withoutZone)) return mapped
  return withoutZone
}

function runValue(run: NonNullable<Principal['run']>): Record<string, CedarValueJson> {
  const { provider, id, attempt, workflow, repository } = run
  const value: Record<string, CedarValueJson> = { provider, id }
  if (attempt !== undefined) value['attempt'] = attempt
  if (workflow !== undefined) value['workflow'] = workflow
  if (repository !== undefined) value['repository'] = repository
  return value
}
