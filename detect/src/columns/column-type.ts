/** Which kind of values a type of PostgreSQL holds, and which entities may be in it. From classify-column.ts. Pure. */
import type { BuiltInEntity } from '../ruleset.ts'

export type TypeKind =
  | 'text'
  | 'number'
  | 'date'
  | 'address'
  | 'hardware_address'
  | 'uuid'
  | 'document'
  | 'binary'
  | 'other'
  | 'nothing_personal'

/** Names as of SQL and as of pg_type. What is not listed is of somebody's own: `other`. */
const kinds: readonly (readonly [TypeKind, string])[] = [
  ['text', 'text varchar char bpchar character name citext string'],
  ['number', 'int2 int4 int8 smallint integer int bigint serial bigserial numeric decimal'],
  ['date', 'date timestamp timestamptz'],
  ['address', 'inet'],
  ['hardware_address', 'macaddr macaddr8'],
  ['uuid', 'uuid'],
  ['document', 'json jsonb xml hstore'],
  ['binary', 'bytea'],
  [
    'nothing_personal',
    'bool boolean bit varbit float4 float8 real double money time timetz interval cidr oid xid cid tid point line lseg box path polygon circle tsvector tsquery int4range int8range numrange tsrange tstzrange daterange regclass pg_lsn',
  ],
]
const kindByName: ReadonlyMap<string, TypeKind> = new Map(
  kinds.flatMap(([kind, names]) => names.split(' ').map((name) => [name, kind] as const)),
)

/** Of an array: that of its elements. */
export function kindOfType(type: string): TypeKind {
  const name = type
    .toLowerCase()
    .replace(/^pg_catalog\./, '')
    .replaceAll('"', '')
    .replace(/^_/, '')
    .replace(/[ ([].*$/s, '')
  return kindByName.get(name) ?? 'other'
}

const asText: readonly TypeKind[] = ['text', 'other']
const asNumber: readonly TypeKind[] = ['text', 'other', 'number']
const asSecret: readonly TypeKind[] = ['text', 'other', 'binary', 'uuid', 'document']

const kindsOfEntity: Readonly<Record<BuiltInEntity, readonly TypeKind[]>> = {
  EMAIL: asText,
  US_SSN: asNumber,
  US_ITIN: asNumber,
  CREDIT_CARD: asNumber,
  IBAN: asText,
  PHONE: asNumber,
  IP_ADDRESS: ['text', 'other', 'address'],
  MAC_ADDRESS: ['text', 'other', 'hardware_address'],
  CRYPTO: ['text', 'other', 'binary'],
  NATIONAL_ID: asNumber,
  US_PASSPORT: asNumber,
  US_DRIVER_LICENSE: asNumber,
  US_MBI: asText,
  US_NPI: asNumber,
  US_BANK: asNumber,
  US_ABA: asNumber,
  IMEI: asNumber,
  DATE_OF_BIRTH: ['text', 'other', 'date'],
  PERSON: asText,
  ADDRESS: ['text', 'other', 'document'],
  JWT: asSecret,
  PRIVATE_KEY: asSecret,
  API_KEY: asSecret,
  PASSWORD: asSecret,
}

/** Whether values of `entity` may be in a column of this kind. */
export function mayHold(kind: TypeKind, entity: BuiltInEntity): boolean {
  return kindsOfEntity[entity].includes(kind)
}
