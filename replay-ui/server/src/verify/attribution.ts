/**
 * Who it was, as the record of the opening says it, and in the columns in which derived rows repeat it: an answer that
 * names somebody else is found. Pure.
 */
import { principalId, type Principal } from '@gatetrail/schemas'
import { z } from 'zod'
import { principalRow } from '../store/principal-rows.ts'

/** The columns of `sessions`, `statements` and `pii_touches` (`principalColumns`). */
export const attributionShape = { ...principalRow, connection: z.string() }

const columns = [
  ...['principal', 'principal_kind', 'issuer', 'subject', 'run_provider', 'run_id'],
  ...['run_attempt', 'run_workflow', 'run_repository', 'run_url', 'on_behalf_of', 'connection'],
]

/** What a derived row says, comparable with what `attributionOf` gives. */
export function attributionInRow(row: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(columns.map((name) => row[name]))
}

/** What `session.opened` says. */
export function attributionOf(principal: Principal, connection: string): string {
  const { kind, issuer, subject, run, onBehalfOf = [] } = principal
  return JSON.stringify([
    ...[principalId(principal), kind, issuer, subject, run?.provider ?? '', run?.id ?? ''],
    ...[run?.attempt ?? '', run?.workflow ?? '', run?.repository ?? '', run?.url ?? ''],
    onBehalfOf.map((one) =>
      one.issuer === undefined ? one.subject : `${one.issuer}#${one.subject}`,
    ),
    connection,
  ])
}
