/** The value of a function call, and what the call does. From expressions.ts and from.ts. */
import type { Context } from './namespace.ts'
import { constantOf, flagOf, isNode, listOf, namesOf, type Node } from './node.ts'
import type { CallFacts } from './routines/index.ts'
import { settingsOfCall } from './settings.ts'
import {
  anything,
  asArray,
  isNothing,
  nothing,
  unite,
  withShape,
  type NamedValue,
  type Shape,
  type Value,
} from './value.ts'

type ValuesOf = (list: readonly unknown[], context: Context) => Value[]

/** `valuesOf`: of expressions.ts, which stands above. */
export function callValue(node: Node, context: Context, valuesOf: ValuesOf): Value {
  const { findings, walker } = context
  const names = namesOf(listOf(node, 'funcname'))
  const given = listOf(node, 'args')
  const order = valuesOf(listOf(node, 'agg_order'), { ...context, ordering: true })
  const values = valuesOf(given, context)
  const ordered = flagOf(node, 'agg_within_group') ? order.length : 0
  const count = flagOf(node, 'agg_star') ? 0 : given.length + ordered
  const called = walker.hidden.callOf(findings.environment, names, count)
  const beside = [
    ...order,
    ...valuesOf([node['agg_filter']], { ...context, filtering: true }),
    windowValue(node['over'], context, valuesOf),
  ]
  // name(c) may be the column c.name.
  const [only] = values
  const field = values.length === 1 ? fieldNamed(only, names) : undefined
  if (field !== undefined && !takesRow(called)) return field
  findings.addCalled(called, called.result, context)
  noteConfiguration(called, given, unite(values), context)
  const result = unite([resultOf(called), settingOf(called, given, context)])
  if (called.hidesArguments) {
    // What is computed from a column decides what is counted: count(nullif(ssn, '…')).
    for (const value of values) {
      if (value.origin === undefined && value.shape === undefined) findings.addFilter(value, false)
    }
    return result
  }
  const argument = unite([...values, ...beside])
  const value = unite([argument, result])
  const name = names.at(-1) ?? ''
  const made = withShape(value, shapeOf(called, name, values, argument))
  const passesArray = passingArrays.has(name) && values.some(({ array }) => array === true)
  return passesArray || makesArray(called, name) ? asArray(made) : made
}

/** A function that may be meant though the only argument is a row with a field of its name. */
function takesRow({ found, functions, takesWholeRow }: CallFacts): boolean {
  const own = functions.every((name) => name.startsWith('pg_catalog.'))
  return found && (takesWholeRow || !own)
}

/** Whether there is a function f for `x.f`. */
export function hasFieldCall(name: string, { findings, walker }: Context): boolean {
  return walker.hidden.callOf(findings.environment, [name], 1).found
}

/** `x.f` or `(x).f` where x has no field f: the call f(x), if there is such a function. There may be one by now. */
export function fieldCall(name: string, value: Value, context: Context): Value {
  const { findings, walker } = context
  const called = walker.hidden.callOf(findings.environment, [name], 1)
  findings.addCalled(called, called.result, context)
  noteKept(called, value, context)
  if (called.hidesArguments) return resultOf(called)
  const united = unite([value, resultOf(called)])
  return withShape(united, shapeOf(called, name, [value], value))
}

function fieldNamed(value: Value | undefined, names: readonly string[]): Value | undefined {
  const [name] = names
  if (names.length !== 1 || value?.shape === undefined || value.shape === 'any') return undefined
  if (value.array === true) return undefined
  return value.shape.find((field) => field.name === name)?.value
}

function resultOf({ result }: CallFacts): Value {
  return { tags: result.tags, unknown: result.unknown, bases: [] }
}

/** What the rows depend on over which a window function is computed. */
function windowValue(over: unknown, context: Context, valuesOf: ValuesOf): Value {
  if (!isNode(over)) return unite([])
  const name = over['name']
  const named = typeof name === 'string' ? context.windows?.get(name) : undefined
  return unite([...(named === undefined ? [] : [named]), definedWindow(over, context, valuesOf)])
}

/** A WindowDef: of OVER, or of the WINDOW clause. */
export function definedWindow(definition: Node, context: Context, valuesOf: ValuesOf): Value {
  const refers = definition['refname']
  const parent = typeof refers === 'string' ? context.windows?.get(refers) : undefined
  const ordering = { ...context, ordering: true }
  return unite([
    ...(parent === undefined ? [] : [parent]),
    ...valuesOf(listOf(definition, 'partitionClause'), ordering),
    ...valuesOf(listOf(definition, 'orderClause'), ordering),
    ...valuesOf([definition['startOffset'], definition['endOffset']], context),
  ])
}

function noteConfiguration(
  called: CallFacts,
  given: readonly unknown[],
  value: Value,
  context: Context,
): void {
  const { findings } = context
  noteKept(called, value, context)
  if (!called.setsConfiguration) return
  const { setting } = context
  const named = setting?.scope === context.scope ? setting.name : undefined
  const { settings, effects, complete } = settingsOfCall(given, named)
  findings.settings.push(...settings)
  findings.addEffects(effects)
  findings.literalSensitive = true
  if (!complete) findings.complete = false
  // SHOW, ParameterStatus and pg_settings would show it.
  findings.addStore('pg_catalog.pg_settings', settings[0]?.name, value)
}

/** Data of columns that a later statement could read out again, of any session. */
function noteKept(called: CallFacts, value: Value, { findings }: Context): void {
  const keeps = called.keepsArguments
  if (keeps && !isNothing(value)) findings.complete = false
  if (keeps || called.functions.some((name) => keptElsewhere.has(name))) {
    findings.addStore('*', undefined, value)
  }
}

/** Written, and not to a table: for who may write that is part of what the statement says. */
const keptElsewhere = new Set(
  'setval lo_from_bytea lo_put lowrite pg_logical_emit_message pg_notify'
    .split(' ')
    .map((name) => `pg_catalog.${name}`),
)

/** Of current_setting: what was put there. Of the names of channels: what code that nobody could read made of them. */
function settingOf(called: CallFacts, given: readonly unknown[], { findings }: Context): Value {
  if (findings.environment.settingsHoldData !== true) return nothing
  const unknown = { ...anything, bases: [] }
  if (called.functions.includes('pg_catalog.pg_listening_channels')) return unknown
  if (!called.functions.includes('pg_catalog.current_setting')) return nothing
  const name = constantOf(given[0])
  return name === undefined || settingHolds(name) ? unknown : nothing
}

/** Whether a setting of this name takes any text. */
export function settingHolds(name: string): boolean {
  return name.includes('.') || name.toLowerCase() === 'application_name'
}

/** Give back rows of the kind that they are given. */
const passingRows = new Set(
  `any_value array_agg array_append array_cat array_prepend array_remove array_replace array_reverse
  array_sample array_shuffle array_sort first_value lag last_value lead max min nth_value
  json_populate_record json_populate_recordset jsonb_populate_record jsonb_populate_recordset
  trim_array unnest`.split(/\s+/),
)

/** Give back an array if they are given one. */
const passingArrays = new Set(
  'any_value first_value lag last_value lead max min nth_value'.split(' '),
)

/** Give back no row, whatever they are given. */
const makingScalars = new Set(
  `array_to_json array_to_string concat concat_ws format json_agg json_agg_strict json_build_array
  json_build_object json_object_agg jsonb_agg jsonb_agg_strict jsonb_build_array jsonb_build_object
  jsonb_object_agg num_nonnulls num_nulls row_to_json to_json to_jsonb`.split(/\s+/),
)

/** PostgreSQL's own functions that surely give back arrays. */
const makingArrays = new Set(
  `array_agg array_append array_cat array_fill array_positions array_prepend array_remove
  array_replace array_reverse array_sample array_shuffle array_sort current_schemas
  pg_blocking_pids regexp_match regexp_matches regexp_split_to_array string_to_array trim_array
  tsvector_to_array`.split(/\s+/),
)

function makesArray({ functions }: CallFacts, name: string): boolean {
  return makingArrays.has(name) && functions.length === 1 && functions[0] === `pg_catalog.${name}`
}

function shapeOf(
  called: CallFacts,
  name: string,
  values: readonly Value[],
  given: Value,
): Shape | undefined {
  if (!called.found || !called.outputsAgree) return 'any'
  // Of a tsvector it gives three columns, and there is no telling one from an array by its text.
  const [only] = values
  const unnests = name === 'unnest' && called.functions.includes('pg_catalog.unnest')
  if (unnests && only?.array !== true) return 'any'
  if (called.outputs.length > 0 && !unnests) {
    return called.outputs.map((output): NamedValue => {
      const own = { tags: output.tags, unknown: output.unknown, bases: [] }
      return { name: output.name, value: unite([given, own]) }
    })
  }
  if (makingScalars.has(name)) return undefined
  const shapes = values.flatMap(({ shape }) => (shape === undefined ? [] : [shape]))
  const [first] = shapes
  if (first === undefined) return undefined
  if (!passingRows.has(name) || first === 'any' || shapes.length > 1) return 'any'
  const others = unite(values.filter(({ shape }) => shape === undefined))
  return first.map((field) => ({ name: field.name, value: unite([field.value, others]) }))
}
