/**
 * Whether policy lets the client see all tagged data that a statement could bring: then it may see what holds any of that, and
 * errors and notices that quote it. Pure.
 */
import type { Snapshot } from '../catalogue/snapshot.ts'
import type { StatementDescription } from '../facts/describe-statement.ts'
import { tagsAt } from './column-source.ts'

type Reveal = (dataClass: string, column: string | undefined) => boolean

/** Every tagged column that it could read, compare or fill. */
export function revealsReach(
  { reach }: StatementDescription,
  snapshot: Snapshot,
  reveal: Reveal,
): boolean {
  if (reach.unknown) return revealsAll({ snapshot, reveal })
  return [...reach.tags, ...reach.filterTags, ...reach.writtenTags].every(({ dataClass, place }) =>
    reveal(dataClass, place),
  )
}

/** Every tagged column of the connection. */
export function revealsAll({
  snapshot,
  reveal,
}: {
  readonly snapshot: Snapshot
  reveal: Reveal
}): boolean {
  for (const [tableOid, columns] of snapshot.tagged) {
    for (const attribute of columns.keys()) {
      const tags = tagsAt(tableOid, attribute, snapshot)
      if (!tags.every(({ dataClass, place }) => reveal(dataClass, place))) return false
    }
  }
  return true
}
