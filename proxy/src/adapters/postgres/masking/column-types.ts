/** What the bytes of a value are, by type OID and format: whether text can be found in them, and how. Pure. */
import { elementOf, recordArrayOid, recordOid, type Types } from './masks/mask-of-type.ts'

/**
 * text: characters throughout. nested_text: rows and arrays as text, with values of other types in them. json, json_binary: the same, but it must stay JSON. bytes, bytes_text: bytea, in which text
 * may stand. array_binary, row_binary: values with a type each. opaque: without text (a number, a date). unknown: of an
 * extension, in a format of its own.
 */
export type ValueShape =
  | 'text'
  | 'nested_text'
  | 'json'
  | 'json_binary'
  | 'bytes'
  | 'bytes_text'
  | 'array_binary'
  | 'row_binary'
  | 'opaque'
  | 'unknown'

const firstUserOid = 16_384
/** Domains over domains. */
const depthMax = 8

/** pg_type.dat: char, name, text, unknown, xml, bpchar, varchar, cstring, refcursor, aclitem, tsvector, tsquery, anyarray. */
const textOids = new Set([18, 19, 25, 705, 142, 1042, 1043, 2275, 1790, 1033, 3614, 3615, 2277])
const jsonOid = 114
const jsonbOid = 3802
const byteaOid = 17

export function shapeOf(typeOid: number, format: number, types: Types, depth = 0): ValueShape {
  if (depth > depthMax) return 'unknown'
  switch (typeOid) {
    case jsonOid:
      return 'json'
    case jsonbOid:
      return format === 0 ? 'json' : 'json_binary'
    case byteaOid:
      return format === 0 ? 'bytes_text' : 'bytes'
    case recordOid:
      return format === 0 ? 'nested_text' : 'row_binary'
    case recordArrayOid:
      return format === 0 ? 'nested_text' : 'array_binary'
    default:
  }
  if (textOids.has(typeOid)) return 'text'
  const element = elementOf(typeOid, types)
  if (element !== undefined) {
    if (shapeOf(element, format, types, depth + 1) === 'opaque') return 'opaque'
    return format === 0 ? 'nested_text' : 'array_binary'
  }
  if (typeOid < firstUserOid) return 'opaque'
  const type = types.typesByOid.get(typeOid)
  if (format === 0) return type?.kind === 'composite' ? 'nested_text' : 'text'
  switch (type?.kind) {
    case 'domain':
      return shapeOf(type.baseOid, format, types, depth + 1)
    case 'composite':
      return 'row_binary'
    case 'enum':
      return 'text'
    case 'base':
      return type.name === 'citext' ? 'text' : 'unknown'
    default:
      return 'unknown'
  }
}
