/** Which roles a caller has: they come from groups (`web.roles`); the local token is admin. Pure. */
import { permissionsOf, roles, type Permission, type Role } from '@gatetrail/replay-api'
import type { Configuration, Principal } from '@gatetrail/schemas'

/** Somebody who has shown who they are; without a role nothing opens. */
export type Caller = {
  /** `issuer#subject`, or `local`. */
  name: string
  principal: Principal | undefined
  roles: readonly Role[]
  way: 'bearer' | 'local' | 'session'
}

export function rolesOf(groups: readonly string[], configuration: Configuration): Role[] {
  const configured = configuration.web.roles
  return roles.filter((role) => configured[role].some((group) => groups.includes(group)))
}

/** The role that allows it, or undefined. */
export function roleFor(caller: Caller, permission: Permission): Role | undefined {
  return caller.roles.find((role) => permissionsOf[role].includes(permission))
}
