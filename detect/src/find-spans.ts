/**
 * The scanner: one pass over a value. Bytes that can't begin anything cost one comparison; `@` and groups of digits are
 * handed to the confirmers (email.ts, social-security.ts, card.ts), which look at a bounded number of bytes around
 * them, so that the whole is linear whatever the bytes are.
 */
import { asciiOf } from './byte-classes.ts'
import { cardEnd, cardLevel } from './card.ts'
import { emailEnd, emailStart } from './email.ts'
import type { Span } from './ruleset.ts'
import { isSocialSecurityNumber, socialSecurityBytes } from './social-security.ts'

/** What {@link findSpans} returns when there is nothing: always this array, so that nothing is allocated. */
export const noSpans: readonly Span[] = Object.freeze([])

const { space, dash, zero } = asciiOf
/** `a@b.co` */
const findingBytesMin = 6
const cardGroupDigitsMin = 4

/**
 * Finds personal data in `bytes` from `start` to `end` (one value: what lies outside is never looked at).
 * Returns spans in order, not overlapping, and never cutting a UTF-8 character; {@link noSpans} if there are none.
 */
export function findSpans(bytes: Uint8Array, start: number, end: number): readonly Span[] {
  if (end - start < findingBytesMin) return noSpans
  let spans: Span[] | undefined
  let at = start
  while (at < end) {
    const offset = (bytes[at]! - zero) >>> 0
    // Digits are 0 to 9 and `@` is 16: most bytes of a text end here.
    if (offset > 16 || (offset > 9 && offset < 16)) {
      at++
      continue
    }
    if (offset === 16) {
      const found = emailAt(bytes, start, at, end, spans)
      at++
      if (found === undefined) continue
      spans ??= []
      while (spans.length > 0 && spans.at(-1)!.start >= found.start) spans.pop()
      spans.push(found)
      at = found.end
      continue
    }
    const groupStart = at
    do at++
    while (at < end && (bytes[at]! - zero) >>> 0 < 10)
    const digits = at - groupStart
    if (digits === 3) {
      if (!isSocialSecurityNumber(bytes, start, groupStart, end)) continue
      at = groupStart + socialSecurityBytes
      spans ??= []
      spans.push({ start: groupStart, end: at, entity: 'US_SSN', level: 'likely' })
    } else if (digits >= cardGroupDigitsMin && mayBeCard(bytes, at, digits, end)) {
      const found = cardEnd(bytes, start, groupStart, at, end)
      if (found === -1) continue
      at = found
      spans ??= []
      const level = cardLevel(bytes, groupStart, found)
      spans.push({ start: groupStart, end: found, entity: 'CREDIT_CARD', level })
    }
  }
  return spans ?? noSpans
}

/** Cheap enough for tables of numbers: a card is 13 digits or more in one group, or its group goes on after a separator. */
function mayBeCard(bytes: Uint8Array, groupEnd: number, digits: number, end: number): boolean {
  if (digits > 6) return digits >= 13 && digits <= 19
  if (groupEnd + 1 >= end) return false
  const next = bytes[groupEnd]!
  return (next === space || next === dash) && (bytes[groupEnd + 1]! - zero) >>> 0 < 10
}

/** An email whose `@` is at `at`. It swallows findings in its local part, but never begins inside an earlier one. */
function emailAt(
  bytes: Uint8Array,
  start: number,
  at: number,
  end: number,
  earlier: readonly Span[] | undefined,
): Span | undefined {
  const from = emailStart(bytes, start, at)
  if (from === -1) return undefined
  const to = emailEnd(bytes, at, end)
  if (to === -1) return undefined
  const last = earlier?.findLast((span) => span.start < from)
  const begin = last === undefined ? from : Math.max(from, last.end)
  return { start: begin, end: to, entity: 'EMAIL', level: 'certain' }
}
