/** The columns that say who it was, as answers show them. Pure. */
import { z } from 'zod'
import type { Run } from '@gatetrail/replay-api'

export const principalColumns = `principal, principal_kind, issuer, subject, run_provider, run_id, run_attempt, run_workflow,
  run_repository, run_url, on_behalf_of, connection`

export const principalRow = {
  principal: z.string(),
  principal_kind: z.string(),
  issuer: z.string(),
  subject: z.string(),
  run_provider: z.string(),
  run_id: z.string(),
  run_attempt: z.string(),
  run_workflow: z.string(),
  run_repository: z.string(),
  run_url: z.string(),
  on_behalf_of: z.array(z.string()),
}

type RunColumns = Pick<
  { [Name in keyof typeof principalRow]: string },
  'run_provider' | 'run_id' | 'run_attempt' | 'run_workflow' | 'run_repository' | 'run_url'
>

export function runOf(row: RunColumns): Run | null {
  if (row.run_provider === '' && row.run_id === '') return null
  return {
    provider: row.run_provider,
    id: row.run_id,
    attempt: orNull(row.run_attempt),
    workflow: orNull(row.run_workflow),
    repository: orNull(row.run_repository),
    // A claim made it: only what a browser can open without running anything.
    url: /^https?:\/\//i.test(row.run_url) ? row.run_url : null,
  }
}

export function principalOf(
  row: { principal: string; principal_kind: string; issuer: string; subject: string },
  groups: string[] = [],
) {
  return {
    id: row.principal,
    kind: row.principal_kind,
    issuer: row.issuer,
    subject: row.subject,
    groups,
  }
}

export function orNull(text: string): string | null {
  return text === '' ? null : text
}
