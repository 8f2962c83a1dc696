/** A text and where words were found in it → the part of it that is shown. Control characters of the record go no further. Pure. */
import { textSeparators } from '@gatetrail/protocols'
import { placesOf, type Term } from './terms.ts'

export type Excerpt = { excerpt: string; marks: { from: number; to: number }[] }

const charactersBefore = 80
const charactersMax = 280

/** `at`: where in the text the first place is. */
export function excerptOf(text: string, terms: readonly Term[]): Excerpt & { at: number } {
  const places = placesOf(text, terms)
  const at = places[0]?.from ?? 0
  const from = startOf(text, at)
  const to = endOf(text, Math.min(text.length, from + charactersMax))
  let excerpt = from > 0 ? '…' : ''
  const marks: Excerpt['marks'] = []
  let until = from
  for (const place of withoutOverlaps(places)) {
    if (place.from < from || place.to > to) continue
    excerpt += readable(text.slice(until, place.from))
    const start = excerpt.length
    excerpt += readable(text.slice(place.from, place.to))
    marks.push({ from: start, to: excerpt.length })
    until = place.to
  }
  excerpt += readable(text.slice(until, to)) + (to < text.length ? '…' : '')
  return { excerpt, marks, at }
}

/** The row that it stands in, as far as it fits. Not within a pair of surrogates. */
function startOf(text: string, at: number): number {
  const row = Math.max(
    text.lastIndexOf(textSeparators.row, at),
    text.lastIndexOf(textSeparators.head, at),
  )
  const from = Math.max(0, row + 1, at - charactersBefore)
  return isLowSurrogate(text, from) ? from + 1 : from
}

function endOf(text: string, to: number): number {
  return isLowSurrogate(text, to) ? to - 1 : to
}

function isLowSurrogate(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return code >= 0xdc00 && code <= 0xdfff
}

function readable(text: string): string {
  return text
    .replace(/\p{Cc}/gu, (character) => visible.get(character) ?? ' ')
    .replace(/ {2,}/g, ' ')
}

const visible: ReadonlyMap<string, string> = new Map([
  [textSeparators.value, ' │ '],
  [textSeparators.row, ' ⏎ '],
  [textSeparators.head, ' ⏎ '],
])

function withoutOverlaps(places: readonly { from: number; to: number }[]) {
  let end = 0
  return places.filter(({ from, to }) => {
    if (from < end) return false
    end = to
    return true
  })
}

/** Rows of a result that end before `at`. */
export function rowsBefore(text: string, at: number): number {
  let rows = 0
  for (
    let end = text.indexOf(textSeparators.row);
    end !== -1 && end < at;
    end = text.indexOf(textSeparators.row, end + 1)
  )
    rows++
  return rows
}
