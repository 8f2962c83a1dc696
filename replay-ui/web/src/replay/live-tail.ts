/** The last statements of a session that goes on, as they arrive. Pure. */
import type { TimelineStatement, WindowStatement } from '@gatetrail/replay-api'

/** Older ones are asked for by their index when somebody looks at them. */
export const tailMax = 2_000

/**
 * What arrived, in the order of seq, joined to what is there: a seq that is known takes the place of what was known of it, a
 * new one stands behind the last.
 */
export function joinTail(
  tail: readonly WindowStatement[],
  arrived: readonly TimelineStatement[],
): WindowStatement[] {
  const joined = [...tail]
  const places = new Map(joined.map(({ seq }, place) => [seq, place]))
  for (const statement of arrived) {
    const place = places.get(statement.seq)
    const old = place === undefined ? undefined : joined[place]
    if (place !== undefined && old !== undefined) {
      joined[place] = { ...statement, index: old.index }
      continue
    }
    const last = joined.at(-1)
    // Of before what is kept: it has its index in the store.
    if (last !== undefined && statement.seq < last.seq) continue
    joined.push({ ...statement, index: (last?.index ?? -1) + 1 })
  }
  return joined.slice(-tailMax)
}

/** After which seq to listen: of those whose answer is awaited, changes must come. */
export function listenAfter(tail: readonly WindowStatement[]): number | undefined {
  const awaited = tail.findIndex(({ completed, verdict }) => !completed && verdict === 'allow')
  return awaited === -1 ? tail.at(-1)?.seq : tail[awaited - 1]?.seq
}
