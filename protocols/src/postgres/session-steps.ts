/** What a client asks in a session, and what becomes of it: the words of session-reader.ts and those who listen to it. Pure. */
import { unreachable } from '@gatetrail/schemas'
import type { ColumnDescription } from './backend-messages.ts'
import type { RecordedFrame } from './frame-assembler.ts'
import type * as messages from './session-messages.ts'

export type StatementPath = 'simple' | 'extended' | 'parse' | 'function_call'

/** What is needed of a `gatetrail.statement.decided`. */
export type RecordedDecision = { seq: number; path: StatementPath }

export type Prepared = {
  sql: string
  parameterTypes: number[]
  /** Described: undefined as long as nobody asked, empty if it returns no rows. */
  columns: ColumnDescription[] | undefined
}
export type Portal = {
  prepared: Prepared | undefined
  bind: messages.RecordedBind
  columns: ColumnDescription[] | undefined
  /** The first Execute of it: what goes on with it afterwards is the same statement. */
  statement: StatementStep | undefined
  /** As many rows as it was asked for were given; it may go on. */
  suspended: boolean
}

/** What the client sent and waits for an answer to. */
export type Statement = {
  decision: RecordedDecision | undefined
  /** In which it was sent; undefined where other answers were still due. */
  transaction: messages.TransactionStatus | undefined
}

type ExecuteStep = {
  kind: 'execute'
  portalName: string
  portal: Portal | undefined
  /** 0: all rows. */
  rowLimit: number
}

/** One message of the client that is answered. */
export type Step =
  | (Statement & { kind: 'query'; sql: string })
  | (Statement & { kind: 'parse'; name: string; prepared: Prepared })
  | (Statement & ExecuteStep)
  | (Statement & { kind: 'function_call'; call: messages.RecordedCall })
  // It goes on with a portal that was suspended.
  | { kind: 'resume'; of: StatementStep; rowLimit: number; announced: boolean }
  | { kind: 'bind' }
  // What is described is looked up when it is asked for: later messages may reuse its name.
  | { kind: 'describe'; described: Prepared | Portal | undefined }
  | { kind: 'close' }
  | { kind: 'sync' }
export type StatementStep = Extract<Step, { decision: RecordedDecision | undefined }>

/**
 * Called in the order of the record. What comes while nothing is asked (notices, notifications) belongs to the statement before;
 * `step` is undefined if there is none.
 */
export type SessionSink = {
  columns(step: StatementStep, columns: ColumnDescription[]): void
  row(step: StatementStep, frame: RecordedFrame): void
  complete(step: StatementStep, tag: string): void
  /** Its portal was suspended, and the client asks for more; 0: all of it. */
  resumed(step: StatementStep, rowLimit: number): void
  report(
    step: StatementStep | undefined,
    kind: 'error' | 'notice',
    fields: ReadonlyMap<string, string>,
  ): void
  copy(step: StatementStep, direction: 'in' | 'out', format: CopyStart): void
  copyBytes(step: StatementStep, direction: 'in' | 'out', frame: RecordedFrame): void
  /** The client gave up the COPY that it was sending. */
  copyFailed(step: StatementStep, reason: string): void
  notification(step: StatementStep | undefined, notification: messages.RecordedNotification): void
  parameter(step: StatementStep | undefined, name: string, value: string): void
  functionResult(step: StatementStep, value: messages.RecordedValue): void
  /** It was not run: an earlier statement of its pipeline failed. */
  skipped(step: StatementStep): void
  /** The answer to the statement has ended. */
  done(step: StatementStep): void
  /** What comes from now on belongs to a later statement. */
  left(step: StatementStep): void
}

export type CopyStart = { binary: boolean; columns: number }

export function pathOf(step: StatementStep): StatementPath {
  switch (step.kind) {
    case 'query':
      return 'simple'
    case 'execute':
      return 'extended'
    case 'parse':
      return 'parse'
    case 'function_call':
      return 'function_call'
    default:
      return unreachable(step)
  }
}
