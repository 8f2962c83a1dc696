/** Masks that need no key: a constant, and the last four letters or digits. Pure. */
import type { Entity } from '../ruleset.ts'
import { maskWhole } from './mask-span.ts'

const asterisk = 0x2a
const closeBracket = 0x5d
const keptMax = 4

const encoder = new TextEncoder()
const marks: ReadonlySet<number> = new Set(encoder.encode(`"'\\<>&,{}()`))

/** `[EMAIL]`, of which there is room for at least one letter of the name: `[E]`. Undefined: there is none for that. */
export function label(entity: Entity, lengthMax: number): Uint8Array | undefined {
  const name = encoder.encode(entity).subarray(0, lengthMax - 2)
  return lengthMax < 3 ? undefined : Uint8Array.of(0x5b, ...name, closeBracket)
}

/** Within a text: the length stays. */
export function redactInText(entity: Entity, bytes: Uint8Array, start: number, end: number): void {
  bytes.fill(asterisk, start, end)
  const constant = label(entity, end - start)
  if (constant === undefined) return
  bytes.set(constant, start)
  // `]]>` may not stand in the text of an XML document.
  if (start + constant.length === end && bytes[end] === closeBracket) bytes[end - 1] = asterisk
}

/** The last four letters and digits stay, of fewer than eight the last half. */
export function keepLastFour(bytes: Uint8Array, start: number, end: number): void {
  let count = 0
  for (let at = start; at < end; at++) if (isLetterOrDigit(bytes[at]!)) count++
  let from = end
  for (let kept = Math.min(keptMax, count >> 1); kept > 0;) {
    from--
    if (isLetterOrDigit(bytes[from]!)) kept--
  }
  // A mark that is kept may belong to one that is not: a quote, an escape, a tag.
  for (let at = from; at < end; at++) if (marks.has(bytes[at]!)) from = end
  maskWhole(bytes, start, from)
  for (let at = from; at < end; at++) if (bytes[at]! >= 0x80) bytes[at] = asterisk
}

function isLetterOrDigit(byte: number): boolean {
  const lower = byte | 0x20
  return (byte >= 0x30 && byte <= 0x39) || (lower >= 0x61 && lower <= 0x7a)
}
