/**
 * CSV that a spreadsheet runs nothing of, and in which one row is one line whatever a client has sent (RFC 4180 otherwise). Pure.
 *
 * Text is in quotes. What begins a formula, also behind spaces, gets an apostrophe before it. Control characters, line breaks, and
 * characters that reorder or hide text are written as escapes (`\n`, `\u202e`), a backslash as two, so that they can be read back.
 */
export type Cell = string | number | boolean | null

/** Full-width signs are formulas in some locales. */
const formula = /^[\s\p{Cf}]*[=+\-@\t\r＝＋－＠]/u
// Where semicolons separate cells, a sign behind one begins a formula: written as an escape, too.
const hidden = /[\\\p{Cc}\p{Cf}\u2028\u2029\p{Cs}]|(?<=;)[=+\-@＝＋－＠]/gu
const known: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
}

export const byteOrderMark = '\uFEFF'

/** With its line break. */
export function csvLine(cells: readonly Cell[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`
}

function csvCell(cell: Cell): string {
  if (cell === null) return ''
  if (typeof cell !== 'string') return String(cell)
  const text = `${formula.test(cell) ? "'" : ''}${cell.replaceAll(hidden, escaped)}`
  return `"${text.replaceAll('"', '""')}"`
}

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0
  return (
    known[character] ??
    (code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, '0')}`)
  )
}
