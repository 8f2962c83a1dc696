/**
 * From an issue of the schema to a place in the file and a sentence: `line:column: message (did you mean …?)`. Never prints
 * a value of the file: it may be a secret that was put in the wrong place. Pure.
 */
import { isMap, isScalar, type Document, type LineCounter, type Node } from 'yaml'
import { z } from 'zod'

export type Problem = { line: number; column: number; message: string }
export const problemsMax = 20

type Issue = z.core.$ZodIssue
type Path = readonly PropertyKey[]

/** Every issue as a problem, in the order of the file. */
export function describeIssues(
  issues: readonly Issue[],
  document: Document,
  lines: LineCounter,
  schema: z.core.$ZodType,
): Problem[] {
  const at = (offset: number | undefined, message: string): Problem => {
    const { line, col } = lines.linePos(offset ?? 0)
    return { line: Math.max(1, line), column: Math.max(1, col), message }
  }
  return issues
    .flatMap((issue) => describe(issue, [], schema))
    .map(({ path, key, message }) => at(offsetOf(document, path, key), message))
    .toSorted((a, b) => a.line - b.line || a.column - b.column)
}

type Described = { path: Path; key?: string; message: string }

function describe(issue: Issue, prefix: Path, schema: z.core.$ZodType): Described[] {
  const path = [...prefix, ...issue.path]
  const name = path.length === 0 ? 'the file' : path.map(String).join('.')
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({
        path,
        key,
        message: `unknown setting "${key}"${suggestion(key, keysOf(schemaAt(schema, path)))}`,
      }))
    case 'invalid_type':
      return issue.input === undefined && path.length > 0 && isMissing(issue.message)
        ? [{ path, message: `"${String(path.at(-1))}" is missing in ${placeOf(path)}` }]
        : [{ path, message: `${name}: expected ${issue.expected}` }]
    case 'invalid_value': {
      const values = issue.values.map(String)
      return [{ path, message: `${name}: expected ${values.join(' or ')}` }]
    }
    case 'too_small':
    case 'too_big':
      return [{ path, message: `${name}: ${boundOf(issue)}` }]
    case 'invalid_format':
      return [{ path, message: `${name}: ${formatOf(issue)}` }]
    case 'invalid_union': {
      if (path.length > 0 && issue.errors.every(isMissingBranch)) {
        return [{ path, message: `"${String(path.at(-1))}" is missing in ${placeOf(path)}` }]
      }
      const union = schemaAt(schema, path) ?? schema
      const description = z.globalRegistry.get(union)?.description
      const inside = issue.errors
        .filter((branch) => branch.every(({ code }) => code === 'unrecognized_keys'))
        .toSorted((a, b) => a.length - b.length)[0]
      if (inside !== undefined) return inside.flatMap((entry) => describe(entry, path, schema))
      return [
        {
          path,
          message: `${name}: expected ${description === undefined ? formsOf(union) : description[0]?.toLowerCase() + description.slice(1)}`,
        },
      ]
    }
    case 'invalid_key':
      return [
        {
          path: path.slice(0, -1),
          key: String(path.at(-1)),
          message: `"${String(path.at(-1))}": expected ${issue.issues.map(({ message }) => message).join(', ')}`,
        },
      ]
    default:
      return [{ path, message: `${name}: ${issue.message}` }]
  }
}

function isMissing(message: string): boolean {
  return message.includes('received undefined')
}

function isMissingBranch(branch: readonly Issue[]): boolean {
  return branch.some(({ path, message }) => path.length === 0 && isMissing(message))
}

/** `at least 1 entry`, where zod speaks of arrays and expectations. */
function boundOf(issue: Extract<Issue, { code: 'too_small' | 'too_big' }>): string {
  const small = issue.code === 'too_small'
  const bound = small ? issue.minimum : issue.maximum
  const inclusive = issue.inclusive ?? true
  const compared = inclusive
    ? `${small ? 'at least' : 'at most'} ${bound}`
    : `${small ? 'more' : 'less'} than ${bound}`
  const one = Number(bound) === 1
  if (issue.origin === 'array') return `needs ${compared} ${one ? 'entry' : 'entries'}`
  if (issue.origin === 'string') return `needs ${compared} ${one ? 'character' : 'characters'}`
  return `must be ${compared}`
}

function formatOf(issue: Extract<Issue, { code: 'invalid_format' }>): string {
  return issue.format === 'url'
    ? 'expected an address that begins with http:// or https://'
    : issue.message
}

/** `auto or a number`. */
function formsOf(union: z.core.$ZodType): string {
  if (!(union instanceof z.ZodUnion)) return 'another form'
  return union.options
    .map((option) => {
      if (option instanceof z.ZodLiteral) return [...option.values].map(String).join(' or ')
      if (option instanceof z.ZodNumber) return 'a number'
      if (option instanceof z.ZodBoolean) return 'true or false'
      if (option instanceof z.ZodArray) return 'a list'
      return option instanceof z.ZodString ? 'a text' : 'a map'
    })
    .join(' or ')
}

function placeOf(path: Path): string {
  const parent = path.slice(0, -1)
  return parent.length === 0 ? 'the file' : parent.map(String).join('.')
}

/** The byte offset of a value, or of a key in the map at `path`; of the nearest parent where it is missing. */
function offsetOf(document: Document, path: Path, key: string | undefined): number | undefined {
  for (let length = path.length; length >= 0; length--) {
    const node = document.getIn(path.slice(0, length), true)
    if (key !== undefined && length === path.length && isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === key)
      const offset = pair === undefined ? undefined : rangeStart(pair.key)
      if (offset !== undefined) return offset
    }
    if (length < path.length && length > 0 && isMap(node)) {
      // A missing key: point at the key of the map that lacks it rather than at its first entry.
      const parent = document.getIn(path.slice(0, length - 1), true)
      const name = String(path[length - 1])
      const pair = isMap(parent)
        ? parent.items.find((item) => isScalar(item.key) && String(item.key.value) === name)
        : undefined
      const offset = pair === undefined ? undefined : rangeStart(pair.key)
      if (offset !== undefined) return offset
    }
    const offset = rangeStart(node)
    if (offset !== undefined) return offset
  }
  return undefined
}

function rangeStart(node: unknown): number | undefined {
  const range = (node as Node | null | undefined)?.range
  return range?.[0]
}

/** The schema of the value at `path`, through defaults, lists and records; undefined where there is none. */
function schemaAt(schema: z.core.$ZodType, path: Path): z.core.$ZodType | undefined {
  let current: z.core.$ZodType | undefined = unwrapped(schema)
  for (const part of path) {
    if (current instanceof z.ZodObject) current = current.shape[String(part)]
    else if (current instanceof z.ZodArray) current = current.element
    else if (current instanceof z.ZodRecord) current = current.valueType
    else return undefined
    if (current === undefined) return undefined
    current = unwrapped(current)
  }
  return current
}

function unwrapped(schema: z.core.$ZodType): z.core.$ZodType {
  let current = schema
  while (
    current instanceof z.ZodOptional ||
    current instanceof z.ZodDefault ||
    current instanceof z.ZodPrefault
  ) {
    current = current.unwrap()
  }
  return current
}

function keysOf(schema: z.core.$ZodType | undefined): string[] {
  if (schema instanceof z.ZodObject) return Object.keys(schema.shape)
  if (schema instanceof z.ZodUnion) return schema.options.flatMap((option) => keysOf(option))
  return []
}

/** ` (did you mean "…"?)` if a known key is near, else ` (known here: …)`. */
function suggestion(key: string, known: readonly string[]): string {
  const near = known
    .map((name) => ({ name, distance: editDistance(key.toLowerCase(), name.toLowerCase()) }))
    .filter(({ name, distance }) => distance <= Math.max(1, Math.floor(name.length / 3)))
    .toSorted((a, b) => a.distance - b.distance)[0]
  if (near !== undefined) return ` (did you mean "${near.name}"?)`
  return known.length === 0 ? '' : ` (known here: ${known.join(', ')})`
}

/** Levenshtein; the words are names of settings, so short. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const cost = a[row - 1] === b[column - 1] ? 0 : 1
      current.push(
        Math.min(
          (previous[column] ?? 0) + 1,
          (current[column - 1] ?? 0) + 1,
          (previous[column - 1] ?? 0) + cost,
        ),
      )
    }
    previous = current
  }
  return previous[b.length] ?? 0
}
