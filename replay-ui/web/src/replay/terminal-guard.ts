/**
 * The third wall: even if an escape sequence got to the terminal, it answers none, sets no title, opens no link and touches no
 * clipboard. xterm.js runs the handler that was registered last; one that returns true ends it there.
 */
import type { IParser } from '@xterm/xterm'

// Title, colours, links, clipboard, notifications, shell integration: everything that xterm.js or an addon knows.
const oscMax = 2_000
// Reports and requests: DA, DSR, DECRQM, window operations, modes, and cursor reports, with each prefix that they take.
const csiFinals = ['c', 'n', 't', 'x', 'h', 'l', 'p', 'q', 'r', 's', 'u', 'y', 'z', 'b']
const prefixes = [undefined, '?', '>', '=', '<']
const intermediates = [undefined, '$', '!', '"', "'", '*', ' ']

export function guardTerminal(parser: IParser): void {
  const swallow = () => true
  for (let code = 0; code < oscMax; code++) parser.registerOscHandler(code, swallow)
  for (const final of csiFinals) {
    for (const prefix of prefixes) {
      for (const intermediate of intermediates) {
        const id = {
          final,
          ...(prefix !== undefined && { prefix }),
          ...(intermediate !== undefined && { intermediates: intermediate }),
        }
        parser.registerCsiHandler(id, swallow)
      }
    }
  }
  for (const final of ['q', 'p', 's', 'u', '{', '|']) {
    for (const intermediate of ['$', '+', undefined]) {
      parser.registerDcsHandler(
        { final, ...(intermediate !== undefined && { intermediates: intermediate }) },
        swallow,
      )
    }
  }
  for (const final of ['Z', 'c']) parser.registerEscHandler({ final }, swallow)
}
