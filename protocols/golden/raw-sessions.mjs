/** Sessions that psql can't have, message by message: captured by capture.mjs into sessions.json. */
import { createConnection } from 'node:net'

const text = (value) => Buffer.from(`${value}\0`)
const int16 = (value) => {
  const bytes = Buffer.alloc(2)
  bytes.writeInt16BE(value)
  return bytes
}
const int32 = (value) => {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}
const message = (type, ...parts) => {
  const body = Buffer.concat(parts)
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body])
}
const value = (bytes) =>
  bytes === null ? int32(-1) : Buffer.concat([int32(Buffer.byteLength(bytes)), Buffer.from(bytes)])

const query = (sql) => message('Q', text(sql))
const parse = (name, sql, ...types) =>
  message('P', text(name), text(sql), int16(types.length), ...types.map(int32))
const bind = (portal, statement, values = [], format = 0, results = 0) =>
  message(
    'B',
    ...[text(portal), text(statement), int16(1), int16(format), int16(values.length)],
    ...values.map(value),
    ...[int16(1), int16(results)],
  )
const describe = (kind, name) => message('D', text(kind + name))
const execute = (portal = '', rows = 0) => message('E', text(portal), int32(rows))
const sync = message('S')
const copyData = (bytes) => message('d', Buffer.from(bytes))
const copyDone = message('c')
const call = (oid, format, ...values) =>
  message('F', int32(oid), int16(1), int16(format), int16(values.length), ...values.map(value), int16(format)) // prettier-ignore

/** A client that waits for so many ReadyForQuery, or for another message. */
export class RawSession {
  #socket
  #rest = Buffer.alloc(0)
  #types = []
  #wake = () => undefined
  key

  static async open(port) {
    const session = new RawSession()
    session.#socket = createConnection(port, '127.0.0.1')
    session.#socket.on('data', (bytes) => session.#take(bytes))
    const body = Buffer.concat([
      ...[int32(196608), text('user'), text('app'), text('database'), text('postgres')],
      Buffer.from([0]),
    ])
    session.#socket.write(Buffer.concat([int32(body.length + 4), body]))
    await session.until('Z')
    return session
  }

  #take(bytes) {
    this.#rest = Buffer.concat([this.#rest, bytes])
    while (this.#rest.length >= 5 && this.#rest.length > this.#rest.readUInt32BE(1)) {
      const length = this.#rest.readUInt32BE(1) + 1
      if (this.#rest[0] === 0x4b) this.key = Buffer.from(this.#rest.subarray(5, length))
      this.#types.push(String.fromCharCode(this.#rest[0]))
      this.#rest = this.#rest.subarray(length)
    }
    this.#wake()
  }

  async until(type, count = 1) {
    for (;;) {
      let found = 0
      const at = this.#types.findIndex((one) => one === type && ++found === count)
      if (at !== -1) return void this.#types.splice(0, at + 1)
      await new Promise((resolve) => (this.#wake = resolve))
    }
  }

  send(...messages) {
    this.#socket.write(Buffer.concat(messages))
  }

  async ask(...messages) {
    this.send(...messages)
    const answers = messages.filter((one) => 'QSF'.includes(String.fromCharCode(one[0]))).length
    await this.until('Z', answers)
  }

  async close() {
    this.send(message('X'))
    await new Promise((resolve) => this.#socket.once('close', resolve).destroySoon())
  }
}

const int8 = (number) => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(BigInt(number))
  return bytes
}

export const sessionRuns = {
  'binary-values': async (session) => {
    await session.ask(
      parse('', 'select $1::bigint as n, $2::text as t, $3::int as nothing', 20, 25, 23),
      bind('', '', [int8(-7), "it's", null], 1, 1),
      ...[describe('P', ''), execute(), sync],
    )
    await session.ask(
      parse('s', `select 1.50::numeric as price, '2026-03-12 10:11:12+00'::timestamptz as at, '[1,5)'::int4range as r,
  array['a',null] as list, 'fine'::mood as mood, row(1,'x')::pair as pair, row(1,'x') as anonymous, null as nothing, '' as empty`),
      ...[describe('S', 's'), sync],
    ) // prettier-ignore
    await session.ask(bind('', 's', [], 0, 1), execute(), sync)
    // The answer of a client that never asks for a description.
    await session.ask(parse('', 'select 42, $1'), bind('', '', ['plain']), execute(), sync)
  },
  copy: async (session) => {
    await session.ask(query('copy people (id, name, born) to stdout'))
    await session.ask(
      query(
        `copy (select 1 as n, E'two\\nlines\\tand a \\\\' as t, '' as empty, null as nothing, 'NULL' as word, '"q", x' as quoted) to stdout with (format csv, header, null '-')`,
      ),
    )
    await session.ask(query(`copy (select E'a\\tb\\nc\\\\' as t, '', null, 1.5) to stdout`))
    await session.ask(query('copy people (id, name, score) to stdout (format binary)'))
    session.send(query('copy parts (id, owner, note) from stdin csv header'))
    await session.until('G')
    session.send(copyData('id,owner,no'), copyData('te\n101,1,"a ""b"""\r\n102,2,\n103,3,"multi'))
    await session.ask(copyData('\nline"\n'), copyDone, query('select 1 as next'))
    session.send(query('copy parts from stdin'))
    await session.until('G')
    session.send(copyData('104\t1\tx'), message('f', text('changed my mind')))
    await session.until('Z')
    session.send(query('copy parts (id, owner, note) from stdin (format binary)'))
    await session.until('G')
    const head = Buffer.concat([Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'), int32(0), int32(0)])
    const row = Buffer.concat([int16(3), value(int32(105)), value(int32(1)), value('bin')])
    session.send(copyData(Buffer.concat([head, row])), copyData(int16(-1)), copyDone)
    await session.until('Z')
    await session.ask(query(`copy people to stdout; copy parts (id) to stdout (format csv)`))
  },
  messages: async (session) => {
    await session.ask(query(`set timezone = 'Europe/Berlin'`))
    await session.ask(query('listen jobs'))
    await session.ask(query(`notify jobs, E'first\\nline'`))
    await session.ask(query('notify jobs'))
    await session.ask(parse('', 'select told($1)'), bind('', '', ['x']), describe('P', ''), execute(), sync) // prettier-ignore
    await session.ask(
      query(`do $$ begin raise notice 'one' using detail = 'more', hint = 'do this'; raise info 'two'; end $$`),
    ) // prettier-ignore
  },
  errors: async (session) => {
    await session.ask(query(`select id,\n  '漢字 é' as t,\n  nmae\nfrom people`))
    await session.ask(parse('', 'select nmae from people'), bind('', ''), describe('P', ''), execute(), sync) // prettier-ignore
    await session.ask(query('select broken()'))
    await session.ask(parse('', 'select 1/($1::int)'), bind('', '', ['0']), execute(), sync)
    await session.ask(query(`insert into people values (1, 'Ada')`))
    await session.ask(query('select 1 as a; select nothing; select 2 as b'))
  },
  transactions: async (session) => {
    await session.ask(query('begin'))
    await session.ask(query('savepoint one'))
    await session.ask(query(`insert into parts (owner, note) values (1, 'y')`))
    await session.ask(query('select 1/0'))
    await session.ask(query('select 1'))
    await session.ask(query('rollback to one'))
    await session.ask(query('release one'))
    await session.ask(query('commit'))
    await session.ask(query('select 2'))
    await session.ask(query('begin;\nselect 3;\ncommit'))
  },
  cursors: async (session) => {
    await session.ask(query('begin'))
    await session.ask(query('declare c cursor for select n from generate_series(1, 5) n'))
    await session.ask(query('fetch 2 from c'))
    await session.ask(query('fetch all from c'))
    await session.ask(query('close c'))
    await session.ask(parse('', 'select n from generate_series(1, 5) n'), bind('p', ''), describe('P', 'p'), execute('p', 2), sync) // prettier-ignore
    await session.ask(execute('p', 2), sync)
    await session.ask(execute('p'), sync)
    await session.ask(query('commit'))
  },
  pipelines: async (session) => {
    const one = (sql, ...values) => [parse('', sql), bind('', '', values), describe('P', ''), execute()] // prettier-ignore
    await session.ask(
      ...one('select 1 as first'),
      ...one('select 1/($1::int) as second', '0'),
      ...one('select 3 as third'),
      sync,
      ...one('select 4 as fourth'),
      sync,
    )
    await session.ask(...one('begin'), ...one('select 5 as fifth'), ...one('rollback'), sync)
    await session.ask(...one(''), sync)
    await session.ask(query(''))
  },
  'function-call': async (session) => {
    // int4pl, and textcat: catalog/pg_proc.dat.
    await session.ask(call(177, 0, '40', '2'))
    await session.ask(call(177, 1, int32(40), int32(2)))
    await session.ask(call(177, 0, '40', 'x'))
  },
  cancel: async (session, port) => {
    session.send(query('select pg_sleep(60)'))
    await new Promise((resolve) => setTimeout(resolve, 300))
    const socket = createConnection(port, '127.0.0.1')
    socket.write(Buffer.concat([int32(16), int32(80877102), session.key]))
    await session.until('Z')
    socket.destroy()
    await session.ask(query('select 1'))
  },
  'long-values': async (session) => {
    await session.ask(query(`select repeat('é', 5000) as t, 1 as n`))
    await session.ask(parse('', `select repeat('x', 9000)::bytea as b, 2 as n`), bind('', '', [], 0, 1), describe('P', ''), execute(), sync) // prettier-ignore
    await session.ask(query(`copy (select repeat('z', 9000), 3) to stdout`))
  },
}
