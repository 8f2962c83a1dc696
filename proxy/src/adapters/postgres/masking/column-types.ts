/** What the bytes of a value are, by type OID and format: whether text can be found in them, and how they are masked. Pure. */

/**
 * text: characters throughout. json: text that must stay JSON when masked whole. array_text and array_binary: elements
 * that are text. opaque: a known type without text (a number, a date). unknown: a type of an extension or a user.
 */
export type ValueShape =
  'text' | 'json' | 'json_binary' | 'array_text' | 'array_binary' | 'opaque' | 'unknown'

const firstUserOid = 16_384

/** pg_type.dat: char, name, text, unknown, xml, bpchar, varchar, cstring, refcursor, aclitem, tsvector, record. */
const textOids = new Set([18, 19, 25, 705, 142, 1042, 1043, 2275, 1790, 1033, 3614, 2249])
const jsonOid = 114
const jsonbOid = 3802
/** _char, _name, _text, _xml, _bpchar, _varchar, _cstring, _json, _jsonb */
const textArrayOids = new Set([1002, 1003, 1009, 143, 1014, 1015, 1263, 199, 3807])
/** Opaque, but any bytes may be in them: bytea and its array. */
const byteOids = new Set([17, 1001])

export function shapeOf(typeOid: number, format: number): ValueShape {
  if (typeOid === jsonOid) return 'json'
  if (typeOid === jsonbOid) return format === 0 ? 'json' : 'json_binary'
  if (textOids.has(typeOid)) return 'text'
  if (textArrayOids.has(typeOid)) return format === 0 ? 'array_text' : 'array_binary'
  if (typeOid >= firstUserOid) return format === 0 ? 'text' : 'unknown'
  return 'opaque'
}

/** A value that may hold text which the detectors cannot see. */
export function hidesText(typeOid: number, format: number): boolean {
  return byteOids.has(typeOid) || (typeOid >= firstUserOid && format !== 0)
}
