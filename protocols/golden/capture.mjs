/**
 * Captures what psql prints and the frames behind it, and values in both formats, from a real PostgreSQL, into this
 * directory: `node protocols/golden/capture.mjs <directory with postgres and initdb>`. Needs psql and runs the server as
 * `nobody` when started as root. The files are read by protocols/src/postgres/*.test.ts, which need neither.
 */
import { execFileSync, spawn } from 'node:child_process'
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createConnection, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { RawSession, sessionRuns } from './raw-sessions.mjs'

const binaries = process.argv[2] ?? '/usr/lib/postgresql/15/bin'
const here = dirname(fileURLToPath(import.meta.url))
const root = process.getuid?.() === 0
const identity = root ? { uid: 65534, gid: 65534 } : {}
const directory = mkdtempSync(join(tmpdir(), 'gatetrail-golden-'))
if (root) chownSync(directory, 65534, 65534)

const setUp = `
create table people (id int primary key, name text not null, born date, score numeric(8,2));
insert into people values (1, 'Ada', '1815-12-10', 99.50), (2, 'Grace', null, 7), (3, 'Алан', '1912-06-23', null);
create table parts (id serial primary key, owner int references people, note varchar(20));
create type mood as enum ('fine', 'sad');
create type pair as (a int, b text);
create function broken() returns int language plpgsql as $$ begin return (select nothing from people); end $$;
create function told(what text) returns text language plpgsql as
  $$ begin raise warning 'told %', what; return what; end $$;
`

const cases = [
  [
    'types',
    `select 1::int4 as id, 'x'::text as t, 1.50::numeric, true as b, null::text as n, 2.5::float8 as f, now() > '2000-01-01' as later`,
  ],
  ['people', 'select * from people order by id'],
  ['no-rows', 'select * from people where false'],
  ['no-columns', 'select from people'],
  [
    'multi-line-cells',
    `select E'one\\ntwo\\nthree' as lines, 7 as n, E'x\\ny' as tail union all select 'single', 12345, 'z'`,
  ],
  ['multi-line-header', `select 1 as "first\nsecond", 'abc' as plain`],
  [
    'control-characters',
    `select E'a\\tb' as tab, E'bell\\x07' as bell, E'esc\\x1b[31mred' as esc, E'cr\\rlf' as cr, E'c1\\u009b' as c1`,
  ],
  [
    'wide-characters',
    `select '漢字' as kanji, 'é' as e, '日本語テスト' as "表題" union all select 'x', 'ab', 'c'`,
  ],
  ['several-statements', 'select 1 as a; select 2 as b; update people set score = 1 where id = 2'],
  ['tags', `insert into parts (owner, note) values (1, 'a'), (2, 'b')`],
  ['returning', `insert into parts (owner, note) values (3, 'c') returning id, note`],
  ['error-position', 'select id,\n  nmae from people'],
  [
    'error-long-line',
    `select id, name, born, score, 'a long constant that makes the line long' as c, nmae, 'and more after it, so that it is cut on both sides' from people`,
  ],
  ['error-detail', 'insert into people values (1, $$Ada$$)'],
  ['error-hint', `select nosuchfunction(1)`],
  ['error-multi-line', `select id,\n  '漢字 é' as t,\n\tnmae\nfrom people`],
  ['error-internal-query', 'select broken()'],
  ['error-context', `do $$ begin perform 1/0; end $$`],
  [
    'notice',
    `do $$ begin raise notice 'hello %', 42 using detail = 'more', hint = 'do this'; end $$`,
  ],
  ['drop-if-exists', 'drop table if exists nothing_here'],
  ['null-and-empty', `select null::text as a, '' as b, null::int as c`],
  ['listen', `listen jobs; notify jobs, 'one'; notify jobs`],
  ['copy-out', 'copy people to stdout'],
  ['copy-in', 'copy parts (owner, note) from stdin', '1\tx\n2\ty\n'],
  ['transaction', 'begin; set local work_mem = 4096; show work_mem; rollback'],
  ['empty', ';'],
  ['explain', 'explain (costs off) select * from people'],
]

const valueExpressions =
  `true|false|0::int2|'-32768'::int2|2147483647|-1::int4|9223372036854775807|'-9223372036854775808'::int8|0::oid|4294967295::oid
1.5::float4|1e20::float4|0.0001::float4|123456::float4|1234567::float4|'NaN'::float4|'-0'::float4|3.4028235e38::float4|1e-5::float4
0::float8|1e15::float8|123456789012345::float8|0.1::float8|1e-4::float8|1e-5::float8|1.7976931348623157e308::float8|5e-324::float8|'-Infinity'::float8|-2.5e-7::float8
0::numeric|0.00::numeric|-1.50::numeric|12345678901234567890.123456789::numeric|1e-10::numeric|10000::numeric|100000000::numeric|'NaN'::numeric|0.0001::numeric|-0.05::numeric
'plain'::text|''::text|'ünïcödé 漢'::varchar|'pad'::char(6)|'n'::name|'c'::"char"|'\\xdeadbeef'::bytea|''::bytea
'2026-03-12'::date|'0044-03-15 BC'::date|'infinity'::date|'-infinity'::date|'1600-02-29'::date|'12345-01-01'::date|'1999-12-31'::date
'2026-03-12 10:11:12.5'::timestamp|'2026-03-12 10:11:12.123456+02'::timestamptz|'1969-12-31 23:59:59.999999'::timestamp|'infinity'::timestamptz|'0001-01-01 00:00:00 BC'::timestamp
'10:00'::time|'24:00:00'::time|'10:00:00.000001'::time|'10:00:00+05:30'::timetz|'10:00:00-08'::timetz|'10:00:00+00'::timetz
'1 year 2 mons 3 days 04:05:06.789'::interval|'-1 day'::interval|'0'::interval|'-1 mon +3 days -04:00:01'::interval|'1 day -00:00:01'::interval|'100 hours'::interval|'-14 mons'::interval
'00000000-0000-4000-8000-00000000000a'::uuid|'{"a": [1, null]}'::json|'{"b": {"c": "d"}}'::jsonb|'<a/>'::xml
'192.168.0.1'::inet|'10.0.0.0/8'::inet|'10.0.0.0/8'::cidr|'::1'::inet|'2001:db8::1:0:0:1/64'::inet|'1:2:3:4:5:6:7:8'::inet|'08:00:2b:01:02:03'::macaddr|'08:00:2b:01:02:03:04:05'::macaddr8
B'10101'::bit(5)|B'1'::varbit|''::varbit|'(1,2)'::tid|point(1.5,-2)
ARRAY[1,2,null]|'{}'::int[]|ARRAY['a','b c','','NULL','q"\\x']::text[]|ARRAY[[1,2],[3,4]]|'[0:1]={5,6}'::int[]|ARRAY[1.5,2]::numeric[]|ARRAY['2026-01-01']::date[]|ARRAY[true,false]|ARRAY['{"a":1}']::jsonb[]|ARRAY['10.0.0.1']::inet[]
'[1,10)'::int4range|'empty'::int4range|'(,5]'::numrange|'["2026-01-01 10:00","2026-01-02")'::tsrange|'[2026-01-01,)'::daterange|'[1,2]'::int8range|'[2026-01-01 00:00+00,2026-01-02 00:00+00]'::tstzrange
'{[1,3),[5,6)}'::int4multirange|'{}'::nummultirange|'{[2026-01-01,2026-02-01)}'::datemultirange|array['[1,2)','(,)']::int4range[]
row(1,'a b',null,'','q"\\x',row(2,'y'))|row()|array[row(1,'x')]|'1 2 3'::int2vector|'1 23'::oidvector
'[(0,0),(1,1.5)]'::lseg|'((0,0),(1,1),(2,0))'::path|'[(0,0),(1,1)]'::path|'(2,2),(1,1)'::box|'((0,0),(1,1),(2,0))'::polygon|'{1,-1,0}'::line|'<(1,2),3.5>'::circle|array['(2,2),(1,1)','(1,1),(0,0)']::box[]
'16/B374D848'::pg_lsn|'10:20:10,14,15'::pg_snapshot|'10:20:'::txid_snapshot|$$'it''s':1A,3 'fat':2B cat$$::tsvector|'$.a[*] ? (@ > 1)'::jsonpath|'12345'::xid8|'c1'::refcursor
1234.5::money|(-0.05)::money|'pg_class'::regclass::oid|array['1 day'::interval,null]|array[[1,2],[3,4]]::int8[]|B'1'::bit(1)|array['a'::name]|'x'::"char"|array[B'10']::varbit[]`.split(
    /[|\n]/,
  )

async function main() {
  const port = await freePort()
  const data = join(directory, 'data')
  execFileSync(
    join(binaries, 'initdb'),
    ['-D', data, '-U', 'app', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'],
    { ...identity, cwd: directory, stdio: 'ignore' },
  )
  const server = spawn(
    join(binaries, 'postgres'),
    [
      '-D',
      data,
      '-p',
      String(port),
      '-c',
      'listen_addresses=127.0.0.1',
      '-c',
      'unix_socket_directories=',
      '-c',
      'TimeZone=UTC',
      '-c',
      'fsync=off',
    ],
    { ...identity, cwd: directory, stdio: 'ignore' },
  )
  try {
    await ready(port)
    psql(port, setUp)
    const relay = await startRelay(port)
    const golden = []
    for (const [name, sql, input] of cases) {
      relay.frames.length = 0
      const output = await psqlThrough(relay.port, sql, input)
      golden.push({ name, sql, output, frames: [...relay.frames] })
    }
    const sessions = []
    for (const [name, run] of Object.entries(sessionRuns)) {
      const session = await RawSession.open(relay.port)
      relay.frames.length = 0
      await run(session, relay.port)
      sessions.push({ name, frames: [...relay.frames] })
      await session.close()
    }
    writeFileSync(join(here, 'sessions.json'), `${JSON.stringify(sessions, undefined, 1)}\n`)
    writeFileSync(join(here, 'psql-sessions.json'), `${JSON.stringify(golden, undefined, 1)}\n`)
    writeFileSync(
      join(here, 'values.json'),
      `${JSON.stringify(await values(relay), undefined, 1)}\n`,
      relay.server.close(),
    )
  } finally {
    server.kill('SIGINT')
    await new Promise((resolve) => server.once('exit', resolve))
    rmSync(directory, { recursive: true, force: true })
  }
}

function environment(port) {
  return {
    PATH: process.env.PATH,
    PGHOST: '127.0.0.1',
    PGPORT: String(port),
    PGUSER: 'app',
    PGDATABASE: 'postgres',
    PGSSLMODE: 'disable',
    PGGSSENCMODE: 'disable',
    PGCLIENTENCODING: 'UTF8',
    LC_ALL: 'C.UTF-8',
    PSQLRC: '/nonexistent',
    TZ: 'UTC',
  }
}

function psql(port, sql) {
  execFileSync('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-c', sql], { env: environment(port) })
}

/** stdout and stderr in the order in which psql wrote them. */
function psqlThrough(port, sql, input) {
  return new Promise((resolve, reject) => {
    const child = spawn('sh', ['-c', 'exec psql -X -P null=NULL -c "$0" 2>&1', sql], {
      env: environment(port),
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text) => (output += text))
    child.once('error', reject)
    child.once('close', () => resolve(output))
    child.stdin.end(input ?? '')
  })
}

async function startRelay(target) {
  const frames = []
  const server = createServer((client) => {
    const upstream = createConnection(target, '127.0.0.1')
    pass(client, upstream, 'to_target', frames, true)
    pass(upstream, client, 'to_client', frames, false)
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { server, frames, port: server.address().port }
}

function pass(from, to, direction, frames, startup) {
  let rest = Buffer.alloc(0)
  let untyped = startup
  let ready = false
  from.on('data', (bytes) => {
    rest = Buffer.concat([rest, bytes])
    for (;;) {
      const header = untyped ? 4 : 5
      if (rest.length < header) break
      const length = rest.readUInt32BE(header - 4) + header - 4
      if (rest.length < length) break
      // What comes before the first ReadyForQuery is of no interest here, and holds random keys.
      const type = String.fromCharCode(rest[0])
      ready ||= type === 'Z' || direction === 'to_target'
      if (!untyped && !'RKp'.includes(type) && (ready || type !== 'S'))
        frames.push(
          `${direction === 'to_client' ? '<' : '>'}${rest.subarray(0, length).toString('hex')}`,
        )
      untyped = false
      rest = rest.subarray(length)
    }
    to.write(bytes)
  })
  from.on('end', () => to.end())
  from.on('error', () => to.destroy())
}

async function values(relay) {
  const port = relay.port
  const client = new pg.Client({ host: '127.0.0.1', port, user: 'app', database: 'postgres' })
  await client.connect()
  client.on('error', () => undefined)
  const raw = { getTypeParser: () => (value) => value }
  const golden = []
  for (const expression of valueExpressions) {
    const text = await client.query({
      text: `select ${expression} as v`,
      values: [],
      types: raw,
      rowMode: 'array',
    })
    relay.frames.length = 0
    await client.query({
      text: `select ${expression} as v where $1 = 1`,
      values: [1],
      binary: true,
      types: raw,
    })
    // pg decodes as text what it has no parser for, so the bytes are taken from the DataRow: after its header and two counts.
    const binary = relay.frames.find((frame) => frame.startsWith('<44')).slice(1 + 22)
    const type = text.fields[0].dataTypeID
    // The currency is a setting of the server that is not on the wire.
    const shown = type === 790 ? text.rows[0][0].replaceAll(/[$,]/g, '') : text.rows[0][0]
    golden.push({ expression, type, text: shown, binary })
  }
  await client.end()
  return golden
}

async function ready(port) {
  for (let attempt = 0; attempt < 100; attempt++) {
    try {
      psql(port, 'select 1')
      return
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
  throw new Error('PostgreSQL did not start')
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

await main()
