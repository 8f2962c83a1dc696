/**
 * The second wall before the terminal: the server has escaped whatever came from data; here nothing but line ends and a handful
 * of colours gets through, whatever the server sent. Everything else is written out (`\x1B`). Pure.
 */
import { visibleLine } from '@gatetrail/protocols'

// What protocols/ writes: reset, bold, dim, red, green, yellow, cyan. Not "conceal", which hides text.
const allowed = /^(?:\r\n|\u001b\[(?:0|1|2|31|32|33|36)?m)$/
// One match per line end, colour or control character; the rest is text.
const special = /\r\n|\u001b\[[0-9;]{0,40}m|[\u0000-\u001f\u007f-\u009f]/g // eslint-disable-line no-control-regex

export function onlyColours(text: string): string {
  return text.replace(special, (found) => {
    if (allowed.test(found)) return found
    if (found === '\n') return '\r\n'
    return [...found].map((character) => visibleLine(character).text).join('')
  })
}

export type TerminalSize = { columns: number; lines: number }

// The line below the names of the columns. No row of the table is longer.
const tableRule = /^-[-+]*$/

/** What the text needs: a table is scrolled, up to a bound; what was typed, and messages, are wrapped as in any terminal. */
export function sizeOf(text: string, columnsMin: number, columnsMax: number): TerminalSize {
  const lines = text.split('\r\n').map((line) => line.replace(special, ''))
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

const dim = '\u001b[2m'

/** Half-bright text misses the contrast that everybody can read: notes are slanted and grey instead. */
export function legibleNotes(text: string): string {
  return text.replaceAll(dim, '\u001b[3;90m')
}
