/**
 * Which roles a caller has, and of which connections: they come from groups (`web.roles`, `web.scopes`); the local token is admin.
 * Pure.
 */
import { permissionsOf, roles, type Permission, type Role } from '@gatetrail/replay-api'
import type { Configuration, Principal } from '@gatetrail/schemas'

/** Somebody who has shown who they are; without a role nothing opens. */
export type Caller = {
  /** `issuer#subject`, or `local`. */
  name: string
  principal: Principal | undefined
  /** Of the bearer token, where it has one. */
  tokenId?: string
  roles: readonly Role[]
  /** The only ones that the caller may read of; left out: all. */
  connections?: readonly string[]
  way: 'bearer' | 'local' | 'session'
  /** Until when the groups of a sign-in count, and for how long each time. */
  confirm?: { untilMs: number; everyMs: number }
}

export function rolesOf(
  groups: readonly string[],
  { web }: Configuration,
): Pick<Caller, 'roles' | 'connections'> {
  const named = (among: readonly string[]) => among.some((group) => groups.includes(group))
  const ofAll = roles.filter((role) => named(web.roles[role]))
  // Who may read everything is not narrowed by a group that may read a part.
  if (ofAll.some((role) => permissionsOf[role].includes('read_audit'))) return { roles: ofAll }
  const scopes = web.scopes.filter((scope) => named(scope.groups))
  if (scopes.length === 0) return { roles: ofAll }
  const connections = [...new Set(scopes.flatMap((scope) => scope.connections))].sort()
  return { roles: ['auditor', ...ofAll], connections }
}

export function permissionsFor({ roles: has, connections, way }: Caller): Permission[] {
  const all = [...new Set(has.flatMap((role) => permissionsOf[role]))].filter(
    // Of the token alone: nobody makes another way in with a session that will end.
    (permission) => permission !== 'make_link' || way === 'local',
  )
  return connections === undefined ? all : all.filter((permission) => permission !== 'read_all')
}

/** The role that allows it, or undefined. */
export function roleFor(caller: Caller, permission: Permission): Role | undefined {
  if (!permissionsFor(caller).includes(permission)) return undefined
  return caller.roles.find((role) => permissionsOf[role].includes(permission))
}
