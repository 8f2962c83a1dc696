/**
 * Values in PostgreSQL's binary format → the text that PostgreSQL itself would show. By type OID (catalog/pg_type.dat).
 * What is unknown or does not fit its type becomes `\x` and hex: never a guess. Used by values.ts. Pure.
 */
import { doubleText, numericText, singleText } from './values-number.ts'
import { dateText, intervalText, timestampText, timeText, zoneText } from './values-time.ts'
import { decodeText } from './visible-text.ts'

type Decode = (bytes: Uint8Array, view: DataView) => string | undefined

const sized =
  (size: number, decode: (view: DataView) => string): Decode =>
  (bytes, view) =>
    bytes.length === size ? decode(view) : undefined

const text: Decode = (bytes) => decodeText(bytes)
const unsigned32 = sized(4, (view) => String(view.getUint32(0)))

const decoders: ReadonlyMap<number, Decode> = new Map<number, Decode>([
  [16, (bytes) => (bytes.length === 1 ? (bytes[0] === 0 ? 'f' : 't') : undefined)],
  [17, (bytes) => hexText(bytes)],
  [18, text], // "char"
  [19, text], // name
  [20, sized(8, (view) => view.getBigInt64(0).toString())],
  [21, sized(2, (view) => String(view.getInt16(0)))],
  [23, sized(4, (view) => String(view.getInt32(0)))],
  [24, unsigned32], // regproc
  [25, text],
  [26, unsigned32], // oid
  [27, tidText],
  [28, unsigned32], // xid
  [29, unsigned32], // cid
  [114, text], // json
  [142, text], // xml
  [194, text], // pg_node_tree
  [
    600,
    sized(16, (view) => `(${doubleText(view.getFloat64(0))},${doubleText(view.getFloat64(8))})`),
  ],
  [650, networkText],
  [700, sized(4, (view) => singleText(view.getFloat32(0)))],
  [701, sized(8, (view) => doubleText(view.getFloat64(0)))],
  [774, macText],
  [829, macText],
  [869, networkText],
  [705, text], // unknown
  [1042, text],
  [1043, text],
  [1082, sized(4, (view) => dateText(view.getInt32(0)))],
  [1083, sized(8, (view) => timeText(view.getBigInt64(0)))],
  [1114, sized(8, (view) => timestampText(view.getBigInt64(0), ''))],
  [1184, sized(8, (view) => timestampText(view.getBigInt64(0), '+00'))],
  [
    1186,
    sized(16, (view) => intervalText(view.getInt32(12), view.getInt32(8), view.getBigInt64(0))),
  ],
  [1266, sized(12, (view) => timeText(view.getBigInt64(0)) + zoneText(view.getInt32(8)))],
  [1560, bitText],
  [1562, bitText],
  [1700, (bytes) => numericText(bytes)],
  [2205, unsigned32], // regclass
  [2206, unsigned32], // regtype
  [2275, text], // cstring
  [2278, () => ''], // void
  [2950, uuidText],
  [3802, (bytes) => (bytes[0] === 1 ? decodeText(bytes.subarray(1)) : undefined)], // jsonb
  [5069, sized(8, (view) => view.getBigUint64(0).toString())], // xid8
])

/** Array type: element type. */
const arrays: ReadonlyMap<number, number> = new Map([
  [1000, 16], [1001, 17], [1002, 18], [1003, 19], [1016, 20], [1005, 21], [1007, 23], [1008, 24],
  [1009, 25], [1028, 26], [1010, 27], [1011, 28], [199, 114], [651, 650], [1021, 700], [1022, 701],
  [1040, 829], [1041, 869], [1014, 1042], [1015, 1043], [1182, 1082], [1183, 1083], [1115, 1114],
  [1185, 1184], [1187, 1186], [1270, 1266], [1561, 1560], [1563, 1562], [1231, 1700], [2951, 2950],
  [3807, 3802], [1263, 2275],
]) // prettier-ignore

export function binaryText(typeOid: number, bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const elementType = arrays.get(typeOid)
  const shown =
    elementType === undefined
      ? decoders.get(typeOid)?.(bytes, view)
      : arrayText(bytes, view, elementType)
  return shown ?? hexText(bytes)
}

const hexPairs = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

export function hexText(bytes: Uint8Array): string {
  let hex = '\\x'
  for (const byte of bytes) hex += hexPairs[byte]!
  return hex
}

function uuidText(bytes: Uint8Array): string | undefined {
  if (bytes.length !== 16) return undefined
  const hex = hexText(bytes).slice(2)
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join('-')
}

function tidText(bytes: Uint8Array, view: DataView): string | undefined {
  return bytes.length === 6 ? `(${view.getUint32(0)},${view.getUint16(4)})` : undefined
}

function macText(bytes: Uint8Array): string | undefined {
  if (bytes.length !== 6 && bytes.length !== 8) return undefined
  return Array.from(bytes, (byte) => hexPairs[byte]!).join(':')
}

function bitText(bytes: Uint8Array, view: DataView): string | undefined {
  if (bytes.length < 4) return undefined
  const bits = view.getInt32(0)
  if (bits < 0 || bytes.length !== 4 + Math.ceil(bits / 8)) return undefined
  let shown = ''
  for (let bit = 0; bit < bits; bit++) {
    shown += ((bytes[4 + (bit >> 3)]! >> (7 - (bit & 7))) & 1) === 1 ? '1' : '0'
  }
  return shown
}

/** inet and cidr: u8 family (2 or 3) · u8 bits · u8 is cidr · u8 length · address. */
function networkText(bytes: Uint8Array): string | undefined {
  const [family, bits, isCidr, length] = bytes
  if (bits === undefined || length === undefined || bytes.length !== 4 + length) return undefined
  const address = bytes.subarray(4)
  const whole = family === 2 && length === 4 ? 32 : family === 3 && length === 16 ? 128 : undefined
  if (whole === undefined) return undefined
  const shown = whole === 32 ? address.join('.') : ipv6Text(address)
  return isCidr === 1 || bits !== whole ? `${shown}/${bits}` : shown
}

/** RFC 5952: the longest run of zero groups becomes `::`. */
function ipv6Text(address: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, index) =>
    ((address[index * 2]! << 8) | address[index * 2 + 1]!).toString(16),
  )
  let best = { start: -1, length: 1 }
  for (let start = 0; start < 8; start++) {
    let length = 0
    while (start + length < 8 && groups[start + length] === '0') length++
    if (length > best.length) best = { start, length }
  }
  if (best.start < 0) return groups.join(':')
  return `${groups.slice(0, best.start).join(':')}::${groups.slice(best.start + best.length).join(':')}`
}

const dimensionsMax = 6

/** int32 dimensions, flags, element OID; per dimension int32 length, lower bound; then int32 length (-1: NULL) and bytes. */
function arrayText(bytes: Uint8Array, view: DataView, elementType: number): string | undefined {
  if (bytes.length < 12) return undefined
  const dimensions = view.getInt32(0)
  if (dimensions === 0) return '{}'
  let at = 12 + dimensions * 8
  if (dimensions < 0 || dimensions > dimensionsMax || at > bytes.length) return undefined
  const lengths: number[] = []
  let bounds = ''
  for (let index = 0; index < dimensions; index++) {
    const length = view.getInt32(12 + index * 8)
    const lower = view.getInt32(16 + index * 8)
    if (length < 0) return undefined
    lengths.push(length)
    bounds += `[${lower}:${lower + length - 1}]`
  }
  const customBounds = /\[(?!1:)/.test(bounds)
  const read = (dimension: number): string | undefined => {
    const parts: string[] = []
    for (let index = 0; index < lengths[dimension]!; index++) {
      const part = dimension + 1 < dimensions ? read(dimension + 1) : element()
      if (part === undefined) return undefined
      parts.push(part)
    }
    return `{${parts.join(',')}}`
  }
  const element = (): string | undefined => {
    if (at + 4 > bytes.length) return undefined
    const length = view.getInt32(at)
    at += 4
    if (length === -1) return 'NULL'
    if (length < 0 || at + length > bytes.length) return undefined
    const value = binaryText(elementType, bytes.subarray(at, at + length))
    at += length
    return quotedElement(value)
  }
  const shown = read(0)
  return shown === undefined || !customBounds ? shown : `${bounds}=${shown}`
}

function quotedElement(value: string): string {
  const plain = value !== '' && !/[{},"\\\s]/.test(value) && value.toUpperCase() !== 'NULL'
  return plain ? value : `"${value.replace(/["\\]/g, '\\$&')}"`
}
