/**
 * A month in which nothing was written for an hour is merged into one part: `FINAL`, by which every answer reads, then costs nothing, because
 * there are no versions of a row to choose from. Of the tables that answers over a year read whole; the others are too large for it.
 */
import { localTable, type Migration } from './migration.ts'

const tables = ['pii_touches_rows', 'sessions_rows'] as const
const restSeconds = 3_600

export const mergeMonths: Migration = {
  id: '0016-merged-months',
  statements: (target) =>
    tables.map(
      (table) =>
        `ALTER TABLE ${localTable(table, target)}${target.onCluster} MODIFY SETTING
        min_age_to_force_merge_seconds = ${restSeconds}, min_age_to_force_merge_on_partition_only = 1`,
    ),
}
