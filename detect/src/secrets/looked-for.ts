/**
 * Texts are looked for by their rarest part: `he|roku` by what stands behind the mark, because `her` begins a word in every line of English, and each
 * place that may be a literal costs. What stands in front of the mark is compared then. The marks were set by counting three letters in logs, code and prose.
 */
import type { Scan } from '../scan.ts'
import { isAt } from './characters.ts'

export type LookedFor = { readonly lead: string; readonly literal: string }

export function lookedFor(text: string): LookedFor {
  const mark = text.indexOf('|')
  return { lead: text.slice(0, Math.max(0, mark)), literal: text.slice(mark + 1) }
}

/** Names in lower case, that stand in any case. */
export class LookedForNames {
  readonly literals: readonly string[]
  /** A finding's name begins at most so many bytes before its candidate. */
  readonly behind: number
  readonly #byLength: LookedFor[][] = []

  constructor(texts: readonly string[]) {
    const all = texts.map(lookedFor)
    this.literals = [...new Set(all.map(({ literal }) => literal))]
    this.behind = Math.max(...all.map(({ lead }) => lead.length))
    for (const name of all) (this.#byLength[name.literal.length] ??= []).push(name)
  }

  /** Where the name begins of which a literal stands from `at` to `literalEnd`; -1 if it isn't all there. */
  begin({ bytes, start, end }: Scan, at: number, literalEnd: number): number {
    for (const { lead, literal } of this.#byLength[literalEnd - at] ?? []) {
      const from = at - lead.length
      if (from >= start && isAt(bytes, from, end, lead) && isAt(bytes, at, end, literal))
        return from
    }
    return -1
  }
}
