/**
 * Masking styles, as configured: the same value has the same token wherever a client gets it from, numbers keep their check
 * digits, NULL is NULL; nothing of what is computed is kept; and no value is on any disk.
 */
import { Client, type ClientConfig, type QueryConfig } from 'pg'
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest'
import { findNeedles, needlesOf } from './harness/needles.ts'
import { createPlatform, readAllFiles, type Platform } from './harness/platform.ts'
import { withLuhnDigit } from './harness/shop.ts'
import { AskingClient, cellsOf } from './leaks/asking-client.ts'

const email = 'Robin.Marten@hollow-oak.example.org'
const card = withLuhnDigit('453298760123456')
const ssn = '529-81-4402'
const phone = '+1 415 555 0134'
const birthday = '1961-07-13'
const id = 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'

const columns = {
  'public.people.email': 'EMAIL',
  'public.people.card': 'CREDIT_CARD',
  'public.people.card_number': 'CREDIT_CARD',
  'public.people.ssn': 'US_SSN',
  'public.people.phone': 'PHONE',
  'public.people.born': 'DATE_OF_BIRTH',
  'public.people.person': 'PERSON_ID',
  'public.people.name': 'PERSON',
  'public.orders.buyer': 'EMAIL',
}
const masking = {
  default: 'redact',
  styles: {
    EMAIL: 'token',
    CREDIT_CARD: 'format_preserving',
    DATE_OF_BIRTH: 'format_preserving',
    US_SSN: 'keep_last_four',
    PHONE: 'null',
    PERSON_ID: 'token',
  },
}

let platform: Platform

beforeAll(async () => {
  platform = await createPlatform({
    columns,
    sections: { masking, detection: { columns: false } },
    prepare: async (target) => {
      await target.direct(`
        set role app;
        create table people (id integer primary key, email text, card text, card_number bigint, ssn text, phone text,
          born date, person uuid, name text);
        create table orders (id integer primary key, buyer varchar(60), note text, doc jsonb);
        insert into people values (1, '${email}', '${card}', ${card}, '${ssn}', '${phone}', '${birthday}', '${id}', 'Robin of the Marten Hollow');
        insert into orders values (7, lower('${email}'), 'sent to ${email}, paid by ${card}', '{"to": "${email}", "card": ${card}, "ssn": "${ssn}"}');`)
    },
  })
  await platform.start()
})
afterAll(async () => platform?.close())

const showLogs = () => onTestFailed(async () => console.log(await platform.logs()))
const roads = ['simple', 'text', 'binary'] as const

async function caller(group = 'everything'): Promise<ClientConfig> {
  const password = await platform.issuer.token('analyst', [group], { run_id: 'styles' })
  const { postgres: port } = platform.ports
  return { host: '127.0.0.1', port, database: 'orders', user: 'anybody', password }
}

async function connect(group?: string): Promise<Client> {
  const client = new Client(await caller(group))
  client.on('error', () => undefined)
  await client.connect()
  return client
}

/** The first row, as the client reads it. */
async function row(
  client: Client,
  text: string,
  road: (typeof roads)[number] = 'simple',
): Promise<Record<string, unknown>> {
  // pg: `binary` and `queryMode` are fields of its internals that its types leave out.
  const how = road === 'simple' ? {} : { queryMode: 'extended', binary: road === 'binary' }
  const { rows } = await client.query<Record<string, unknown>>({ text, ...how } as QueryConfig)
  return rows[0]!
}

async function token(client: Client): Promise<string> {
  return String((await row(client, 'select email from people'))['email'])
}

/** Of jsonb in binary format the version stands in front. */
const parsed = (doc: unknown): unknown =>
  typeof doc === 'string' ? JSON.parse(doc.replace(/^\x01/, '')) : doc

const isLuhn = (digits: string): boolean => withLuhnDigit(digits.slice(0, -1)) === digits

test('the same value has the same token in every table, format and document', async () => {
  showLogs()
  const client = await connect()
  const shown = await token(client)
  expect(shown).toMatch(/^tok_[a-z2-7]{26}$/)
  for (const road of roads) {
    expect(await row(client, 'select email, name from people', road)).toEqual({ email: shown, name: '[PERSON]' }) // prettier-ignore
    expect(await row(client, 'select buyer from orders', road)).toEqual({ buyer: shown })
    const { note, doc } = await row(client, 'select note, doc from orders', road)
    expect(note).toMatch(new RegExp(`^sent to ${shown}\\**, paid by 4532\\d{12}$`))
    expect(parsed(doc)).toMatchObject({ to: shown, ssn: '***-**-4402' })
  }
  const joined = await client.query('select email, buyer, (select count(*) from orders) as n from people, orders where lower(email) = buyer') // prettier-ignore
  expect(joined.rows).toEqual([{ email: shown, buyer: shown, n: '1' }])
  await client.end()
})

test('a masked card is a card, as text, as a number and within a text', async () => {
  showLogs()
  const client = await connect()
  const masked = String((await row(client, 'select card from people'))['card'])
  expect(masked).not.toBe(card)
  expect(isLuhn(masked)).toBe(true)
  for (const road of roads) {
    const shown = await row(client, 'select card, card_number, note, doc from people, orders', road)
    expect(shown['card']).toBe(masked)
    expect(shown['note']).toContain(masked)
    expect(parsed(shown['doc'])).toMatchObject({ card: Number(masked) })
    const number = shown['card_number']
    if (road !== 'binary') expect(number).toBe(masked)
  }
  expect(String((await binary('card_number')).readBigInt64BE())).toBe(masked)
  await client.end()
})

test('dates, UUIDs and what shall be NULL are values of their types', async () => {
  showLogs()
  const client = await connect()
  const text = await row(
    client,
    'select born::date as born, person, phone, ssn from people',
    'text',
  )
  expect(text).toMatchObject({ phone: null, ssn: '***-**-4402' })
  expect(text['person']).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab]/)
  const shown = await row(client, `select born, person from people`)
  const days = Math.round((Number(shown['born']) - Date.UTC(2000, 0, 1)) / 86_400_000)
  // The clock of the test may be another than UTC.
  expect(Math.abs((await binary('born')).readInt32BE() - days)).toBeLessThanOrEqual(1)
  expect((await binary('person')).toString('hex')).toBe(String(shown['person']).replaceAll('-', ''))
  await client.end()
})

/** A value in binary format, as it comes: pg would read it as text first. */
async function binary(column: string): Promise<Buffer> {
  const asking = await AskingClient.connect(await caller())
  const { bytes } = await asking.ask(`select ${column} from people`, 'binary')
  await asking.close()
  return cellsOf(bytes)[0]![0]!
}

test('what is computed of a value shows no part of it and no token', async () => {
  showLogs()
  const client = await connect()
  const shown = await row(client, `select left(email, 12) as a, email || '' as b, upper(email) as c, right(ssn, 4) as d, card || 'x' as e, reverse(ssn) as f,
    substr(card, 1, 4) as g, (card_number / 10)::text as h, md5(email) as i from people`) // prettier-ignore
  for (const value of Object.values(shown)) expect(value).toMatch(/^\**$/)
  // Who gets tokens of values of their own choice could go through all there are.
  const chosen = await row(
    client,
    `select '${email}' as a, array['${email}'] as b, note || '' as c from orders`,
  )
  expect(JSON.stringify(chosen)).not.toMatch(/tok_|Marten/)
  await client.end()
})

test('COPY shows what rows show', async () => {
  showLogs()
  const client = await connect()
  const shown = await token(client)
  await client.end()
  const { password } = await caller()
  const psql = async (format: string): Promise<string> => {
    const text = `copy people (id, email, phone, ssn, name) to stdout with (format ${format})`
    return (await platform.psql(String(password), ['-c', text])).stdout
  }
  expect(await psql('text')).toBe(`1\t${shown}\t\\N\t***-**-4402\t[PERSON]\n`)
  expect(await psql('csv')).toBe(`1,${shown},,***-**-4402,[PERSON]\n`)
})

test('tokens outlive a restart, and no value is on any disk or in any log', async () => {
  showLogs()
  const before = await connect()
  const shown = await token(before)
  await before.end()
  // What policy reveals is masked in the record, whatever the style keeps.
  const owner = await connect('owners')
  const revealed = await row(owner, 'select email, card, ssn, note from people, orders')
  expect(revealed).toMatchObject({ email, card, ssn })
  await owner.end()
  await platform.stop()
  const needles = [email, card, ssn].flatMap((value, index) => needlesOf(`value ${index}`, value))
  for (const [name, bytes] of await readAllFiles(platform.dataDirectory)) {
    expect(findNeedles(needles, name, bytes)).toEqual([])
  }
  expect(findNeedles(needles, 'output', Buffer.from(await platform.logs()))).toEqual([])
  await platform.start()
  const after = await connect()
  expect(await token(after)).toBe(shown)
  await after.end()
})
