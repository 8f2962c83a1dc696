/**
 * Step 1 of `gatetrail discover`: which columns of a target hold personal data or secrets. Reads its catalogue and samples with
 * the connection's credential, in read-only transactions; classifies with detect. Values leave this folder as counts alone.
 */
import { classifyColumn, type Column, type ColumnClass } from '@gatetrail/detect'
import type { ConnectionConfiguration } from '@gatetrail/schemas'
import { prepareTarget } from '../adapters/postgres/connection.ts'
import { loadSnapshot } from '../adapters/postgres/catalogue/load-snapshot.ts'
import type { CatalogueModel, Relation } from '../adapters/postgres/catalogue/model.ts'
import { createQueryClient } from '../adapters/postgres/catalogue/query-client.ts'
import { tagsOf } from '../adapters/postgres/catalogue/tags.ts'
import { connectToTarget } from '../adapters/postgres/upstream/connect.ts'
import type { SecretSources } from '../credentials/resolve-secret.ts'
import {
  createSampler,
  type ColumnSample,
  type ColumnToRead,
  type Sampler,
  type UnsampledReason,
} from './sample-relation.ts'
import { typeToRead } from './type-to-read.ts'

export type DiscoveredColumn = ColumnClass & {
  /** schema.relation.column */
  readonly place: string
}

export type Discovery = {
  readonly relations: number
  readonly columns: number
  readonly found: readonly DiscoveredColumn[]
  /** Tagged already: by configuration, comment or label, or by what they inherit from. They were not read. */
  readonly tagged: readonly { readonly place: string; readonly dataClass: string }[]
  /** Tags of the configuration that fit no column of the target. */
  readonly unmatched: readonly string[]
  readonly unsampled: readonly { readonly relation: string; readonly reason: UnsampledReason }[]
  /** Columns whose name has a dot in it: no configuration can name them. */
  readonly unnameable: readonly string[]
}

export type DiscoverOptions = {
  /** Rows of each relation. */
  readonly sampleRows: number
  onProgress(done: number, of: number): void
}

/** For all samples together; what comes later is classified by its names. */
const samplingMsMax = 600_000

const discoverSettings: ReadonlyMap<string, string> = new Map([
  ['application_name', 'gatetrail discover'],
  ['client_encoding', 'UTF8'],
  ['default_transaction_read_only', 'on'],
  ['lock_timeout', '2000'],
  ['statement_timeout', '10000'],
  ['search_path', 'pg_catalog'],
])

/** @throws GatetrailError UPSTREAM_*, CREDENTIAL_UNAVAILABLE, CONFIG_INVALID */
export async function discover(
  configuration: ConnectionConfiguration,
  secrets: SecretSources,
  { sampleRows, onProgress }: DiscoverOptions,
): Promise<Discovery> {
  const { target, credential } = await prepareTarget(configuration, secrets)
  // The read-only login, where there is one: nothing more is needed.
  const { login } = await credential(true)
  const connection = await connectToTarget(target, login, discoverSettings)
  const client = createQueryClient(connection, configuration.name)
  try {
    const { snapshot, unmatched } = await loadSnapshot(client, configuration.columns)
    const { model } = snapshot
    const relations = relationsToRead(model)
    const untagged = relations.map((relation) => ({
      relation,
      columns: relation.columns.filter((column) => tagsOf(column).length === 0),
    }))
    const sample = await createSampler(
      client,
      untagged.map(({ relation }) => relation),
      sampleRows,
    )
    const read: ReadRelation[] = []
    const untilMs = performance.now() + samplingMsMax
    for (const [index, { relation, columns }] of untagged.entries()) {
      onProgress(index, untagged.length)
      const readable = columns.flatMap((column) => {
        const type = typeToRead(column.typeOid, model.typesByOid)
        return type === undefined ? [] : [{ ...column, type }]
      })
      const sampler = performance.now() > untilMs ? outOfTime : sample
      read.push(await readRelation(relation, readable, sampler))
    }
    onProgress(untagged.length, untagged.length)
    return {
      relations: relations.length,
      columns: relations.reduce((sum, relation) => sum + relation.columns.length, 0),
      found: read.flatMap(({ found }) => found),
      tagged: taggedIn(relations),
      unmatched,
      unsampled: read.flatMap(({ unsampled }) => unsampled),
      unnameable: read.flatMap(({ unnameable }) => unnameable),
    }
  } finally {
    client.close()
  }
}

type ReadRelation = Pick<Discovery, 'found' | 'unsampled' | 'unnameable'>

const outOfTime: Sampler = async () => ({ kind: 'none', reason: 'out_of_time' })

async function readRelation(
  relation: Relation,
  columns: readonly ColumnToRead[],
  sample: Sampler,
): Promise<ReadRelation> {
  if (columns.length === 0) return { found: [], unsampled: [], unnameable: [] }
  const sampled = await sample(relation, columns)
  const siblings = relation.columns.map(({ name }) => name)
  const found = columns.flatMap(({ name, type }): DiscoveredColumn[] => {
    const values = sampled.kind === 'rows' ? sampled.columns.get(name) : undefined
    const known = { name, relation: relation.name, type: type.name, siblings }
    const columnClass = classify(known, values)
    return columnClass === undefined ? [] : [{ place: placeOf(relation, name), ...columnClass }]
  })
  const isNameable = ({ place }: DiscoveredColumn): boolean => place.split('.').length === 3
  return {
    found: found.filter(isNameable),
    unnameable: found.filter((column) => !isNameable(column)).map(({ place }) => place),
    unsampled:
      sampled.kind === 'none' ? [{ relation: nameOf(relation), reason: sampled.reason }] : [],
  }
}

/** Where there is no value to look at, the name decides: of an empty table too, which is filled later. */
function classify(column: Column, values: ColumnSample | undefined): ColumnClass | undefined {
  const filled = values?.some((value) => value.some((byte) => byte > 0x20)) === true
  return classifyColumn(filled ? { ...column, values } : column)
}

/** Tables and materialized views that are nobody's children: tags are inherited. What a view shows is followed to its tables. */
function relationsToRead(model: CatalogueModel): Relation[] {
  return [...model.relationsByOid.values()]
    .filter(
      ({ kind, schema, parents, temporary }) =>
        (kind === 'r' || kind === 'p' || kind === 'm' || kind === 'f') &&
        parents.length === 0 &&
        !temporary &&
        !isOfSystem(schema),
    )
    .toSorted((a, b) => compare(nameOf(a), nameOf(b)))
}

function isOfSystem(schema: string): boolean {
  return schema === 'information_schema' || schema.startsWith('pg_')
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}

function nameOf({ schema, name }: Relation): string {
  return `${schema}.${name}`
}

function placeOf(relation: Relation, column: string): string {
  return `${nameOf(relation)}.${column}`
}

function taggedIn(relations: readonly Relation[]): Discovery['tagged'] {
  return relations.flatMap((relation) =>
    relation.columns.flatMap((column) => {
      const [first] = tagsOf(column)
      if (first === undefined) return []
      return [{ place: placeOf(relation, column.name), dataClass: first.dataClass }]
    }),
  )
}
