/** Whether policy lets the client see all tagged data that a statement could bring: then its errors and notices may quote it. Pure. */
import type { Snapshot } from '../catalogue/snapshot.ts'
import type { StatementDescription } from '../facts/describe-statement.ts'
import { revealsAll } from './row-plan.ts'

/** Every tagged column that it could read, compare or fill. */
export function revealsReach(
  { reach }: StatementDescription,
  snapshot: Snapshot,
  reveal: (dataClass: string, column: string | undefined) => boolean,
): boolean {
  if (reach.unknown) return revealsAll({ snapshot, reveal })
  return [...reach.tags, ...reach.filterTags, ...reach.writtenTags].every(({ dataClass, place }) =>
    reveal(dataClass, place),
  )
}
