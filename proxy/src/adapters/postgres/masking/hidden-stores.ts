/**
 * Tagged data that a statement puts where masking can't follow it: into a sequence, a large object, a notification to other
 * sessions, a setting that PostgreSQL shows to everybody. Such a statement is refused. From relay/judge.ts. Pure.
 */
import type { StatementReach } from '../facts/lineage.ts'

/** As facts name them: what is no relation, and what SET and set_config fill. */
const anywhere = '*'
const settings = 'pg_catalog.pg_settings'

/** Why the statement may not pass, for the client; undefined if it may. */
export function hiddenStoreRefusal({ stores }: StatementReach): string | undefined {
  for (const { relation, column, lineage } of stores) {
    const [tag] = lineage.tags
    if (tag === undefined) continue
    // A setting of an extension's or user's own (my.value) is the session's alone, and masked when it is shown.
    const ofSession = relation === settings && column?.includes('.') === true
    if (relation === anywhere || (relation === settings && !ofSession)) {
      return `data of ${tag.place} would be put where masking cannot follow it`
    }
  }
  return undefined
}

export const hiddenStoreHint =
  'Sequences, large objects, notifications and settings of the server take no data of tagged columns.'
