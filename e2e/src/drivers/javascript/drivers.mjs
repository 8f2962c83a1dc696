/**
 * Stock JavaScript clients: `node drivers.mjs owner|reader`. Prints one line a step; twice run, the lines must be equal.
 * node-postgres with pg-cursor and pg-copy-streams, postgres.js, and the introspection of Sequelize and TypeORM.
 */
import 'reflect-metadata'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { from, to } from 'pg-copy-streams'
import Cursor from 'pg-cursor'
import postgres from 'postgres'
import { Sequelize } from 'sequelize'
import { DataSource } from 'typeorm'

const role = process.argv[2]
const {
  PGHOST: host,
  PGPORT,
  PGUSER: user,
  PGPASSWORD: password,
  PGDATABASE: database,
} = process.env
const place = { host, port: Number(PGPORT), user, password, database }
const tagged = 'select id, ssn, email, card from customers order by id'
const notice = `do $$ begin raise notice 'a notice' using detail = 'its detail', hint = 'its hint'; end $$`

const plain = (_, value) => (typeof value === 'bigint' ? String(value) : value)
const say = (step, ...values) => console.log(JSON.stringify([step, ...values], plain))
const failure = ({
  code,
  severity,
  detail,
  hint,
  position,
  table,
  column,
  constraint,
  message,
}) => ({
  ...{ code, severity, detail, hint, position, table, column, constraint, message },
})
const text = async (stream) => {
  const parts = []
  for await (const part of stream) parts.push(part)
  return Buffer.concat(parts).toString()
}

async function nodePostgres() {
  const client = new pg.Client(place)
  await client.connect()
  if (role === 'reader') {
    say('pg', (await client.query(tagged)).rows)
    say('pg, binary', (await client.query({ text: tagged, binary: true })).rows)
    for (let id = 1; id < 8; id++) {
      const named = { name: 'by id', text: 'select ssn from customers where id = $1', values: [id] }
      say('pg, prepared', (await client.query(named)).rows)
    }
    const cursor = client.query(new Cursor('select ssn, email from customers where id > $1', [3]))
    for (let rows = await cursor.read(7); rows.length > 0; rows = await cursor.read(7))
      say('pg-cursor', rows)
  } else if (role === 'copier') {
    for (const form of ['text', 'csv', 'binary']) {
      for (const what of ['customers', '(select ssn, id from customers)']) {
        const copied = client.query(to(`copy ${what} to stdout (format ${form})`))
        say('copy', what, form, await text(copied))
      }
    }
  } else {
    client.on('notice', ({ message, detail, hint }) => say('notice', message, detail, hint))
    const heard = new Promise((resolve) => client.once('notification', resolve))
    await client.query('create temp table t (id int primary key, text text not null)')
    const lines = Array.from({ length: 5_000 }, (_, id) => `${id}\trow ${id}\n`)
    await pipeline(Readable.from(lines), client.query(from('copy t from stdin')))
    say('copied', (await client.query('select count(*), max(text) from t')).rows)
    say(
      'copy out',
      (await text(client.query(to('copy (select * from t order by id) to stdout')))).length,
    )
    const cursor = client.query(new Cursor('select id from t order by id'))
    say('pg-cursor', (await cursor.read(3)).length, (await cursor.read(1_000)).length)
    await cursor.close()
    for (const wrong of [
      'insert into t values (9000, null)',
      'insert into t values (1, 1)',
      'selec 1',
      'select 1/0',
    ]) {
      await client.query(wrong).catch((error) => say('error', failure(error)))
    }
    await client.query(notice)
    const several = await client.query('select 1 as one; select 2 as two; create temp table u ()')
    say(
      'several',
      several.map(({ command, rows }) => [command, rows]),
    )
    await client.query('listen channel_js')
    await client.query(`notify channel_js, 'payload'`)
    const { channel, payload } = await heard
    say('notify', channel, payload)
    const pool = new pg.Pool({ ...place, max: 4 })
    const numbers = Array.from({ length: 40 }, (_, n) => pool.query('select $1::int as n', [n]))
    say(
      'pool',
      (await Promise.all(numbers)).map(({ rows }) => rows[0].n),
    )
    await pool.end()
  }
  await client.end()
}

async function postgresJs() {
  const sql = postgres({
    ...place,
    max: 3,
    onnotice: ({ message }) => say('postgres.js notice', message),
  })
  if (role === 'reader') {
    say('postgres.js', await sql.unsafe(tagged))
    say(
      'pipelined',
      await Promise.all(
        Array.from(
          { length: 20 },
          (_, id) => sql`select ssn, card from customers where id = ${id}`,
        ),
      ),
    )
    for await (const rows of sql`select ssn from customers order by id`.cursor(7))
      say('cursor', rows)
  } else if (role === 'copier') {
    say('copy', await text(await sql`copy customers (ssn, email) to stdout`.readable()))
  } else {
    const numbers = Array.from(
      { length: 100 },
      (_, n) =>
        sql`select ${n}::int as n, ${'text'}::text as text, ${sql.json({ a: [1] })} as json`,
    )
    say('pipelined', await Promise.all(numbers))
    await sql.begin(async (transaction) => {
      await transaction`create temp table t (id int, text text) on commit drop`
      await transaction`insert into t ${transaction([
        { id: 1, text: 'one' },
        { id: 2, text: 'two' },
      ])}`
      await transaction
        .savepoint((inner) => inner`select 1 / 0`)
        .catch((error) => say('savepoint', error.code))
      say('rows', await transaction`select * from t order by id`)
    })
    const sleeping = sql`select pg_sleep(20)`
    const outcome = sleeping.catch((error) => say('cancelled', error.code))
    sleeping.execute()
    await sleep(300)
    sleeping.cancel()
    await outcome
    let heard = () => undefined
    const payload = new Promise((resolve) => (heard = resolve))
    const { unlisten } = await sql.listen('channel_postgres_js', heard)
    await sql.notify('channel_postgres_js', 'payload')
    say('notify', await payload)
    await unlisten()
  }
  await sql.end()
}

async function objectMappers() {
  const sequelize = new Sequelize({ dialect: 'postgres', ...place, username: user, logging: false })
  const source = new DataSource({ type: 'postgres', ...place, username: user })
  await source.initialize()
  if (role === 'reader') {
    say('sequelize', (await sequelize.query(tagged))[0])
    say('typeorm', await source.query(tagged))
  } else {
    const queries = sequelize.getQueryInterface()
    for (const table of (await queries.showAllTables()).toSorted()) {
      say('sequelize', table, await queries.describeTable(table), await queries.showIndex(table))
    }
    const runner = source.createQueryRunner()
    for (const { name, columns, indices, uniques, checks, foreignKeys } of await runner.getTables([
      'customers',
      'orders',
      'relations_of_all_kinds',
    ])) {
      say(
        'typeorm',
        name,
        columns,
        indices.length,
        uniques.length,
        checks.length,
        foreignKeys.length,
      )
    }
    await runner.release()
  }
  await sequelize.close()
  await source.destroy()
}

await nodePostgres()
await postgresJs()
if (role !== 'copier') await objectMappers()
