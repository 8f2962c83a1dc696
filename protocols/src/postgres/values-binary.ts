/**
 * Values in PostgreSQL's binary format → the text that PostgreSQL itself would show. By type OID (catalog/pg_type.dat).
 * What is unknown or does not fit its type becomes `\x` and hex: never a guess. Used by values.ts. Pure.
 */
import * as geometry from './values-geometry.ts'
import { hexText } from './values-hex.ts'
import { macText, networkText } from './values-network.ts'
import { doubleText, numericText, singleText } from './values-number.ts'
import * as structured from './values-structured.ts'
import { dateText, intervalText, timestampText, timeText, zoneText } from './values-time.ts'
import { decodeText } from './visible-text.ts'

type Decode = (bytes: Uint8Array, view: DataView) => string | undefined

const sized =
  (size: number, decode: (view: DataView) => string): Decode =>
  (bytes, view) =>
    bytes.length === size ? decode(view) : undefined

const text: Decode = (bytes) => decodeText(bytes)
/** A version byte, then text. */
const versionedText: Decode = (bytes) =>
  bytes[0] === 1 ? decodeText(bytes.subarray(1)) : undefined
const unsigned32 = sized(4, (view) => String(view.getUint32(0)))

const decoders: ReadonlyMap<number, Decode> = new Map<number, Decode>([
  [16, (bytes) => (bytes.length === 1 ? (bytes[0] === 0 ? 'f' : 't') : undefined)],
  [17, (bytes) => hexText(bytes)],
  [18, text], // "char"
  [19, text], // name
  [20, sized(8, (view) => view.getBigInt64(0).toString())],
  [21, sized(2, (view) => String(view.getInt16(0)))],
  [23, sized(4, (view) => String(view.getInt32(0)))],
  [25, text],
  [27, tidText],
  [114, text], // json
  [142, text], // xml
  [194, text], // pg_node_tree
  [600, geometry.pointText],
  [601, geometry.segmentText],
  [602, geometry.pathText],
  [603, geometry.boxText],
  [604, geometry.polygonText],
  [628, geometry.lineText],
  [650, networkText],
  [700, sized(4, (view) => singleText(view.getFloat32(0)))],
  [701, sized(8, (view) => doubleText(view.getFloat64(0)))],
  [705, text], // unknown
  [718, geometry.circleText],
  [774, macText],
  [790, sized(8, (view) => moneyText(view.getBigInt64(0)))],
  [829, macText],
  [869, networkText],
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
  [1790, text], // refcursor
  [2275, text], // cstring
  [2278, () => ''], // void
  [2950, uuidText],
  [2970, snapshotText],
  [3220, sized(8, (view) => lsnText(view))],
  [3614, textSearchText],
  [3802, versionedText], // jsonb
  [4072, versionedText], // jsonpath
  [5038, snapshotText],
  [5069, sized(8, (view) => view.getBigUint64(0).toString())], // xid8
  // oid, xid, cid, and what is an OID in binary: regproc, regclass, regtype, regrole and the like.
  ...[26, 28, 29, 24, 2202, 2203, 2204, 2205, 2206, 3734, 3769, 4089, 4096, 4191].map(
    (typeOid): [number, Decode] => [typeOid, unsigned32],
  ),
])

const recordType = 2249
const vectorTypes: ReadonlySet<number> = new Set([22, 30])
/** The element's type stands in the array itself. */
const arrayTypes: ReadonlySet<number> = new Set([
  143, 199, 271, 629, 651, 719, 775, 791, 1000, 1001, 1002, 1003, 1005, 1006, 1007, 1008, 1009, 1010, 1011, 1012, 1013,
  1014, 1015, 1016, 1017, 1018, 1019, 1020, 1021, 1022, 1027, 1028, 1040, 1041, 1115, 1182, 1183, 1185, 1187, 1231, 1263,
  1270, 1561, 1563, 2201, 2207, 2208, 2209, 2210, 2211, 2287, 2949, 2951, 3221, 3643, 3735, 3770, 3807, 3905, 3907, 3909,
  3911, 3913, 3927, 4073, 4090, 4097, 4192, 5039, 6150, 6151, 6152, 6153, 6155, 6157,
]) // prettier-ignore
/** Type of a range: type of its bounds. */
const ranges: ReadonlyMap<number, number> = new Map([
  [3904, 23], [3906, 1700], [3908, 1114], [3910, 1184], [3912, 1082], [3926, 20],
]) // prettier-ignore
const multiranges: ReadonlyMap<number, number> = new Map([
  [4451, 23], [4532, 1700], [4533, 1114], [4534, 1184], [4535, 1082], [4536, 20],
]) // prettier-ignore

const depthMax = 16

export function binaryText(typeOid: number, bytes: Uint8Array): string {
  return textOf(typeOid, bytes, 0)
}

/** Whether binary values of this type are read; those of others, the target's own types among them, are shown as hex. */
export function readsBinary(typeOid: number): boolean {
  return (
    decoders.has(typeOid) ||
    arrayTypes.has(typeOid) ||
    vectorTypes.has(typeOid) ||
    ranges.has(typeOid) ||
    multiranges.has(typeOid) ||
    typeOid === recordType
  )
}

function textOf(typeOid: number, bytes: Uint8Array, depth: number): string {
  const decoder = decoders.get(typeOid)
  const shown =
    decoder === undefined
      ? structuredText(typeOid, bytes, depth)
      : decoder(bytes, new DataView(bytes.buffer, bytes.byteOffset, bytes.length))
  return shown ?? hexText(bytes)
}

function structuredText(typeOid: number, bytes: Uint8Array, depth: number): string | undefined {
  if (depth >= depthMax) return undefined
  const decode: structured.DecodeElement = (elementType, value) =>
    textOf(elementType, value, depth + 1)
  if (arrayTypes.has(typeOid)) return structured.arrayText(bytes, decode)
  if (vectorTypes.has(typeOid)) return structured.vectorText(bytes, decode)
  if (typeOid === recordType) return structured.recordText(bytes, decode)
  const range = ranges.get(typeOid)
  if (range !== undefined) return structured.rangeText(range, bytes, decode)
  const multirange = multiranges.get(typeOid)
  if (multirange !== undefined) return structured.multirangeText(multirange, bytes, decode)
  return undefined
}

/** Without a currency and with two decimals: both depend on a setting of the target that is not on the wire. */
function moneyText(hundredths: bigint): string {
  const sign = hundredths < 0n ? '-' : ''
  const digits = (hundredths < 0n ? -hundredths : hundredths).toString().padStart(3, '0')
  return `${sign}${digits.slice(0, -2)}.${digits.slice(-2)}`
}

function lsnText(view: DataView): string {
  const half = (at: number): string => view.getUint32(at).toString(16).toUpperCase()
  return `${half(0)}/${half(4)}`
}

/** txid_snapshot and pg_snapshot: i32 count · i64 xmin · i64 xmax · i64 per transaction in progress. */
function snapshotText(bytes: Uint8Array, view: DataView): string | undefined {
  if (bytes.length < 20) return undefined
  const count = view.getInt32(0)
  if (count < 0 || bytes.length !== 20 + 8 * count) return undefined
  const numbers = Array.from({ length: count + 2 }, (_, index) => view.getBigInt64(4 + 8 * index))
  return `${numbers[0]}:${numbers[1]}:${numbers.slice(2).join(',')}`
}

/** tsvector: i32 lexemes · per lexeme a text with its NUL, u16 places, u16 per place (weight in the upper two bits). */
function textSearchText(bytes: Uint8Array, view: DataView): string | undefined {
  if (bytes.length < 4) return undefined
  const parts: string[] = []
  let at = 4
  for (let index = view.getInt32(0); index > 0; index--) {
    const end = bytes.indexOf(0, at)
    if (end === -1 || end + 3 > bytes.length) return undefined
    const lexeme = decodeText(bytes.subarray(at, end)).replace(/['\\]/g, '$&$&')
    const count = view.getUint16(end + 1)
    at = end + 3 + 2 * count
    if (at > bytes.length) return undefined
    const places = Array.from({ length: count }, (_, place) => {
      const packed = view.getUint16(end + 3 + 2 * place)
      return `${packed & 0x3fff}${['', 'C', 'B', 'A'][packed >> 14]}`
    })
    parts.push(`'${lexeme}'${count === 0 ? '' : `:${places.join(',')}`}`)
  }
  return at === bytes.length ? parts.join(' ') : undefined
}

function uuidText(bytes: Uint8Array): string | undefined {
  if (bytes.length !== 16) return undefined
  const hex = hexText(bytes).slice(2)
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

function tidText(bytes: Uint8Array, view: DataView): string | undefined {
  return bytes.length === 6 ? `(${view.getUint32(0)},${view.getUint16(4)})` : undefined
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
