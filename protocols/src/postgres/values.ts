/** One value of a row or a parameter → the text that psql would show. The only decoder of PostgreSQL values. Pure. */
import { binaryText } from './values-binary.ts'
import { decodeText } from './visible-text.ts'

export type ValueFormat = 'text' | 'binary'

/** Types that psql aligns to the right: numbers, oid, xid, cid, money (fe_utils/print.c, `column_type_alignment`). */
const rightAligned: ReadonlySet<number> = new Set([
  20, 21, 23, 26, 28, 29, 700, 701, 790, 1700, 5069,
])

export function alignsRight(typeOid: number): boolean {
  return rightAligned.has(typeOid)
}

/**
 * The text of a value. Times are shown in UTC, as binary values carry no zone.
 * A type that is not known, or bytes that are not of their type, come back as `\x` and hex.
 * It may hold control characters: `visibleText` makes them harmless.
 */
export function valueText(typeOid: number, format: ValueFormat, bytes: Uint8Array): string {
  return format === 'text' ? decodeText(bytes) : binaryText(typeOid, bytes)
}
