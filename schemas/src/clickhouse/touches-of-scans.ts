/**
 * `pii_touches` learns of what later scans found (`scan`, a part of the key: a scan finds more at a record at which something was
 * touched before) and of values without a fingerprint.
 */
import { localTable, type Migration } from './migration.ts'

/** `scan` of a touch that was found as it passed. */
export const noScan = '00000000-0000-0000-0000-000000000000'
/** Of a touch: whether a later scan found it. */
export const ofScan = `scan != toUUID('${noScan}')`

export const addTouchesOfScans: Migration = {
  id: '0012-touches-of-scans',
  statements: (target) => {
    const { onCluster, cluster } = target
    const local = localTable('pii_touches_rows', target)
    const columns = `ADD COLUMN IF NOT EXISTS unfingerprinted UInt64 COMMENT 'values of which there is no fingerprint'`
    // A part of the key only if it is new: a column that is there cannot become one, and one that is a part is left as it is.
    const scan = `ADD COLUMN IF NOT EXISTS scan UUID COMMENT 'that found it later; zeros: found as it passed'`
    return [
      `ALTER TABLE ${local}${onCluster} ${scan}, MODIFY ORDER BY (tenant, toStartOfHour(time), session, seq, ordinal, scan)`,
      `ALTER TABLE ${local}${onCluster} ${columns}`,
      ...(cluster === undefined
        ? []
        : [`ALTER TABLE pii_touches_rows${onCluster} ${scan}, ${columns}`]),
      `CREATE OR REPLACE VIEW pii_touches${onCluster} AS
    SELECT * EXCEPT (row_version), ${ofScan} AS retrospective FROM pii_touches_rows FINAL
    SETTINGS do_not_merge_across_partitions_select_final = 1`,
    ]
  },
}
