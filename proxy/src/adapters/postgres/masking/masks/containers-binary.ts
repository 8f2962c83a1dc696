/**
 * Masks of arrays and rows in binary format, and a walk over the values in them. array_send in PostgreSQL's arrayfuncs.c:
 * i32 dimensions · i32 has NULLs · u32 element type · per dimension i32 length, i32 lower bound · per element i32 length
 * and bytes. record_send in rowtypes.c: i32 columns · per column u32 type, i32 length and bytes. Pure.
 */
import { readInt32 } from '@gatetrail/protocols'
import { nullValue, type ValueMask } from './value-mask.ts'

const headerBytes = 12
const dimensionsMax = 6

/** `maskOf`: the mask of a type in binary format. Torn bytes become NULL. */
export function arrayBinaryMask(maskOf: (typeOid: number) => ValueMask): ValueMask {
  return (bytes, start, end) => {
    if (end - start < headerBytes) return nullValue
    const dimensions = readInt32(bytes, start)
    if (dimensions < 0 || dimensions > dimensionsMax) return nullValue
    const first = start + headerBytes + 8 * dimensions
    if (first > end) return nullValue
    const mask = maskOf(readInt32(bytes, start + 8) >>> 0)
    let to = first
    for (let at = first; at < end;) {
      if (at + 4 > end) return nullValue
      const length = readInt32(bytes, at)
      const from = at + 4
      if (length < -1 || from + Math.max(0, length) > end) return nullValue
      const written = writeValue(bytes, from, length, to, mask)
      // Nothing behind the length: it became NULL, and the header says that there are some.
      if (length > 0 && written === to + 4) bytes[start + 7] = 1
      to = written
      at = from + Math.max(0, length)
    }
    return to
  }
}

/** Of a row each column's type stands before its value. */
export function rowBinaryMask(maskOf: (typeOid: number) => ValueMask): ValueMask {
  return (bytes, start, end) => {
    if (end - start < 4) return nullValue
    const columns = readInt32(bytes, start)
    let at = start + 4
    let to = at
    for (let column = 0; column < columns; column++) {
      if (at + 8 > end) return nullValue
      const mask = maskOf(readInt32(bytes, at) >>> 0)
      const length = readInt32(bytes, at + 4)
      const from = at + 8
      if (length < -1 || from + Math.max(0, length) > end) return nullValue
      if (to !== at) bytes.copyWithin(to, at, at + 4)
      to = writeValue(bytes, from, length, to + 4, mask)
      at = from + Math.max(0, length)
    }
    return at === end ? to : nullValue
  }
}

/** Calls back with the type and the place of each value that is not NULL. Torn bytes end the walk. */
export type NestedValue = (typeOid: number, start: number, end: number) => void

export function eachArrayElement(
  bytes: Uint8Array,
  start: number,
  end: number,
  value: NestedValue,
): void {
  if (end - start < headerBytes) return
  const dimensions = readInt32(bytes, start)
  if (dimensions < 0 || dimensions > dimensionsMax) return
  const typeOid = readInt32(bytes, start + 8) >>> 0
  let at = start + headerBytes + 8 * dimensions
  while (at + 4 <= end) {
    const length = readInt32(bytes, at)
    at += 4
    if (length < 0) continue
    if (at + length > end) return
    value(typeOid, at, at + length)
    at += length
  }
}

export function eachRowColumn(
  bytes: Uint8Array,
  start: number,
  end: number,
  value: NestedValue,
): void {
  let at = start + 4
  while (at + 8 <= end) {
    const typeOid = readInt32(bytes, at) >>> 0
    const length = readInt32(bytes, at + 4)
    at += 8
    if (length < 0) continue
    if (at + length > end) return
    value(typeOid, at, at + length)
    at += length
  }
}

/** Moves the value from `from` behind a length at `to` and masks it there. Returns where the next one goes. */
function writeValue(
  bytes: Uint8Array,
  from: number,
  length: number,
  to: number,
  mask: ValueMask,
): number {
  if (length <= 0) {
    writeInt32(bytes, to, length)
    return to + 4
  }
  const valueStart = to + 4
  if (valueStart !== from) bytes.copyWithin(valueStart, from, from + length)
  const valueEnd = mask(bytes, valueStart, valueStart + length)
  writeInt32(bytes, to, valueEnd === nullValue ? nullValue : valueEnd - valueStart)
  return valueEnd === nullValue ? valueStart : valueEnd
}

function writeInt32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24
  bytes[at + 1] = value >>> 16
  bytes[at + 2] = value >>> 8
  bytes[at + 3] = value
}
