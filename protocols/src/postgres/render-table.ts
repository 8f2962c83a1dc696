/**
 * Rows → the aligned table that psql prints with its defaults (border 1, format aligned, no expanded mode) and `\pset null NULL`:
 * fe_utils/print.c, `print_aligned_text`. Used by session-transcript.ts. Pure.
 */
import { alignsRight } from './values.ts'
import { visibleLines, wrappedLine, type VisibleLine } from './visible-text.ts'

/** `typeOid` undefined: not known; it is a column of numbers if nothing else stands in it. */
export type TableColumn = { name: string; typeOid: number | undefined }

/** Gives a visible piece of a cell its colour; must not change its width. */
export type Paint = (text: string) => string

/** `text` undefined: NULL. */
export type TableCell = { text: string | undefined; paint?: Paint }

export const nullText = 'NULL'
/** A text that says NULL is told from NULL by its quotes. */
const likeNull = /^'*NULL'*$/

/** Lines without line ends, the footer not included. Control characters of names and cells come out as escapes. */
export function tableLines(
  columns: readonly TableColumn[],
  rows: readonly (readonly TableCell[])[],
): string[] {
  if (columns.length === 0) return ['--']
  const headers = columns.map((column) => visibleLines(column.name))
  const cells = rows.map((row) => columns.map((_, index) => cellLines(cellText(row[index]))))
  const widths = columns.map((_, index) => {
    let width = widest(headers[index]!)
    for (const row of cells) width = Math.max(width, widest(row[index]!))
    return width
  })
  const lines = headerLines(headers, widths)
  lines.push(widths.map((width) => '-'.repeat(width + 2)).join('+'))
  const right = columns.map(({ typeOid }, index) =>
    typeOid === undefined ? holdsNumbers(rows, index) : alignsRight(typeOid),
  )
  cells.forEach((row, index) => {
    lines.push(...rowLines(row, rows[index]!, widths, right))
  })
  return lines
}

/** `wraps`: it goes on below, as a line that was too long (psql's `\\pset format wrapped`). */
type CellLine = VisibleLine & { wraps: boolean; continues: boolean }

const cellColumnsMax = 120

function cellLines(text: string): CellLine[] {
  return visibleLines(text).flatMap((line) => {
    const pieces = wrappedLine(line, cellColumnsMax)
    return pieces.map((piece, index) => ({
      ...piece,
      wraps: index < pieces.length - 1,
      continues: index > 0,
    }))
  })
}

function cellText(cell: TableCell | undefined): string {
  if (cell?.text === undefined) return nullText
  return likeNull.test(cell.text) ? `'${cell.text}'` : cell.text
}

const number = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i

function holdsNumbers(rows: readonly (readonly TableCell[])[], index: number): boolean {
  let numbers = 0
  for (const row of rows) {
    const text = row[index]?.text
    if (text === undefined) continue
    if (!number.test(text)) return false
    numbers++
  }
  return numbers > 0
}

/** `(1 row)`, `(200 rows)` */
export function rowCountText(rows: number): string {
  return rows === 1 ? '(1 row)' : `(${rows} rows)`
}

function widest(lines: readonly VisibleLine[]): number {
  let width = 0
  for (const line of lines) width = Math.max(width, line.width)
  return width
}

function headerLines(headers: readonly VisibleLine[][], widths: readonly number[]): string[] {
  const height = Math.max(...headers.map((lines) => lines.length))
  const lines: string[] = []
  for (let at = 0; at < height; at++) {
    const parts = headers.map((header, index) => {
      const line = header[at]
      const width = widths[index]!
      if (line === undefined) return ' '.repeat(width + 2)
      const space = width - line.width
      const end = at + 1 < header.length ? '+' : ' '
      return ` ${' '.repeat(space >> 1)}${line.text}${' '.repeat((space + 1) >> 1)}${end}`
    })
    lines.push(parts.join('|'))
  }
  return lines
}

function rowLines(
  row: readonly CellLine[][],
  cells: readonly TableCell[],
  widths: readonly number[],
  right: readonly boolean[],
): string[] {
  const height = Math.max(...row.map((lines) => lines.length))
  const lines: string[] = []
  for (let at = 0; at < height; at++) {
    const parts = row.map((cellLines, index) => {
      const lastColumn = index === row.length - 1
      const line = cellLines[at]
      const width = widths[index]!
      if (line === undefined) return lastColumn ? ' ' : ' '.repeat(width + 2)
      const goesOn = at + 1 < cellLines.length
      const space = ' '.repeat(width - line.width)
      const paint = cells[index]?.paint
      const text = paint === undefined ? line.text : paint(line.text)
      const padded = right[index] ? space + text : lastColumn && !goesOn ? text : text + space
      const mark = line.wraps ? '.' : '+'
      return `${line.continues ? '.' : ' '}${padded}${goesOn ? mark : lastColumn ? '' : ' '}`
    })
    lines.push(parts.join('|'))
  }
  return lines
}
