/**
 * What values say of their column: a bounded sample is looked at value by value, each as a whole. What the name says is
 * confirmed or refuted by it; what no name says, most values can. From classify-column.ts and from whoever reads rows.
 */
import { findSpans } from '../find-spans.ts'
import { entities, type BuiltInEntity } from '../ruleset.ts'
import { wordsOfName } from '../words.ts'
import { BareNumbers } from './bare-numbers.ts'
import { namesArticle, namesCountedThing, type NameClass } from './classify-name.ts'
import type { Column, ColumnClass, Evidence } from './column.ts'
import { kindOfType, mayHold } from './column-type.ts'
import { hasGivenName } from './given-names.ts'
import { classByType, namedClasses } from './named-classes.ts'
import {
  couldBe,
  isFilled,
  isOpaque,
  isPersonLike,
  isPhoneForm,
  isSecurityForm,
  isStreetForm,
} from './value-shapes.ts'

/** Values that are looked at; further ones are not. */
export const sampleValuesMax = 200
/** Of a longer value that much is looked at. */
const valueBytesMax = 512
/** Blank ones count as little as this many others. */
const blankValuesMax = 100_000
/** With fewer values only those decide that can be nothing else. */
const votersMin = 5
/** A finding is of the whole value if it covers so much of it. */
const coveredShareMin = 0.8
const shares = {
  /** Of values that fit what the name says: then it is certain. */
  agrees: 0.5,
  /** With fewer the name is wrong. */
  refutes: 0.2,
  /** Of values that say by themselves what they are. */
  decides: 0.8,
  /** Given names, streets: lists of ours have never all of them. */
  decidesByWords: 0.5,
  /** Check digits, or an @ in the middle: nothing else has them in half of its values. */
  decidesByForm: 0.5,
} as const

type Count = { fits: number; likely: number; certain: number }

export type VoteOptions = { readonly valuesMax?: number }

export class ColumnVote {
  readonly #column: Column
  readonly #named: readonly NameClass[]
  readonly #names: readonly string[]
  readonly #kind
  readonly #valuesMax: number
  readonly #counts = new Map<BuiltInEntity, Count>()
  readonly #bare = new BareNumbers()
  #blank = 0
  #filled = 0
  #phoneForms = 0
  #securityForms = 0
  #streets = 0
  #persons = 0
  #givenNames = 0
  #opaque = 0

  constructor(column: Column, { valuesMax = sampleValuesMax }: VoteOptions = {}) {
    this.#column = column
    this.#named = namedClasses(column)
    this.#names = wordsOfName(column.name)
    this.#kind = column.type === undefined ? 'other' : kindOfType(column.type)
    this.#valuesMax = valuesMax
  }

  /** No further value is looked at: the decision stands. */
  get isFull(): boolean {
    return this.#filled >= this.#valuesMax || this.#blank >= blankValuesMax
  }

  /** A value (of a NULL none) from `start` to `end`, as text in UTF-8. Blank ones count as such. */
  add(bytes: Uint8Array, start = 0, end: number = bytes.length): void {
    if (this.isFull) return
    const value = bytes.subarray(start, Math.min(end, start + valueBytesMax))
    const text = new TextDecoder().decode(value).trim()
    if (!isFilled(text)) {
      this.#blank++
      return
    }
    this.#filled++
    this.#count(new TextEncoder().encode(text), text)
  }

  /** What the column is by its name, its type and the values so far; undefined: nothing. */
  decided(): ColumnClass | undefined {
    return this.#byNameAndValues() ?? this.#byValues() ?? classByType(this.#column)
  }

  #count(bytes: Uint8Array, text: string): void {
    const found = new Set<BuiltInEntity>()
    const spans = findSpans(bytes, 0, bytes.length, { levelMin: 'possible', names: this.#names })
    for (const { start, end, entity, level } of spans) {
      if (end - start < coveredShareMin * bytes.length || !isBuiltIn(entity)) continue
      found.add(entity)
      const count = this.#countOf(entity)
      // Digits alone say nothing by themselves, but for check digits.
      const isSure =
        level === 'certain' || (level === 'likely' && !(isNumbered(entity) && isDigits(text)))
      if (isSure) count.likely++
      if (level === 'certain') count.certain++
    }
    for (const entity of new Set([...found, ...this.#named.map(({ entity }) => entity)]))
      if (found.has(entity) || couldBe(entity, text)) this.#countOf(entity).fits++
    this.#bare.add(text)
    if (isPhoneForm(text)) this.#phoneForms++
    if (isSecurityForm(text)) this.#securityForms++
    if (isStreetForm(text)) this.#streets++
    if (isOpaque(text)) this.#opaque++
    if (isPersonLike(text)) {
      this.#persons++
      if (hasGivenName(text)) this.#givenNames++
    }
  }

  #countOf(entity: BuiltInEntity): Count {
    const count = this.#counts.get(entity) ?? { fits: 0, likely: 0, certain: 0 }
    this.#counts.set(entity, count)
    return count
  }

  #byNameAndValues(): ColumnClass | undefined {
    for (const { entity, strength, phrase } of this.#named) {
      const name: Evidence = { kind: 'name', phrase }
      if (this.#filled === 0) {
        // Nothing but blanks: there is nothing to mask, and nothing that confirms the name.
        const level = strength === 'weak' || this.#blank > 0 ? 'possible' : 'likely'
        return { entity, level, evidence: [name] }
      }
      const matching =
        strength === 'strong' ? this.#countOf(entity).fits : this.#byThemselves(entity)
      const share = matching / this.#filled
      const evidence: Evidence[] = [name, { kind: 'values', matching, of: this.#filled }]
      if (strength === 'strong') {
        if (share < shares.refutes) continue
        const other = this.#byValues()
        // An `address` that holds addresses of mail, a `phone` with card numbers.
        if (other !== undefined && other.level !== 'possible' && !this.#agreesBetter(entity, other))
          return { ...other, evidence: [name, ...other.evidence] }
        return { entity, level: share >= shares.agrees ? 'certain' : 'likely', evidence }
      }
      if (share >= this.#shareThatDecides(entity)) return { entity, level: 'likely', evidence }
    }
    const weak = this.#named.find(({ strength }) => strength === 'weak')
    if (weak === undefined || this.#byValues() !== undefined) return undefined
    const fits = this.#countOf(weak.entity).fits
    if (fits / this.#filled < shares.agrees) return undefined
    const evidence: Evidence[] = [
      { kind: 'name', phrase: weak.phrase },
      { kind: 'values', matching: fits, of: this.#filled },
    ]
    return { entity: weak.entity, level: 'possible', evidence }
  }

  /** What the name says fits as many values as what the values say, or is told apart from it by the name alone. */
  #agreesBetter(entity: BuiltInEntity, other: ColumnClass): boolean {
    // A `NationalID` of the United States.
    if (entity === 'NATIONAL_ID' && (other.entity === 'US_SSN' || other.entity === 'US_ITIN'))
      return false
    return entity === other.entity || this.#countOf(entity).fits >= this.#byThemselves(other.entity)
  }

  #byValues(): ColumnClass | undefined {
    const of = this.#filled
    if (of === 0) return undefined
    for (const entity of entities) {
      if (!mayHold(this.#kind, entity)) continue
      if (this.#isRuledOut(entity)) continue
      const { certain } = this.#counts.get(entity) ?? { certain: 0 }
      const matching = this.#byThemselves(entity)
      if (of < votersMin && certain < of) continue
      if (matching / of < this.#shareThatDecides(entity)) continue
      const level = certain === of && of >= votersMin ? 'certain' : 'likely'
      return { entity, level, evidence: [{ kind: 'values', matching, of }] }
    }
    return undefined
  }

  #isRuledOut(entity: BuiltInEntity): boolean {
    if (!isNumbered(entity)) return entity === 'CREDIT_CARD' && namesArticle(this.#column.name)
    return this.#named.length === 0 && namesCountedThing(this.#column.name)
  }

  #shareThatDecides(entity: BuiltInEntity): number {
    if (entity === 'PERSON' || entity === 'ADDRESS') return shares.decidesByWords
    return unmistakable.has(entity) ? shares.decidesByForm : shares.decides
  }

  /** Values that need no name of a column to be one. */
  #byThemselves(entity: BuiltInEntity): number {
    const { fits, likely } = this.#counts.get(entity) ?? { fits: 0, likely: 0 }
    switch (entity) {
      case 'EMAIL':
      case 'IP_ADDRESS':
      case 'MAC_ADDRESS':
        return this.#named.some((named) => named.entity === entity)
          ? Math.max(likely, fits)
          : likely
      case 'PHONE':
        return this.#bare.arePhones ? this.#filled : Math.max(likely, this.#phoneForms)
      case 'US_SSN':
        return this.#bare.areSecurityNumbers ? this.#filled : Math.max(likely, this.#securityForms)
      case 'ADDRESS':
        return Math.max(likely, this.#streets)
      case 'PERSON':
        return this.#persons / Math.max(1, this.#filled) >= shares.decides ? this.#givenNames : 0
      case 'DATE_OF_BIRTH':
        return 0
      case 'PASSWORD':
      case 'API_KEY':
        return this.#named.some((named) => named.entity === entity)
          ? Math.max(likely, this.#opaque)
          : likely
      default:
        return likely
    }
  }
}

const builtIn: ReadonlySet<string> = new Set(entities)

function isBuiltIn(entity: string): entity is BuiltInEntity {
  return builtIn.has(entity)
}

const unmistakable: ReadonlySet<BuiltInEntity> = new Set([
  'EMAIL',
  'CREDIT_CARD',
  'IBAN',
  'JWT',
  'PRIVATE_KEY',
])

function isDigits(text: string): boolean {
  return /^\d+$/.test(text)
}

function isNumbered(entity: BuiltInEntity): boolean {
  return ['PHONE', 'US_SSN', 'US_ITIN', 'NATIONAL_ID', 'US_PASSPORT', 'US_DRIVER_LICENSE'].includes(
    entity,
  )
}
