/**
 * Step 2 of a name: what a column is by its name, the name of its table, and those of its neighbours. From split-name.ts, to
 * classify-column.ts. Pure.
 */
import type { BuiltInEntity } from '../ruleset.ts'
import type { Column } from './column.ts'
import * as tables from './name-tables.ts'
import { phraseList, singularIn, splitName, wordList } from './split-name.ts'

/** strong: the name says it. weak: it may be, of several things. */
export type NameClass = {
  readonly entity: BuiltInEntity
  readonly strength: 'strong' | 'weak'
  readonly phrase: string
}

type Rule = { strong?: BuiltInEntity; weak: BuiltInEntity[] }

const phraseWordsMax = 4
const siblingsMax = 200

const rules = new Map<string, Rule>()
for (const [entity, phrases] of entriesOf(tables.strongPhrases))
  for (const phrase of phraseList(phrases)) rules.set(phrase, { strong: entity, weak: [] })
for (const [entity, phrases] of entriesOf(tables.weakPhrases)) {
  for (const phrase of phraseList(phrases)) {
    const rule = rules.get(phrase) ?? { weak: [] }
    rule.weak.push(entity)
    rules.set(phrase, rule)
  }
}
for (const phrase of phraseList(tables.otherPhrases)) rules.set(phrase, { weak: [] })

const neutralEndings = wordList(tables.neutralEndings)
const numberEndings = wordList(tables.numberEndings)
const questionWords = wordList(tables.questionWords)
const personNouns = wordList(tables.personNouns)
const thingNouns = wordList(tables.thingNouns)
const nameWords = wordList(tables.nameWords)
const partWords = wordList(tables.partWords)
const personalWords = wordList(tables.personalWords)
const relationEndings = wordList(tables.relationEndings)
/** Of what no number is a phone number or an id of a person. */
const countedWords = wordList(
  `id ids order orders invoice sku code codes ref reference date time timestamp at version amount price total quantity qty count size length rate score year number batch latitude longitude lat lng lon`,
)
/** Numbers of things, with check digits of their own. */
const articleWords = wordList(
  `isbn issn ean upc gtin asin imei imeisv iccid meid esn barcode tracking serial vin lei isin cusip sku ups fedex`,
)

function entriesOf(phrases: Partial<Readonly<Record<BuiltInEntity, string>>>) {
  return Object.entries(phrases).filter(
    (entry): entry is [BuiltInEntity, string] => entry[0] in phrases,
  )
}

/** What it may be, the likeliest first; empty: the name says nothing. */
export function classifyName(column: Column): readonly NameClass[] {
  const words = splitName(column.name)
  if (words.length > 1 && questionWords.has(words[0]!)) return []
  for (let end = words.length; end > 0; end--) {
    for (let start = Math.max(0, end - phraseWordsMax); start < end; start++) {
      const phrase = words.slice(start, end).join(' ')
      const rule = ruleOf(phrase)
      if (rule === undefined) continue
      if (end - start === 1 && nameWords.has(phrase))
        return classesOfBareName(column, words, start, end)
      if (partWords.has(phrase)) return words.length === 1 ? classesOfPart(column, phrase) : []
      const isNumber = words.slice(end).some((word) => numberEndings.has(word))
      return classesOf(rule, phrase).filter(({ entity }) => entity !== 'PERSON' || !isNumber)
    }
    const last = words[end - 1]!
    if (!neutralEndings.has(last) && !/^\p{N}{1,2}$/u.test(last)) return []
  }
  return []
}

/** Whether the name says that it counts or names things: an order's number is no phone number. */
export function namesCountedThing(name: string): boolean {
  const last = splitName(name).at(-1)
  return (last !== undefined && countedWords.has(last)) || namesArticle(name)
}

/** Whether it has numbers of goods or devices: an IMEI has the check digit of a card. */
export function namesArticle(name: string): boolean {
  return splitName(name).some((word) => articleWords.has(word))
}

function ruleOf(phrase: string): Rule | undefined {
  const rule = rules.get(phrase)
  if (rule !== undefined) return rule
  return phrase.endsWith('s')
    ? (rules.get(phrase.slice(0, -1)) ?? rules.get(phrase.slice(0, -2)))
    : undefined
}

function classesOf({ strong, weak }: Rule, phrase: string): readonly NameClass[] {
  const classes: NameClass[] = weak.map((entity) => ({ entity, strength: 'weak', phrase }))
  return strong === undefined
    ? classes
    : [{ entity: strong, strength: 'strong', phrase }, ...classes]
}

/** `name` is a person's if what stands before it is one, or its table is of persons, or what only persons have is beside it. */
function classesOfBareName(
  { relation, siblings = [] }: Column,
  words: readonly string[],
  start: number,
  end: number,
): readonly NameClass[] {
  const phrase = words.slice(Math.max(0, start - 1)).join(' ')
  const before = words[start - 1]
  if (before !== undefined) {
    if (isPerson(before)) return [{ entity: 'PERSON', strength: 'strong', phrase }]
    return neutralEndings.has(before) ? [{ entity: 'PERSON', strength: 'weak', phrase }] : []
  }
  const after = words.slice(end).find((word) => isPerson(word))
  const of = relation === undefined ? undefined : headOf(relation)
  if (after === undefined && of !== undefined && thingNouns.has(of)) return []
  const strong = after !== undefined || (of !== undefined && isPerson(of)) || areOfPersons(siblings)
  return [
    strong
      ? {
          entity: 'PERSON',
          strength: 'strong',
          phrase: of === undefined ? phrase : `${of} ${phrase}`,
        }
      : { entity: 'PERSON', strength: 'weak', phrase },
  ]
}

/** Synthea's patients have FIRST and LAST; so may have prices. */
function classesOfPart({ siblings = [] }: Column, phrase: string): readonly NameClass[] {
  const hasOther = siblings.slice(0, siblingsMax).some((sibling) => {
    const words = splitName(sibling)
    return words.length === 1 && words[0] !== phrase && partWords.has(words[0]!)
  })
  const strong = hasOther && areOfPersons(siblings)
  return [{ entity: 'PERSON', strength: strong ? 'strong' : 'weak', phrase }]
}

function isPerson(word: string): boolean {
  return singularIn(word, personNouns)
}

/** What a table holds: of `stg_customers_2024` customers. */
function headOf(relation: string): string | undefined {
  const words = splitName(relation).filter((word) => !/^\p{N}+$/u.test(word))
  let end = words.length
  while (end > 1 && relationEndings.has(words[end - 1]!)) end--
  return words[end - 1]
}

function areOfPersons(siblings: readonly string[]): boolean {
  return siblings.slice(0, siblingsMax).some((sibling) => {
    const words = splitName(sibling)
    if (words.some((word) => personalWords.has(word))) return true
    const phrase = words.slice(-phraseWordsMax)
    for (let start = 0; start < phrase.length; start++) {
      const strong = rules.get(phrase.slice(start).join(' '))?.strong
      if (strong !== undefined) return tables.personalSiblings.includes(strong)
    }
    return false
  })
}
