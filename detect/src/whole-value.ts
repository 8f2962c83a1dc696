/** Whether a candidate is all there is in the value: then nothing around it speaks against it. */
import { byteClass, byteClasses } from './byte-classes.ts'
import type { Scan } from './scan.ts'

/** So many bytes may stand before a whole value, and behind it. */
export const blanksMax = 8
/** No value of which it matters whether it is all there is is longer. */
export const wholeValueBytesMax = 128
const name = byteClass.letter | byteClass.digit | byteClass.lead | byteClass.continuation

/** Quotes, brackets and blanks may stand around it. */
export function isWholeValue({ bytes, start, end }: Scan, from: number, to: number): boolean {
  if (from - start > blanksMax || end - to > blanksMax) return false
  for (let at = start; at < from; at++) if ((byteClasses[bytes[at]!]! & name) !== 0) return false
  for (let at = to; at < end; at++) if ((byteClasses[bytes[at]!]! & name) !== 0) return false
  return true
}
