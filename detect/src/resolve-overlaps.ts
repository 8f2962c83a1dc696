/**
 * Of findings that overlap the better one stays: the surer, then the longer, then the earlier. From find-spans.ts to callers: in
 * order, none overlapping. What it gives depends only on the findings, not on the order in which they were made. Pure.
 */
import type { TouchLevel } from '@gatetrail/schemas'
import { entities, type Span } from './ruleset.ts'

/** Of a longer chain of overlapping findings so many at a time are compared, so that the whole stays linear but for sorting. */
export const chainMax = 32

const sureness: Readonly<Record<TouchLevel, number>> = { possible: 0, likely: 1, certain: 2 }
/** Custom entities come first: somebody asked for them. */
const ranks: ReadonlyMap<string, number> = new Map(
  entities.map((entity, index) => [entity, index + 1]),
)

export function isAtLeast(level: TouchLevel, levelMin: TouchLevel): boolean {
  return sureness[level] >= sureness[levelMin]
}

/** `from`: of a stream, where its last finding ended; what begins before is left out. */
export function resolveOverlaps(
  found: readonly Span[],
  levelMin: TouchLevel,
  from: number = 0,
): readonly Span[] {
  if (isResolved(found, levelMin, from)) return found
  const inOrder = sorted(found, levelMin)
  const kept: Span[] = []
  let first = 0
  while (first < inOrder.length) {
    let next = first + 1
    let reach = inOrder[first]!.end
    while (next < inOrder.length && inOrder[next]!.start < reach && next - first < chainMax) {
      if (inOrder[next]!.end > reach) reach = inOrder[next]!.end
      next++
    }
    const before = kept.length > 0 ? kept[kept.length - 1]!.end : from
    if (next > first + 1) keepBest(inOrder, first, next, kept, before)
    else if (inOrder[first]!.start >= before) kept.push(inOrder[first]!)
    first = next
  }
  return kept
}

/** Most texts have no finding that overlaps another: nothing is copied then. */
function isResolved(found: readonly Span[], levelMin: TouchLevel, from: number): boolean {
  let before = from
  for (let index = 0; index < found.length; index++) {
    const { start, end, level } = found[index]!
    // A look at the words alone, for the level that nearly all ask for.
    const isSure = levelMin === 'likely' ? level !== 'possible' : isAtLeast(level, levelMin)
    if (start < before || end <= start || !isSure) return false
    before = end
  }
  return true
}

/** Most are in order already, and none is left out: then nothing is copied. */
function sorted(found: readonly Span[], levelMin: TouchLevel): readonly Span[] {
  const least = sureness[levelMin]
  for (let index = 0; index < found.length; index++) {
    const isInOrder = index === 0 || found[index]!.start > found[index - 1]!.start
    if (!isInOrder || sureness[found[index]!.level] < least)
      return found.filter(({ level }) => isAtLeast(level, levelMin)).sort(byPlace)
  }
  return found
}

/** Of the chain, the best first; empty between calls. A text may consist of chains: nothing is allocated for one. */
const ranked: Span[] = []

/** Of the chain from `first` to `next` to `kept`: the best, then the best of those that don't overlap it, and so on. */
function keepBest(
  spans: readonly Span[],
  first: number,
  next: number,
  kept: Span[],
  before: number,
): void {
  for (let index = first; index < next; index++) {
    const span = spans[index]!
    let at = ranked.length
    if (span.start < before) continue
    ranked.push(span)
    for (; at > 0 && byWorth(ranked[at - 1]!, span) > 0; at--) ranked[at] = ranked[at - 1]!
    ranked[at] = span
  }
  const keptFirst = kept.length
  for (let index = 0; index < ranked.length; index++) keepInPlace(ranked[index]!, kept, keptFirst)
  ranked.length = 0
}

/** Unless it overlaps one of those from `first` on, which are in order and overlap each other as little. */
function keepInPlace(span: Span, kept: Span[], first: number): void {
  let at = kept.length
  while (at > first && kept[at - 1]!.start >= span.end) at--
  if (at > first && kept[at - 1]!.end > span.start) return
  kept.push(span)
  for (let index = kept.length - 1; index > at; index--) kept[index] = kept[index - 1]!
  kept[at] = span
}

export function byPlace(a: Span, b: Span): number {
  return a.start - b.start || b.end - a.end || byWorth(a, b)
}

function byWorth(a: Span, b: Span): number {
  return (
    sureness[b.level] - sureness[a.level] ||
    b.end - b.start - (a.end - a.start) ||
    a.start - b.start ||
    (ranks.get(a.entity) ?? 0) - (ranks.get(b.entity) ?? 0) ||
    (a.detector < b.detector ? -1 : Number(a.detector > b.detector))
  )
}
