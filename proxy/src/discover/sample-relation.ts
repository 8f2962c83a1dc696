/**
 * Step 2 of `gatetrail discover`: some rows of a relation, each value cut, in a read-only transaction of its own. From
 * discover.ts. What the account may not read is not asked for.
 */
import { isGatetrailError } from '@gatetrail/schemas'
import type { Column, Relation } from '../adapters/postgres/catalogue/model.ts'
import type { QueryClient } from '../adapters/postgres/catalogue/query-client.ts'
import { TargetError } from '../adapters/postgres/client-errors.ts'
import { isSampled, type TypeToRead } from './type-to-read.ts'

/** Why a relation was classified by its names alone. */
export type UnsampledReason = 'no_permission' | 'timeout' | 'foreign' | 'failed' | 'out_of_time'

export type ColumnToRead = Column & { readonly type: TypeToRead }

/** Values of one column, without NULLs. */
export type ColumnSample = readonly Uint8Array[]

export type Sample =
  | { readonly kind: 'rows'; readonly columns: ReadonlyMap<string, ColumnSample> }
  | { readonly kind: 'none'; readonly reason: UnsampledReason }

export type Sampler = (relation: Relation, columns: readonly ColumnToRead[]) => Promise<Sample>

const valueCharactersMax = 256
/** Larger values are texts and documents: the proxy looks into them one by one. */
const valueBytesMax = 65_536
/** Wider relations are read no further to the right. */
const columnsPerRelationMax = 400
const columnsPerQueryMax = 50
/** Of a larger relation pages from all over it are taken: its first rows are its oldest. */
const rowsPerSampleBeforePages = 20
/** So that rows are of several pages; pages hold many rows or few, or none that are alive. */
const pagesOverSample = 10

const rightsSql = `
select c.oid, greatest(c.reltuples, 0)::bigint, string_agg(a.attnum::text, ',')
from pg_catalog.pg_class c
join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where c.oid = any($1::oid[])
  and pg_catalog.has_schema_privilege(c.relnamespace, 'usage')
  and pg_catalog.has_column_privilege(c.oid, a.attnum, 'select')
group by c.oid, c.reltuples`

/** Asks once what may be read. @throws GatetrailError UPSTREAM_UNAVAILABLE */
export async function createSampler(
  client: QueryClient,
  relations: readonly Relation[],
  sampleRows: number,
): Promise<Sampler> {
  const rights = new Map<number, { rows: number; attributes: ReadonlySet<number> }>()
  const oids = `{${relations.map(({ oid }) => oid).join(',')}}`
  for (const [oid, rows, attributes] of await client.query(rightsSql, [oids])) {
    rights.set(Number(oid), {
      rows: Number(rows),
      attributes: new Set((attributes ?? '').split(',').map(Number)),
    })
  }

  return async (relation, columns) => {
    if (relation.kind === 'f') return { kind: 'none', reason: 'foreign' }
    const right = rights.get(relation.oid)
    const allowed = columns
      .filter(({ attribute, type }) => isSampled(type) && right?.attributes.has(attribute))
      .slice(0, columnsPerRelationMax)
    if (right === undefined) return { kind: 'none', reason: 'no_permission' }
    const sampled = new Map<string, Uint8Array[]>()
    try {
      for (let from = 0; from < allowed.length; from += columnsPerQueryMax) {
        const some = allowed.slice(from, from + columnsPerQueryMax)
        for (const [name, values] of await read(client, relation, some, right.rows, sampleRows))
          sampled.set(name, values)
      }
    } catch (error) {
      const reason = reasonOf(error)
      if (reason === undefined) throw error
      return { kind: 'none', reason }
    }
    return { kind: 'rows', columns: sampled }
  }
}

async function read(
  client: QueryClient,
  relation: Relation,
  columns: readonly ColumnToRead[],
  rowsEstimated: number,
  sampleRows: number,
): Promise<Map<string, Uint8Array[]>> {
  const list = columns
    .map(({ name, type }) => {
      const value = type.isArray ? `(t.${quoted(name)})[1]` : `t.${quoted(name)}`
      // As it is stored: a larger one is not even unpacked.
      return `case when pg_catalog.pg_column_size(t.${quoted(name)}) <= ${valueBytesMax} then pg_catalog.left(${value}::text, ${valueCharactersMax}) end`
    })
    .join(', ')
  const relationName = `${quoted(relation.schema)}.${quoted(relation.name)}`
  let rows: readonly (readonly (string | null)[])[] = []
  if (rowsEstimated > sampleRows * rowsPerSampleBeforePages) {
    const percent = Math.min(100, (100 * pagesOverSample * sampleRows) / rowsEstimated)
    const names = columns.map(({ name }) => quoted(name)).join(', ')
    rows = await inReadOnlyTransaction(
      client,
      `select ${list} from (select ${names} from ${relationName} tablesample system (${percent.toFixed(6)})
        limit ${pagesOverSample * sampleRows}) as t order by pg_catalog.random() limit ${sampleRows}`,
    )
  }
  if (rows.length < sampleRows / 4)
    rows = await inReadOnlyTransaction(
      client,
      `select ${list} from ${relationName} as t limit ${sampleRows}`,
    )
  const encoder = new TextEncoder()
  return new Map(
    columns.map(({ name }, index) => [
      name,
      rows.flatMap((row) => {
        const value = row[index]
        return value === null || value === undefined ? [] : [encoder.encode(value)]
      }),
    ]),
  )
}

async function inReadOnlyTransaction(client: QueryClient, sql: string) {
  await client.query('begin transaction read only', [])
  try {
    return await client.query(sql, [])
  } finally {
    // Nothing was written: there is nothing to commit. A connection that broke says so at the next statement.
    await client.query('rollback', []).catch(() => undefined)
  }
}

/** As PostgreSQL's quote_ident, always in quotes. */
function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** Undefined: the connection is broken, not the statement. */
function reasonOf(error: unknown): UnsampledReason | undefined {
  if (!isGatetrailError(error) || !(error.cause instanceof TargetError)) return undefined
  switch (error.cause.sqlstate) {
    case '42501':
      return 'no_permission'
    case '57014':
    case '55P03':
      return 'timeout'
    default:
      return 'failed'
  }
}
