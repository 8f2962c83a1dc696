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
): Span[] {
  const inOrder = sorted(found.filter(({ level }) => isAtLeast(level, levelMin)))
  const kept: Span[] = []
  let first = 0
  while (first < inOrder.length) {
    let next = first + 1
    let reach = inOrder[first]!.end
    while (next < inOrder.length && inOrder[next]!.start < reach && next - first < chainMax) {
      reach = Math.max(reach, inOrder[next]!.end)
      next++
    }
    const before = kept.at(-1)?.end ?? from
    if (next > first + 1) keepBest(inOrder.slice(first, next), kept, before)
    else if (inOrder[first]!.start >= before) kept.push(inOrder[first]!)
    first = next
  }
  return kept
}

/** Most are in order already. */
function sorted(spans: Span[]): Span[] {
  for (let index = 1; index < spans.length; index++)
    if (spans[index]!.start <= spans[index - 1]!.start) return spans.sort(byPlace)
  return spans
}

/** Of `chain` to `kept`: the best, then the best of those that don't overlap it, and so on. */
function keepBest(chain: readonly Span[], kept: Span[], before: number): void {
  const stands: Span[] = []
  for (const span of chain.toSorted(byWorth)) {
    if (span.start >= before && !stands.some((other) => overlap(span, other))) stands.push(span)
  }
  kept.push(...stands.sort(byPlace))
}

function overlap(a: Span, b: Span): boolean {
  return a.start < b.end && b.start < a.end
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
