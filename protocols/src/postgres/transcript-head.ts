/** The head of a transcript: the statement behind psql's prompt, with its parameters. Used by session-transcript.ts. Pure. */
import { unreachable } from '@gatetrail/schemas'
import type { TransactionStatus } from './session-messages.ts'
import type { StatementStep } from './session-steps.ts'
import { parameterTexts } from './transcript-values.ts'
import { visibleLine, visibleLines } from './visible-text.ts'

const sqlCharactersMax = 64 * 1024

export type HeadRequest = {
  prompt: string
  /** Used where the frames of the statement are not there any more. */
  recordedText: string
  /** Gives the prompt its colour. */
  bold: (text: string) => string
  note: (text: string) => string
}

export function headLines(step: StatementStep | undefined, request: HeadRequest): string[] {
  const { prompt, recordedText, bold, note } = request
  const sql =
    (step === undefined ? undefined : sqlOf(step)) ?? (recordedText || calledFunction(step))
  const name = visibleLine(prompt).text
  const mark = promptMark(step?.transaction)
  const shown = sql.slice(0, sqlCharactersMax)
  const lines = visibleLines(shown).map(
    ({ text }, index) => `${bold(`${name}${index === 0 ? '=' : '-'}${mark}`)} ${text}`,
  )
  if (shown.length < sql.length) {
    lines.push(note(`${sql.length - shown.length} more characters of the statement.`))
  }
  if (step === undefined) return lines
  const parameters = parameterTexts(step)
  if (parameters.length > 0) lines.push(note(`Parameters: ${parameters.join(', ')}`))
  lines.push(...portalNotes(step).map(note))
  return lines
}

function calledFunction(step: StatementStep | undefined): string {
  return step?.kind === 'function_call' ? `function ${step.call.functionOid}` : ''
}

/** psql's `%x`: `*` in a transaction, `!` in a failed one. */
function promptMark(transaction: TransactionStatus | undefined): string {
  switch (transaction) {
    case 'T':
      return '*>'
    case 'E':
      return '!>'
    case 'I':
    case undefined:
      return '>'
    default:
      return unreachable(transaction)
  }
}

function portalNotes(step: StatementStep): string[] {
  if (step.kind !== 'execute' || step.rowLimit === 0) return []
  const portal = step.portalName === '' ? '' : ` of the portal "${step.portalName}"`
  return [`Asks for at most ${step.rowLimit} rows${portal}.`]
}

/** What the client sent as text; undefined for a function called by its OID. */
export function sqlOf(step: StatementStep): string | undefined {
  switch (step.kind) {
    case 'query':
      return step.sql
    case 'parse':
      return step.prepared.sql
    case 'execute':
      return step.portal?.prepared?.sql
    case 'function_call':
      return undefined
    default:
      return unreachable(step)
  }
}
