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

/** What the text needs: wide rows are scrolled, not wrapped, up to a bound. */
export function sizeOf(text: string): TerminalSize {
  const lines = text.replace(special, (found) => (found === '\r\n' ? found : '')).split('\r\n')
  if (lines.at(-1) === '') lines.pop()
  const columns = lines.reduce((widest, line) => Math.max(widest, visibleLine(line).width), 0)
  return { columns, lines: lines.length }
}
