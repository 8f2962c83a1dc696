/**
 * Adds tags to a connection in the text of a configuration file, which may be JSON: text is put in and nothing else is changed,
 * so that comments, order and quotes stay as they are. For `gatetrail discover`. Pure; the result is parsed and compared before it is given back.
 */
import { isDeepStrictEqual } from 'node:util'
import { assert, GatetrailError } from '@gatetrail/schemas'
import {
  isAlias,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  parseDocument,
  type Document,
  type YAMLMap,
} from 'yaml'

export type TagToAdd = {
  readonly place: string
  readonly dataClass: string
  /** Why: behind it, as a comment. */
  readonly comment: string
}

/**
 * `text`: a valid configuration that has the connection. Places that are tagged already must not be among `tags`.
 * @throws GatetrailError CONFIG_INVALID where the file is written in a way that nothing can be added to
 */
export function addColumns(text: string, name: string, tags: readonly TagToAdd[]): string {
  if (tags.length === 0) return text
  const document = parseDocument(text)
  const index = indexOf(document, name)
  const connection = connectionAt(document, index)
  const added = withLines(text, connection, tags) ?? withEntries(text, connection, tags)
  if (added === undefined || !says(added, document, index, tags)) {
    throw new GatetrailError(
      'CONFIG_INVALID',
      `the columns of connection "${name}" are written in a way that nothing can be added to them`,
      { hint: 'Write them as a block, a key per line, without an alias.' },
    )
  }
  return added
}

function indexOf(document: Document, name: string): number {
  const connections = document.get('connections', true)
  const items = isSeq(connections) ? connections.items : []
  const index = items.findIndex((item) => isMap(item) && item.get('name') === name)
  assert(index >= 0, 'a valid configuration has the connection that was looked up in it')
  return index
}

function connectionAt(document: Document, index: number): YAMLMap {
  const connection = document.getIn(['connections', index], true)
  assert(isMap(connection), 'a connection is a map')
  return connection
}

/** Undefined: neither the connection nor its columns are a block. */
function withLines(
  text: string,
  connection: YAMLMap,
  tags: readonly TagToAdd[],
): string | undefined {
  const lineBreak = text.includes('\r\n') ? '\r\n' : '\n'
  const columns = connection.get('columns', true)
  if (connection.flow === true || isAlias(columns)) return undefined
  const indent = indentOf(text, connection)
  if (indent === undefined) return undefined
  const linesAt = (spaces: string): string[] =>
    tags.map(
      ({ place, dataClass, comment }) => `${spaces}${keyOf(place)}: ${dataClass} # ${comment}`,
    )
  if (columns === undefined) {
    const lines = [`${indent}columns:`, ...linesAt(`${indent}  `)]
    return insertAfter(text, endOf(connection), lines, lineBreak)
  }
  if (!isMap(columns)) return undefined
  if (columns.flow !== true) {
    const inside = indentOf(text, columns)
    return inside === undefined
      ? undefined
      : insertAfter(text, endOf(columns), linesAt(inside), lineBreak)
  }
  // { a: B } on one line: its entries first, a line each.
  const [start, end] = columns.range ?? [0, 0]
  if (/[#\n]/.test(text.slice(start, end))) return undefined
  const entries = columns.items.map(({ key, value }) => {
    const of = (node: unknown): string => (isScalar(node) ? text.slice(...rangeOf(node)) : '')
    return `${indent}  ${of(key)}: ${of(value)}`
  })
  const opened = text.slice(0, start).trimEnd() + text.slice(end)
  const lines = [...entries, ...linesAt(`${indent}  `)]
  return insertAfter(opened, text.slice(0, start).trimEnd().length, lines, lineBreak)
}

/** Between braces, as in JSON: behind the last entry. Without the comments: JSON knows none. */
function withEntries(
  text: string,
  connection: YAMLMap,
  tags: readonly TagToAdd[],
): string | undefined {
  const columns = connection.get('columns', true)
  if (isMap(columns) && columns.flow === true) return inBraces(text, columns, entriesOf(tags))
  if (columns !== undefined || connection.flow !== true) return undefined
  return inBraces(text, connection, [`"columns": { ${entriesOf(tags).join(', ')} }`])
}

function entriesOf(tags: readonly TagToAdd[]): string[] {
  return tags.map(({ place, dataClass }) => `${quotedKey(place)}: "${dataClass}"`)
}

/** A line each where the entries that are there have one each. */
function inBraces(text: string, map: YAMLMap, entries: readonly string[]): string {
  const [start] = rangeOf(map)
  const last = map.items.at(-1)
  if (last === undefined)
    return `${text.slice(0, start + 1)} ${entries.join(', ')} ${text.slice(start + 1)}`
  const key = isScalar(last.key) ? rangeOf(last.key)[0] : start
  const before = text.slice(text.lastIndexOf('\n', key - 1) + 1, key)
  const between = /^[ \t]+$/.test(before) ? `,\n${before}` : ', '
  const at = endOf(map, true)
  return `${text.slice(0, at)}${entries.map((entry) => between + entry).join('')}${text.slice(at)}`
}

function rangeOf(node: {
  range?: readonly [number, number, number] | null | undefined
}): [number, number] {
  const [start, end] = node.range ?? [0, 0]
  return [start, end]
}

/** Of the first key: what stands before it on its line, `- ` being blanks. Undefined: something else stands there. */
function indentOf(text: string, map: YAMLMap): string | undefined {
  const key = map.items[0]?.key
  if (!isScalar(key)) return undefined
  const [start] = rangeOf(key)
  const before = text.slice(text.lastIndexOf('\n', start - 1) + 1, start)
  return /^[ -]*$/.test(before) ? ' '.repeat(before.length) : undefined
}

/** Where the last value in it ends. `inFlow`: `map` itself may be in braces. */
function endOf(map: YAMLMap, inFlow = false): number {
  let node: unknown = inFlow ? map.items.at(-1)?.value : map
  const depthMax = 100
  for (let depth = 0; depth < depthMax; depth++) {
    if (!isCollection(node) || node.flow === true || node.items.length === 0) break
    const last: unknown = node.items.at(-1)
    node = isMap(node) ? (node.items.at(-1)?.value ?? node.items.at(-1)?.key) : last
  }
  return isScalar(node) || isCollection(node) || isAlias(node) ? rangeOf(node)[1] : 0
}

/** Behind the line in which `at` is. */
function insertAfter(
  text: string,
  at: number,
  lines: readonly string[],
  lineBreak: string,
): string {
  const found = text.indexOf('\n', at)
  const added = lines.join(lineBreak)
  if (found === -1) return `${text}${lineBreak}${added}`
  return `${text.slice(0, found + 1)}${added}${lineBreak}${text.slice(found + 1)}`
}

/** In quotes where YAML would read something else. */
function keyOf(place: string): string {
  return /^[A-Za-z_][\w$.]*$/.test(place) ? place : quotedKey(place)
}

/** Escaped where a terminal would show something else. Of JSON and YAML alike. */
function quotedKey(place: string): string {
  const escaped = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
  return JSON.stringify(place).replaceAll(/[\p{C}\u2028\u2029]/gu, (character) =>
    Array.from({ length: character.length }, (_, index) => escaped(character[index]!)).join(''),
  )
}

/** Whether `text` is what `before` was, and the tags. */
function says(text: string, before: Document, index: number, tags: readonly TagToAdd[]): boolean {
  const after = parseDocument(text)
  if (after.errors.length > 0) return false
  const expected = before.clone()
  const columns = expected.getIn(['connections', index, 'columns'])
  if (columns === undefined)
    expected.setIn(['connections', index, 'columns'], expected.createNode({}))
  for (const { place, dataClass } of tags)
    expected.setIn(['connections', index, 'columns', place], dataClass)
  return isDeepStrictEqual(after.toJS(), expected.toJS())
}
