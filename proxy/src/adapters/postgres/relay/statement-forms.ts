/**
 * From a text of the client, or from a name that stands for one, to the form of the statement (statement-form.ts): described
 * in the session's SQL state, with what EXECUTE and FETCH stand for.
 */
import type { SqlEnvironment, StatementDescription } from '../facts/index.ts'
import type { Definition } from './names.ts'
import { withParameterTypes } from './parameter-types.ts'
import { portalOf, preparedOf, type NamedText, type Portal, type Prepared } from './prepared.ts'
import {
  doubtedOf,
  mergedWith,
  ofUnknownName,
  refersToNames,
  type NamedStatement,
} from './session-sql/merged-description.ts'
import { isOpaque } from './session-sql/opaque-code.ts'
import { changesCatalogue } from './session-sql/definitions.ts'
import type { SessionState } from './session-state.ts'
import type { StatementForm } from './statement-form.ts'
import { unreadText } from './unread-text.ts'

/** Undefined: names in it depend on answers that have not come yet. `types`: of its parameters (parameter-types.ts). */
export function formOf(
  state: SessionState,
  bytes: Buffer,
  textStart: number,
  textEnd: number,
  types: readonly number[] = [],
): StatementForm | undefined {
  const { environment } = state.sql
  const unread = state.reading.unreadReason(bytes, textStart, textEnd)
  if (unread === undefined) return formIn(state, environment, bytes, textStart, textEnd, types)
  const description = state.context.facts.describe(unreadText, environment)
  return state.forms.of(description, description, bytes, textStart, textEnd, unread)
}

/** For texts of our own. */
export function formOfText(state: SessionState, text: string): StatementForm {
  const bytes = Buffer.from(text)
  const description = state.context.facts.describe(text, state.sql.environment)
  const resolved = withNames(state, description) ?? ofUnknownName(description)
  return state.forms.of(resolved, description, bytes, 0, bytes.length)
}

function formIn(
  state: SessionState,
  environment: SqlEnvironment,
  bytes: Buffer,
  textStart: number,
  textEnd: number,
  types: readonly number[],
): StatementForm | undefined {
  const { facts } = state.context
  let description = facts.describeBytes(bytes, textStart, textEnd, environment)
  if (description.parts.length > 1 && state.sql.changesMeaning(description)) {
    const within = state.sql.within(description)
    description = facts.describeBytes(bytes, textStart, textEnd, within)
  }
  description = withParameterTypes(state, description, types, environment)
  const resolved = withNames(state, description)
  if (resolved === undefined) return undefined
  return state.forms.of(resolved, description, bytes, textStart, textEnd)
}

/** With what its EXECUTEs and FETCHes stand for. */
function withNames(
  state: SessionState,
  description: StatementDescription,
): StatementDescription | undefined {
  if (!refersToNames(description)) return description
  const given = new Map<string, NamedStatement>()
  const targets: (NamedStatement | undefined)[] = []
  for (const { prepared, cursor, columns } of description.parts) {
    if (prepared?.action === 'prepare') given.set(`s${prepared.name}`, { description, columns })
    if (cursor?.action === 'declare') given.set(`c${cursor.name}`, { description, columns })
    let target: NamedStatement | 'unknown' | 'ambiguous' | undefined
    if (prepared?.action === 'execute') {
      target = given.get(`s${prepared.name}`) ?? ofStatement(state, prepared.name)
    } else if (cursor?.action === 'fetch') {
      target = given.get(`c${cursor.name}`) ?? ofPortal(state, cursor.name)
    }
    if (target === 'ambiguous') return undefined
    if (target === 'unknown') return ofUnknownName(description)
    targets.push(target)
  }
  return mergedWith(description, targets)
}

function ofStatement(state: SessionState, name: string): NamedStatement | 'unknown' | 'ambiguous' {
  const found = state.statements.resolve(name, state.batch)
  if (found.kind !== 'known') return found.kind
  const { source } = found.value
  return targetOf(state, source, state.sql.environment, source.codeRuns)
}

function ofPortal(state: SessionState, name: string): NamedStatement | 'unknown' | 'ambiguous' {
  const found = state.portals.resolve(name, state.batch)
  if (found.kind !== 'known') return found.kind
  const { prepared, codeRuns } = found.value
  return targetOf(state, prepared.source, environmentOf(state, found.value), codeRuns)
}

/** `codeRuns`: those of the session when the name was given. */
function targetOf(
  state: SessionState,
  source: NamedText,
  environment: SqlEnvironment,
  codeRuns: number,
): NamedStatement {
  const current = currentDescription(state, source, environment)
  const description = codeRuns === state.sql.codeRuns ? current : doubtedOf(current)
  return { description, columns: description.parts[source.part]?.columns }
}

/** What the text of a name means now. */
function currentDescription(
  state: SessionState,
  source: NamedText,
  environment: SqlEnvironment,
): StatementDescription {
  const { text, description } = source
  if (description.environmentId === environment.id) return description
  const { facts } = state.context
  if (source.unread !== undefined) return facts.describe(unreadText, environment)
  if (text === undefined) return doubtedOf(description)
  const described = facts.describeBytes(text, 0, text.length, environment)
  source.description = withParameterTypes(state, described, source.types, environment)
  return source.description
}

/** A portal means what was bound: under another path since, its names are known to no one now. */
function environmentOf(state: SessionState, { searchPath }: Portal): SqlEnvironment {
  const { environment } = state.sql
  return samePath(environment.searchPath, searchPath)
    ? environment
    : state.sql.withoutPath(environment)
}

function samePath(
  left: readonly string[] | undefined,
  right: readonly string[] | undefined,
): boolean {
  if (left === right) return true
  return left !== undefined && right !== undefined && left.join('\0') === right.join('\0')
}

/** The form of a prepared statement as it is now. Undefined: it depends on answers that have not come yet. */
export function currentForm(state: SessionState, prepared: Prepared): StatementForm | undefined {
  const { sql } = state
  const { source, form } = prepared
  const doubted = prepared.named && source.codeRuns !== sql.codeRuns
  if (
    form.description.environmentId !== sql.environment.id ||
    doubted ||
    form.refersToNames ||
    prepared.viaSql !== undefined
  ) {
    return renewedForm(state, prepared, sql.environment, doubted)
  }
  return form
}

/** The form of a portal: what was bound, as far as it can be told now. */
export function currentPortalForm(
  state: SessionState,
  name: string,
  portal: Portal,
): StatementForm | undefined {
  const { form, prepared } = portal
  const { sql } = state
  const doubted = name !== '' && portal.codeRuns !== sql.codeRuns
  if (
    form.description.environmentId !== sql.environment.id ||
    doubted ||
    form.refersToNames ||
    prepared.viaSql !== undefined
  ) {
    return renewedForm(state, prepared, environmentOf(state, portal), doubted)
  }
  return form
}

function renewedForm(
  state: SessionState,
  { source, viaSql, form }: Prepared,
  environment: SqlEnvironment,
  doubted: boolean,
): StatementForm | undefined {
  const current = currentDescription(state, source, environment)
  const description = doubted ? doubtedOf(current) : current
  if (viaSql !== undefined) {
    const outer = state.context.facts.describe(viaSql, environment)
    const columns = description.parts[source.part]?.columns
    const text = Buffer.from(viaSql)
    return state.forms.of(
      mergedWith(outer, [{ description, columns }]),
      outer,
      text,
      0,
      text.length,
    )
  }
  const resolved = withNames(state, description)
  if (resolved === undefined) return undefined
  const text = source.text ?? Buffer.from(form.hash)
  return state.forms.of(resolved, description, text, 0, text.length, source.unread)
}

/** A statement that we know by name only: described as what SQL would call it. */
export function statementOfName(state: SessionState, name: string): Prepared {
  const form = formOfText(state, executeText(name))
  return preparedOf(form, undefined, state.sql.codeRuns)
}

/** A portal that no Bind made and no DECLARE: what it shows is not known. */
export function portalOfName(state: SessionState, name: string): Portal {
  const form = formOfText(state, fetchText(name))
  return portalOf(state, preparedOf(form, undefined, state.sql.codeRuns), form)
}

export function executeText(name: string): string {
  return `execute ${quoted(name)}`
}

export function fetchText(name: string): string {
  return `fetch all from ${quoted(name)}`
}

/** What an answer is about, where it defines nothing. */
export function definitionOf<Value>(name: string, value: Value): Definition<Value> {
  return { name, value, batch: -1 }
}

/** A statement is on its way: what it may change for later ones. */
export function noteSent(
  state: SessionState,
  { description, endsTransaction, namesTemporary }: StatementForm,
  runs: 'at once' | 'if it can be analysed',
): void {
  const { model } = state.snapshot
  if (changesCatalogue(description, model)) state.catalogueUncertain = true
  state.reading.sent(description, isOpaque(description, model), endsTransaction)
  state.sql.sent(description, runs, namesTemporary)
}

/** Whether what follows may mean something else when this is done: then it waits. */
export function isBarrier(state: SessionState, form: StatementForm): boolean {
  return form.barrier || (form.endsTransaction && state.sql.unsettled)
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
