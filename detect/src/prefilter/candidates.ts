/**
 * Candidates of one window of the text, as pairs of numbers: where it begins, and what it is. The plain twin of prefilter.wat,
 * which finds the same ones: change both. Linear, whatever the bytes are.
 */
import { wordBytesMax } from '../detector.ts'
import { kindOf, literalBytesMin, slotOf, type Dispatch } from './dispatch.ts'
import { classesMax } from './byte-partition.ts'

/**
 * The second number of a pair. A word: its length in bits 16 to 25, its list below; a literal: this bit and a slot; a byte: this
 * bit and a list.
 */
export const literalBit = 1 << 26
export const byteBit = 1 << 27
export const lengthShift = 16
export const listMask = 0xffff

/** A window has no more positions, and a position no more than two candidates. */
export const windowBytes = 16 * 1024
export const candidatesMax = 2 * windowBytes

const backslash = 0x5c
const wordKinds = kindOf.digit | kindOf.letter

/**
 * Writes to `out` what begins from `from` to `to` in the value that reaches from `start` to `end`, and returns how many numbers
 * it wrote.
 */
export function fillCandidates(
  dispatch: Dispatch,
  bytes: Uint8Array,
  start: number,
  from: number,
  to: number,
  end: number,
  out: Int32Array,
): number {
  const count = fillLiterals(
    dispatch,
    bytes,
    from,
    Math.min(to, end - literalBytesMin + 1),
    end,
    out,
  )
  return fillWords(dispatch, bytes, start, from, to, end, out, count)
}

function fillLiterals(
  { slots }: Dispatch,
  bytes: Uint8Array,
  from: number,
  to: number,
  end: number,
  out: Int32Array,
): number {
  if (from >= to) return 0
  let count = 0
  let gram = (bytes[from]! << 8) | (bytes[from + 1]! << 16) | (bytes[from + 2]! << 24)
  for (let at = from; at < to; at++) {
    const fourth = at + 3 < end ? bytes[at + 3]! : 0
    gram = (gram >>> 8) | (fourth << 24)
    const slot = slotOf(gram)
    if (((slots[slot]! >>> (fourth & 7)) & 1) === 0) continue
    out[count++] = at
    out[count++] = literalBit | slot
  }
  return count
}

function fillWords(
  { kinds, rows, byteRows, lists, firstClasses, nextClasses }: Dispatch,
  bytes: Uint8Array,
  start: number,
  from: number,
  to: number,
  end: number,
  out: Int32Array,
  written: number,
): number {
  // A word that reaches further is longer than any candidate.
  const reach = Math.min(end, to + wordBytesMax + 1)
  let count = written
  let at = from
  if (
    at > start &&
    (kinds[bytes[at - 1]!]! & wordKinds) !== 0 &&
    !isEscape(kinds, bytes, start, at - 1)
  ) {
    while (at < to && (kinds[bytes[at]!]! & wordKinds) !== 0) at++
  }
  while (at < to) {
    const byte = bytes[at]!
    const kind = kinds[byte]!
    if (kind === 0 || isEscape(kinds, bytes, start, at)) {
      at++
      continue
    }
    const first = at++
    let row = 0
    let classOf = 0
    if ((kind & wordKinds) === 0) {
      row = byteRows[byte]!
      classOf = first > start ? firstClasses[bytes[first - 1]!]! : 0
    } else {
      let seen = kind
      while (at < reach) {
        const further = kinds[bytes[at]!]! & wordKinds
        if (further === 0) break
        seen |= further
        at++
      }
      if ((seen & kindOf.digit) === 0 || at - first > wordBytesMax) continue
      row = rows[at - first + ((seen & kindOf.letter) === 0 ? 0 : wordBytesMax + 1)]!
      classOf = firstClasses[byte]!
    }
    if (row === 0) continue
    const nextOf = at < end ? nextClasses[bytes[at]!]! : 0
    const list = lists[(row * classesMax + classOf) * classesMax + nextOf]!
    if (list === 0) continue
    out[count++] = first
    out[count++] = (kind & wordKinds) === 0 ? byteBit | list : ((at - first) << lengthShift) | list
  }
  return count
}

function isEscape(kinds: Uint8Array, bytes: Uint8Array, start: number, at: number): boolean {
  return (kinds[bytes[at]!]! & kindOf.escape) !== 0 && at > start && bytes[at - 1] === backslash
}
