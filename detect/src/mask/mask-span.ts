/** Overwrites in place: the length stays, so that no length field of any protocol has to change. The result is ASCII. */
import { asciiOf } from '../byte-classes.ts'
import type { Span } from '../ruleset.ts'

const asterisk = 0x2a

/** Masks a finding. Its `-`, `.`, `@` and spaces stay, so that a person sees what kind of value it was. */
export function maskSpan(bytes: Uint8Array, span: Pick<Span, 'start' | 'end'>): void {
  maskWhole(bytes, span.start, span.end)
}

/** Masks a whole value of a tagged column: every byte but the separators `-` `.` `@` `/` `:` and space becomes `*`. */
export function maskWhole(bytes: Uint8Array, start: number, end: number): void {
  for (let at = start; at < end; at++) if (!isSeparator(bytes[at]!)) bytes[at] = asterisk
}

function isSeparator(byte: number): boolean {
  switch (byte) {
    case asciiOf.space:
    case asciiOf.dash:
    case asciiOf.dot:
    case asciiOf.slash:
    case asciiOf.colon:
    case asciiOf.at:
      return true
    default:
      return false
  }
}
