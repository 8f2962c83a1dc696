/**
 * The third wall: even if an escape sequence got to the terminal, it answers none, sets no title, opens no link and touches no
 * clipboard. xterm.js runs the handler that was registered last; one that returns true ends it there.
 */
import type { IParser } from '@xterm/xterm'

// Title, colours, links, clipboard, notifications, shell integration: everything that xterm.js or an addon knows.
const oscMax = 2_000
// Reports and requests: DA, DSR, DECRQM, window operations, and cursor reports, with each prefix that they take.
const asking = ['c', 'n', 't', 'x', 'p', 'q', 'y', 'z']
// Of a screen that was recorded they are what makes it; text that flows has no use for them.
const drawing = ['h', 'l', 'r', 's', 'u', 'b']
const prefixes = [undefined, '?', '>', '=', '<']
const intermediates = [undefined, '$', '!', '"', "'", '*', ' ']

/** Modes of a screen: wrap, origin, cursor, insert, the other screen. Not: mouse reports, focus reports, bracketed paste. */
const modesAllowed: ReadonlySet<number> = new Set([4, 6, 7, 20, 25, 47, 1_047, 1_048, 1_049])
/** xterm.js repeats a character (REP) as often as it is told. */
const repeatsMax = 1_000

export function guardTerminal(parser: IParser, kind: 'text' | 'screen'): void {
  const swallow = () => true
  for (let code = 0; code < oscMax; code++) parser.registerOscHandler(code, swallow)
  for (const final of kind === 'text' ? [...asking, ...drawing] : asking) {
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
  if (kind === 'screen') guardScreen(parser)
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

function guardScreen(parser: IParser): void {
  for (const final of ['h', 'l']) {
    for (const prefix of [undefined, '?']) {
      parser.registerCsiHandler({ final, ...(prefix !== undefined && { prefix }) }, (modes) =>
        modes.some((mode) => typeof mode !== 'number' || !modesAllowed.has(mode)),
      )
    }
  }
  parser.registerCsiHandler({ final: 'b' }, ([times = 1]) =>
    typeof times === 'number' ? times > repeatsMax : true,
  )
}
