/** Prepared statements and portals of one session. */
import type { ColumnDescription } from '@gatetrail/protocols'
import type { Snapshot } from '../catalogue/snapshot.ts'
import type { TouchCounts } from '../masking/touch-counts.ts'
import type { StatementRun } from '../recorder/statement-run.ts'
import type { StatementForm } from './statement-form.ts'

export type Prepared = {
  readonly form: StatementForm
  /** From the answer to Describe; empty: it returns no rows. */
  columns: readonly ColumnDescription[] | undefined
  /** The catalogue when they were described: with another one, the same name may mean another table. */
  columnsSnapshot: Snapshot | undefined
  /** The batch of the last Describe that was sent. */
  describedInBatch: number
  /** For statement.decided, where it is not the described one; masked. */
  readonly text: string | undefined
  /** What its text was found to hold. */
  readonly touches: TouchCounts
}

export type Portal = {
  readonly prepared: Prepared
  /** As the Bind asked. */
  readonly resultFormats: readonly number[]
  readonly batch: number
  /** From the answer to Describe of the portal, formats included. */
  columns: readonly ColumnDescription[] | undefined
  describedInBatch: number
  /** The Execute that began it, until it has run to its end. */
  run: StatementRun | undefined
  suspended: boolean
  /** What its parameters were found to hold. */
  readonly touches: TouchCounts
}
