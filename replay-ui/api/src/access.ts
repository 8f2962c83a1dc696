/** Who may do what: roles and the permissions of each (docs/running.md). The page hides what would be refused; the server refuses. Pure. */
export const roles = ['auditor', 'approver', 'admin'] as const
export type Role = (typeof roles)[number]

export const permissions = ['read_audit', 'read_status', 'rebuild', 'revoke', 'hold'] as const
export type Permission = (typeof permissions)[number]

/** `open`: anybody; `signed_in`: whoever has shown who they are, even without a role; else the permission. */
export type Access = 'open' | 'signed_in' | Permission

export const permissionsOf: Readonly<Record<Role, readonly Permission[]>> = {
  auditor: ['read_audit', 'read_status'],
  // Deciding on requests needs no look into the trail; approvals come with a later release.
  approver: ['read_status'],
  admin: ['read_audit', 'read_status', 'rebuild', 'revoke', 'hold'],
}
