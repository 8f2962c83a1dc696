/** The masks of PostgreSQL's own types, by OID, and their arrays. pg_type.dat of PostgreSQL 18. Pure. */
import {
  addressText,
  bitsBinary,
  byteaText,
  hardwareAddressText,
  jsonBinary,
  jsonText,
  moneyText,
  networkBinary,
  networkText,
  pathText,
  xmlText,
} from './plain-values.ts'
import {
  dateText,
  intervalText,
  timestampText,
  timestampWithZoneText,
  timeText,
  timeWithZoneText,
} from './times.ts'
import {
  always,
  filledWith,
  stars,
  toNull,
  zeros,
  type TypeMasks,
  type ValueMask,
} from './value-mask.ts'

const of = (text: ValueMask, binary: ValueMask): TypeMasks => ({ text, binary })
const none = (count: number): number[] => Array.from({ length: count }, () => 0)

const text = of(stars, stars)
/** Shown as text, and taken back as nothing. */
const shownText = of(stars, toNull)
const number = of(always('0'), zeros)
/** `-`: no object. */
const objectName = of(always('-'), zeros)
const unknown = of(toNull, toNull)
/** Infinite on both sides. */
const range = of(always('(,)'), always([0x18]))
const multirange = of(always('{}'), always(none(4)))
const oneAsDouble = [0x3f, 0xf0, ...none(6)]

/** Type, its array (0: none), masks. */
const types: readonly (readonly [oid: number, arrayOid: number, masks: TypeMasks])[] = [
  [16, 1000, of(always('f'), zeros)],
  [17, 1001, of(byteaText, filledWith(0x2a))],
  [18, 1002, text],
  [19, 1003, text],
  [20, 1016, number],
  [21, 1005, number],
  [23, 1007, number],
  [24, 1008, objectName],
  [25, 1009, text],
  [26, 1028, number],
  [27, 1010, of(always('(0,0)'), zeros)],
  [28, 1011, number],
  [29, 1012, number],
  [114, 199, of(jsonText, jsonText)],
  [142, 143, of(xmlText, xmlText)],
  [194, 0, shownText],
  [600, 1017, of(always('(0,0)'), zeros)],
  [601, 1018, of(always('[(0,0),(0,0)]'), zeros)],
  [602, 1019, of(pathText, always([1, 0, 0, 0, 1, ...none(16)]))],
  [603, 1020, of(always('(0,0),(0,0)'), zeros)],
  [604, 1027, of(always('((0,0))'), always([0, 0, 0, 1, ...none(16)]))],
  [628, 629, of(always('{1,0,0}'), always([...oneAsDouble, ...none(16)]))],
  [650, 651, of(networkText, networkBinary)],
  [700, 1021, number],
  [701, 1022, number],
  [705, 0, text],
  [718, 719, of(always('<(0,0),0>'), zeros)],
  [774, 775, of(hardwareAddressText, zeros)],
  [790, 791, of(moneyText, zeros)],
  [829, 1040, of(hardwareAddressText, zeros)],
  [869, 1041, of(addressText, networkBinary)],
  [1033, 1034, unknown],
  [1042, 1014, text],
  [1043, 1015, text],
  [1082, 1182, of(dateText, zeros)],
  [1083, 1183, of(timeText, zeros)],
  [1114, 1115, of(timestampText, zeros)],
  [1184, 1185, of(timestampWithZoneText, zeros)],
  [1186, 1187, of(intervalText, zeros)],
  [1266, 1270, of(timeWithZoneText, zeros)],
  [1560, 1561, of(filledWith(0x30), bitsBinary)],
  [1562, 1563, of(filledWith(0x30), bitsBinary)],
  [1700, 1231, of(always('0'), always(none(8)))],
  [1790, 2201, text],
  [2202, 2207, objectName],
  [2203, 2208, of(always('0'), zeros)],
  [2204, 2209, of(always('0'), zeros)],
  [2205, 2210, objectName],
  [2206, 2211, objectName],
  [2275, 1263, text],
  [2950, 2951, of(always('00000000-0000-0000-0000-000000000000'), zeros)],
  [2970, 2949, of(always('1:1:'), always([...none(11), 1, ...none(7), 1]))],
  [3220, 3221, of(always('0/0'), zeros)],
  [3361, 0, shownText],
  [3402, 0, shownText],
  [3614, 3643, of(always(''), always(none(4)))],
  [3615, 3645, of(always(`'*'`), always([0, 0, 0, 1, 1, 0, 0, 0x2a, 0]))],
  [3734, 3735, objectName],
  [3769, 3770, objectName],
  [3802, 3807, of(jsonText, jsonBinary)],
  [3904, 3905, range],
  [3906, 3907, range],
  [3908, 3909, range],
  [3910, 3911, range],
  [3912, 3913, range],
  [3926, 3927, range],
  [4072, 4073, of(always('$'), always([1, 0x24]))],
  [4089, 4090, objectName],
  [4096, 4097, objectName],
  [4191, 4192, objectName],
  [4451, 6150, multirange],
  [4532, 6151, multirange],
  [4533, 6152, multirange],
  [4534, 6153, multirange],
  [4535, 6155, multirange],
  [4536, 6157, multirange],
  [4600, 0, shownText],
  [4601, 0, shownText],
  [5017, 0, shownText],
  [5038, 5039, of(always('1:1:'), always([...none(11), 1, ...none(7), 1]))],
  [5069, 271, number],
]

/** Masks that stand for types of users too. */
export const masksByKind = { text, range, multirange, unknown } as const

export const builtInMasks: ReadonlyMap<number, TypeMasks> = new Map(
  types.map(([oid, , masks]) => [oid, masks]),
)

/** Array → its elements. int2vector and oidvector look like arrays in binary only. */
export const builtInElements: ReadonlyMap<number, number> = new Map(
  types.flatMap(([oid, arrayOid]) => (arrayOid === 0 ? [] : [[arrayOid, oid] as const])),
)
