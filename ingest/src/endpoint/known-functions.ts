/**
 * What a reader may call. The engine has 1,800 functions, and new ones with each release: one is allowed if the kind of it is, and
 * never because nobody has thought of it. Table functions are allowed by name.
 */
import type { Engine } from './engine.ts'

/** Kinds (`system.functions.categories`) whose functions look at their arguments and at nothing else. */
const kinds: ReadonlySet<string> = new Set([
  'Aggregate Functions', 'Arithmetic', 'Arrays', 'Bit', 'Bitmap', 'Comparison', 'Conditional', 'Dates and Times', 'Distance',
  'Encoding', 'Financial', 'Geo', 'Geo Polygon', 'Hash', 'IP Address', 'JSON', 'Logical', 'Map', 'Mathematical', 'Null',
  'Random Number', 'Rounding', 'String', 'String Replacement', 'String Search', 'String Splitting', 'Time Series', 'Time Window',
  'Tuple', 'Type Conversion', 'URL', 'UUID',
]) // prettier-ignore

/** Of the kind `Other`: what dashboards ask with. */
const others: ReadonlySet<string> = new Set([
  'bar', 'byteSize', 'countDigits', 'currentDatabase', 'currentUser', 'displayName', 'finalizeAggregation', 'formatReadableDecimalSize',
  'formatReadableQuantity', 'formatReadableSize', 'formatReadableTimeDelta', 'identity', 'ignore', 'indexHint', 'isConstant',
  'materialize', 'normalizedQueryHash', 'parseTimeDelta', 'revision', 'rowNumberInAllBlocks', 'runningDifference', 'throwIf',
  'toColumnTypeName', 'toTypeName', 'transform', 'uptime', 'variantElement', 'variantType', 'version', 'serverTimezone', 'timezone',
  'caseWithExpression', 'exists',
]) // prettier-ignore

const tableFunctions: ReadonlySet<string> = new Set([
  'numbers', 'numbers_mt', 'generate_series', 'generateseries', 'values', 'view', 'primes',
]) // prettier-ignore

/** Of the allowed kinds, and yet: they are for whoever runs the server. */
const never: ReadonlySet<string> = new Set(['flamegraph', 'aggthrow', 'estimatecompressionratio'])

const combinators =
  /(If|Array|Map|Distinct|OrDefault|OrNull|State|Merge|MergeState|ForEach|Resample|ArgMin|ArgMax|SimpleState)$/

export type KnownFunctions = {
  allows(name: string): boolean
  /** It is a function, and not an allowed one: as a bare name it may stand for itself (`APPLY`, `arrayMap(f, …)`). */
  forbids(name: string): boolean
}

export async function loadKnownFunctions(engine: Engine): Promise<KnownFunctions> {
  const text = await engine.ask(
    'SELECT name, alias_to, categories, is_aggregate FROM system.functions FORMAT JSONCompactEachRow',
  )
  const rows = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as [string, string, string, number])
  const of = new Map(rows.map(([name, alias, kind]) => [name, alias === '' ? kind : alias]))
  const kindOf = (name: string) => {
    const kind = of.get(name) ?? ''
    return of.get(kind) ?? kind // Of an alias: the kind of what it stands for.
  }
  const allowed = new Set(tableFunctions)
  const aggregates = new Set<string>()
  const all = new Set<string>()
  const original = new Map(rows.map(([name, alias]) => [name, alias === '' ? name : alias]))
  for (const [name, , , isAggregate] of rows) {
    const lower = name.toLowerCase()
    all.add(lower)
    if (never.has((original.get(name) ?? '').toLowerCase())) continue
    if (kinds.has(kindOf(name)) || others.has(original.get(name) ?? '')) allowed.add(lower)
    if (allowed.has(lower) && isAggregate === 1) aggregates.add(lower)
  }
  return {
    allows: (name) => allowed.has(name.toLowerCase()) || isCombined(name, aggregates),
    forbids: (name) => all.has(name.toLowerCase()) && !allowed.has(name.toLowerCase()),
  }
}

const combinatorsMax = 4

function isCombined(name: string, aggregates: ReadonlySet<string>): boolean {
  let rest = name
  for (let count = 0; count < combinatorsMax; count++) {
    const shorter = rest.replace(combinators, '')
    if (shorter === rest) return false
    if (aggregates.has(shorter.toLowerCase())) return true
    rest = shorter
  }
  return false
}
