/**
 * Reads the whole catalogue of a target, in one transaction: what the facts of a statement rest on. One query per topic
 * (topics/), as few as there are kinds of things. From query-client.ts, to load-snapshot.ts.
 */
import { createHash } from 'node:crypto'
import { GatetrailError, isGatetrailError, limits } from '@gatetrail/schemas'
import {
  buildModel,
  inSlices,
  type CatalogueRows,
  type KnownModel,
  type LoadedModel,
  type Temporary,
} from './build-model.ts'
import type { QueryClient, Row } from './query-client.ts'
import { tagTextsSql } from './tags.ts'
import { expressions, foreignKeys, rules, triggers } from './topics/behaviour.ts'
import { casts, eventTriggers, operators } from './topics/operators.ts'
import { ownRelations, relations } from './topics/relations.ts'
import { routines } from './topics/routines.ts'
import { cell, type Topic } from './topics/topic.ts'
import { types } from './topics/types.ts'

/** Without these nothing can be told, and tags could be missed. */
const requiredTopics: readonly Topic[] = [ownRelations, relations, types]
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

const attemptsMax = 3

/** lock_not_available */
const lockNotAvailable = '55P03'

/** An open transaction holds a relation whose definition is asked for (pg_get_viewdef): to be tried again soon. */
export function isBlocked(error: unknown): boolean {
  return sqlstateOf(error) === lockNotAvailable
}

/** Before our own search_path: this one is what a session of the account begins with. */
const accountSql = `
select pg_catalog.current_setting('search_path'), current_user, pg_catalog.current_setting('server_version_num')`

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

/** `loaded` undefined: all is as it was known. `temporary`: of all sessions, OID → pg_temp_N.name; they are not in the model. */
type ModelLoad = { loaded: LoadedModel | undefined; temporary: Temporary }

/**
 * `configured`: schema.relation.column → data class. `readOnlyUser`: another login of the connection. `known`: from the load before. Doesn't hold the event loop for longer than a few milliseconds at a time.
 * @throws GatetrailError UPSTREAM_UNAVAILABLE, UPSTREAM_PROTOCOL_VIOLATION
 */
export async function loadModel(
  client: QueryClient,
  configured: Readonly<Record<string, string>>,
  readOnlyUser?: string,
  known?: KnownModel,
): Promise<ModelLoad> {
  const unreadable = new Set<string>()
  let failures = 0
  for (;;) {
    let topic: Topic | undefined
    try {
      const read = await readAll((next) => (topic = next))
      const { temporary } = read
      if (read.digest === known?.digest) return { loaded: undefined, temporary }
      return { loaded: await buildModel(read, configured, [...unreadable]), temporary }
    } catch (error) {
      const sqlstate = sqlstateOf(error)
      if (sqlstate === undefined) throw error
      await client.query('rollback', [])
      if (sqlstate === '42501' && topic !== undefined && otherTopics.includes(topic)) {
        unreadable.add(topic.name)
        // A view or function that is dropped meanwhile fails in the server's own way (XX000); the next snapshot lacks it.
      } else if (sqlstate === lockNotAvailable || ++failures >= attemptsMax) throw error
    }
  }

  async function readAll(enter: (topic: Topic | undefined) => void): Promise<CatalogueRows> {
    enter(undefined)
    await client.query('begin transaction isolation level repeatable read read only', [])
    const [account = []] = await client.query(accountSql, [])
    // With it alone, definitions and expressions come with all names qualified.
    await client.query(`select pg_catalog.set_config('search_path', 'pg_catalog', false)`, [])
    const serverVersion = Number(cell(account, 2))
    const asked = [...requiredTopics, ...otherTopics].filter(({ name }) => !unreadable.has(name))
    const rowsOf = ({ name, rowsMax, sql }: Topic): Promise<Row[]> =>
      name === ownRelations.name && known?.serverVersion === serverVersion
        ? Promise.resolve(known.ownRelations)
        : client.query(`${sql(serverVersion)} limit ${rowsMax + 1}`, [])
    // All at once: the target answers them in order, and nobody waits for the way there and back.
    const [schemas = [], tagTexts = [], temporary = [], ...rows] = await allInOrder(
      [
        client.query(schemasSql, [readOnlyUser ?? '']),
        client.query(tagTextsSql, []),
        client.query(temporaryRelationsSql, []),
        ...asked.map(rowsOf),
      ],
      (index) => enter(asked[index - 3]), // Behind the three before them.
    )
    await client.query('commit', [])
    const topics = asked.map((topic, index): [Topic, Row[]] => [topic, rows[index] ?? []])
    for (const [topic, { length }] of topics) if (length > topic.rowsMax) throw tooLarge(topic)
    const hash = createHash('sha256')
    for (const rows of [[account, [...unreadable]], schemas, tagTexts, ...topics.map((t) => t[1])])
      await inSlices(rows, (row) => hash.update(digestible(row)))
    return {
      account,
      serverVersion,
      schemas,
      topics,
      tagTexts,
      digest: hash.digest('base64'),
      temporary: new Map(
        temporary.map((row) => [Number(row[0]), { name: cell(row, 1), kind: cell(row, 2) }]),
      ),
    }
  }
}

/** Waits for all, since the connection is in order only then. @throws what the first of them threw, and tells which it was */
async function allInOrder(
  promises: readonly Promise<Row[]>[],
  failed: (index: number) => void,
): Promise<Row[][]> {
  const settled = await Promise.allSettled(promises)
  const index = settled.findIndex(({ status }) => status === 'rejected')
  if (index >= 0) failed(index)
  return Promise.all(promises)
}

/** A length before each text: no two rows give the same bytes. */
function digestible(row: Row): string {
  return row.map((text) => (text === null ? '-' : `${text.length}:${text}`)).join('') + ';'
}

function sqlstateOf(error: unknown): string | undefined {
  return isGatetrailError(error) && error.cause instanceof Error && 'sqlstate' in error.cause
    ? String(error.cause.sqlstate)
    : undefined
}

function tooLarge({ name, rowsMax }: Topic): GatetrailError {
  return new GatetrailError(
    'UPSTREAM_UNAVAILABLE',
    `the catalogue of the target has more than ${rowsMax} ${name}`,
    { hint: 'So large a database is not supported yet.' },
  )
}
