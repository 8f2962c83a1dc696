/** Who may do what. Roles come from groups (`web.roles`); the local token is admin. Pure. */
import type { Configuration, Principal } from '@gatetrail/schemas'

export const roles = ['auditor', 'approver', 'admin'] as const
export type Role = (typeof roles)[number]

export const permissions = ['read_audit', 'read_status', 'rebuild', 'revoke', 'hold'] as const
export type Permission = (typeof permissions)[number]

const allowed: Readonly<Record<Role, readonly Permission[]>> = {
  auditor: ['read_audit', 'read_status'],
  // Deciding on requests needs no look into the trail; approvals come with a later release.
  approver: ['read_status'],
  admin: ['read_audit', 'read_status', 'rebuild', 'revoke', 'hold'],
}

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
  return caller.roles.find((role) => allowed[role].includes(permission))
}
