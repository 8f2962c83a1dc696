/**
 * Binary values that hold other values (arrays, records, ranges, multiranges) as PostgreSQL writes them in text. The types
 * of the elements stand in the bytes, or follow from the type of the whole. `decode` reads an element. Pure.
 */
export type DecodeElement = (typeOid: number, bytes: Uint8Array) => string

const dimensionsMax = 6
const boxType = 603

/** i32 dimensions · i32 has NULLs · u32 element type · per dimension i32 length, i32 lower bound · elements (i32 length, bytes). */
export function arrayText(bytes: Uint8Array, decode: DecodeElement): string | undefined {
  if (bytes.length < 12) return undefined
  const view = viewOf(bytes)
  const dimensions = view.getInt32(0)
  if (dimensions === 0) return '{}'
  if (dimensions < 0 || dimensions > dimensionsMax || 12 + dimensions * 8 > bytes.length) {
    return undefined
  }
  const elementType = view.getUint32(8)
  const lengths: number[] = []
  let bounds = ''
  let room = bytes.length / 4
  for (let index = 0; index < dimensions; index++) {
    const length = view.getInt32(12 + index * 8)
    const lower = view.getInt32(16 + index * 8)
    // Each element takes four bytes at least: what says that it has more is not an array.
    room /= length
    if (length < 1 || room < 1) return undefined
    lengths.push(length)
    bounds += `[${lower}:${lower + length - 1}]`
  }
  const elements = new Elements(bytes, 12 + dimensions * 8)
  const delimiter = elementType === boxType ? ';' : ','
  const read = (dimension: number): string | undefined => {
    const parts: string[] = []
    for (let index = 0; index < lengths[dimension]!; index++) {
      const part = dimension + 1 < dimensions ? read(dimension + 1) : element()
      if (part === undefined) return undefined
      parts.push(part)
    }
    return `{${parts.join(delimiter)}}`
  }
  const element = (): string | undefined => {
    const value = elements.next()
    if (value === undefined) return undefined
    return value === null ? 'NULL' : quotedElement(decode(elementType, value), delimiter)
  }
  const shown = read(0)
  const customBounds = /\[(?!1:)/.test(bounds)
  return shown === undefined || !customBounds ? shown : `${bounds}=${shown}`
}

/** int2vector and oidvector: an array of one dimension, shown without braces. */
export function vectorText(bytes: Uint8Array, decode: DecodeElement): string | undefined {
  return arrayText(bytes, decode)
    ?.replace(/^.*\{|\}$/g, '')
    .replaceAll(',', ' ')
}

/** i32 columns · per column u32 type, i32 length, bytes. */
export function recordText(bytes: Uint8Array, decode: DecodeElement): string | undefined {
  if (bytes.length < 4) return undefined
  const view = viewOf(bytes)
  const columns = view.getInt32(0)
  const parts: string[] = []
  let at = 4
  for (let index = 0; index < columns; index++) {
    if (at + 8 > bytes.length) return undefined
    const typeOid = view.getUint32(at)
    const elements = new Elements(bytes, at + 4)
    const value = elements.next()
    if (value === undefined) return undefined
    parts.push(value === null ? '' : quotedField(decode(typeOid, value), /["\\(),\s]/))
    at = elements.at
  }
  return at === bytes.length ? `(${parts.join(',')})` : undefined
}

const empty = 0x01
const lowerInclusive = 0x02
const upperInclusive = 0x04
const lowerMissing = 0x08 | 0x20
const upperMissing = 0x10 | 0x40

/** u8 flags · bounds that there are, as i32 length and bytes (utils/adt/rangetypes.c, `range_send`). */
export function rangeText(
  boundType: number,
  bytes: Uint8Array,
  decode: DecodeElement,
): string | undefined {
  const flags = bytes[0]
  if (flags === undefined) return undefined
  if ((flags & empty) !== 0) return bytes.length === 1 ? 'empty' : undefined
  const elements = new Elements(bytes, 1)
  const bound = (missing: number): string | undefined => {
    if ((flags & missing) !== 0) return ''
    const value = elements.next()
    if (value === undefined || value === null) return undefined
    return quotedField(decode(boundType, value), /["\\()[\],\s]/)
  }
  const lower = bound(lowerMissing)
  const upper = lower === undefined ? undefined : bound(upperMissing)
  if (upper === undefined || elements.at !== bytes.length) return undefined
  const open = (flags & lowerInclusive) === 0 ? '(' : '['
  return `${open}${lower},${upper}${(flags & upperInclusive) === 0 ? ')' : ']'}`
}

/** i32 ranges · per range i32 length and bytes. */
export function multirangeText(
  boundType: number,
  bytes: Uint8Array,
  decode: DecodeElement,
): string | undefined {
  if (bytes.length < 4) return undefined
  const count = viewOf(bytes).getInt32(0)
  const elements = new Elements(bytes, 4)
  const ranges: string[] = []
  for (let index = 0; index < count; index++) {
    const value = elements.next()
    const range =
      value === undefined || value === null ? undefined : rangeText(boundType, value, decode)
    if (range === undefined) return undefined
    ranges.push(range)
  }
  return elements.at === bytes.length ? `{${ranges.join(',')}}` : undefined
}

/** Values that follow each other, each with its length. */
class Elements {
  readonly #bytes: Uint8Array
  at: number

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes
    this.at = at
  }

  /** null for NULL; undefined if there is none that is whole. */
  next(): Uint8Array | null | undefined {
    const start = this.at + 4
    if (start > this.#bytes.length) return undefined
    const length = viewOf(this.#bytes).getInt32(this.at)
    this.at = start
    if (length === -1) return null
    if (length < 0 || start + length > this.#bytes.length) return undefined
    this.at = start + length
    return this.#bytes.subarray(start, this.at)
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
}

function quotedElement(value: string, delimiter: string): string {
  const plain =
    value !== '' &&
    !/[{}"\\\s]/.test(value) &&
    !value.includes(delimiter) &&
    value.toUpperCase() !== 'NULL'
  return plain ? value : `"${value.replace(/["\\]/g, '\\$&')}"`
}

/** In records and ranges quotes and backslashes are doubled. */
function quotedField(value: string, special: RegExp): string {
  if (value !== '' && !special.test(value)) return value
  return `"${value.replace(/["\\]/g, '$&$&')}"`
}
