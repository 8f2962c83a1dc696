/** What is looked for: the names of entities, the groups that they belong to, and what a finding looks like. */
import type { TouchLevel } from '@gatetrail/schemas'

/** Changes whenever the same bytes may give other findings than before. */
export const rulesetVersion = 'builtin-3'

/** Built-in entities, by the group that evaluation sets and reports know them as. A policy names the entity: `DataClass::"JWT"`. */
export const entityGroups = {
  EMAIL: 'EMAIL',
  US_SSN: 'US_SSN',
  US_ITIN: 'US_ITIN',
  CREDIT_CARD: 'CREDIT_CARD',
  IBAN: 'IBAN',
  PHONE: 'PHONE',
  IP_ADDRESS: 'IP_ADDRESS',
  MAC_ADDRESS: 'MAC_ADDRESS',
  CRYPTO: 'CRYPTO',
  NATIONAL_ID: 'NATIONAL_ID',
  US_PASSPORT: 'US_PASSPORT',
  US_DRIVER_LICENSE: 'US_DRIVER_LICENSE',
  US_MBI: 'US_MBI',
  US_NPI: 'US_NPI',
  US_BANK: 'US_BANK',
  US_ABA: 'US_ABA',
  IMEI: 'IMEI',
  DATE_OF_BIRTH: 'DATE_OF_BIRTH',
  PERSON: 'PERSON',
  ADDRESS: 'ADDRESS',
  JWT: 'SECRET',
  PRIVATE_KEY: 'SECRET',
  API_KEY: 'SECRET',
  PASSWORD: 'SECRET',
} as const

export type BuiltInEntity = keyof typeof entityGroups
/** A built-in entity, or one of a custom detector. */
export type Entity = BuiltInEntity | (string & {})

export const entities: readonly BuiltInEntity[] = Object.keys(entityGroups).filter(
  (name): name is BuiltInEntity => name in entityGroups,
)

/** What reports know an entity as: `SECRET` for keys and tokens; a custom entity is its own group. */
export function groupOf(entity: Entity): string {
  return isBuiltIn(entity) ? entityGroups[entity] : entity
}

function isBuiltIn(entity: string): entity is BuiltInEntity {
  return Object.hasOwn(entityGroups, entity)
}

/** A finding. `start` (inclusive) and `end` (exclusive) are offsets in bytes. */
export type Span = {
  readonly start: number
  readonly end: number
  readonly entity: Entity
  readonly level: TouchLevel
  /** What found it, finer than the entity: `github_pat`, `es_nif`. */
  readonly detector: string
}
