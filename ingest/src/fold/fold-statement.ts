/**
 * Folds what is said about a statement into its row: decided, completed, touched. Pure. Its version is that of
 * the last record that it covers: a higher version holds all that a lower one does.
 */
import type { EventBody, Touch } from '@gatetrail/schemas'
import { principalOf, type PrincipalRow } from '../tables/principal.ts'
import type { StatementRow } from '../tables/statements.ts'
import type { RecordPoint } from './fold-session.ts'

type Description = EventBody<'gatetrail.statement.described'>

/** The row of a statement when it is decided. `description` is undefined if that record is missing. */
export function newStatement(
  point: RecordPoint,
  body: EventBody<'gatetrail.statement.decided'>,
  description: Description | undefined,
  principal: PrincipalRow,
): StatementRow {
  const text = body.text ?? description?.text ?? ''
  return {
    tenant: point.tenant,
    session: point.session,
    seq: point.seq,
    writer: point.writer,
    time: point.timeMicros,
    offset_micros: point.offsetMicros,
    ...principalOf(principal),
    description: body.description,
    text,
    text_bytes: description?.textBytes ?? Buffer.byteLength(text),
    path: body.path,
    verdict: body.verdict,
    policies: body.policies,
    policy_set: body.policySet,
    code: body.code ?? '',
    reason: body.reason ?? '',
    approval_groups: body.approvalGroups ?? [],
    kinds: description?.facts.kinds ?? [],
    effects: description?.facts.effects ?? [],
    reads: description?.facts.reads ?? [],
    writes: description?.facts.writes ?? [],
    complete: description?.facts.complete ?? false,
    completed: false,
    rows: 0,
    bytes: 0,
    duration_micros: 0,
    command: '',
    error_sqlstate: '',
    error_message: '',
    touches: '[]',
    touched_values: 0,
    entities: [],
    stored: point.storedSeconds,
    row_version: redactedVersion(point.redactions) + point.rowVersion,
  }
}

/** More than any seq gives: what is shown after a redaction wins over all that was there before. */
const redactionStep = 2 ** 34
/** So that versions stay numbers that are exact. */
const redactionsMax = 2 ** 18

function redactedVersion(redactions: number): number {
  return Math.min(redactions, redactionsMax) * redactionStep
}

/** The version of a row that takes in a later record; undefined if it covers it already. */
function grown(row: StatementRow, rowVersion: number): number | undefined {
  const covered = row.row_version % redactionStep
  return rowVersion <= covered ? undefined : row.row_version - covered + rowVersion
}

/** False if the row covered the record already. */
export function foldCompleted(
  row: StatementRow,
  rowVersion: number,
  body: EventBody<'gatetrail.statement.completed'>,
): boolean {
  const version = grown(row, rowVersion)
  if (version === undefined) return false
  row.row_version = version
  row.completed = true
  row.rows = body.rows
  row.bytes = body.bytes
  row.duration_micros = body.durationMicros
  row.command = body.command ?? ''
  row.error_sqlstate = body.error?.sqlstate ?? ''
  row.error_message = body.error?.message ?? ''
  return true
}

/** False if the row covered the record already. */
export function foldTouched(
  row: StatementRow,
  rowVersion: number,
  touches: readonly Touch[],
): boolean {
  const version = grown(row, rowVersion)
  if (version === undefined) return false
  row.row_version = version
  row.touches = JSON.stringify(mergeTouches(JSON.parse(row.touches) as Touch[], touches))
  row.touched_values += touches.reduce((sum, { count }) => sum + count, 0)
  row.entities = [...new Set([...row.entities, ...touches.map(({ entity }) => entity)])].sort()
  return true
}

/** One entry per place, entity, outcome and level, however often a long answer reports them. */
function mergeTouches(before: readonly Touch[], added: readonly Touch[]): Touch[] {
  const merged = new Map<string, Touch>()
  for (const touch of [...before, ...added]) {
    const key = JSON.stringify([touch.place, touch.entity, touch.outcome, touch.level])
    const count = (merged.get(key)?.count ?? 0) + touch.count
    // Fingerprints have a table of their own.
    const { place, entity, outcome, level } = touch
    merged.set(key, { place, entity, outcome, level, count })
  }
  return [...merged.values()]
}

/** Bytes in memory, roughly: what the cache is bounded by. */
export function statementWeight(row: StatementRow): number {
  return 2048 + row.text.length + row.touches.length
}
