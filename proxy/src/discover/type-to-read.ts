/** Under which name a column's type is classified, and whether its values are worth reading. From discover.ts. Pure. */
import type { Type } from '../adapters/postgres/catalogue/model.ts'

const depthMax = 8
/** Documents are looked into value by value by the proxy; binary data is only named; the others hold nothing personal. */
const unread: ReadonlySet<string> = new Set(
  'json jsonb xml bytea bool float4 float8 money time timetz interval oid tsvector tsquery bit varbit'.split(
    ' ',
  ),
)

export type TypeToRead = {
  readonly name: string
  /** One element of a value stands for it. */
  readonly isArray: boolean
}

/**
 * Of a domain the type beneath, of an array that of its elements. Undefined: its values are no texts or numbers of their own
 * (enums, rows, ranges).
 */
export function typeToRead(
  typeOid: number,
  types: ReadonlyMap<number, Type>,
): TypeToRead | undefined {
  let oid = typeOid
  let isArray = false
  for (let depth = 0; depth < depthMax; depth++) {
    const type = types.get(oid)
    if (type === undefined) return undefined
    if (type.kind === 'domain') oid = type.baseOid
    else if (type.isArray) {
      oid = type.elementOid
      isArray = true
    } else return type.kind === 'base' ? { name: type.name, isArray } : undefined
  }
  return undefined
}

/** Whether a sample tells more than the name. */
export function isSampled({ name }: TypeToRead): boolean {
  return !unread.has(name)
}
