/**
 * A canary of every entity and of some thirty kinds of secrets, in columns that nobody has tagged: read and sent by every format
 * and road that we know, and searched in every byte that a client received and that Gatetrail keeps or says.
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Client, type QueryConfig } from 'pg'
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest'
import { entityValues, namedValues } from './canary/entity-values.ts'
import { searchKept } from './canary/search-kept.ts'
import { findNeedles, needlesOf, type Needle } from './harness/needles.ts'
import { createPlatform, type Platform } from './harness/platform.ts'
import { openTap, type Tap } from './harness/tap.ts'

const needles: Needle[] = [
  ...entityValues.flatMap(({ name, secret }) => needlesOf(name, secret)),
  ...Object.entries(namedValues).flatMap(([name, value]) => needlesOf(`named ${name}`, value)),
]
const letters = 'abcdefghijklmnopqrstuvwxyz'
/** Ordinary values of a column without a telling name: a vote decides that it holds emails. */
const contacts = [...letters].map(
  (letter) => `${letter}oris.${letter}hm@mail-${letter}.example.org`,
)

let platform: Platform
let tap: Tap
let slowTap: Tap

beforeAll(async () => {
  platform = await createPlatform({
    prepare: async (target) => {
      await target.direct(`
        set role app;
        create table papers (id integer primary key, body text, doc jsonb, plain json, tags text[], raw bytea, pair varchar(4000), mark xml);
        create table people (id integer primary key, last_name text, street_address varchar(200), ssn bigint, birth_date date, note text);
        create view everybody as select id, last_name as who, upper(street_address) as place from people;
        create table sheet (id integer primary key, c1 text);
        create table received (id integer, body text);
        create table inbox (last_name text, ssn bigint, body text);
        insert into people select n, '${namedValues.person}', '${namedValues.address}', ${namedValues.number}, '${namedValues.birthDate}', 'x'
          from generate_series(1, 3) n;`)
      for (const [index, { sentence }] of entityValues.entries()) {
        const text = `'${sentence.replaceAll("'", "''")}'`
        await target.direct(`set role app; insert into papers select ${index}, v, jsonb_build_object('a', jsonb_build_array(v)), json_build_object('b', v),
            array[v, 'plain'], convert_to(v, 'UTF8'), v, xmlelement(name a, v) from (values (${text})) as x(v)`) // prettier-ignore
      }
      const rows = [...contacts, namedValues.odd].map((value, id) => `(${id}, '${value}')`)
      await target.direct(`set role app; insert into sheet values ${rows.join(', ')}`)
    },
  })
  await platform.start()
  tap = await openTap(platform.ports.postgres)
  slowTap = await openTap(platform.ports.postgres, 1)
})
afterAll(async () => {
  await tap?.close()
  await slowTap?.close()
  await platform?.close()
})

const showLogs = () => onTestFailed(async () => console.log(await platform.logs()))

const tokenOf = (subject: string): Promise<string> =>
  platform.issuer.token(subject, ['everything'], { run_id: subject })

async function connect(subject: string, port = tap.port): Promise<Client> {
  const client = new Client({
    host: '127.0.0.1',
    port,
    database: 'orders',
    user: 'anybody',
    password: await tokenOf(subject),
  })
  client.on('error', () => undefined)
  await client.connect()
  return client
}

const hitsOf = (tapped: Tap): string[] =>
  findNeedles(needles, 'client', tapped.received()).map(
    ({ needle, around }) => `${needle}: ${around}`,
  )

/** Returns how many were answered. */
async function runAll(
  client: Client,
  statements: readonly (string | QueryConfig)[],
): Promise<number> {
  let answered = 0
  for (const statement of statements) {
    answered += await client.query(statement).then(
      () => 1,
      () => 0,
    )
  }
  return answered
}

const reads = [
  'select * from papers',
  ...['body', 'doc', 'plain', 'tags', 'raw', 'pair', 'mark'].map((name) => `select ${name} from papers`), // prettier-ignore
  'select lower(id::text), body || chr(10) || body, left(pair, 3000) from papers',
  'select p from papers p',
  'select row(id, body) from papers',
  'select array_agg(body) from papers group by id',
  'select json_agg(body) from papers',
  'select row_to_json(p) from papers p',
  'select jsonb_pretty(doc) from papers',
  `select doc->'a'->>0, plain->>'b', tags[1] from papers`,
  'select body::bytea from papers where position(chr(92) in body) = 0',
  'select xmlelement(name b, body) from papers',
  `select string_agg(body, chr(10)) from papers`,
  'select unnest(tags) from papers',
  'with x as (select body as a from papers) select a from x',
  'select * from people',
  'select last_name, street_address, ssn, birth_date from people',
  'select last_name as a, street_address as b, ssn as c, birth_date as d from people',
  `select upper(last_name), left(street_address, 20), 'Dear ' || last_name, ssn::text, to_char(birth_date, 'YYYY-MM-DD') from people`,
  'select who, place from everybody',
  'select * from everybody',
  'select p from people p',
  'select row(last_name, ssn) from people',
  'select row_to_json(p) from people p',
  'select array_agg(last_name), json_agg(street_address), string_agg(last_name, chr(44)) from people',
  'select a from (select last_name as a from people) as x union select street_address from people',
  'select coalesce(null, last_name), case when id > 1 then street_address else last_name end from people',
  'select xmlelement(name b, last_name) from people',
  'select max(last_name), min(street_address), max(ssn), min(birth_date) from people',
  'table sheet',
] // prettier-ignore

test('no canary is in what clients receive by simple queries', async () => {
  showLogs()
  const client = await connect('simple')
  const answered = await runAll(client, reads)
  await client.end()
  console.log(`${entityValues.length} values, ${answered} of ${reads.length} answered`)
  expect(hitsOf(tap)).toEqual([])
  expect(answered).toBe(reads.length)
})

test('no canary is in what clients receive by extended queries, in text and in binary format', async () => {
  showLogs()
  const client = await connect('extended')
  const prepared = reads.flatMap((text, index): QueryConfig[] => [
    { name: `s${index}`, text, values: [] },
    // pg: a field of its internals that its types leave out.
    { text, values: [], binary: true } as QueryConfig,
  ])
  const answered = await runAll(client, prepared)
  const cursors = await runAll(client, [
    'begin',
    'declare c cursor for select body, doc, tags from papers',
    'fetch 7 from c',
    'fetch all from c',
    'declare b binary cursor for select pair, last_name, ssn from papers join people using (id)',
    'fetch all from b',
    'commit',
  ])
  await client.end()
  console.log(`${answered} of ${prepared.length} and ${cursors} of cursors answered`)
  expect(hitsOf(tap)).toEqual([])
  expect(answered).toBeGreaterThan(reads.length)
  expect(cursors).toBe(7)
})

test('no canary is in what clients receive by RETURNING, errors, notices and notifications', async () => {
  showLogs()
  const client = await connect('writer')
  const answered = await runAll(client, [
    'update papers set pair = pair returning body, doc, raw',
    'update people set note = note returning *',
    'insert into received select id, body from papers returning *',
    'delete from received returning body',
    'listen leak',
  ])
  const perValue = entityValues.flatMap((_, id) => [
    `select body::integer from papers where id = ${id}`,
    `select doc::text::xml from papers where id = ${id}`,
    `do $$ declare v text; begin select body into v from papers where id = ${id}; raise notice 'got %', v; end $$`,
    `do $$ declare v text; begin select body into v from papers where id = ${id}; raise exception 'got %', v using detail = v, hint = v; end $$`,
    `select pg_notify('leak', left(body, 4000)) from papers where id = ${id}`,
    `select set_config('application_name', body, false) from papers where id = ${id}`,
    'show application_name',
  ])
  const more = await runAll(client, perValue)
  await runAll(client, [
    'select last_name::integer from people',
    'select street_address::date from people',
    `insert into people select id, last_name from people`,
    `alter table people add constraint short check (length(last_name) < 3)`,
    `update people set id = 2 where id = 1`,
  ])
  await client.query('select 1')
  await client.end()
  console.log(`${answered} of 5 and ${more} of ${perValue.length} answered`)
  expect(hitsOf(tap)).toEqual([])
  expect(answered).toBe(5)
})

test('no canary is in what psql receives by COPY in text, CSV and binary format', async () => {
  showLogs()
  const token = await tokenOf('psql')
  const env = { PGPORT: String(tap.port), PGSSLMODE: 'disable' }
  const sources = ['papers', 'people', 'sheet', '(select upper(last_name), id from people)', '(select body, doc from papers)'] // prettier-ignore
  const commands = sources.flatMap((source) =>
    ['text', 'csv', 'csv, header', 'binary'].map(
      (format) => `copy ${source} to stdout with (format ${format})`,
    ),
  )
  let answered = 0
  for (const command of commands) {
    const { code } = await platform.psql(token, ['-c', command], { env })
    if (code === 0) answered++
  }
  console.log(`${answered} of ${commands.length} COPY answered`)
  expect(hitsOf(tap)).toEqual([])
  expect(answered).toBe(commands.length)
})

test('no canary is in what a client receives whose messages arrive byte by byte', async () => {
  showLogs()
  const client = await connect('slow', slowTap.port)
  const answered = await runAll(client, ['select body, doc, raw from papers', 'table people'])
  await client.end()
  expect(hitsOf(slowTap)).toEqual([])
  expect(answered).toBe(2)
})

test('what clients send is searched below, and reached the target in clear', async () => {
  showLogs()
  const client = await connect('sender')
  for (const { sentence } of entityValues) {
    const constant = `'${sentence.replaceAll("'", "''")}'`
    await client.query(`select ${constant} is null`)
    await client.query({ text: `select ${constant} is null`, values: [] })
    await client.query('select $1::text is null', [sentence])
    await client.query('select $1::jsonb is null', [JSON.stringify({ a: sentence })])
    await client.query('select $1::bytea is null', [Buffer.from(sentence)])
    await client.query('insert into received values (1, $1)', [sentence])
  }
  const { person, number } = namedValues
  await client.query(`insert into inbox (last_name) values ('${person}')`)
  await client.query('insert into inbox (last_name, ssn) values ($1, $2)', [person, number])
  await client.query(`select id from people where last_name = '${person}' or ssn = ${number}`)
  await client.query(`update inbox set last_name = '${person}' where last_name = $1`, [person])
  await client.end()
  const token = await tokenOf('copier')
  const escaped = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
  const rows = entityValues.map(({ sentence }, id) => ({ id, sentence }))
  const files = {
    text: rows.map(({ id, sentence }) => `${id}\t${escaped(sentence)}\n`).join(''),
    csv: rows.map(({ id, sentence }) => `${id},"${sentence.replaceAll('"', '""')}"\n`).join(''),
    binary: binaryCopy(rows),
  }
  for (const [format, content] of Object.entries(files)) {
    const path = join(platform.directory, `rows.${format}`)
    await writeFile(path, content)
    const command = `\\copy received from '${path}' with (format ${format})`
    const { code, stderr } = await platform.psql(token, ['-c', command])
    expect([format, code, stderr]).toEqual([format, 0, ''])
  }
  const { code } = await platform.psql(token, ['-c', 'copy inbox from stdin'], {
    input: `${person}\t${number}\tplain\n\\.\n`,
  })
  expect(code).toBe(0)
  const [counted] = await platform.target.direct(
    `select (select count(*)::int from received) as received, (select count(*)::int from inbox where last_name = '${person}') as inbox`,
  )
  expect(counted).toEqual({ received: 4 * entityValues.length, inbox: 3 })
})

test('no canary is in the journal, the store, the logs or the answers', async () => {
  showLogs()
  await platform.settle()
  const statements = await platform.cliJson<{ session: string; seq: number }>(['statements'])
  for (const { session, seq } of statements.slice(0, 80)) {
    await platform.api(`/api/sessions/${session}/replay/${seq}`)
  }
  const touched = await platform.cliJson<{ columns: { entity: string }[] }>([
    ...['audit', 'pii', '--on', 'today'],
  ])
  await platform.stop()
  const { hits, files, bytes, cells } = await searchKept(platform, needles)
  console.log(
    `${needles.length} needles in ${files} files, ${bytes} bytes, ${cells} rows of the store, ${statements.length} statements: ${hits.length} hits`,
  )
  expect(hits).toEqual([])
  expect(statements.length).toBeGreaterThan(300)
  // It was found, and not just lost: each entity is in the answer.
  const entities = new Set(touched.flatMap(({ columns }) => columns.map(({ entity }) => entity)))
  for (const entity of ['EMAIL', 'US_SSN', 'US_ITIN', 'CREDIT_CARD', 'IBAN', 'PHONE', 'IP_ADDRESS', 'MAC_ADDRESS', 'CRYPTO', 'NATIONAL_ID', 'US_PASSPORT', 'US_DRIVER_LICENSE', 'DATE_OF_BIRTH', 'PERSON', 'ADDRESS', 'JWT', 'PRIVATE_KEY', 'API_KEY', 'PASSWORD']) {
    expect(entities).toContain(entity)
  } // prettier-ignore
}, 400_000)

/** COPY's binary format: a header, an int4 and a text per row, -1. */
function binaryCopy(rows: readonly { id: number; sentence: string }[]): Buffer {
  const int = (value: number, bytes: 2 | 4): Buffer => {
    const buffer = Buffer.alloc(bytes)
    buffer.writeIntBE(value, 0, bytes)
    return buffer
  }
  return Buffer.concat([
    Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'),
    int(0, 4),
    int(0, 4),
    ...rows.flatMap(({ id, sentence }) => {
      const text = Buffer.from(sentence)
      return [int(2, 2), int(4, 4), int(id, 4), int(text.length, 4), text]
    }),
    int(-1, 2),
  ])
}
