/**
 * Names that SQL gives and takes: PREPARE, DEALLOCATE, DECLARE, CLOSE, and the ends of transactions. They are the names of
 * Parse and Bind. At CommandComplete: what failed has named nothing. From target-leg.ts.
 */
import type { StatementPart } from '../facts/index.ts'
import type { Reply } from './replies.ts'
import { portalOf, preparedOf, type Prepared } from './prepared.ts'
import { mergedWith } from './session-sql/merged-description.ts'
import type { SessionState } from './session-state.ts'
import { executeText, fetchText } from './statement-forms.ts'

/** One statement of a text is done. `tag`: what the target says it did. */
export function applyNames(
  state: SessionState,
  entry: Reply,
  part: StatementPart | undefined,
  tag: string,
): void {
  const { statements, portals } = state
  switch (tag) {
    case 'DISCARD ALL':
      statements.clear()
      portals.clear()
      return
    case 'DEALLOCATE ALL':
      statements.forget(() => true)
      return
    case 'CLOSE CURSOR ALL':
      portals.forget(() => true)
      return
  }
  if (part === undefined) return
  const { prepared, cursor } = part
  if (prepared?.action === 'deallocate') statements.set(prepared.name, undefined)
  if (prepared?.action === 'prepare') {
    statements.set(prepared.name, givenBySql(state, entry, executeText(prepared.name)))
  }
  if (cursor?.action === 'close') portals.set(cursor.name, undefined)
  if (cursor?.action === 'declare') {
    const given = givenBySql(state, entry, fetchText(cursor.name))
    const portal = portalOf(state, given, given.form)
    portal.hold = cursor.hold === true
    portals.set(cursor.name, portal)
  }
}

/** A transaction ended: portals end with it, but for those WITH HOLD that were committed. */
export function endPortals(state: SessionState, committed: boolean): void {
  const { portals } = state
  if (portals.size === 0) return
  portals.forget((portal) => {
    if (committed && portal.hold) portal.held = true
    return !portal.held
  })
}

/** ROLLBACK TO: portals that were made after the savepoint end. */
export function endPortalsSince(state: SessionState, order: number | undefined): void {
  state.portals.forget((portal) => !portal.held && portal.order >= (order ?? 0))
}

function givenBySql(state: SessionState, entry: Reply, viaSql: string): Prepared {
  const form = entry.form!
  const description = form.raw
  const source = {
    text: entry.text,
    part: entry.part,
    types: [],
    unread: form.unread,
    description,
    codeRuns: state.sql.codeRuns,
  }
  const outer = state.context.facts.describe(viaSql, state.sql.environment)
  const columns = description.parts[entry.part]?.columns
  const bytes = Buffer.from(viaSql)
  const merged = mergedWith(outer, [{ description, columns }])
  const used = state.forms.of(merged, outer, bytes, 0, bytes.length)
  return { ...preparedOf(used, undefined, state.sql.codeRuns), source, named: true, viaSql }
}
