/**
 * Stock drivers and ORMs of Python, Go, Java and JavaScript, each by a program of drivers/: what it prints through the proxy, where
 * everything is allowed and revealed, is what it prints without; and as a reader it gets no tagged value, on any road it knows.
 */
import { afterAll, beforeAll, describe, expect, onTestFailed, test } from 'vitest'
import { driverPrograms, isInstalled, pgcli, type DriverProgram } from './drivers/tools.ts'
import { createPlatform, type Platform } from './harness/platform.ts'
import { applicationPassword, applicationUser } from './harness/postgres.ts'
import { runProcess } from './harness/run-process.ts'
import { fillShop, taggedColumns, type Customer } from './harness/shop.ts'

let platform: Platform
let customers: Customer[]

beforeAll(async () => {
  platform = await createPlatform({
    columns: taggedColumns,
    connections: {
      shop: { database: 'shop', user: applicationUser, password: applicationPassword },
    },
    prepare: async (target) => {
      customers = await fillShop(target, 50)
      await target.direct(`
        set role app;
        create type mood as enum ('sad', 'ok', 'happy');
        create domain positive as integer check (value > 0);
        create table relations_of_all_kinds (
          id bigint generated always as identity primary key, customer integer not null references customers (id),
          mood mood default 'ok', amount positive, price numeric(10, 2) default 0.00, tags text[], body jsonb, at timestamptz default now(),
          span int4range, address inet, title varchar(30) unique, whole integer generated always as (amount * 2) stored,
          constraint sane check (price >= 0));
        create index on relations_of_all_kinds (mood, amount);
        create table typeorm_metadata (type text, database text, schema text, "table" text, name text, value text);
        create view cheap as select id, title from relations_of_all_kinds where price < 10;
        comment on table relations_of_all_kinds is 'a bit of everything';
        comment on column relations_of_all_kinds.mood is 'how it went'`)
      // JDBC shows how many rows an index has: not before or after the server's own look.
      await target.direct('analyze')
    },
  })
  await platform.start()
})
afterAll(() => platform?.close())

const timeoutMs = 60_000

type Way = 'direct' | 'open' | 'revealed' | 'masked'

/** Runs a driver's program: without the proxy; through it, where nothing is tagged, or tagged and revealed, or tagged and masked. */
async function run(
  program: DriverProgram,
  role: 'owner' | 'reader' | 'copier' | 'encoder',
  way: Way,
) {
  const group = way === 'masked' ? 'readers' : 'owners'
  const token = () => platform.issuer.token('driver', [group], { run_id: 'drivers' })
  return runProcess(program.command, [...program.args, role], {
    timeoutMs,
    env: {
      ...platform.clientEnvironment,
      PGPORT: String(way === 'direct' ? platform.target.port : platform.ports.postgres),
      PGDATABASE: way === 'direct' || way === 'open' ? 'shop' : 'orders',
      PGUSER: applicationUser,
      PGPASSWORD: way === 'direct' ? applicationPassword : await token(),
      PYTHONDONTWRITEBYTECODE: '1',
    },
  })
}

async function expectSame(
  program: DriverProgram,
  way: 'open' | 'revealed',
  role: 'owner' | 'encoder' = 'owner',
) {
  onTestFailed(async () => console.log(await platform.logs()))
  const direct = await run(program, role, 'direct')
  expect([direct.code, direct.stderr]).toEqual([0, ''])
  const through = await run(program, role, way)
  const lines = (text: string) => text.split('\n')
  expect(lines(through.stdout), through.stderr).toEqual(lines(direct.stdout))
  expect([through.code, through.stderr]).toEqual([0, ''])
  console.log(`${direct.stdout.split('\n').length - 1} steps, ${direct.stdout.length} bytes, equal`)
}

async function expectMasked(program: DriverProgram, role: 'reader' | 'copier') {
  onTestFailed(async () => console.log(await platform.logs()))
  const { code, stdout, stderr } = await run(program, role, 'masked')
  expect([code, stderr]).toEqual([0, ''])
  expect(leaks(stdout)).toEqual([])
  const lines = stdout.trimEnd().split('\n')
  expect(lines.filter((line) => !line.includes('**'))).toEqual([])
  console.log(`${lines.length} steps, every one masked`)
}

/** What must never arrive: the tagged values, and what a client could make of their bytes. */
function leaks(text: string): string[] {
  const found: string[] = []
  for (const { ssn, email, card } of customers) {
    for (const value of [ssn, ssn.replaceAll('-', ''), email, email.toUpperCase(), card]) {
      const forms = [value, Buffer.from(value).toString('hex'), Buffer.from(value).toString('base64')] // prettier-ignore
      for (const form of forms) if (text.includes(form)) found.push(form)
    }
  }
  return found
}

describe.each(Object.entries(driverPrograms))('%s', (_, program) => {
  const missing = !isInstalled(program)

  test.skipIf(missing)('sees the same through the proxy as without it', () =>
    expectSame(program, 'open'),
  )

  test.skipIf(missing)('sees tagged columns as they are where policy reveals them', () =>
    expectSame(program, 'revealed'),
  )

  test.skipIf(missing)('gets tagged columns masked by every statement', () =>
    expectMasked(program, 'reader'),
  )

  test.skipIf(missing || !program.copies)('gets tagged columns masked by every COPY', () =>
    expectMasked(program, 'copier'),
  )
})

const { psycopg2 } = driverPrograms

test.skipIf(psycopg2 === undefined || !isInstalled(psycopg2))(
  'statements and rows in every client_encoding arrive as they are',
  () => expectSame(psycopg2!, 'open', 'encoder'),
)

const pgcliProgram: DriverProgram = { command: pgcli, args: [], copies: false }

test.skipIf(!isInstalled(pgcliProgram))(
  'pgcli shows the same, and to a reader masked',
  async () => {
    const queries = ['select id, ssn from customers order by id limit 3', '\\d orders', '\\dt', 'select 1/0'] // prettier-ignore
    const show = async (database: string, port: number, password: string) => {
      const { stdout, stderr } = await runProcess(
        pgcli,
        ['--less-chatty', ...queries.flatMap((query) => ['-c', query])],
        {
          timeoutMs,
          env: {
            ...platform.clientEnvironment,
            ...{ PGPORT: String(port), PGDATABASE: database, PGUSER: applicationUser },
            ...{ PGPASSWORD: password, PAGER: 'cat', TERM: 'dumb' },
            ...{ HOME: platform.directory, XDG_CONFIG_HOME: platform.directory },
          },
        },
      )
      return (stdout + stderr).replaceAll(/^Time: .*$/gm, '')
    }
    const token = (group: string) => platform.issuer.token('driver', [group], { run_id: 'pgcli' })
    const direct = await show('shop', platform.target.port, applicationPassword)
    expect(direct).toContain(customers[0]?.ssn)
    expect(await show('shop', platform.ports.postgres, await token('owners'))).toBe(direct)
    const masked = await show('orders', platform.ports.postgres, await token('readers'))
    expect(leaks(masked)).toEqual([])
    expect(masked).toContain('***-**-****')
  },
)
