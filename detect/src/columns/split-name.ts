/**
 * Step 1 of a name: from `customerPhoneNo1`, `CUSTOMER-PHONE` or `customerphone` to customer, phone, no, 1. Without accents,
 * lower case. To classify-name.ts. Pure.
 */
import * as tables from './name-tables.ts'

const nameCharactersMax = 128
const partsMax = 5
const partCharactersMin = 2
/** Shorter ones are written in one by nobody. */
const joinedCharactersMin = 5

const letterForms: readonly (readonly [RegExp, string])[] = [
  [/ß/g, 'ss'],
  [/ø/g, 'o'],
  [/æ/g, 'ae'],
  [/ł/g, 'l'],
  [/đ/g, 'd'],
  [/ı/g, 'i'],
]

/** Lower case, without accents: `Prénom` → prenom. */
export function plainLetters(text: string): string {
  let plain = text
    .normalize('NFD')
    .replaceAll(/\p{M}+/gu, '')
    .toLowerCase()
  for (const [form, letters] of letterForms) plain = plain.replace(form, letters)
  return plain
}

/** Of a table of words, separated by blanks. */
export function wordList(text: string): ReadonlySet<string> {
  return new Set(plainLetters(text).split(/\s+/).filter(Boolean))
}

/** Of a table of phrases, separated by commas. */
export function phraseList(text: string): string[] {
  return plainLetters(text)
    .split(',')
    .map((phrase) => phrase.trim().replaceAll(/\s+/g, ' '))
    .filter(Boolean)
}

const vocabulary: ReadonlySet<string> = new Set([
  ...[...Object.values(tables.strongPhrases), ...Object.values(tables.weakPhrases)]
    .flatMap(phraseList)
    .flatMap((phrase) => phrase.split(' ')),
  ...wordList(tables.personNouns),
  ...wordList(tables.neutralEndings),
  ...wordList(tables.otherWords),
  ...wordList(tables.stopWords),
])

/** Names come again and again: `id`, `name`, `created_at`. Emptied when it is full. */
const splitNames = new Map<string, readonly string[]>()
const splitNamesMax = 4096

/** All words of a name, connectives left out. */
export function splitName(name: string): readonly string[] {
  const known = splitNames.get(name)
  if (known !== undefined) return known
  const words = split(name)
  if (splitNames.size >= splitNamesMax) splitNames.clear()
  if (name.length <= nameCharactersMax) splitNames.set(name, words)
  return words
}

function split(name: string): readonly string[] {
  const words = plainLetters(
    name
      .slice(0, nameCharactersMax)
      .replaceAll(/(\p{Ll}|\p{N})(\p{Lu})/gu, '$1 $2')
      .replaceAll(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1 $2'),
  )
    .replaceAll(/(\p{L})(\p{N})/gu, '$1 $2')
    .replaceAll(/(\p{N})(\p{L})/gu, '$1 $2')
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean)
    .flatMap((word) => unjoined(word))
  const significant = words.filter((word) => !stops.has(word))
  return significant.length === 0 ? words : significant
}

const stops = wordList(tables.stopWords)

/** `phonenumber` → phone, number; itself, where it isn't made of known words. */
function unjoined(word: string): readonly string[] {
  if (vocabulary.has(word) || word.length < joinedCharactersMin) return [word]
  return partsOf(word, partsMax) ?? [word]
}

/** In as few parts as possible, a longer one first. */
function partsOf(word: string, partsLeft: number): string[] | undefined {
  if (vocabulary.has(word)) return [word]
  if (partsLeft === 1) return undefined
  let best: string[] | undefined
  for (let length = word.length - partCharactersMin; length >= partCharactersMin; length--) {
    const part = word.slice(0, length)
    if (!vocabulary.has(part)) continue
    const rest = partsOf(word.slice(length), (best?.length ?? partsLeft + 1) - 2)
    if (rest !== undefined) best = [part, ...rest]
    if (best?.length === 2) return best
  }
  return best
}

/** As it stands in `words`, or without an ending of the plural. */
export function singularIn(word: string, words: ReadonlySet<string>): boolean {
  if (words.has(word)) return true
  return ['s', 'es', 'n', 'en', 'e'].some(
    (ending) => word.endsWith(ending) && words.has(word.slice(0, -ending.length)),
  )
}
