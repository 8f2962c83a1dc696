/** Each mask is put before PostgreSQL itself: it must take it as a value of the type, in text and in binary format. */
import { Client, type QueryConfig } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  postgresBinaries,
  startTestPostgres,
  type TestPostgres,
} from '../../testing/postgres-server.ts'
import { maskOfType, type Types } from './mask-of-type.ts'
import { loadTypes, samples, samplesNeed } from './testing/mask-samples.ts'
import { nullValue } from './value-mask.ts'

let server: TestPostgres
let client: Client
let types: Types

/** Text, and what the send function of the type makes of it. */
type Value = { text: string; binary: Buffer }

async function ask(expression: string, type: string, values: unknown[]): Promise<Value> {
  const send = await one(`select typsend::regproc::text from pg_type where oid = to_regtype($1)`, [
    type,
  ])
  const text = `select (${expression})::text || '|' || encode(${send}(${expression}), 'hex')`
  const shown = await one(text, values)
  const cut = shown.lastIndexOf('|')
  return { text: shown.slice(0, cut), binary: Buffer.from(shown.slice(cut + 1), 'hex') }
}

async function one(text: string, values: unknown[] = []): Promise<string> {
  const config: QueryConfig & { rowMode: 'array' } = { text, values, rowMode: 'array' }
  const { rows } = await client.query<string[]>(config)
  return rows[0]![0]!
}

describe.skipIf(postgresBinaries === undefined)('the mask of', () => {
  beforeAll(async () => {
    server = await startTestPostgres([])
    await server.execute(samplesNeed)
    client = new Client({ host: '127.0.0.1', port: server.port, user: 'postgres', database: 'postgres' }) // prettier-ignore
    await client.connect()
    types = await loadTypes(client)
  })
  afterAll(async () => {
    await client?.end()
    await server?.stop()
  })

  it.each(samples.map(([expression, isNull]) => [expression, isNull === 'null'] as const))(
    '%s is a value of its type in both formats, and tells nothing of it',
    async (expression, isNull) => {
      await untilTaken(expression, isNull)
    },
  )

  it.each(['SQL, DMY', 'German', 'Postgres, MDY', 'Postgres, DMY', 'ISO'])(
    'dates and times is read back where DateStyle is %s',
    async (style) => {
      await client.query(`set datestyle = '${style}'`)
      for (const expression of times) await untilTaken(expression, false)
      await client.query('reset datestyle')
    },
  )

  it.each(['iso_8601', 'sql_standard', 'postgres_verbose', 'postgres'])(
    'intervals is read back where intervalstyle is %s',
    async (style) => {
      await client.query(`set intervalstyle = '${style}'`)
      for (const value of [
        '1 day',
        '1 mon',
        '3 years 2 mons -1 days 04:05:06',
        '1 sec',
        '-1 year',
        '5 years',
      ]) {
        await untilTaken(`'${value}'::interval`, false)
      }
      await client.query('reset intervalstyle')
    },
  )

  it('bytea is read back in escape format', async () => {
    await client.query('set bytea_output = escape')
    await untilTaken(`'\\x0102fe5c'::bytea || 'Smith'::bytea`, false)
    await client.query('reset bytea_output')
  })
})

const times = [
  `'1961-07-03'::date`,
  `'1961-07-03 04:05:06.789'::timestamp`,
  `'1961-07-03 04:05:06.789'::timestamptz`,
  `array['1961-07-03 04:05:06.789'::timestamptz]`,
  `'["2020-01-01 00:00:00","2021-01-01 00:00:00")'::tsrange`,
]

/** The same value may be written in several ways; or is cut, or filled up with blanks. */
const writtenOtherwise = /^(boolean|interval|inet|bit|char|character|timestamp.*)$/

async function untilTaken(expression: string, isNull: boolean): Promise<void> {
  const type = await one(`select pg_typeof(${expression})::text`)
  const typeOid = Number(await one('select to_regtype($1)::oid::int8::text', [type]))
  const value = await ask(expression, type, [])
  const original = { ...value }
  for (const format of [0, 1]) {
    const bytes = format === 0 ? Buffer.from(value.text) : value.binary
    if (bytes.length === 0) continue
    const end = maskOfType(typeOid, format, types)(bytes, 0, bytes.length)
    expect(end).toBeLessThanOrEqual(bytes.length)
    expect(end === nullValue).toBe(isNull && !(format === 1 && end !== nullValue))
    if (end === nullValue) continue
    const masked = Buffer.from(bytes.subarray(0, end))
    expect(masked.toString('latin1')).not.toMatch(/smith|J.rg|fat|4711|sad|pg_class|1961|0[347]/i)
    const taken = await ask(`$1::${type}`, type, [format === 1 ? masked : masked.toString()])
    const back = format === 1 ? taken.binary : Buffer.from(taken.text)
    if (!writtenOtherwise.test(type))
      expect(back.toString('latin1')).toBe(masked.toString('latin1'))
    expect(taken.text).not.toBe(original.text)
  }
}
