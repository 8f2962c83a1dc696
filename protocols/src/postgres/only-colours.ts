/**
 * The second wall before a terminal: a transcript has escaped whatever came from data; here nothing but line ends and a handful
 * of colours gets through, whatever it holds. Everything else is written out (`\x1B`). Used where text is shown. Pure.
 */
import { visibleLine } from './visible-text.ts'

// What a transcript holds: reset, bold, dim, red, green, yellow, cyan. Not "conceal", which hides text.
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

/** What is seen of it: without line ends and colours. */
export function withoutColours(text: string): string {
  return text.replace(special, '')
}
