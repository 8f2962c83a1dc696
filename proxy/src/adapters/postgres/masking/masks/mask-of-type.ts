/**
 * The mask for values of a type: of PostgreSQL's own by table, of users' types by what the catalogue says of them. What
 * neither knows becomes NULL. From row-plan.ts and copy-plan.ts. Pure.
 */
import type { EntityMask } from '@gatetrail/detect'
import type { CatalogueModel, Type } from '../../catalogue/model.ts'
import { builtInElements, builtInMasks, masksByKind } from './built-in-types.ts'
import { arrayBinaryMask, rowBinaryMask } from './containers-binary.ts'
import { arrayTextMask, rowTextMask } from './containers-text.ts'
import { xmlText } from './plain-values.ts'
import { styledBytesMin, styledMask } from './styled-types.ts'
import { always, firstThatFits, stars, starsOnly, toNull, type ValueMask } from './value-mask.ts'

export type Types = Pick<CatalogueModel, 'typesByOid' | 'relationsByOid'>

export const recordOid = 2249
export const recordArrayOid = 2287
/** What pg_stats shows of columns of any type. */
const anyArrayOid = 2277
/** int2vector, oidvector: numbers with spaces between. */
const vectorOids = new Set([22, 30])
const boxOid = 603
const comma = 0x2c
const semicolon = 0x3b
/** Arrays of rows of arrays of rows: deeper ones become NULL. */
const depthMax = 8

const emptyText = always('')
const emptyMap = always([0, 0, 0, 0])

/** Leave separators of text as they are. */
const keepingSeparators: ReadonlySet<ValueMask> = new Set([stars, xmlText])

/**
 * `format`: 0 text, 1 binary. `computed`: the value is not as it lies in its column. `style`: left out, the length stays. Of
 * what is computed a part that is kept, or that is the same for the same value, would tell it piece by piece.
 */
export function maskOfType(
  typeOid: number,
  format: number,
  types: Types,
  computed = false,
  style?: EntityMask,
): ValueMask {
  if (style?.style === 'null') return toNull
  const isUsed = style !== undefined && style.style !== 'same_length'
  const used = isUsed && (!computed || style.style === 'redact') ? style : undefined
  return nestedMask(typeOid, { format, types, computed, style: used, text: textMask(computed, used) }, 0) // prettier-ignore
}

/** What masks of one column have in common. */
type Settings = {
  readonly format: number
  readonly types: Types
  readonly computed: boolean
  readonly style: EntityMask | undefined
  /** Of characters. */
  readonly text: ValueMask
}

function textMask(computed: boolean, style: EntityMask | undefined): ValueMask {
  const plain = computed ? starsOnly : stars
  if (style === undefined) return plain
  return (bytes, start, end) =>
    end - start < styledBytesMin ? plain(bytes, start, end) : style.whole(bytes, start, end)
}

function nestedMask(typeOid: number, settings: Settings, depth: number): ValueMask {
  if (depth > depthMax) return toNull
  const { format, types, computed, style, text } = settings
  const nested = (oid: number): ValueMask => nestedMask(oid, settings, depth + 1)
  if (typeOid === recordOid) {
    return format === 0 ? rowTextMask(() => text) : rowBinaryMask(nested)
  }
  if (typeOid === anyArrayOid) return arrayOf(text, format, comma, nested)
  if (typeOid === recordArrayOid) return arrayOf(nested(recordOid), format, comma, nested)
  if (vectorOids.has(typeOid)) return format === 0 ? emptyText : arrayBinaryMask(nested)
  const element = elementOf(typeOid, types)
  if (element !== undefined) {
    return arrayOf(nested(element), format, element === boxOid ? semicolon : comma, nested)
  }
  const builtIn = builtInMasks.get(typeOid)
  if (builtIn !== undefined) {
    const mask = format === 0 ? builtIn.text : builtIn.binary
    const plain = computed && keepingSeparators.has(mask) ? starsOnly : mask
    return style === undefined ? plain : styledMask(typeOid, format, style, plain)
  }
  const type = types.typesByOid.get(typeOid)
  return type === undefined ? toNull : maskOfUserType(type, format, types, text, nested)
}

/** The type of an array's elements; undefined: it is none. */
export function elementOf(typeOid: number, types: Types): number | undefined {
  const builtIn = builtInElements.get(typeOid)
  if (builtIn !== undefined) return builtIn
  const type = types.typesByOid.get(typeOid)
  return type?.isArray === true ? type.elementOid : undefined
}

function arrayOf(
  element: ValueMask,
  format: number,
  delimiter: number,
  nested: (oid: number) => ValueMask,
): ValueMask {
  // In binary format the value itself says of what type its elements are.
  return format === 0 ? arrayTextMask(element, delimiter) : arrayBinaryMask(nested)
}

function maskOfUserType(
  type: Type,
  format: number,
  types: Types,
  text: ValueMask,
  nested: (oid: number) => ValueMask,
): ValueMask {
  switch (type.kind) {
    case 'domain':
      return nested(type.baseOid)
    case 'enum':
      return maskOfEnum(type)
    case 'composite':
      return format === 0 ? maskOfRow(type, types, text, nested) : rowBinaryMask(nested)
    case 'range':
      return format === 0 ? masksByKind.range.text : masksByKind.range.binary
    case 'multirange':
      return format === 0 ? masksByKind.multirange.text : masksByKind.multirange.binary
    case 'base':
      return maskOfExtensionType(type.name, format, text)
    default:
      return toNull
  }
}

/** The shortest label: it fits in place of every other, so its place tells nothing. */
function maskOfEnum({ labels }: Type): ValueMask {
  const shortest = labels.toSorted((a, b) => Buffer.byteLength(a) - Buffer.byteLength(b))[0]
  return shortest === undefined ? toNull : firstThatFits(shortest)
}

function maskOfRow(
  type: Type,
  types: Types,
  text: ValueMask,
  nested: (oid: number) => ValueMask,
): ValueMask {
  const columns = types.relationsByOid.get(type.relationOid)?.columns ?? []
  // Made when a value has such a field: types can hold more types than values ever do.
  const masks: ValueMask[] = []
  return rowTextMask((position) => {
    const column = columns[position]
    return column === undefined ? text : (masks[position] ??= nested(column.typeOid))
  })
}

/** By name: extensions have other OIDs on every target. */
function maskOfExtensionType(name: string, format: number, text: ValueMask): ValueMask {
  switch (name) {
    case 'citext':
      return text
    case 'hstore':
      return format === 0 ? emptyText : emptyMap
    default:
      return toNull
  }
}
