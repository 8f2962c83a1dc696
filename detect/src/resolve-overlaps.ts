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
  const kept: Span[] = []
  let chain: Span[] = []
  let reach = -1
  for (const span of found.filter(({ level }) => isAtLeast(level, levelMin)).sort(byPlace)) {
    if (span.start >= reach || chain.length === chainMax) {
      keepBest(chain, kept, from)
      chain = []
      reach = -1
    }
    chain.push(span)
    reach = Math.max(reach, span.end)
  }
  keepBest(chain, kept, from)
  return kept
}

/** Of `chain` to `kept`: the best, then the best of those that don't overlap it, and so on. */
function keepBest(chain: readonly Span[], kept: Span[], from: number): void {
  const before = kept.at(-1)?.end ?? from
  if (chain.length === 1) {
    if (chain[0]!.start >= before) kept.push(chain[0]!)
    return
  }
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
