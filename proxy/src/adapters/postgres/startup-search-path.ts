/**
 * A search_path given at start-up must not be a second road past the policies: in facts, an unqualified relation counts as
 * `public.`, and a SET of another path is itself incomplete. Here the statements of a session that began with another
 * path are: those that may mean a relation of it. Pure. From hand-over.ts.
 */
import type { SqlFacts } from '@gatetrail/schemas'

/** What policies are to see of a statement's facts in this session. */
export type FactsView = (facts: SqlFacts) => SqlFacts

/** Undefined: the path of the session is one that facts assume. */
export function factsViewOf(searchPath: string | undefined): FactsView | undefined {
  if (searchPath === undefined) return undefined
  const schemas = searchPath.split(',').map((schema) => schema.trim().replace(/^"(.*)"$/, '$1'))
  const catalogueAt = schemas.indexOf('pg_catalog')
  // Listed, but not first, it can be shadowed: then no name of it is what it seems.
  if (catalogueAt > 0) return incomplete
  const assumed = schemas.every((schema) => ['', 'public', '$user', 'pg_catalog'].includes(schema))
  if (assumed) return undefined
  return (facts) =>
    [...facts.reads, ...facts.writes].some((name) => name.startsWith('public.'))
      ? incomplete(facts)
      : facts
}

function incomplete(facts: SqlFacts): SqlFacts {
  return facts.complete ? { ...facts, complete: false } : facts
}
