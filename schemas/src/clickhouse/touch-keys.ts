/**
 * `pii_touches` learns which policies decided the statement, so that no statement is read to tell, and `run_key`: one value per run and
 * principal (a session without a run stands for itself), which the engine derives from the columns that say so. `keyed_touches` is
 * what answers read: with the key, which is no text, so that `SELECT *` of `pii_touches` stays readable.
 */
import { inBackground, localTable, type Migration } from './migration.ts'
import { ofScan } from './touches-of-scans.ts'

/** Of the columns that say who it was, in whichever table. */
export const runKey = `sipHash128(run_provider, run_id, run_attempt, principal, on_behalf_of, if(run_id = '', toString(session), ''))`
const columns = [
  `ADD COLUMN IF NOT EXISTS policies Array(LowCardinality(String)) COMMENT 'that decided the statement'`,
  `ADD COLUMN IF NOT EXISTS policies_known Bool COMMENT 'false: its row in statements tells'`,
  `ADD COLUMN IF NOT EXISTS run_key FixedString(16) MATERIALIZED ${runKey}`,
]

export const addTouchKeys: Migration = {
  id: '0015-touch-keys',
  statements: (target) => {
    const { onCluster, cluster } = target
    const local = localTable('pii_touches_rows', target)
    const add = (table: string) => `ALTER TABLE ${table}${onCluster} ${columns.join(', ')}`
    const view = (name: string, more: string, settings: string) =>
      `CREATE OR REPLACE VIEW ${name}${onCluster} AS
    SELECT * EXCEPT (row_version), ${more}${ofScan} AS retrospective FROM pii_touches_rows FINAL
    SETTINGS do_not_merge_across_partitions_select_final = 1${settings}`
    return [
      add(local),
      ...(cluster === undefined ? [] : [add('pii_touches_rows')]),
      // In the background: parts of before derive it as they are read.
      inBackground(`ALTER TABLE ${local}${onCluster} MATERIALIZE COLUMN run_key`),
      view('pii_touches', '', ''),
      // Of conditions, those on the sorting key go first: all versions of a row fulfil them or none.
      view('keyed_touches', 'run_key, ', ', optimize_move_to_prewhere_if_final = 1'),
    ]
  },
}
