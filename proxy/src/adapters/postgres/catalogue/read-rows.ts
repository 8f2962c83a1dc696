/**
 * Reads the rows of the catalogue's topics in one transaction, which prints no definitions and so locks nobody's relations.
 * Of a topic in which nothing has changed since the load before, only a stamp is read, and of the great ones only what has
 * changed. From query-client.ts, to load-model.ts.
 */
import { GatetrailError, limits } from '@gatetrail/schemas'
import { inSlices } from './build-model.ts'
import type { QueryClient, Row } from './query-client.ts'
import { tagTextsSql } from './tags.ts'
import { expressions, foreignKeys, rules, triggers } from './topics/behaviour.ts'
import { casts, eventTriggers, operators } from './topics/operators.ts'
import { ownRelations, relations } from './topics/relations.ts'
import { routines } from './topics/routines.ts'
import { namedSql, textTopics, type TextTopic } from './topics/texts.ts'
import { cell, stampsSql, type TextKind, type Topic } from './topics/topic.ts'
import { ownTypes, types } from './topics/types.ts'

/** Without these nothing can be told, and tags could be missed. */
const requiredTopics: readonly Topic[] = [ownRelations, relations, ownTypes, types]
/** Without one of these the model says that it is uncertain. */
const otherTopics: readonly Topic[] = [
  rules,
  triggers,
  foreignKeys,
  expressions,
  routines,
  operators,
  casts,
  eventTriggers,
]

export type Temporary = ReadonlyMap<number, { name: string; kind: string }>

/** As of one moment. The same arrays and maps as before where nothing has changed. */
export type CatalogueRows = {
  /** search_path, user, server_version_num, and what tells this server and database from another. */
  account: Row
  serverVersion: number
  schemas: readonly Row[]
  tagTexts: readonly Row[]
  /** Class and OID of what is named in texts → its stamp. */
  named: ReadonlyMap<string, string>
  topics: ReadonlyMap<Topic, TopicRows>
  texts: ReadonlyMap<TextKind, TextKeys>
  temporary: Temporary
}

export type TopicRows = {
  stamp: string
  rows: readonly Row[]
  /** Of a topic with keys: OID → stamp and row. */
  byKey: ReadonlyMap<string, { stamp: string; row: Row }>
}

/** Which texts there are: OID → its stamp and the relation that it belongs to. */
export type TextKeys = {
  stamp: string
  keys: ReadonlyMap<string, { stamp: string; relation: string }>
}

/** The connection's own settings, which later loads on it must not take for those of a new session. */
const beginSql = [
  'begin transaction isolation level repeatable read read only',
  'reset search_path',
] as const

/** Before our own search_path: this one is what a session of the account begins with. */
const accountSql = `
select pg_catalog.current_setting('search_path'), current_user, pg_catalog.current_setting('server_version_num'),
  pg_catalog.pg_postmaster_start_time()::text,
  (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database())`

/**
 * With pg_catalog alone, definitions and expressions come with all names qualified. Compiling pays for no query of the
 * catalogue, and takes longer than they do.
 */
const settingsSql = `
select pg_catalog.set_config('search_path', 'pg_catalog', false), pg_catalog.set_config('jit', 'off', false)`

/** A role that there is not (yet) may use nothing. */
const schemasSql = `
select n.nspname::text, (has_schema_privilege(n.oid, 'usage') and ($1 = '' or exists (
    select from pg_roles r where r.rolname = $1 and has_schema_privilege(r.oid, n.oid, 'usage'))))::text
from pg_namespace n
where n.nspname !~ '^pg_(toast|temp_|toast_temp_)' order by n.nspname limit ${limits.catalogue.relationsMax}`

const temporaryRelationsSql = `
select c.oid, n.nspname || '.' || c.relname, c.relkind::text
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname ~ '^pg_temp_' and c.relkind in ('r', 'v', 'S')
order by c.oid limit ${limits.catalogue.relationsMax}`

/** What the account may not read: topics, kinds of texts. */
export type Unreadable = Set<string>

/**
 * `refused`: what was asked for when the target refused, as far as it can be left out. `stepwise`: asks for each catalogue
 * by itself, so that `refused` can tell. @throws GatetrailError UPSTREAM_UNAVAILABLE
 */
export async function readRows(
  client: QueryClient,
  readOnlyUser: string,
  before: CatalogueRows | undefined,
  unreadable: Unreadable,
  stepwise: boolean,
  refused: (names: readonly string[]) => void,
): Promise<CatalogueRows> {
  refused([])
  const asked = [...requiredTopics, ...otherTopics].filter(({ name }) => !unreadable.has(name))
  const askedTexts = textTopics.filter(({ name }) => !unreadable.has(name))
  const catalogues = [...new Set([...asked, ...askedTexts].flatMap((topic) => topic.catalogues))]
  const portions = stepwise ? catalogues.map((name) => [name]) : [catalogues]
  const fixed = [...beginSql, accountSql, settingsSql]
  // All at once: the target answers them in order, and nobody waits for the way there and back.
  const first = await allInOrder(
    [
      ...fixed.map(async (sql) => client.query(sql, [])),
      client.query(schemasSql, [readOnlyUser]),
      client.query(tagTextsSql, []),
      client.query(temporaryRelationsSql, []),
      client.query(namedSql, []),
      ...portions.map(async (portion) => client.query(stampsSql(portion), [])),
    ],
    (index) => refused(restingOn(portions[index - fixed.length - 4] ?? [])),
  )
  const [, , [account = []] = [], , schemas = [], tagTexts = [], temporary = [], named = []] = first
  const sums = first.slice(fixed.length + 4).flatMap((rows) => rows[0] ?? [])
  const sumOf = new Map(catalogues.map((name, index) => [name, sums[index] ?? '']))
  const stampOf = (topic: Topic | TextTopic): string =>
    topic.catalogues.map((name) => sumOf.get(name)).join()
  const serverVersion = Number(cell(account, 2))
  const known = before !== undefined && sameServer(before.account, account) ? before : undefined

  const topics = new Map<Topic, TopicRows>()
  const texts = new Map<TextKind, TextKeys>()
  const reading: { name: string; read: Promise<unknown> }[] = []
  for (const topic of asked) {
    const stamp = stampOf(topic)
    const same = known?.topics.get(topic)
    // In their places, so that topics stay in their order.
    topics.set(topic, same ?? { stamp, rows: [], byKey: new Map() })
    if (same?.stamp === stamp) continue
    const read = readTopic(client, topic, serverVersion, stamp, same)
    reading.push({ name: topic.name, read: read.then((rows) => topics.set(topic, rows)) })
  }
  for (const topic of askedTexts) {
    const stamp = stampOf(topic)
    const same = known?.texts.get(topic.name)
    if (same?.stamp === stamp) {
      texts.set(topic.name, same)
      continue
    }
    const read = readTextKeys(client, topic, serverVersion, stamp)
    reading.push({ name: topic.name, read: read.then((keys) => texts.set(topic.name, keys)) })
  }
  await allInOrder(
    reading.map(async ({ read }) => read),
    (index) => refused(reading.slice(index, index + 1).map(({ name }) => name)),
  )
  await client.query('commit', [])
  return {
    account,
    serverVersion,
    schemas: sameRows(known?.schemas, schemas),
    tagTexts: sameRows(known?.tagTexts, tagTexts),
    named: new Map(named.map((row) => [cell(row, 0), cell(row, 1)])),
    topics,
    texts,
    temporary: new Map(
      temporary.map((row) => [Number(row[0]), { name: cell(row, 1), kind: cell(row, 2) }]),
    ),
  }
}

async function readTopic(
  client: QueryClient,
  topic: Topic,
  serverVersion: number,
  stamp: string,
  before: TopicRows | undefined,
): Promise<TopicRows> {
  const limited = (sql: string): string => `${sql} limit ${topic.rowsMax + 1}`
  if (topic.keysSql === undefined) {
    const rows = await client.query(limited(topic.sql(serverVersion)), [])
    checkSize(topic, rows)
    return { stamp, rows: sameRows(before?.rows, rows), byKey: new Map() }
  }
  const keys = await client.query(limited(topic.keysSql), [])
  checkSize(topic, keys)
  const isKnown = (key: Row): boolean => before?.byKey.get(cell(key, 0))?.stamp === cell(key, 1)
  const changed = keys.filter((key) => !isKnown(key)).map((key) => cell(key, 0))
  if (before !== undefined && changed.length === 0 && keys.length === before.byKey.size) {
    return { ...before, stamp }
  }
  const read = await client.query(topic.sql(serverVersion), [`{${changed.join()}}`])
  const rowsRead = new Map(read.map((row) => [cell(row, 0), row]))
  const byKey = new Map<string, { stamp: string; row: Row }>()
  await inSlices(keys, (key) => {
    const oid = cell(key, 0)
    const row = isKnown(key) ? before?.byKey.get(oid)?.row : rowsRead.get(oid)
    if (row !== undefined) byKey.set(oid, { stamp: cell(key, 1), row })
  })
  const rows = [...byKey.values()].map(({ row }) => row)
  // Names that several have are found in this order.
  return { stamp, rows: rows.toSorted((a, b) => Number(a[0]) - Number(b[0])), byKey }
}

async function readTextKeys(
  client: QueryClient,
  topic: TextTopic,
  serverVersion: number,
  stamp: string,
): Promise<TextKeys> {
  const sql = topic.keysSql(serverVersion)
  if (sql === undefined) return { stamp, keys: new Map() }
  const rows = await client.query(`${sql} limit ${topic.rowsMax + 1}`, [])
  checkSize(topic, rows)
  const keys = new Map<string, { stamp: string; relation: string }>()
  await inSlices(rows, (row) =>
    keys.set(cell(row, 0), { stamp: cell(row, 1), relation: cell(row, 2) }),
  )
  return { stamp, keys }
}

/** Waits for all, since the connection is in order only then. @throws what the first of them threw, and tells which it was */
async function allInOrder<Value>(
  promises: readonly Promise<Value>[],
  failed: (index: number) => void,
): Promise<Value[]> {
  const settled = await Promise.allSettled(promises)
  const index = settled.findIndex(({ status }) => status === 'rejected')
  if (index >= 0) failed(index)
  return Promise.all(promises)
}

/** A topic that a catalogue can't be without. */
export function isRequired(name: string): boolean {
  return requiredTopics.some((topic) => topic.name === name)
}

/** What can't be told without these catalogues. */
function restingOn(catalogues: readonly string[]): string[] {
  return [...requiredTopics, ...otherTopics, ...textTopics]
    .filter((topic) => topic.catalogues.some((name) => catalogues.includes(name)))
    .map(({ name }) => name)
}

/** Transactions of another server, or of another database, may have the same numbers. */
function sameServer(before: Row, now: Row): boolean {
  return before.slice(1).join('\n') === now.slice(1).join('\n')
}

function sameRows(before: readonly Row[] | undefined, now: readonly Row[]): readonly Row[] {
  const same = before !== undefined && JSON.stringify(before) === JSON.stringify(now)
  return same ? before : now
}

function checkSize(
  { name, rowsMax }: { name: string; rowsMax: number },
  rows: readonly Row[],
): void {
  if (rows.length <= rowsMax) return
  throw new GatetrailError(
    'UPSTREAM_UNAVAILABLE',
    `the catalogue of the target has more than ${rowsMax} ${name}`,
    { hint: 'So large a database is not supported yet.' },
  )
}
