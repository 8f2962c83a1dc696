/** Who may do what: roles and the permissions of each (docs/running.md). The page hides what would be refused; the server refuses. Pure. */
export const roles = ['auditor', 'approver', 'admin'] as const
export type Role = (typeof roles)[number]

/**
 * `read_audit`: sessions and what happened in them, of the connections that the caller may see; `read_all`: of all connections, and
 * what belongs to none, such as revocations, holds and who looked at what; `make_link`: with the local token alone.
 */
export const permissions = [
  'read_audit',
  'read_all',
  'read_status',
  'rebuild',
  'revoke',
  'hold',
  'make_link',
] as const
export type Permission = (typeof permissions)[number]

/** `open`: anybody; `signed_in`: whoever has shown who they are, even without a role; else the permission. */
export type Access = 'open' | 'signed_in' | Permission

export const permissionsOf: Readonly<Record<Role, readonly Permission[]>> = {
  auditor: ['read_audit', 'read_all', 'read_status'],
  // Deciding on requests needs no look into the trail; approvals come with a later release.
  approver: ['read_status'],
  admin: ['read_audit', 'read_all', 'read_status', 'rebuild', 'revoke', 'hold', 'make_link'],
}
