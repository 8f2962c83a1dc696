/** Masks of every style are put before PostgreSQL itself: it must take them as values of their types, in both formats. */
import { Masking } from '@gatetrail/detect'
import { maskingStyles, type MaskingStyle } from '@gatetrail/schemas'
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

/** Values that have masks of their own in some style, besides those of masks.integration.test.ts. */
const further = [
  `'ada.lovelace@example.org'::text`,
  `'529-81-4402'::varchar(11)`,
  `'Ada Lovelace, 12 Long Street'::text`,
  `'ada.lovelace@example.org'::citext`,
  `529814402::int4`,
  `2000000007::int4`,
  `-529814402::int8`,
  `4929123456789010::int8`,
  `'529814402.50'::numeric(14,2)`,
  `4929123456789010::numeric`,
  `-10000000000000001::numeric`,
  `'0.12345678'::numeric`,
  `120000000::numeric`,
  `'1961-07-01 23:59:59.5-05'::timestamptz`,
  `'1931-07-01 00:00:00'::timestamp`,
  `'192.168.17.4'::inet`,
  `'192.168.17.4/24'::inet`,
  `'"ada.lovelace@example.org"'::json`,
  `'"ada.lovelace@example.org"'::jsonb`,
  `'{"who": "ada.lovelace@example.org", "n": [1, 2, 3]}'::jsonb`,
  `'529814402'::jsonb`,
  `'-52981.4402'::json`,
  `convert_to('ada.lovelace@example.org', 'UTF8')`,
  `xmlelement(name customer, 'ada.lovelace@example.org')`,
  `'Ada Lovelace of Long Street'::text::xml`,
  `array['ada.lovelace@example.org', null, 'bob@example.org']`,
  `array[529814402, 7, null]`,
  `array['1961-07-01'::date, null]`,
  `array['a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid]`,
]
const all = [...samples.map(([expression]) => expression), ...further].map((expression) =>
  expression.replace('gen_random_uuid()', `'5b8e6f0a-1c1d-4e2f-9a3b-7c8d9e0f1a2b'::uuid`),
)

/** The same value is written in several ways, or its text depends on the zone, or it has another mask in each format. */
const writtenOtherwise =
  /^(boolean|interval|character|"char"|inet|cidr|bit|path|oidvector|int2vector)/
const secrets = /smith|J.rg|fat|4711|sad|pg_class|1961|0[347]\d\d\d\d|ada|love|529814402|52981/i

let server: TestPostgres
let client: Client
let types: Types

type Value = { text: string; binary: Buffer }

async function one(text: string, values: unknown[] = []): Promise<string> {
  const config: QueryConfig & { rowMode: 'array' } = { text, values, rowMode: 'array' }
  const { rows } = await client.query<string[]>(config)
  return rows[0]![0]!
}

async function ask(expression: string, send: string, values: unknown[] = []): Promise<Value> {
  const text = `select (${expression})::text || '|' || encode(${send}(${expression}), 'hex')`
  const shown = await one(text, values)
  const cut = shown.lastIndexOf('|')
  return { text: shown.slice(0, cut), binary: Buffer.from(shown.slice(cut + 1), 'hex') }
}

describe.skipIf(postgresBinaries === undefined).each(maskingStyles)('the style %s', (style) => {
  const mask = new Masking({ default: style, styles: {} }, Buffer.alloc(32, 5)).of('CUSTOMER')

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

  async function masked(expression: string, computed: boolean): Promise<Taken> {
    const type = await one(`select pg_typeof(${expression})::text`)
    const typeOid = Number(await one('select to_regtype($1)::oid::int8::text', [type]))
    const send = await one('select typsend::regproc::text from pg_type where oid = to_regtype($1)', [type]) // prettier-ignore
    const value = await ask(expression, send)
    const taken: (string | undefined)[] = []
    for (const format of [0, 1]) {
      const original = format === 0 ? Buffer.from(value.text) : value.binary
      const bytes = Buffer.from(original)
      if (bytes.length === 0) return { type, original: value.text, taken: undefined }
      const end = maskOfType(typeOid, format, types, computed, mask)(bytes, 0, bytes.length)
      expect(end).toBeLessThanOrEqual(original.length)
      if (end === nullValue) {
        taken.push(undefined)
        continue
      }
      const shown = Buffer.from(bytes.subarray(0, end))
      const back = await ask(`$1::${type}`, send, [format === 1 ? shown : shown.toString()])
      taken.push(back.text)
    }
    return { type, original: value.text, taken }
  }

  it.each(all)('has of %s a value of its type, alike in both formats', async (expression) => {
    const { type, original, taken } = await masked(expression, false)
    if (taken === undefined) return
    for (const text of taken) {
      if (style === 'null') expect(text).toBeUndefined()
      if (text === undefined) continue
      expect(text).not.toBe(original)
      if (style !== 'keep_last_four') expect(text).not.toMatch(secrets)
    }
    const isAlike = !writtenOtherwise.test(type) && !expression.includes('infinity')
    if (isAlike && !taken.includes(undefined)) expect(taken[0]).toBe(taken[1])
  })

  it.each(all)('shows of computed %s a constant at most', async (expression) => {
    const { taken } = await masked(expression, true)
    const constants: Record<MaskingStyle, RegExp> = {
      same_length: /^[^\d\w]*$/,
      redact: /^[^\d\w]*$|\[CU/,
      keep_last_four: /^[^\d\w]*$/,
      null: /^$/,
      token: /^[^\d\w]*$/,
      format_preserving: /^[^\d\w]*$/,
    }
    const isText = /::text$|::varchar|::citext/.test(expression)
    for (const text of taken ?? []) {
      if (text !== undefined && isText) expect(text).toMatch(constants[style])
      if (text !== undefined) expect(text).not.toMatch(secrets)
    }
  })
})

type Taken = { type: string; original: string; taken: readonly (string | undefined)[] | undefined }
