/**
 * pg_dump, pg_restore and psql's meta-commands of Debian's release, against a server of that release: what a revealing principal takes
 * out goes in again as it was; a masked one gets a dump that restores, without a tagged value in it.
 */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest'
import { createPlatform, type Platform } from './harness/platform.ts'
import { applicationPassword, applicationUser } from './harness/postgres.ts'
import { runProcess, type RunOptions } from './harness/run-process.ts'
import { fillShop, taggedColumns, type Customer } from './harness/shop.ts'

const folders = existsSync('/usr/lib/postgresql') ? readdirSync('/usr/lib/postgresql') : []
const bin = folders
  .map((version) => join('/usr/lib/postgresql', version, 'bin'))
  .findLast((folder) =>
    ['postgres', 'initdb', 'pg_dump'].every((name) => existsSync(join(folder, name))),
  )

let platform: Platform
let customers: Customer[]

beforeAll(async () => {
  if (bin === undefined) return
  const account = { user: applicationUser, password: applicationPassword }
  platform = await createPlatform({
    programs: { initdb: join(bin, 'initdb'), postgres: join(bin, 'postgres') },
    columns: taggedColumns,
    connections: {
      shop: { database: 'shop', ...account },
      restored: { database: 'restored', ...account },
    },
    prepare: async (target) => {
      customers = await fillShop(target, 50)
      await target.direct(`create database restored owner ${applicationUser}`, 'postgres')
      await target.direct(`
        set role app;
        create type mood as enum ('sad', 'happy');
        create table of_all_kinds (id bigint generated always as identity primary key, mood mood default 'happy',
          body jsonb default '{"a": 1}', bytes bytea default '\\x00ff', tags text[] default '{a,"b c"}', at timestamptz default '2024-02-29 12:00+00');
        insert into of_all_kinds (mood) select 'sad' from generate_series(1, 500);
        create view cheap as select id from of_all_kinds where id < 10;
        create materialized view counted as select count(*) from of_all_kinds;
        create function twice(n int) returns int language sql immutable as 'select n * 2';
        create function touch() returns trigger language plpgsql as 'begin return new; end';
        create trigger touched before update on of_all_kinds for each row execute function touch();
        create sequence numbers start 7;
        create index on of_all_kinds using gin (body);
        alter table orders add foreign key (customer_id) references customers (id);
        comment on table orders is 'what was ordered'`)
    },
  })
  await platform.start()
})
afterAll(() => platform?.close())

const tool = (name: string) => join(bin ?? '', name)

async function run(name: string, group: string, database: string, args: readonly string[], options: RunOptions = {}) {
  onTestFailed(async () => console.log(await platform.logs()))
  const direct = group === 'direct'
  return runProcess(tool(name), args, {
    ...options,
    env: {
      ...platform.clientEnvironment,
      PGPORT: String(direct ? platform.target.port : platform.ports.postgres),
      PGDATABASE: database,
      PGUSER: applicationUser,
      PGPASSWORD: direct ? applicationPassword : await platform.issuer.token('dump', [group], { run_id: 'dump' }),
    },
  })
} // prettier-ignore

/** Newer releases guard a dump by a random word. */
const withoutGuard = (dump: string) => dump.replaceAll(/^\\(un)?restrict .*$/gm, '')

/** The catalogue of all that the masked principal must not see in a dump. */
const leaks = (text: string) =>
  customers.flatMap(({ ssn, email, card }) =>
    [ssn, email, card].filter((value) => text.includes(value)),
  )

test.skipIf(bin === undefined)('pg_dump writes the same through the proxy as without it', async () => {
  const direct = await run('pg_dump', 'direct', 'shop', [])
  expect([direct.code, direct.stderr]).toEqual([0, ''])
  for (const database of ['shop', 'orders']) {
    const through = await run('pg_dump', 'owners', database, [])
    expect([through.code, through.stderr], database).toEqual([0, ''])
    expect(withoutGuard(through.stdout), database).toBe(withoutGuard(direct.stdout))
  }
  console.log(`${direct.stdout.length} bytes, equal`)
}) // prettier-ignore

test.skipIf(bin === undefined)('pg_restore, four jobs at once, puts it into another database as it was', async () => {
  const file = join(platform.directory, 'shop.dump')
  const dumped = await run('pg_dump', 'owners', 'shop', ['-Fc', '-f', file])
  expect([dumped.code, dumped.stderr]).toEqual([0, ''])
  const restored = await run('pg_restore', 'owners', 'restored', ['-d', 'restored', '-j', '4', file])
  expect([restored.code, restored.stderr]).toEqual([0, ''])
  const [before, after] = [await run('pg_dump', 'direct', 'shop', []), await run('pg_dump', 'direct', 'restored', [])]
  expect(withoutGuard(after.stdout)).toBe(withoutGuard(before.stdout))
}) // prettier-ignore

test.skipIf(bin === undefined)('a dump of a masked principal has no tagged value in it, and restores', async () => {
  const forms = [[], ['--inserts'], ['--column-inserts', '--rows-per-insert=10']]
  // Who may do nothing but read may take a dump too.
  for (const [group, form] of [...forms.map((form) => ['everything', form] as const), ['readers', []] as const]) {
    const { code, stdout, stderr } = await run('pg_dump', group, 'orders', ['-t', 'customers', ...form])
    expect([code, stderr], group).toEqual([0, ''])
    expect(leaks(stdout)).toEqual([])
    expect(stdout).toContain('***-**-****')
    await platform.target.direct('drop schema public cascade; create schema public authorization app', 'restored')
    const restored = await run('psql', 'direct', 'restored', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', '-'], { input: stdout })
    expect([restored.code, restored.stderr]).toEqual([0, ''])
    const [row] = await platform.target.direct('select count(*)::int as count from customers', 'restored')
    expect(row).toEqual({ count: customers.length })
  }
}) // prettier-ignore

test.skipIf(bin === undefined)("psql's \\d family, \\gdesc, \\gset, \\gexec, \\copy and \\sf show the same", async () => {
  const script = [
    ...['\\d', '\\d+', '\\d+ of_all_kinds', '\\d orders', '\\dt+ orders', '\\di', '\\dv', '\\dm', '\\ds', '\\df', '\\df+ twice', '\\dT+', '\\dn+'],
    ...['\\du', '\\dp', '\\dx', '\\dy', '\\dRp', '\\ddp', '\\dg', '\\dC', '\\do', '\\dF', '\\db', '\\dA', '\\dc', '\\dO', '\\sf twice', '\\sv cheap', '\\dd'],
    'select 1 as one, $$x$$::text as two \\gdesc',
    'select 1 as one \\gset',
    'select :one;',
    `select 'select 5' union all select 'select 6' \\gexec`,
    'select id, mood from of_all_kinds order by id limit 6 \\crosstabview',
    `\\copy (select * from of_all_kinds order by id limit 3) to pstdout csv header`,
    '\\set FETCH_COUNT 7',
    'select id from of_all_kinds order by id limit 20;',
    '\\set ON_ERROR_ROLLBACK on',
    'begin; select 1/0; select 2; commit;',
    '\\set VERBOSITY verbose',
    'select nothing;',
    '\\errverbose',
    '\\encoding LATIN1',
    'select 1;',
  ].join('\n')
  const direct = await run('psql', 'direct', 'shop', ['-X', '-f', '-'], { input: script })
  const through = await run('psql', 'owners', 'shop', ['-X', '-f', '-'], { input: script })
  expect(through.stdout).toBe(direct.stdout)
  expect(through.stderr).toBe(direct.stderr)
  console.log(`${direct.stdout.length} bytes, equal`)
}) // prettier-ignore

test.skipIf(bin === undefined)('a statement of 10 MB is refused with 54000, and the session lives', async () => {
  const input = `\\set VERBOSITY verbose\nselect length('${'x'.repeat(10 * 1024 * 1024)}');\nselect 'alive';\n`
  const { stdout, stderr } = await run('psql', 'owners', 'shop', ['-X', '-At', '-f', '-'], { input })
  expect(stderr).toContain('54000')
  expect(stdout).toContain('alive')
}) // prettier-ignore
