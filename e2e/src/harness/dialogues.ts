/**
 * What stock clients say, for the fuzzer to change: each dialogue is everything that a real client sent in one session behind its
 * token, as captured on the wire.
 */
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { Client } from 'pg'
import type { Platform } from './platform.ts'
import { runProcess } from './run-process.ts'

export type Dialogue = { name: string; bytes: Buffer }

/** What psql is given to run, a session each. */
const scripts: [string, string][] = [
  ['simple', 'select 1; select id, name from customers order by id limit 3; select * from orders limit 5'],
  ['transaction', "begin; update orders set status = 'sent' where id = 1; savepoint a; select 1/0; rollback to a; rollback"],
  ['copy', "create temp table t (a int, b text);\ncopy t from stdin;\n1\tone\n2\ttwo\n\\.\ncopy t to stdout;\ncopy t to stdout with (format csv, header);\ncopy t to stdout with (format binary);"],
  ['cursor', 'begin; declare c cursor for select generate_series(1, 20); fetch 5 from c; move 2 from c; fetch all from c; close c; commit'],
  ['prepared', "prepare p (int) as select $1 + 1; execute p (1); execute p (2); deallocate p"],
  ['errors', "select nothing; select 1; selec 2; select 'x"],
  ['notify', "listen news; notify news, 'hello'; select 1; unlisten *"],
  ['settings', "set search_path = public; show search_path; set statement_timeout = 1000; select 1; reset all"],
  ['tagged', 'select * from customers order by id limit 3; select ssn || email from customers; select c from customers c limit 2; select json_agg(c) from customers c; select upper(email), id from customers limit 2'],
  ['tagged copy', 'copy customers to stdout; copy customers to stdout with (format csv); copy (select id, card from customers) to stdout with (format binary)'],
  ['tagged cursor', 'begin; declare c cursor for select * from customers; fetch 3 from c; fetch all from c; commit; create temp table t as select * from customers; select * from t limit 2'],
  ['block', "do $$ begin raise notice 'hello'; end $$; select now()"],
] // prettier-ignore

/** Runs stock clients against the platform and keeps what they said. */
export async function captureDialogues(platform: Platform, token: string): Promise<Dialogue[]> {
  const capture = await openCapture(platform.ports.postgres)
  try {
    const dialogues: Dialogue[] = []
    const take = (name: string): void => {
      for (const bytes of capture.take()) {
        const said = behindToken(bytes)
        if (said.length > 0) dialogues.push({ name, bytes: said })
      }
    }
    for (const [name, input] of scripts) {
      await runProcess('psql', ['-X', '-q'], {
        input,
        env: { ...platform.clientEnvironment, PGPORT: String(capture.port), PGPASSWORD: token, PGSSLMODE: 'disable', PGGSSENCMODE: 'disable' }, // prettier-ignore
      })
      take(name)
    }
    const config = { host: '127.0.0.1', port: capture.port, database: 'orders', user: 'fuzz', password: token } // prettier-ignore
    const client = new Client(config)
    client.on('error', () => undefined) // The query that was waiting rejects, too.
    await client.connect()
    await client.query('select $1::int + $2::int', [1, 2])
    await client.query({ name: 'named', text: 'select id from orders where id < $1', values: [4] })
    await client.query({ name: 'named', text: 'select id from orders where id < $1', values: [2] })
    await client
      .query('select no_such_column from orders where id = $1', [1])
      .catch(() => undefined)
    await client.query('select $1::text[]', [['a', 'b']])
    await client.query('select id, ssn, email from customers where id < $1', [4])
    const binary = { text: 'select id, ssn, array[card], row(email) from customers limit 3', binary: true } // prettier-ignore
    await client.query(binary)
    await client.end()
    take('extended')
    return dialogues
  } finally {
    await capture.close()
  }
}

/** Everything behind the start-up packet and the password. */
function behindToken(bytes: Buffer): Buffer {
  if (bytes.length < 4) return Buffer.alloc(0)
  const at = bytes.readUInt32BE(0)
  if (bytes[at] !== 0x70) return Buffer.alloc(0)
  return bytes.subarray(at + 1 + bytes.readUInt32BE(at + 1))
}

/** A wire to the proxy that keeps what each client says. */
async function openCapture(toPort: number) {
  let sessions: Buffer[][] = []
  const server = createServer((client) => {
    const said: Buffer[] = []
    sessions.push(said)
    const proxy = connect(toPort, '127.0.0.1')
    client.on('data', (bytes) => {
      said.push(bytes)
      proxy.write(bytes)
    })
    proxy.on('data', (bytes) => client.write(bytes))
    for (const [one, other] of [[client, proxy], [proxy, client]] as const) {
      one.on('error', () => undefined) // 'close' follows.
      one.on('close', () => other.end())
    } // prettier-ignore
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a port was expected')
  return {
    port: address.port,
    take: () => {
      const taken = sessions.map((parts) => Buffer.concat(parts))
      sessions = []
      return taken
    },
    close: () => new Promise((resolve) => server.close(resolve)),
  }
}
