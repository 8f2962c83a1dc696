/**
 * Of findings that overlap one stays: the surer, then the longer, then the earlier. From find-spans.ts to callers: in order,
 * none overlapping. Linear but for sorting: of those before the last kept one, only those that it overlaps are looked at. Pure.
 */
import type { TouchLevel } from '@gatetrail/schemas'
import type { Span } from './ruleset.ts'

const sureness: Readonly<Record<TouchLevel, number>> = { possible: 0, likely: 1, certain: 2 }

export function resolveOverlaps(found: readonly Span[], levelMin: TouchLevel): Span[] {
  const min = sureness[levelMin]
  const inOrder = found
    .filter(({ level }) => sureness[level] >= min)
    .sort((a, b) => a.start - b.start || b.end - a.end)
  const kept: Span[] = []
  for (const span of inOrder) {
    let stands = true
    while (stands && kept.length > 0 && kept.at(-1)!.end > span.start) {
      if (isBetter(span, kept.at(-1)!)) kept.pop()
      else stands = false
    }
    if (stands) kept.push(span)
  }
  return kept
}

function isBetter(a: Span, b: Span): boolean {
  const surer = sureness[a.level] - sureness[b.level]
  return surer !== 0 ? surer > 0 : a.end - a.start > b.end - b.start
}
