/**
 * Texts are looked for by their rarest part: `he|roku` by what stands behind the mark, because `her` begins a word in every line of English, and each
 * place that may be a literal costs. What stands in front of the mark is compared then. The marks were set by counting three letters in logs, code and prose.
 */
import type { Around } from '../detector.ts'
import type { Scan } from '../scan.ts'

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
  readonly #all: readonly LookedFor[]
  /** By length and last byte of the literal. */
  readonly #byEnd: { readonly text: Uint8Array; readonly leadBytes: number }[][] = []

  constructor(texts: readonly string[]) {
    const all = texts.map(lookedFor)
    this.#all = all
    this.literals = [...new Set(all.map(({ literal }) => literal))]
    this.behind = Math.max(...all.map(({ lead }) => lead.length))
    for (const { lead, literal } of all)
      (this.#byEnd[endOf(literal.length, literal.charCodeAt(literal.length - 1))] ??= []).push({
        text: new TextEncoder().encode(lead + literal),
        leadBytes: lead.length,
      })
  }

  /** The letters of which one stands before a literal; undefined if one of its names begins with it. */
  lettersBefore(literal: string): string | undefined {
    const leads = this.#all.filter((one) => one.literal === literal).map(({ lead }) => lead)
    return leads.includes('') ? undefined : leads.map((lead) => lead.slice(-1)).join('')
  }

  /** Where the name begins of which a literal stands from `at` to `literalEnd`; -1 if it isn't all there. */
  begin({ bytes, start }: Scan, at: number, literalEnd: number): number {
    const names = this.#byEnd[endOf(literalEnd - at, bytes[literalEnd - 1]!)]
    if (names === undefined) return -1
    for (let index = 0; index < names.length; index++) {
      const { text, leadBytes } = names[index]!
      const from = at - leadBytes
      if (from >= start && endsWith(bytes, literalEnd, text)) return from
    }
    return -1
  }
}

export function aroundName(followedBy: string, after: string | undefined): Around {
  return { followedBy, ...(after !== undefined && { after }) }
}

/** Letters of both cases are one, and so are some marks: what differs is compared later. */
function endOf(length: number, lastByte: number): number {
  return (length << 5) | (lastByte & 31)
}

/** Whether `text`, in lower case, stands before `to`, in any case. Backwards: a lead is tested last. */
function endsWith(bytes: Uint8Array, to: number, text: Uint8Array): boolean {
  let at = to - 1
  for (let index = text.length - 1; index >= 0; index--, at--) {
    const byte = bytes[at]!
    const isUpper = byte >= 0x41 && byte <= 0x5a
    if ((isUpper ? byte | 0x20 : byte) !== text[index]) return false
  }
  return true
}
