/** From a text of the client, or from a name that stands for one, to the form of the statement (statement-form.ts). */
import { TouchCounts } from '../masking/touch-counts.ts'
import type { Definition } from './names.ts'
import type { Portal, Prepared } from './prepared.ts'
import type { SessionState } from './session-state.ts'
import type { StatementForm } from './statement-form.ts'

export function formOf(
  state: SessionState,
  bytes: Buffer,
  textStart: number,
  textEnd: number,
): StatementForm {
  const description = state.context.facts.describeBytes(bytes, textStart, textEnd)
  return state.forms.of(description, bytes, textStart, textEnd)
}

export function formOfText(state: SessionState, text: string): StatementForm {
  const bytes = Buffer.from(text)
  return state.forms.of(state.context.facts.describe(text), bytes, 0, bytes.length)
}

/** A statement that we know by name only: described as what SQL would call it. */
export function statementOfName(state: SessionState, name: string): Prepared {
  return unknownStatement(state, `execute ${quoted(name)}`)
}

/** A portal that no Bind made: a cursor of DECLARE, perhaps. */
export function portalOfName(state: SessionState, name: string): Portal {
  return {
    prepared: unknownStatement(state, `fetch all from ${quoted(name)}`),
    resultFormats: [],
    batch: state.batch,
    columns: undefined,
    describedInBatch: -1,
    run: undefined,
    suspended: false,
    touches: new TouchCounts(),
  }
}

/** What an answer is about, where it defines nothing. */
export function definitionOf<Value>(name: string, value: Value): Definition<Value> {
  return { name, value, batch: -1 }
}

/** A statement is on its way: what it may change for later ones. */
export function noteSent(state: SessionState, form: StatementForm): void {
  if (form.changesSchema) state.catalogueUncertain = true
  if (form.renamesStatements) state.statements.clear()
  if (form.renamesPortals) state.portals.clear()
}

function unknownStatement(state: SessionState, text: string): Prepared {
  return {
    form: formOfText(state, text),
    columns: undefined,
    columnsSnapshot: undefined,
    describedInBatch: -1,
    text: undefined,
    touches: new TouchCounts(),
  }
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
