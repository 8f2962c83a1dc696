/** What the relay knows of the target's catalogue. Made by load-snapshot.ts; read for every result, so it is never changed in place. */
export type Snapshot = {
  /** OID → schema.relation */
  relations: Map<number, { name: string; kind: string }>
  /** Table OID → attribute number → the tagged column. */
  tagged: Map<number, Map<number, { column: string; dataClass: string; typeOid: number }>>
  /** Views that show a tagged column, or may, and the tables of statistics with samples of values. */
  taintedViews: Set<number>
  /** The columns of a tagged relation in their order; of others: none. */
  columnsOf(name: string): string[]
  taggedRelationNames: Set<string>
  taggedColumnNames: Set<string>
}

export function emptySnapshot(): Snapshot {
  return {
    relations: new Map(),
    tagged: new Map(),
    taintedViews: new Set(),
    columnsOf: () => [],
    taggedRelationNames: new Set(),
    taggedColumnNames: new Set(),
  }
}
