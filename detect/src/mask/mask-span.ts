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
  for (let at = start; at < end; at++) bytes[at] = masks[bytes[at]!]!
}

const { space, dash, dot, slash, colon, at: atSign } = asciiOf
/** By byte: what stands in its place. */
const masks = new Uint8Array(256).fill(asterisk)
for (const separator of [space, dash, dot, slash, colon, atSign]) masks[separator] = separator
