/**
 * The text that every match of a pattern begins with, if that is easily told: the scanner finds it, and the pattern is tried there
 * alone. Whatever this does not understand gives none, and the pattern is tried on every line. Pure.
 */
import { literalBytesMin } from '../prefilter/dispatch.ts'

export type LiteralBegin = {
  readonly text: string
  readonly exact: boolean
  /** It begins with `\b`: no letter, digit or underscore may stand before. */
  readonly ofWord: boolean
}

const begin = /^(?<flag>\(\?i\))?(?<boundary>\\b)?(?<text>(?:[A-Za-z0-9_\-/:=#@ ]|\\[-_./:=#@ ])+)/
const groupsDeepMax = 10
const repeated = /^[?*{]/

/** `pattern`: valid in RE2. */
export function literalBegin(pattern: string): LiteralBegin | undefined {
  const { flag, boundary, text: written = '' } = begin.exec(pattern)?.groups ?? {}
  const length = (flag?.length ?? 0) + (boundary?.length ?? 0) + written.length
  // What stands beside `|` need not begin so; within a group it does not matter.
  if (written === '' || hasChoice(pattern)) return undefined
  const whole = written.replaceAll('\\', '')
  // `ab?`: the last character may be missing.
  const text = repeated.test(pattern.slice(length)) ? whole.slice(0, -1) : whole
  if (text.length < literalBytesMin) return undefined
  const ofWord = boundary !== undefined
  if (ofWord && !/^\w/.test(text)) return undefined
  return { text, exact: flag === undefined, ofWord }
}

/** Whether a `|` stands outside of groups and classes, or may do so. */
function hasChoice(pattern: string): boolean {
  let outside = pattern.replaceAll(/\\./g, '').replaceAll(/\[\^?\]?[^\]]*\]/g, '')
  for (let depth = 0; depth < groupsDeepMax; depth++) {
    outside = outside.replaceAll(/\([^()]*\)/g, '')
  }
  return /[|()]/.test(outside)
}
