/** The size of a transcript on the screen, and its colours where they would be hard to read. Pure. */
import { visibleLine, withoutColours } from '@gatetrail/protocols'

export type TerminalSize = { columns: number; lines: number }

// The line below the names of the columns. No row of the table is longer.
const tableRule = /^-[-+]*$/

/** What the text needs: a table is scrolled, up to a bound; what was typed, and messages, are wrapped as in any terminal. */
export function sizeOf(text: string, columnsMin: number, columnsMax: number): TerminalSize {
  const lines = text.split('\r\n').map((line) => withoutColours(line))
  if (lines.at(-1) === '') lines.pop()
  const widest = lines.reduce(
    (most, line) => (tableRule.test(line) ? Math.max(most, line.length) : most),
    0,
  )
  const columns = Math.min(columnsMax, Math.max(columnsMin, widest))
  const wrapped = lines.reduce(
    (sum, line) => sum + Math.max(1, Math.ceil(visibleLine(line).width / columns)),
    0,
  )
  return { columns, lines: wrapped }
}

/** Line of the text and place in it of a cell, from 0. `isWrapped`: the row goes on with the line of the row above. */
export function placeInText(
  row: number,
  column: number,
  columns: number,
  isWrapped: (row: number) => boolean,
): { line: number; column: number } {
  let line = 0
  let first = 0
  for (let at = 1; at <= row; at++) {
    if (isWrapped(at)) continue
    line++
    first = at
  }
  return { line, column: (row - first) * columns + column }
}

const dim = '\u001b[2m'

/** Half-bright text misses the contrast that everybody can read: notes are slanted and grey instead. */
export function legibleNotes(text: string): string {
  return text.replaceAll(dim, '\u001b[3;90m')
}

const marksPerLetterMax = 8
const manyMarks = new RegExp(`(\\p{M}{${marksPerLetterMax}})\\p{M}+`, 'gu')

/** Thousands of marks on one letter keep a browser busy for minutes; no language sets more than a few. */
export function fewMarks(text: string): string {
  return text.replace(manyMarks, '$1')
}
