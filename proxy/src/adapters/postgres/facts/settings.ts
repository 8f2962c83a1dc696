/** SET, RESET and set_config: which setting gets which value, and whether later statements still mean what they say. Pure. */
import type { SqlEffect } from '@gatetrail/schemas'
import { childOf, constantOf, flagOf, listOf, namesOf, ofType, textOf, type Node } from './node.ts'

export type Setting = {
  /** Lower case; `all` for RESET ALL. */
  name: string
  /** Undefined: back to its default, or not a constant. */
  value?: string
  /** Only until the end of the transaction. */
  local: boolean
}

export type SettingFacts = { settings: Setting[]; effects: readonly SqlEffect[]; complete: boolean }

/** Who one is, or what only a superuser may loosen (pg_settings.context, but for logging and statistics): like SET ROLE, they are `schema`. */
const privileged = new Set(
  `role session_authorization session_replication_role allow_in_place_tablespaces
  allow_system_table_mods backtrace_functions dynamic_library_path event_triggers
  extension_control_path ignore_checksum_failure lo_compat_privileges local_preload_libraries
  log_duration log_min_duration_statement log_min_error_statement log_min_messages log_statement
  session_preload_libraries wal_consistency_checking zero_damaged_pages`.split(/\s+/),
)

/** Some settings of languages name code that runs when the language is used next. */
const ofLanguage = /^(?:pl(?:v8|perl|tcl|python|java|r|lua|rust|sh)\w*)\./

/** Whether the next statements may do something else after it. Names with a dot are somebody's own. */
export function changesSession({ name }: Setting): boolean {
  return !isOwn(name)
}

function isOwn(name: string): boolean {
  return name.includes('.') && !ofLanguage.test(name)
}

/** Encodings in which every byte below 0x80 is the ASCII character, wherever it stands: the text is read as the server reads it. */
const asciiSafeEncoding =
  /^(utf-?8|unicode|sql_ascii|latin-?\d+|iso[-_]?8859[-_]?\d+|win(dows)?-?\d+|koi8[ru]?)$/i

export function settingsOfStatement(node: Node): SettingFacts {
  const name = textOf(node, 'name').toLowerCase()
  const local = flagOf(node, 'is_local')
  switch (textOf(node, 'kind')) {
    case 'VAR_SET_VALUE': {
      const values = listOf(node, 'args').map(constantOf)
      return assign(name, values, local)
    }
    case 'VAR_SET_MULTI':
      return setMultiple(node, name, local)
    case 'VAR_SET_DEFAULT':
    case 'VAR_RESET':
      return { settings: [{ name, local }], effects: effectsOfSetting(name), complete: true }
    case 'VAR_RESET_ALL':
      return { settings: [{ name: 'all', local }], effects: ['session'], complete: true }
    default:
      return { settings: [{ name, local }], effects: effectsOfSetting(name), complete: false }
  }
}

/**
 * Switches of the planner: whichever value a client binds, later statements do the same, and no text can hide there. asyncpg sets
 * `jit` so, around its look at types, on every connection.
 */
const plannerSwitch = /^(?:jit|enable_[a-z_]+)$/

/**
 * set_config(name, value, is_local): incomplete unless the name and value are constants. `named`: what the column `name`
 * is in these rows, see `settingOfWhere`.
 */
export function settingsOfCall(
  functionArguments: readonly unknown[],
  named?: string,
): SettingFacts {
  const [first] = functionArguments
  const name = (named !== undefined && isNameColumn(first) ? named : uncast(first))?.toLowerCase()
  if (name === undefined) return { settings: [], effects: ['session', 'schema'], complete: false }
  const value = uncast(functionArguments[1])
  const values = name === 'search_path' ? value?.split(',').map(unquoted) : [value]
  const facts = assign(name, values ?? [undefined], constantOf(functionArguments[2]) !== 'false')
  const bound = ofType(functionArguments[1], 'ParamRef') !== undefined
  return bound && plannerSwitch.test(name) ? { ...facts, complete: true } : facts
}

/**
 * The setting of the only row of `FROM pg_settings WHERE name = 'a setting'`: pg_dump sets one so, if the server has it.
 * That these names mean PostgreSQL's own is for the caller to know.
 */
export function settingOfWhere(select: Node): string | undefined {
  const from = listOf(select, 'fromClause')
  const relation = ofType(from[0], 'RangeVar')
  const comparison = ofType(select['whereClause'], 'A_Expr')
  if (from.length !== 1 || relation === undefined || comparison === undefined) return undefined
  if (textOf(relation, 'relname') !== 'pg_settings' || childOf(relation, 'alias') !== undefined)
    return undefined
  const operator = listOf(comparison, 'name')
  const isEqual = operator.length === 1 && namesOf(operator)[0] === '='
  if (textOf(comparison, 'kind') !== 'AEXPR_OP' || !isEqual) return undefined
  return isNameColumn(comparison['lexpr']) ? uncast(comparison['rexpr']) : undefined
}

function isNameColumn(value: unknown): boolean {
  const fields = listOf(ofType(value, 'ColumnRef') ?? {}, 'fields')
  return fields.length === 1 && namesOf(fields)[0] === 'name'
}

/** A cast may change a constant ('role!'::char(4) is role): only that to text surely doesn't. */
function uncast(value: unknown): string | undefined {
  const cast = ofType(value, 'TypeCast')
  const type = childOf(cast ?? {}, 'typeName') ?? {}
  const names = namesOf(listOf(type, 'names'))
  const toText = names.at(-1) === 'text' && (names.length === 1 || names[0] === 'pg_catalog')
  if (cast !== undefined && !toText) return undefined
  return cast === undefined ? constantOf(value) : uncast(cast['arg'])
}

/** BEGIN, START TRANSACTION, SET TRANSACTION, SET SESSION CHARACTERISTICS: the transaction's modes. */
export function settingsOfModes(modes: readonly unknown[], prefix: string): Setting[] {
  return modes.flatMap((mode) => {
    const element = ofType(mode, 'DefElem')
    if (element === undefined) return []
    const value = constantOf(element['arg'])
    const name = prefix + textOf(element, 'defname')
    return [value === undefined ? { name, local: true } : { name, value, local: true }]
  })
}

/** Whether these settings may end a read-only transaction or make later ones writable. */
export function endsReadOnly(settings: readonly Setting[]): boolean {
  return settings.some(
    ({ name, value }) =>
      name === 'all' ||
      ((name === 'transaction_read_only' || name === 'default_transaction_read_only') &&
        !(value !== undefined && /^(1|on|true|yes|y|t)$/i.test(value))),
  )
}

function setMultiple(node: Node, name: string, local: boolean): SettingFacts {
  if (name === 'transaction snapshot') {
    return {
      settings: [{ name: 'transaction_snapshot', local }],
      effects: ['session'],
      complete: true,
    }
  }
  const prefix = name === 'session characteristics' ? 'default_' : ''
  return {
    settings: settingsOfModes(listOf(node, 'args'), prefix),
    effects: ['session'],
    complete: true,
  }
}

function assign(
  name: string,
  values: readonly (string | undefined)[],
  local: boolean,
): SettingFacts {
  const known = values.filter((value) => value !== undefined)
  const value = known.length === values.length ? known.join(', ') : undefined
  return {
    settings: [value === undefined ? { name, local } : { name, value, local }],
    effects: effectsOfSetting(name),
    // One of somebody's own means nothing to PostgreSQL.
    complete: isOwn(name) || (value !== undefined && keepsMeaning(name, known)),
  }
}

/** Whether the next statements still mean what their text says: strings and encodings. What a search_path means, the session knows. */
function keepsMeaning(name: string, values: readonly string[]): boolean {
  const value = values[0] ?? ''
  switch (name) {
    case 'standard_conforming_strings':
      return /^(on|true|yes|1|t|y)$/i.test(value)
    case 'client_encoding':
      return asciiSafeEncoding.test(value.trim())
    default:
      return true
  }
}

/** `session`, or `schema` for what decides who one is or what only a superuser may change. */
export function effectsOfSetting(name: string): readonly SqlEffect[] {
  return privileged.has(name) || ofLanguage.test(name) ? ['schema'] : ['session']
}

function unquoted(schema: string): string {
  const trimmed = schema.trim()
  return trimmed.startsWith('"') && trimmed.endsWith('"') && trimmed.length > 1
    ? trimmed.slice(1, -1).replaceAll('""', '"')
    : trimmed.toLowerCase()
}
