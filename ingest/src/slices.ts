/**
 * Long work in slices, with a turn of the event loop between them: ingest shares its process with the replay API, and its
 * own inserts go on only between turns.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'

/** About 5 ms of work. */
const sliceLength = 400

export async function inSlices<Item>(
  items: readonly Item[],
  work: (slice: readonly Item[]) => void,
): Promise<void> {
  for (let at = 0; at < items.length; at += sliceLength) {
    if (at > 0) await nextTurn()
    work(items.slice(at, at + sliceLength))
  }
}
