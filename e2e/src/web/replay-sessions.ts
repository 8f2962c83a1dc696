/** Sessions with everything that a replay has to show, by real clients: psql, and node-postgres with binary results and portals. */
import pg from 'pg'
import type { Platform } from '../harness/platform.ts'
import type { Target } from '../harness/postgres.ts'
import { fillShop } from '../harness/shop.ts'

/** A table of the common types, an enum, and a function that says something. */
export async function prepareReplay(target: Target): Promise<void> {
  await fillShop(target, 300)
  await target.direct(`
    set role app;
    create type mood as enum ('fine', 'sad');
    create table samples (id int primary key, price numeric(8,2), at timestamptz, tags text[], span int4range, place point,
      address inet, wait interval, raw bytea, doc jsonb, mood mood, note text);
    insert into samples values
      (1, 19.90, '2026-03-12 10:11:12.5+00', array['new', null, 'a b'], '[1,5)', '(1.5,-2)', '10.0.0.0/8', '1 day 02:00', '\\xdeadbeef', '{"a": [1, null]}', 'fine', ''),
      (2, 1234.5, null, '{}', 'empty', null, '2001:db8::1', '-3 days', null, null, 'sad', null);
    create function told(what text) returns text language plpgsql as
      $$ begin raise warning 'about to tell %', what using detail = 'Nothing is wrong.'; return what; end $$;
    create function broken() returns int language plpgsql as $$ begin return (select nothing from samples); end $$;
  `)
}

const transactions = `
select count(*) from orders;
begin;
insert into archive values (1);
savepoint before_it_fails;
select 1 / 0;
select 2;
rollback to savepoint before_it_fails;
insert into archive values (2);
release savepoint before_it_fails;
commit;
begin isolation level repeatable read;
declare paid cursor for select id, status from orders order by id;
fetch 3 from paid;
fetch 2 from paid;
close paid;
rollback;
`

const messages = `
select told('a story');
select broken();
set timezone = 'Europe/Berlin';
set timezone = 'UTC';
listen jobs;
notify jobs, 'order 17 is ready';
select id,
       name as "名前",
       nmae
  from customers;
select name as "名前", nothing from customers;
`

const copies = [
  `copy (select id, name, email, null as nothing, '' as empty from customers order by id limit 5) to stdout`,
  `copy (select 1 as n, E'two\\nlines' as text, 'say "hi"' as quoted, null as nothing, '' as empty) to stdout with (format csv, header)`,
  `copy (select id, status from orders order by id limit 3) to stdout with (format binary)`,
  `copy archive (id) from stdin with (format csv, header)`,
]

export type ReplaySessions = Record<'transactions' | 'messages' | 'copies' | 'binary', string>

/** Plays them one after the other. Returns the id of each session. */
export async function playReplaySessions(platform: Platform): Promise<ReplaySessions> {
  const play = async (workflow: string, run: (token: string) => Promise<unknown>) => {
    const subject = `repo:acme/${workflow}`
    const token = await platform.issuer.token(subject, ['everything'], {
      workflow,
      run_id: workflow,
    })
    await run(token)
    await platform.settle()
    const { sessions } = await platform.api<{ sessions: { session: string }[] }>(
      `/api/sessions?principal=${encodeURIComponent(subject)}`,
    )
    return sessions[0]?.session ?? ''
  }
  return {
    transactions: await play('transactions', (token) =>
      platform.psql(token, ['-f', '-'], { input: transactions }),
    ),
    messages: await play('messages', (token) =>
      platform.psql(token, ['-f', '-'], { input: messages }),
    ),
    copies: await play('copies', (token) =>
      platform.psql(
        token,
        copies.flatMap((sql) => ['-c', sql]),
        { input: 'id\n7\n8\n9\n' },
      ),
    ),
    binary: await play('binary', (token) => playBinary(platform, token)),
  }
}

async function playBinary(platform: Platform, token: string): Promise<void> {
  const { postgres: port } = platform.ports
  const client = new pg.Client({
    ...{ host: '127.0.0.1', port, database: 'orders', user: 'anybody', password: token },
  })
  client.on('error', () => undefined)
  await client.connect()
  const ask = (query: pg.QueryConfig & { binary?: boolean; rows?: number }) =>
    client.query(query).catch(() => undefined)
  await ask({ text: 'select * from samples order by id', values: [], binary: true })
  await ask({
    name: 'customer',
    text: 'select id, name, ssn from customers where id = $1 and name <> $2',
    values: [7, "O'Brien"],
    binary: true,
  })
  await ask({ text: 'select id from customers order by id limit $1', values: [5], rows: 2 })
  await ask({ text: 'select $1::int / $2::int as nothing', values: [1, 0] })
  await ask({ text: 'select nmae from customers where id = $1', values: [1] })
  await ask({ text: '' })
  await ask({ text: "select repeat('long ', 2000) as text, $1 as n", values: ['1'] })
  await client.end()
}
