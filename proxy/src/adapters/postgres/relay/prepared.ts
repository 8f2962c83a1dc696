/** Prepared statements and portals of one session, of the protocol and of SQL alike: they share their names. */
import type { ColumnDescription } from '@gatetrail/protocols'
import type { Snapshot } from '../catalogue/snapshot.ts'
import type { StatementDescription } from '../facts/index.ts'
import { TouchCounts } from '../masking/touch-counts.ts'
import type { StatementRun } from '../recorder/statement-run.ts'
import type { Decision } from './context.ts'
import type { SessionState } from './session-state.ts'
import type { StatementForm } from './statement-form.ts'
import type { UnreadReason } from './unread-text.ts'

/** The text that gave a name its meaning, and what it means. */
export type NamedText = {
  /** To describe it again; undefined: it was not kept. */
  readonly text: Buffer | undefined
  /** Number of the statement in it that the name means. */
  readonly part: number
  /** Of its parameters, as far as somebody made them: parameter-types.ts. */
  readonly types: readonly number[]
  /** It could not be read when it was parsed: no setting changes that. */
  readonly unread: UnreadReason
  /** Of the whole text, in the environment that it was described in last. */
  description: StatementDescription
  /** Those of the session (session-sql.ts) when the name was given. */
  readonly codeRuns: number
}

export type Prepared = {
  readonly source: NamedText
  /** False: by the empty name, which code at the target can't give another meaning. */
  named: boolean
  /** Of PREPARE and DECLARE: the text by which SQL would use it. */
  readonly viaSql: string | undefined
  /** As it was described last. */
  form: StatementForm
  /** From the answer to Describe; empty: it returns no rows. */
  columns: readonly ColumnDescription[] | undefined
  /** The catalogue when they were described: with another one, the same name may mean another table. */
  columnsSnapshot: WeakRef<Snapshot> | undefined
  /** The batch of the last Describe that was sent. */
  describedInBatch: number
  /** At its Parse; undefined: SQL gave it its name. */
  decision: Decision | undefined
  /** For statement.decided, where it is not the described one; masked. */
  text: string | undefined
  /** What its text was found to hold. */
  touches: TouchCounts
}

export type Portal = {
  readonly prepared: Prepared
  /** Of the statement as it was bound, described last. */
  form: StatementForm
  /** In which it was bound: its names mean what they meant then. */
  readonly searchPath: readonly string[] | undefined
  /** Those of the session when it was made. */
  readonly codeRuns: number
  /** Savepoints of the session (naming.ts) when it was made. */
  readonly order: number
  /** WITH HOLD: a commit doesn't end it. */
  hold: boolean
  /** Its transaction is committed: a rollback doesn't end it either. */
  held: boolean
  /** As the Bind asked. */
  resultFormats: readonly number[]
  readonly batch: number
  /** From the answer to Describe of the portal, formats included. */
  columns: readonly ColumnDescription[] | undefined
  describedInBatch: number
  /** The Execute that began it, until it has run to its end. */
  run: StatementRun | undefined
  suspended: boolean
  /** What its parameters were found to hold. */
  touches: TouchCounts
}

/** `text`: a copy of the text, to describe it again. */
export function preparedOf(
  form: StatementForm,
  text: Buffer | undefined,
  codeRuns: number,
  types: readonly number[] = [],
): Prepared {
  return {
    source: { text, part: 0, types, unread: form.unread, description: form.raw, codeRuns },
    named: false,
    viaSql: undefined,
    form,
    columns: undefined,
    columnsSnapshot: undefined,
    describedInBatch: -1,
    decision: undefined,
    text: undefined,
    touches: new TouchCounts(),
  }
}

export function portalOf(state: SessionState, prepared: Prepared, form: StatementForm): Portal {
  return {
    prepared,
    form,
    searchPath: state.sql.environment.searchPath,
    codeRuns: state.sql.codeRuns,
    order: state.sql.order,
    hold: false,
    held: false,
    resultFormats: [],
    batch: state.batch,
    columns: undefined,
    describedInBatch: -1,
    run: undefined,
    suspended: false,
    touches: new TouchCounts(),
  }
}
