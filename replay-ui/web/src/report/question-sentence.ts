/**
 * The sentence of a question, with the times that it looks at told apart. It has filters as they were asked for: what looks like a time
 * in them is a part of a name. Pure.
 */
import { dateTime } from '../time/moment.ts'

type Part = { kind: 'words' | 'time'; text: string }
type Instants = { from: string; to: string }

export function questionParts(sentence: string, { from, to }: Instants): Part[] {
  const filtersAt = sentence.indexOf(', where ')
  const parts: Part[] = []
  let rest = filtersAt === -1 ? sentence : sentence.slice(0, filtersAt)
  const filters = sentence.slice(rest.length)
  for (const time of [from, to]) {
    const at = rest.indexOf(time)
    if (at === -1) continue
    parts.push({ kind: 'words', text: rest.slice(0, at) }, { kind: 'time', text: time })
    rest = rest.slice(at + time.length)
  }
  return [...parts, { kind: 'words', text: rest + filters }]
}

/** As its reader's clock says them, and which clock that is: on paper nobody points at it. */
export function questionIn(zone: string, sentence: string, instants: Instants): string {
  const parts = questionParts(sentence, instants)
  const last = parts.findLastIndex(({ kind }) => kind === 'time')
  return parts
    .map(({ kind, text }, at) => {
      if (kind === 'words') return text
      return at === last ? `${dateTime(text, zone)} ${zone}` : dateTime(text, zone)
    })
    .join('')
}
