/**
 * Canaries: values planted in tagged and untagged places, read in every way that we know, and searched in every byte that
 * a client received and that Gatetrail keeps or says. The same for the target's password and the callers' tokens.
 */
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client, type QueryConfig } from 'pg'
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest'
import { searchKept } from './canary/search-kept.ts'
import { findNeedles, needlesOf, type Needle } from './harness/needles.ts'
import { createPlatform, type Platform } from './harness/platform.ts'
import { applicationPassword } from './harness/postgres.ts'
import { taggedColumns, withLuhnDigit } from './harness/shop.ts'
import { openTap, type Tap } from './harness/tap.ts'

/** Without a shape that a detector knows: only the tag of the column can protect it. */
const tagged = { ssn: 'Kx9qv7Ztw3', email: 'Wp4mb8Rnd6', card: 'Jh2fd5Gys1' }
/** With a shape: detectors have to find it wherever it stands. */
const shaped = {
  ssn: '417-53-8264',
  email: 'canary.kestrel@hidden-nest.example.org',
  card: withLuhnDigit('453201511283036'),
}
const needles: Needle[] = [
  ...Object.entries(tagged).flatMap(([name, value]) => needlesOf(`tagged ${name}`, value)),
  // A part is enough to be a leak.
  ...Object.entries(tagged).flatMap(([name, value]) =>
    needlesOf(`part of tagged ${name}`, value.slice(2, 8)),
  ),
  ...Object.entries(shaped).flatMap(([name, value]) => needlesOf(`shaped ${name}`, value)),
]

let platform: Platform
let tap: Tap
let slowTap: Tap
const tokens: string[] = []
/** Command lines of the roles and of clients, as `ps` shows them. */
let commandLines = ''

beforeAll(async () => {
  platform = await createPlatform({
    columns: taggedColumns,
    prepare: async (target) => {
      await target.direct(`
        set role app;
        create table customers (id integer primary key, name text, ssn text unique, email text, card text);
        create table child (extra text) inherits (customers);
        create view everybody as select id, ssn, email from customers;
        create view renamed as select id, upper(ssn) as harmless from customers;
        create materialized view kept as select id, card as number from customers;
        create table notes (id integer primary key, body text, doc jsonb, tags text[], raw bytea, pair varchar(200));
        create table copies (id integer, text text);
        insert into customers select n, 'Customer ' || n, '${tagged.ssn}' || n, '${tagged.email}' || n, '${tagged.card}' || n
          from generate_series(1, 20) n;
        insert into child values (900, 'Child', '${tagged.ssn}c', '${tagged.email}c', '${tagged.card}c', 'x');
        insert into notes values (1, 'call ${shaped.ssn} or mail ${shaped.email}, card ${shaped.card}.',
          '{"a": {"ssn": "${shaped.ssn}", "list": ["${shaped.email}", "${shaped.card}"]}}',
          array['${shaped.ssn}', '${shaped.email}'], null, '${shaped.card}');
        refresh materialized view kept;`)
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

async function tokenOf(subject: string, groups: string[]): Promise<string> {
  const token = await platform.issuer.token(subject, groups, { run_id: subject })
  tokens.push(token)
  return token
}

async function connect(token: string, port = tap.port): Promise<Client> {
  const client = new Client({
    host: '127.0.0.1',
    port,
    database: 'orders',
    user: 'anybody',
    password: token,
  })
  client.on('error', () => undefined)
  await client.connect()
  return client
}

type Counts = { answered: number; refused: number }

/** Runs each statement; what the client library hands out must not hold a canary either. */
async function runAll(
  client: Client,
  statements: readonly (string | QueryConfig)[],
  counts: Counts,
) {
  for (const statement of statements) {
    let shown: string
    try {
      const result = await client.query(statement)
      shown = JSON.stringify(result)
      counts.answered++
    } catch (error) {
      shown = JSON.stringify(error) + String(error)
      counts.refused++
    }
    const text = typeof statement === 'string' ? statement : statement.text
    // What the statement itself said, an error may repeat to whoever said it.
    const hits = findNeedles(needles, text, Buffer.from(shown))
    if (!Object.values({ ...tagged, ...shaped }).some((value) => text.includes(value))) {
      expect(hits).toEqual([])
    }
  }
}

const reads = [
  'select * from customers',
  'select c.* from customers c',
  'table customers',
  'select ssn, email, card from customers where id < 5',
  'select ssn as harmless from customers',
  'select upper(ssn), lower(email), reverse(card) from customers',
  'select substring(ssn from 2), left(email, 9), right(card, 9) from customers',
  'select overlay(ssn placing $$$$ from 1 for 1) from customers',
  `select ssn || '-' || email from customers`,
  'select concat(id, ssn), concat_ws(chr(44), id, email) from customers',
  'select format($$%s and %s$$, ssn, card) from customers',
  'select row_to_json(c) from customers c',
  'select to_jsonb(c) from customers c',
  'select c from customers c',
  'select (c).ssn from customers c',
  'select row(ssn, email) from customers',
  'select json_agg(ssn) from customers',
  'select array_agg(email) from customers',
  'select string_agg(card, chr(44)) from customers',
  'select min(ssn), max(email) from customers',
  `select encode(ssn::bytea, 'hex'), encode(convert_to(email, 'UTF8'), 'base64') from customers`,
  'select ssn::varchar, card::char(12), email::bytea from customers',
  'select case when id > 3 then ssn else email end from customers',
  'select coalesce(null, ssn) from customers',
  'with x as (select ssn as a, id from customers) select a from x',
  'with recursive x(n, a) as (select 1, ssn from customers union all select n + 1, a from x where n < 2) select a from x',
  'select a from (select email as a from customers) as sub',
  'select (select ssn from customers where id = 1)',
  'select name from customers union select card from customers',
  'select ssn from customers intersect select ssn from customers',
  'select distinct on (ssn) ssn from customers order by ssn',
  'select ssn from everybody',
  'select * from everybody',
  'select harmless from renamed',
  'select * from renamed',
  'select number from kept',
  'select * from child',
  'select * from only customers',
  'select a.ssn from customers a join customers b using (id)',
  'select x.v from customers, lateral (values (ssn), (card)) as x(v)',
  'select unnest(array[ssn, card]) from customers',
  'select regexp_replace(ssn, $$^(.).*$$, $$\\1$$) , ssn from customers',
  'select regexp_matches(ssn, $$(.+)$$) from customers',
  'select regexp_split_to_table(ssn, $$q$$) from customers',
  'select split_part(email, $$8$$, 1), translate(ssn, $$9$$, $$9$$) from customers',
  'select ssn from customers order by ssn limit 1 offset 1',
  'select first_value(ssn) over (order by id), lag(card) over (order by id) from customers',
  'select xmlelement(name a, ssn) from customers',
  'select jsonb_build_object(ssn, email) from customers',
  'select query_to_xml($$select ssn from customers$$, true, true, $$$$)',
  'select * from json_each_text((select row_to_json(c) from customers c where id = 1))',
  'select most_common_vals from pg_stats where tablename = $$customers$$',
  'explain (analyze, verbose) select ssn from customers',
  'select body, doc, tags, pair from notes',
  'select upper(body), doc::text, doc->$$a$$->>$$ssn$$, tags[1], substring(pair from 1) from notes',
  'select jsonb_pretty(doc), row_to_json(n) from notes n',
  'select body || body from notes',
] // prettier-ignore

test('no canary is in what clients receive by simple queries', async () => {
  showLogs()
  const counts = { answered: 0, refused: 0 }
  const client = await connect(await tokenOf('simple', ['readers']))
  await runAll(client, reads, counts)
  // Kept in the session by one statement, shown by the next.
  await runAll(
    client,
    [
      'select set_config($$application_name$$, ssn, false) from customers where id = 3',
      'show application_name',
      'select current_setting($$application_name$$)',
      'select set_config($$my.value$$, email, false) from customers where id = 3',
      'show my.value',
      'select current_setting($$my.value$$)',
      'show all',
      'select setting from pg_settings where name = $$application_name$$',
      'select application_name, query from pg_stat_activity',
      'select name, statement from pg_prepared_statements',
      'create temp table mine as select ssn as text from customers',
      'select text from mine',
    ],
    counts,
  )
  await client.end()
  console.log(`simple: ${counts.answered} answered, ${counts.refused} refused`)
  expect(counts.answered).toBeGreaterThan(40)
  expect(findNeedles(needles, 'client', tap.received())).toEqual([])
})

test('no canary is in what clients receive by extended queries, in text and in binary format', async () => {
  showLogs()
  const counts = { answered: 0, refused: 0 }
  const client = await connect(await tokenOf('extended', ['readers']))
  const prepared = reads.flatMap((text, index): QueryConfig[] => [
    { name: `s${index}`, text, values: [] },
    // pg: a field of its internals that its types leave out.
    { text, values: [], binary: true } as QueryConfig,
  ])
  await runAll(client, prepared, counts)
  await runAll(
    client,
    [
      'prepare p as select ssn from customers',
      'execute p',
      'begin',
      'declare c cursor for select ssn, email from customers',
      'fetch 3 from c',
      'fetch all from c',
      'close c',
      'declare b binary cursor for select card from customers',
      'fetch all from b',
      'commit',
    ],
    counts,
  )
  await client.end()
  console.log(`extended: ${counts.answered} answered, ${counts.refused} refused`)
  expect(counts.answered).toBeGreaterThan(80)
  expect(findNeedles(needles, 'client', tap.received())).toEqual([])
})

test('no canary is in what clients receive by writes with RETURNING, errors, notices and DO', async () => {
  showLogs()
  const counts = { answered: 0, refused: 0 }
  const client = await connect(await tokenOf('writer', ['everything']))
  await runAll(
    client,
    [
      'update customers set name = name where id = 1 returning *',
      'update customers set name = name where id = 1 returning ssn, upper(email)',
      'insert into copies select id, ssn from customers returning *',
      'with moved as (insert into copies select id, card from customers returning text) select text from moved',
      'update copies set text = (select email from customers limit 1) returning copies, text',
      // What was written into an untagged column is untagged from then on: a limit that the README names.
      'truncate copies',
      'insert into copies select id, body from notes returning text',
      'delete from copies returning text',
      'with moved as (delete from copies returning text) select * from moved',
      'insert into customers select id + 5000, name, ssn, email, card from customers',
      'select ssn::integer from customers',
      'select (ssn || $$x$$)::date from customers',
      'select 1 / length(replace(ssn, ssn, $$$$)) from customers',
      'select body::integer from notes',
      'select doc::text::xml from notes',
      'do $$ declare v text; begin select ssn into v from customers limit 1; raise notice $n$got %$n$, v; end $$',
      'do $$ declare v text; begin select ssn into v from customers limit 1; raise exception $n$got %$n$, v; end $$',
      'do $$ declare v text; begin select body into v from notes limit 1; raise notice $n$got %$n$, v; end $$',
      'do $$ declare v text; begin select ssn into v from customers limit 1; perform v::integer; end $$',
      'do $$ declare v text; begin select ssn into v from customers limit 1; raise notice $n$x$n$ using errcode = $n$42000$n$, hint = v, table = v; end $$',
      'do $$ declare v text; begin select ssn into v from customers limit 1; perform set_config($n$application_name$n$, v, false); end $$',
      'listen leak',
      'select pg_notify($$leak$$, ssn) from customers limit 1',
      'do $$ declare v text; begin select ssn into v from customers limit 1; perform pg_notify($n$leak$n$, v); end $$',
      'select 1',
      'alter table customers add constraint c check (length(ssn) < 3)',
      'create unique index u on customers ((left(ssn, 2)))',
    ],
    counts,
  )
  await client.end()
  console.log(`writes: ${counts.answered} answered, ${counts.refused} refused`)
  expect(counts.answered).toBeGreaterThan(4)
  expect(findNeedles(needles, 'client', tap.received())).toEqual([])
})

test('no canary is in what psql receives by COPY, \\copy, cursors of FETCH_COUNT, \\gdesc and pipelines of statements', async () => {
  showLogs()
  const token = await tokenOf('psql', ['readers'])
  const port = { PGPORT: String(tap.port), PGSSLMODE: 'disable' }
  const commands = [
    'copy customers to stdout',
    'copy customers (id, ssn, card) to stdout',
    'copy customers to stdout with (format csv)',
    'copy customers to stdout with (format binary)',
    'copy (select ssn, email from customers) to stdout',
    'copy (select upper(ssn) from everybody) to stdout',
    'copy notes to stdout',
    'copy (select body, doc from notes) to stdout with (format csv)',
    '\\copy customers to pstdout',
    '\\copy (select * from customers) to pstdout',
  ]
  let answered = 0
  for (const command of commands) {
    const { code } = await platform.psql(token, ['-c', command], { env: port })
    if (code === 0) answered++
  }
  const script = [
    '\\set FETCH_COUNT 3',
    'select * from customers;',
    'select ssn from customers \\gdesc',
    'select id, ssn from customers \\crosstabview id ssn',
    'select ssn from customers \\gset',
    '\\d customers',
    '\\unset FETCH_COUNT',
    'select id, ssn from customers \\crosstabview id ssn',
    'select 1 \\; select ssn from customers \\; select body from notes ;',
  ].join('\n')
  const { stdout } = await platform.psql(token, ['-f', '-'], { env: port, input: script })
  console.log(`${answered} of ${commands.length} COPY answered; ${stdout.length} bytes of a script`)
  expect(answered).toBeGreaterThan(3)
  expect(stdout).toContain('21 rows')
  expect(findNeedles(needles, 'client', tap.received())).toEqual([])
})

test('no canary is in what a client receives whose messages arrive byte by byte and in pipelines', async () => {
  showLogs()
  const client = await connect(await tokenOf('slow', ['readers']), slowTap.port)
  const sent = [
    'select * from customers',
    'select upper(ssn) from customers',
    'select body, doc from notes',
  ]
  // All at once: pg queues, so the proxy sees the next one right behind the answer; by socket they come a byte at a time.
  const results = await Promise.allSettled(
    sent.flatMap((text) => [client.query(text), client.query({ text, values: [] })]),
  )
  await client.end()
  const answered = results.filter(({ status }) => status === 'fulfilled').length
  console.log(`${answered} of ${results.length} answered, ${slowTap.received().length} bytes`)
  expect(answered).toBeGreaterThan(3)
  expect(findNeedles(needles, 'client', slowTap.received())).toEqual([])
})

test('what clients send (constants, parameters, COPY data) is searched below, and reached the target in clear', async () => {
  showLogs()
  const client = await connect(await tokenOf('sender', ['writers', 'readers']))
  await client.query(`select id from customers where ssn = '${tagged.ssn}1'`)
  await client.query('select id from customers where ssn = $1', [`${tagged.ssn}2`])
  await client.query(`select id from notes where body like '%${shaped.ssn}%' or pair = $1`, [shaped.card]) // prettier-ignore
  await client.query('insert into notes (id, body) values ($1, $2)', [77, `sent ${shaped.email}`])
  await client.query('update customers set email = $1 where id = 2', [`${tagged.email}new`])
  const token = await tokenOf('copier', ['writers', 'readers'])
  const { code, stderr } = await platform.psql(token, ['-c', 'copy customers from stdin'], {
    input: `301\tName\t${tagged.ssn}301\t${tagged.email}301\t${tagged.card}301\n\\.\n`,
  })
  expect([code, stderr]).toEqual([0, ''])
  await client.end()
  const rows = await platform.target.direct(
    `select (select count(*)::int from customers where id = 301 and ssn = '${tagged.ssn}301') as copied,
      (select count(*)::int from notes where id = 77 and body like '%${shaped.email}%') as inserted`,
  )
  expect(rows).toEqual([{ copied: 1, inserted: 1 }])
})

test('no canary, no token and no password of the target is in the journal, the store, the logs, the answers or ps', async () => {
  showLogs()
  commandLines = await allCommandLines()
  await platform.settle()
  const statements = await platform.cliJson<{ session: string; seq: number }>(['statements'])
  for (const { session, seq } of statements) {
    await platform.api(`/api/sessions/${session}/replay/${seq}`)
  }
  await platform.cli(['statements'])
  await platform.cli(['sessions', '--json'])
  await platform.cli(['audit', 'pii', '--on', 'today', '--json'])
  await platform.cli(['audit', 'pii', '--on', 'today'])
  const [session] = statements
  if (session !== undefined) await platform.api(`/api/sessions/${session.session}/frames`)
  await sleep(100)
  await platform.stop()

  const secrets: Needle[] = [
    ...needlesOf('password of the target', applicationPassword),
    ...tokens.flatMap((token, index) => [
      ...needlesOf(`token ${index}`, token),
      ...needlesOf(`signature of token ${index}`, token.split('.')[2] ?? token),
    ]),
  ]
  const all = [...needles, ...secrets]
  const { hits, files, bytes, cells } = await searchKept(platform, all)
  hits.push(...findNeedles(secrets, 'ps', Buffer.from(commandLines)))
  hits.push(...findNeedles(secrets, 'client', Buffer.concat([tap.received(), slowTap.received()])))
  console.log(
    `${all.length} needles in ${files} files, ${bytes} bytes, ${cells} rows of the store, ` +
      `${statements.length} statements, ${commandLines.length} characters of ps: ${hits.length} hits`,
  )
  expect(hits).toEqual([])
  expect(statements.length).toBeGreaterThan(150)
  expect(files).toBeGreaterThan(10)
  expect(cells).toBeGreaterThan(500)
  expect(commandLines).toContain('roles/proxy.js')
})

/** What `ps` would show of every process, environments of the roles not included: only their owner may read those. */
async function allCommandLines(): Promise<string> {
  const parts: string[] = []
  for (const pid of await readdir('/proc')) {
    if (/^\d+$/.test(pid)) {
      parts.push(await readFile(join('/proc', pid, 'cmdline'), 'utf8').catch(() => ''))
    }
  }
  return parts.join('\n')
}
