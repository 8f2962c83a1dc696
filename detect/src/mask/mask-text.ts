/** Masks text that isn't on the hot path: statements in events, error messages. */
import { builtInRules, noSpans, type Ruleset } from '../find-spans.ts'
import { maskSpan } from './mask-span.ts'
import type { Span } from '../ruleset.ts'

/** `spans` are offsets in the UTF-8 bytes, which are the same before and after. */
export type MaskedText = { readonly text: string; readonly spans: readonly Span[] }

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** Returns the same string if nothing is found in it. */
export function maskText(text: string, rules: Pick<Ruleset, 'find'> = builtInRules): MaskedText {
  const bytes = encoder.encode(text)
  const spans = rules.find(bytes, 0, bytes.length)
  if (spans.length === 0) return { text, spans: noSpans }
  for (const span of spans) maskSpan(bytes, span)
  return { text: decoder.decode(bytes), spans }
}
