/** Who it was: the columns that sessions, statements and touches have in common, filled from a principal. */
import { principalId, type Principal } from '@gatetrail/schemas'
import { arrayOf, text, type Row } from '../store/columns.ts'

export const principalColumns = {
  principal: text,
  principal_kind: text,
  issuer: text,
  subject: text,
  run_provider: text,
  run_id: text,
  run_attempt: text,
  run_workflow: text,
  run_repository: text,
  run_url: text,
  on_behalf_of: arrayOf(text),
  connection: text,
}

export type PrincipalRow = Row<typeof principalColumns>

/** Of a session whose opening is missing. */
export const unknownPrincipal: PrincipalRow = {
  principal: '',
  principal_kind: '',
  issuer: '',
  subject: '',
  run_provider: '',
  run_id: '',
  run_attempt: '',
  run_workflow: '',
  run_repository: '',
  run_url: '',
  on_behalf_of: [],
  connection: '',
}

export function principalRow(principal: Principal, connection: string): PrincipalRow {
  const run = principal.run
  return {
    principal: principalId(principal),
    principal_kind: principal.kind,
    issuer: principal.issuer,
    subject: principal.subject,
    run_provider: run?.provider ?? '',
    run_id: run?.id ?? '',
    run_attempt: run?.attempt ?? '',
    run_workflow: run?.workflow ?? '',
    run_repository: run?.repository ?? '',
    run_url: run?.url ?? '',
    on_behalf_of: (principal.onBehalfOf ?? []).map(({ issuer, subject }) =>
      issuer === undefined ? subject : `${issuer}#${subject}`,
    ),
    connection,
  }
}

/** Only the principal's columns of a row that has more. */
export function principalOf(row: PrincipalRow): PrincipalRow {
  return {
    principal: row.principal,
    principal_kind: row.principal_kind,
    issuer: row.issuer,
    subject: row.subject,
    run_provider: row.run_provider,
    run_id: row.run_id,
    run_attempt: row.run_attempt,
    run_workflow: row.run_workflow,
    run_repository: row.run_repository,
    run_url: row.run_url,
    on_behalf_of: row.on_behalf_of,
    connection: row.connection,
  }
}
