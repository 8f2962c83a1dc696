/**
 * A user's regular expression (RE2: linear time, whatever it is and whatever it is given), tried on stretches of one line of
 * bounded length. A match never crosses a newline and has at most {@link matchBytesMax} bytes; both must hold, so that a stream
 * gives the same matches however it is cut.
 */
import { RE2JS, RE2JSException, RE2Set } from 're2js'
import type { Detector } from '../detector.ts'
import type { Scan } from '../scan.ts'
import { matchBytesMax, reachBytes, type LinePattern } from './line-stretches.ts'
import { contextWords } from '../context-words.ts'
import { CustomRuleError, type CustomRule } from './custom-rule.ts'
import { literalBegin, type LiteralBegin } from './literal-begin.ts'

/** Instructions of a compiled pattern: each may cost a step for each byte. */
const instructionsMax = 2_000
const newline = 0x0a

/** Of each kind of detector. */
type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never
type Add = (scan: Scan, from: number, to: number) => void

/** A pattern of which it isn't told what its matches begin with. */
export type FreePattern = {
  readonly pattern: string
  readonly expression: RE2JS
  readonly add: Add
}

/** As a detector if every match begins with a text that can be looked for. @throws CustomRuleError */
export function patternOf(
  rule: CustomRule,
  name: string,
  pattern: string,
  index: number,
): { detector: Detector } | { free: FreePattern } {
  const expression = compiled(pattern, index)
  const context = contextWords(rule.context.join(' '))
  const add: Add = (scan, from, to) => {
    if (to === from || to - from > matchBytesMax) return
    if (rule.context.length > 0 && !scan.isNamed(from, context)) return
    scan.add(from, to, rule.entity, rule.level, name)
  }
  const begin = literalBegin(pattern)
  return begin === undefined
    ? { free: { pattern, expression, add } }
    : { detector: { name, ...detectorOf(expression, begin, add) } }
}

/** Tried where its text stands, and nowhere else. */
function detectorOf(
  expression: RE2JS,
  { text, exact, ofWord }: LiteralBegin,
  add: Add,
): DistributiveOmit<Detector, 'name'> {
  return {
    on: 'literal',
    literals: [text],
    exact,
    within: 'line',
    ahead: reachBytes,
    behind: 0,
    confirm(scan, at) {
      if (ofWord && at > scan.start && isWordByte(scan.bytes[at - 1]!)) return
      const matcher = expression.matcher(scan.bytes.subarray(at, lineEnd(scan, at + 1)))
      if (matcher.lookingAt()) add(scan, at, at + matcher.end())
    },
  }
}

/** All patterns that are tried on every line, as one: they are looked for together, and those that match by themselves. */
export function linePatternOf(all: readonly FreePattern[]): LinePattern {
  const together = new RE2Set()
  for (const { pattern } of all) together.add(pattern)
  together.compile()
  return (scan, from, to) => {
    const begin = lineBegin(scan, from)
    const text = scan.bytes.subarray(begin, lineEnd(scan, to))
    for (const index of together.match(text)) {
      const { expression, add } = all[index]!
      const matcher = expression.matcher(text)
      while (matcher.find() && begin + matcher.start() < to) {
        const at = begin + matcher.start()
        if (at >= from) add(scan, at, begin + matcher.end())
      }
    }
  }
}

function lineBegin({ bytes, start }: Scan, from: number): number {
  const first = Math.max(start, from - reachBytes)
  for (let at = from; at > first; at--) if (bytes[at - 1] === newline) return at
  return first
}

/** `to` may be behind the newline of a line. */
function lineEnd({ bytes, start, end }: Scan, to: number): number {
  if (to > start && bytes[to - 1] === newline) return to - 1
  const last = Math.min(end, to + reachBytes)
  for (let at = to; at < last; at++) if (bytes[at] === newline) return at
  return last
}

/** What `\b` takes for a letter. */
function isWordByte(byte: number): boolean {
  return (byte - 0x30) >>> 0 < 10 || ((byte | 0x20) - 0x61) >>> 0 < 26 || byte === 0x5f
}

function compiled(pattern: string, index: number): RE2JS {
  let expression: RE2JS
  try {
    expression = RE2JS.compile(pattern)
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error
    const reason = error.message.replace(/^error parsing regexp: /, '')
    throw new CustomRuleError(index, 'pattern', `not a pattern of RE2: ${reason}`)
  }
  if (expression.programSize() > instructionsMax) {
    throw new CustomRuleError(index, 'pattern', 'too large: repeat less, or give a word list')
  }
  if (expression.test('')) {
    throw new CustomRuleError(index, 'pattern', 'matches nothing at all: it would match everywhere')
  }
  return expression
}
