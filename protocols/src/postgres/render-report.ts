/**
 * Errors and notices as psql prints them: libpq's fe-protocol3.c, `pqBuildErrorMessage3` and `reportErrorPosition`, at the
 * default verbosity. Used by session-transcript.ts. Pure.
 */
import { visibleLine, visibleText } from './visible-text.ts'

/** Fields by letter (documentation, "Error and Notice Message Fields"). `sql`: what the position counts in. */
export function reportLines(
  fields: ReadonlyMap<string, string>,
  sql: string | undefined,
): string[] {
  const severity = fields.get('S') ?? fields.get('V') ?? 'ERROR'
  const isError = /^(ERROR|FATAL|PANIC)$/.test(fields.get('V') ?? severity)
  // A position in a query that the target made itself, in a function, comes with that query.
  const [place, query] = fields.has('P') ? ['P', sql] : ['p', fields.get('q')]
  const position = Number(fields.get(place))
  const known = Number.isInteger(position) && position > 0
  const marked = known && query !== undefined ? positionLines(query, position - 1) : []
  const somewhere = known && marked.length === 0 ? ` at character ${position}` : ''
  const lines = visibleText(`${severity}:  ${fields.get('M') ?? ''}${somewhere}`).split('\n')
  lines.push(...marked)
  for (const [letter, label] of [
    ['D', 'DETAIL'],
    ['H', 'HINT'],
    ['q', 'QUERY'],
    ['W', 'CONTEXT'],
  ] as const) {
    const text = fields.get(letter)
    if (text === undefined || (letter === 'W' && !isError)) continue
    lines.push(...visibleText(`${label}:  ${text}`).split('\n'))
  }
  return lines
}

const shownColumnsMax = 60
const rightColumnsMin = 10

/** The line of the statement that the error is in, cut to 60 columns, and a caret below its place. */
function positionLines(sql: string, position: number): string[] {
  const characters = Array.from(sql.slice(0, position * 2 + 4_000))
  if (position > characters.length) return []
  let begin = position
  while (begin > 0 && !isLineEnd(characters[begin - 1])) begin--
  let end = position
  while (end < characters.length && !isLineEnd(characters[end])) end++
  let lineNumber = 1
  for (let index = 0; index < begin; index++) {
    const next = characters[index]
    if (next === '\n' || (next === '\r' && characters[index + 1] !== '\n')) lineNumber++
  }
  const columns = characters
    .slice(begin, end)
    .map((character) => visibleLine(character === '\t' ? ' ' : character))
  const width = (from: number, to: number): number =>
    columns.slice(from - begin, to - begin).reduce((sum, line) => sum + line.width, 0)
  const lineBegin = begin
  let cutLeft = ''
  let cutRight = ''
  if (width(begin, end) > shownColumnsMax) {
    if (width(lineBegin, position) + rightColumnsMin <= shownColumnsMax) {
      while (width(begin, end) > shownColumnsMax) end--
      cutRight = '...'
    } else {
      while (end > position && width(position, end) > rightColumnsMin) {
        end--
        cutRight = '...'
      }
      while (width(begin, end) > shownColumnsMax) begin++
      cutLeft = '...'
    }
  }
  const shown = columns.slice(begin - lineBegin, end - lineBegin).map((line) => line.text)
  const before = columns
    .slice(begin - lineBegin, position - lineBegin)
    .reduce((sum, line) => sum + line.width, 0)
  const label = `LINE ${lineNumber}: ${cutLeft}`
  return [`${label}${shown.join('')}${cutRight}`, `${' '.repeat(label.length + before)}^`]
}

function isLineEnd(character: string | undefined): boolean {
  return character === '\n' || character === '\r'
}
