/**
 * What somebody typed → terms that a text holds or does not: words, phrases, beginnings of words. Letters, digits and all that is not ASCII
 * make words; everything else stands between them, so that nothing that is typed is a pattern, and a masked value, which is neither
 * letter nor digit, is not found by its form or its length. Pure.
 */
import { GatetrailError } from '@gatetrail/schemas'
import { searchPrefixCharactersMin, searchWordsMax } from '../limits.ts'

export type Term = {
  /** In small letters, one after the other in the text. */
  words: string[]
  /** Of the last one only the beginning is meant. */
  prefix: boolean
}

/** @throws GatetrailError REQUEST_INVALID */
export function termsOf(question: string): Term[] {
  const terms: Term[] = []
  for (const [piece, quoted] of question.matchAll(/"([^"]*)"?|[^\s"]+/g)) {
    const words = wordsOf(quoted ?? piece)
    if (words.length > 0)
      terms.push({ words, prefix: quoted === undefined && prefixAtEnd.test(piece) })
  }
  if (terms.length === 0)
    throw invalid('there is no word in it', 'A word has letters or digits; what is between words is not looked for.') // prettier-ignore
  if (terms.flatMap(({ words }) => words).length > searchWordsMax)
    throw invalid(`it has more than ${searchWordsMax} words`, 'Fewer words find more.')
  for (const { words, prefix } of terms)
    if (prefix && words.at(-1)!.length < searchPrefixCharactersMin)
      throw invalid(
        `${words.at(-1)}* is the beginning of too many words`,
        `Give ${searchPrefixCharactersMin} letters at least.`,
      )
  return terms
}

const prefixAtEnd = /[^\p{ASCII}*]\*$|[0-9A-Za-z]\*$/u
const word = /[^\u0000-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u007f]+/gu

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(word) ?? []
}

/** Whole words that a text must hold, by which the index finds it. */
export function wholeWords(terms: readonly Term[]): string[] {
  return [...new Set(terms.flatMap(({ words, prefix }) => (prefix ? words.slice(0, -1) : words)))]
}

export function prefixes(terms: readonly Term[]): string[] {
  return terms.filter(({ prefix }) => prefix).map(({ words }) => words.at(-1)!)
}

const between = String.raw`[\x00-\x2f\x3a-\x40\x5b-\x60\x7b-\x7f]`

/** As RE2 and JavaScript both read it: words hold nothing that a pattern gives a meaning. Undefined: its words say it all. */
export function patternOf({ words, prefix }: Term): string | undefined {
  if (words.length === 1 && !prefix) return undefined
  return `(?:^|${between})${words.join(`${between}+`)}${prefix ? '' : `(?:$|${between})`}`
}

/** The same for bytes of frames, which stand between values: it holds of all texts of which the other one does, and of some more. */
export function loosePatternOf({ words, prefix }: Term): string | undefined {
  if (words.length === 1 && !prefix) return undefined
  return words.join(`${between}*${String.raw`\C`}{0,64}${between}*`)
}

/** Where terms stand in a text, in its order. In small letters, as the index has it: `İ` has two of them, which no other letter has. */
export function placesOf(text: string, terms: readonly Term[]): { from: number; to: number }[] {
  const small = text.toLowerCase()
  const places = placesIn(small, terms)
  if (small.length === text.length) return places
  const inText: number[] = []
  for (let at = 0; at < text.length; at++) {
    inText.push(at)
    if (text[at] === 'İ') inText.push(at)
  }
  inText.push(text.length)
  return places.map(({ from, to }) => ({ from: inText[from]!, to: inText[to]! }))
}

function placesIn(text: string, terms: readonly Term[]): { from: number; to: number }[] {
  const places: { from: number; to: number }[] = []
  for (const { words, prefix } of terms) {
    const end = prefix ? `(?:(?!${between})[^])*` : `(?=$|${between})`
    const pattern = new RegExp(`(?<=^|${between})${words.join(`${between}+`)}${end}`, 'giu')
    for (const { 0: found, index } of text.matchAll(pattern)) {
      places.push({ from: index, to: index + found.length })
      if (places.length >= placesMax) break
    }
  }
  return places.sort((a, b) => a.from - b.from || b.to - a.to)
}

const placesMax = 200

function invalid(what: string, hint: string): GatetrailError {
  return new GatetrailError('REQUEST_INVALID', `this cannot be searched for: ${what}`, { hint })
}
