/**
 * Columns of PostgreSQL's own relations that hold values of other columns, or texts in which such values stand: the
 * planner's samples, other sessions' statements, large objects. Pure.
 */
import type { Relation } from '../catalogue/model.ts'

const samples = 'most_common_vals histogram_bounds most_common_elems range_bounds_histogram'
const sampled: Readonly<Record<string, string>> = {
  pg_statistic: 'stavalues1 stavalues2 stavalues3 stavalues4 stavalues5',
  pg_statistic_ext_data: 'stxdmcv stxdexpr',
  pg_stats: samples,
  pg_stats_ext: samples,
  pg_stats_ext_exprs: samples,
  pg_stat_activity: 'query',
  pg_prepared_statements: 'statement',
  pg_cursors: 'statement',
  pg_largeobject: 'data',
  // What rows have that were there before ADD COLUMN … DEFAULT.
  pg_attribute: 'attmissingval',
  // Of an extension, in any schema.
  pg_stat_statements: 'query',
}

const columnsByRelation = new Map(
  Object.entries(sampled).map(([relation, columns]) => [relation, new Set(columns.split(' '))]),
)

/** Of pg_settings: data, if an earlier statement of the session put some there. */
export const settingColumns: ReadonlySet<string> = new Set(
  ['setting', 'boot_val', 'reset_val'].map((name) => `pg_catalog.pg_settings.${name}`),
)

export function isSampled({ schema, name }: Relation, column: string): boolean {
  if (schema === 'pg_toast') return true
  if (schema !== 'pg_catalog' && name !== 'pg_stat_statements') return false
  return columnsByRelation.get(name)?.has(column) ?? false
}
