/**
 * Masks of one value, by type and format: what stands in its place is a value of the same type that PostgreSQL itself and
 * the parsers of clients take. Collected by type in built-in-types.ts and mask-of-type.ts. Pure.
 */
import { maskWhole, type EntityMask } from '@gatetrail/detect'

/** Masks `bytes` from `start` to `end` in place. Returns the new end, never beyond the old one, or `nullValue`. */
export type ValueMask = (bytes: Uint8Array, start: number, end: number) => number

/** Undefined: the style has no value; nothing was written that the mask of the type does not overwrite. */
export type StyledMask = (
  mask: EntityMask,
  bytes: Uint8Array,
  start: number,
  end: number,
) => number | undefined

/** There is no valid value that would fit: it becomes NULL. */
export const nullValue = -1

/** By format. */
export type TypeMasks = { readonly text: ValueMask; readonly binary: ValueMask }

export const toNull: ValueMask = () => nullValue

/** Letters and digits become `*`; length and separators stay. */
export const stars: ValueMask = (bytes, start, end) => {
  maskWhole(bytes, start, end)
  return end
}

/** Nothing but `*` stays: of what was computed the separators may be the message, as in translate(ssn, '0123', '-.@/'). */
export const starsOnly: ValueMask = filledWith(0x2a)

/** Every byte becomes this one; the length stays. */
export function filledWith(byte: number): ValueMask {
  return (bytes, start, end) => {
    bytes.fill(byte, start, end)
    return end
  }
}

export const zeros: ValueMask = filledWith(0)

/** Always the same value; NULL where the original is shorter (an infinite date). */
export function always(value: string | readonly number[]): ValueMask {
  const constant =
    typeof value === 'string' ? new TextEncoder().encode(value) : Uint8Array.from(value)
  return (bytes, start, end) => write(constant, bytes, start, end)
}

/** The first of these that is not longer than the original. */
export function firstThatFits(...values: readonly string[]): ValueMask {
  const constants = values.map((value) => new TextEncoder().encode(value))
  return (bytes, start, end) => {
    for (const constant of constants) {
      if (constant.length <= end - start) return write(constant, bytes, start, end)
    }
    return nullValue
  }
}

function write(value: Uint8Array, bytes: Uint8Array, start: number, end: number): number {
  if (value.length > end - start) return nullValue
  bytes.set(value, start)
  return start + value.length
}
