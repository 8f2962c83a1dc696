/**
 * Whether a statement could bring data of tagged columns to places where the result doesn't say so: into an expression,
 * an error message, a COPY of a query. Conservative: it goes by names, and what it doesn't know can reach everything. Pure.
 */
import type { Snapshot } from '../catalogue/snapshot.ts'
import type { StatementDescription } from '../facts/describe-statement.ts'

export type TagReach = {
  /** Expressions of its results may show tagged data. */
  reaches: boolean
  /** It names a relation with tagged columns, or we can't tell. */
  mentions: boolean
  /** Tagged columns that it names, of relations that it names: `schema.relation.column`, and their classes. */
  columns: TaggedColumn[]
  /** Tagged columns of relations that it writes without naming columns of them. */
  written: TaggedColumn[]
  /** Its constants and parameters may be values of tagged columns. */
  constants: boolean
  /** Bare names of relations into whose other columns it may write tagged data: RETURNING would show it. */
  storesInto: ReadonlySet<string>
}

export type TaggedColumn = { place: string; dataClass: string }

const nowhere: ReadonlySet<string> = new Set()
const noReach: TagReach = {
  reaches: false,
  mentions: false,
  columns: [],
  written: [],
  constants: false,
  storesInto: nowhere,
}

/** What they return was made by an earlier statement. */
const indirectKinds = new Set(['fetch', 'execute', 'call', 'do'])

export function tagReachOf(statement: StatementDescription, snapshot: Snapshot): TagReach {
  if (snapshot.tagged.size === 0) return noReach
  const { facts } = statement
  const columns: TaggedColumn[] = []
  const written: TaggedColumn[] = []
  const writes = new Set(facts.writes.map(bareName))
  const relations = new Set(statement.relations.map(bareName))
  const known = new Set<string>()
  let mentions = !facts.complete
  let tainted = false
  /** Used for more than to compare with. */
  let shown = false
  for (const [oid, { name }] of relations.size === 0 ? [] : snapshot.relations) {
    // By the bare name: which schema an unqualified name means is the target's to say.
    const bare = bareName(name)
    if (!relations.has(bare)) continue
    known.add(bare)
    if (snapshot.taintedViews.has(oid)) tainted = true
    const tagged = snapshot.tagged.get(oid)
    if (tagged === undefined) continue
    mentions = true
    const all = [...tagged.values()].map(({ column, dataClass }) => ({ place: column, dataClass }))
    const named = all.filter(({ place }) => statement.referencedNames.has(bareName(place)))
    columns.push(...named)
    if (named.length === 0 && writes.has(bare)) written.push(...all)
    shown ||= named.some(({ place }) => statement.valueNames.has(bareName(place)))
  }
  // A view of the last minute, or a table that the snapshot leaves out (pg_toast holds values of tagged columns).
  if (known.size < relations.size) tainted = true
  const reaches =
    !facts.complete ||
    tainted ||
    statement.readsSampledValues ||
    facts.kinds.some((kind) => indirectKinds.has(kind)) ||
    (mentions && (shown || statement.hasStar === 'nested' || statement.usesWholeRow))
  return {
    reaches,
    mentions: mentions || tainted,
    columns,
    written,
    constants: reaches || columns.length > 0 || written.length > 0,
    storesInto: reaches ? writes : nowhere,
  }
}

export function bareName(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1)
}
