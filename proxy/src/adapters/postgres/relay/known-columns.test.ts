/** Columns that nobody has tagged: what their names and values tell, on every road of the relay. */
import { beforeAll, describe, expect, it } from 'vitest'
import { createDetection } from '../../../detection/detection.ts'
import { snapshotOf, type Snapshot } from '../catalogue/snapshot.ts'
import { loadParser } from '../facts/index.ts'
import { testModel } from '../facts/testing/test-model.ts'
import { memorySession, type MemorySession } from './testing/memory-session.ts'
import * as m from './testing/messages.ts'

beforeAll(() => loadParser())

const telling = createDetection({ off: [], columns: true, custom: [] })
const views = {
  'public.everybody': {
    columns: 'id who',
    definition: 'select people.id, upper(people.last_name) as who from public.people',
  },
}
const snapshotNow = (): Snapshot =>
  snapshotOf(
    testModel({ 'public.people': 'id last_name note', 'public.sheet': 'id c1 c2' }, views),
    new Map(),
  )
/** Tables in the order of the model. */
const people = 20_000
const sheet = 20_001

function session(
  reveal: (dataClass: string) => boolean = () => false,
  detection = telling,
): MemorySession {
  const snapshot = snapshotNow()
  return memorySession({
    detection,
    connection: { name: 'shop', columns: {} },
    catalogue: { current: () => snapshot, refresh: () => Promise.resolve(snapshot) },
    policies: { setHash: 'f00d', decide: () => ({ verdict: 'allow', policies: ['all'] }), reveal },
  })
}

type Touched = { touches: { place: string; entity: string; outcome: string; level: string; count: number }[] } // prettier-ignore
const touchesOf = ({ journal }: MemorySession): string[] =>
  journal
    .events<Touched>('gatetrail.pii.touched')
    .flatMap(({ touches }) =>
      touches.map(({ place, entity, outcome, level, count }) =>
        [place, entity, outcome, level, count].join(' '),
      ),
    )

async function ask(
  { fromClient, fromTarget }: MemorySession,
  sql: string,
  columns: m.TestColumn[],
  ...chunks: (string | null)[][][]
): Promise<void> {
  await fromClient(m.query(sql))
  await fromTarget(m.rowDescription(...columns))
  for (const rows of chunks) await fromTarget(Buffer.concat(rows.map((row) => m.dataRow(...row))))
  await fromTarget(Buffer.concat([m.commandComplete('SELECT 1'), m.ready()]))
}

const lastName = { name: 'last_name', table: people, attribute: 2 }
const rows = [
  ['1', 'Byron'],
  ['2', 'Noether'],
]

describe('a column whose name says what it holds', () => {
  it('is masked whole, counted as likely, and shown to whom policy reveals its class', async () => {
    const masked = session()
    await ask(masked, 'select id, last_name from people', [{ name: 'id', table: people, attribute: 1 }, lastName], rows) // prettier-ignore
    expect(masked.client.received.toString()).not.toMatch(/Byron|Noether/)
    expect(masked.client.received.toString()).toContain('*****')
    expect(touchesOf(masked)).toEqual(['public.people.last_name PERSON masked likely 2'])
    const revealed = session((dataClass) => dataClass === 'PERSON')
    await ask(revealed, 'select id, last_name from people', [{ name: 'id' }, lastName], rows)
    expect(revealed.client.received.toString()).toContain('Byron')
    expect(revealed.journal.text()).not.toContain('Byron')
    expect(touchesOf(revealed)).toEqual(['public.people.last_name PERSON revealed likely 2'])
  })

  it.each([
    ['select upper(last_name) as x from people', { name: 'x' }],
    ['select who from everybody', { name: 'who', table: 20_002, attribute: 2 }],
    ['with a as (select last_name as b from people) select b as c from a', { name: 'c' }],
    ['select p from people p', { name: 'p', table: people, attribute: 0 }],
    ['select row_to_json(p) from people p', { name: 'row_to_json', type: 114 }],
  ])('is masked through %s', async (sql, column) => {
    const through = session()
    await ask(through, sql, [column], [['"Byron"']])
    expect(through.client.received.toString()).not.toContain('Byron')
    expect(touchesOf(through)).toEqual(['public.people.last_name PERSON masked likely 1'])
  })

  it('leaves documents their form, so that who reads rows as JSON goes on reading', async () => {
    const through = session()
    const column = { name: 'row_to_json', type: 114 }
    const rows = ['{"id":1,"last_name":"Byron \\"Ada\\" É","ok":true,"n":-1.5,"list":["Byron"],"my key":null}', '"Byron"'] // prettier-ignore
    await ask(
      through,
      'select row_to_json(p) from people p',
      [column],
      rows.map((row) => [row]),
    )
    const [shown, plain] = m.framesOf(through.client.received).filter(({ type }) => type === 'D')
    expect(JSON.parse(shown!.body.slice(6))).toEqual({
      id: 1,
      last_name: '*'.repeat(16),
      ok: true,
      n: -1.5,
      list: ['*****'],
      '******': null,
    })
    expect(plain!.body.slice(6)).toBe('"*****"')
  })

  it('shows no number in a document that would be found in any other', async () => {
    const through = session()
    const column = { name: 'row_to_json', type: 114 }
    const doc = '{"id":1,"last_name":"Byron","note":4532015112830366}'
    await ask(through, 'select row_to_json(p) from people p', [column], [[doc]])
    const [shown] = m.framesOf(through.client.received).filter(({ type }) => type === 'D')
    expect(JSON.parse(shown!.body.slice(6))).toEqual({ id: 1, last_name: '*****', note: 0 })
    expect(through.journal.text()).not.toContain('4532015112830366')
  })

  it.each([
    ['select length(last_name) from people', { name: 'length', type: 23 }],
    ['select count(last_name) as last_name from people', { name: 'last_name', type: 20 }],
  ])('gives its numbers: %s', async (sql, column) => {
    const numbers = session()
    await ask(numbers, sql, [column], [['5']])
    expect(m.framesOf(numbers.client.received)[1]!.body.endsWith('5')).toBe(true)
  })

  it('is none of the catalogue, and none where the configuration says so', async () => {
    const catalogue = session()
    const sql = 'select rolname as last_name from pg_catalog.pg_roles'
    await ask(catalogue, sql, [{ name: 'last_name', table: 12_000, attribute: 1 }], [['Byron']])
    await ask(catalogue, `select 'Byron' as last_name`, [{ name: 'last_name' }], [['Byron']])
    expect(m.framesOf(catalogue.client.received).filter(({ body }) => body.includes('Byron'))).toHaveLength(2) // prettier-ignore
    const off = session(undefined, createDetection({ off: [], columns: false, custom: [] }))
    await ask(off, 'select last_name from people', [lastName], [['Byron']])
    expect(off.client.received.toString()).toContain('Byron')
  })

  it('is masked in the record of what the client compares with it and puts into it', async () => {
    const sent = session()
    await sent.fromClient(m.query(`insert into people (id, last_name) values (7, 'Byron')`))
    await sent.fromTarget(m.commandComplete('INSERT 0 1'), m.ready())
    await sent.fromClient(
      m.parse('', 'select id from people where last_name = $1'),
      m.bind('', '', ['Byron']),
    )
    expect(sent.target.received.toString()).toContain('Byron')
    expect(sent.journal.text()).not.toContain('Byron')
    expect(touchesOf(sent)).toContain('public.people.last_name PERSON written likely 1')
  })

  it('is masked where the target quotes its values, but not where it quotes a key of another', async () => {
    const failing = session()
    const fail = async (sql: string, ...error: [string, string, string?]): Promise<string> => {
      const before = failing.client.received.length
      await failing.fromClient(m.query(sql))
      await failing.fromTarget(m.error(...error), m.ready())
      return failing.client.received.toString('latin1', before)
    }
    const invalid = 'invalid input syntax for type integer: "Byron"'
    expect(await fail('select last_name::int from people', '22P02', invalid)).not.toContain('Byron')
    const [insert, duplicate] = [`insert into people values (7, 'Byron')`, 'duplicate key value violates unique constraint "people_pkey"'] // prettier-ignore
    const other = await fail(insert, '23505', duplicate, 'Key (id)=(7) already exists.')
    expect(other).toContain('people_pkey')
    expect(other).toContain('Key (id)=(7) already exists.')
    const own = await fail(insert, '23505', duplicate, 'Key (last_name)=(Byron) already exists.')
    expect(own).not.toContain('Byron')
    const absent = await fail('select last_name::regclass from people', '42P01', 'relation "byron" does not exist') // prettier-ignore
    expect(absent).not.toContain('byron')
    const uncalled = await fail('select last_name::regproc from people', '42883', 'function byron does not exist') // prettier-ignore
    expect(uncalled).not.toContain('byron')
    expect(failing.journal.text()).not.toMatch(/byron/i)
  })
})

describe('a column whose values say what it holds', () => {
  const column = { name: 'c1', table: sheet, attribute: 2 }
  const mails = (from: number, to: number): string[][] =>
    Array.from({ length: to - from }, (_, index) => [`person${from + index}@mail.example.com`])

  it('is masked whole from the first row on, if one piece of input tells it', async () => {
    const told = session()
    await ask(told, 'select c1 from sheet', [column], [...mails(0, 30), ['Byron at work']])
    expect(told.client.received.toString()).not.toMatch(/Byron|person/)
    expect(touchesOf(told)).toEqual(['public.sheet.c1 EMAIL masked likely 31'])
  })

  it('has values that went before counted as late', async () => {
    const told = session()
    await ask(told, 'select c1 from sheet', [column], [...mails(0, 4), ['Byron']], mails(4, 40))
    expect(told.client.received.toString()).toContain('Byron')
    expect(touchesOf(told)).toContain('public.sheet.c1 EMAIL late likely 5')
    expect(touchesOf(told)).toContain('public.sheet.c1 EMAIL masked likely 36')
  })

  it('stays known for the next statement, however little that shows', async () => {
    const told = session()
    await ask(told, 'select c1 from sheet', [column], mails(0, 30))
    await ask(told, 'select c1 as x from sheet limit 1', [{ ...column, name: 'x' }], [['Byron']])
    expect(told.client.received.toString()).not.toContain('Byron')
  })

  it('stays known for the same statement where it is no column of a relation', async () => {
    const told = session()
    const sql = `select c1 || '' as x from sheet`
    await ask(told, sql, [{ name: 'x' }], [...mails(0, 30), ['Byron']], [['Noether']])
    await ask(told, sql, [{ name: 'x' }], [['Lovelace']])
    expect(told.client.received.toString()).not.toMatch(/Byron|Noether|Lovelace/)
    expect(touchesOf(told)).toContain('result.x EMAIL masked likely 32')
  })

  it('is told by no few of them, nor by a mixture', async () => {
    const mixed = session()
    await ask(mixed, 'select c1 from sheet', [column], [...mails(0, 5), ['Byron']])
    expect(mixed.client.received.toString()).toContain('Byron')
    const words = Array.from({ length: 60 }, (_, index) => [`parcel ${index} at the door`])
    const other = { name: 'c2', table: sheet, attribute: 3 }
    await ask(mixed, 'select c2 from sheet', [other], [...words, ...mails(0, 20), ['Noether']])
    expect(mixed.client.received.toString()).toContain('Noether')
    expect(mixed.client.received.toString()).not.toContain('person')
  })

  it('is masked in COPY too', async () => {
    const told = session()
    await told.fromClient(m.query('copy sheet (c1) to stdout'))
    const data = [...mails(0, 30), ['Byron']].map(([value]) => m.copyData(`${value}\n`))
    const copyOut = m.message('H', [0], m.i16(1), m.i16(0))
    await told.fromTarget(copyOut, Buffer.concat(data))
    await told.fromTarget(m.copyDone, m.commandComplete('COPY 31'), m.ready())
    expect(told.client.received.toString()).not.toMatch(/Byron|person/)
    expect(touchesOf(told)).toEqual(['public.sheet.c1 EMAIL masked likely 31'])
  })
})
