import pg from 'pg'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  postgresBinaries,
  startTestPostgres,
  type TestPostgres,
} from '../testing/postgres-server.ts'
import { connectToTarget } from '../upstream/connect.ts'
import { createCatalogue, type Catalogue } from './catalogue.ts'
import type { Snapshot } from './snapshot.ts'

const log = pino({ level: 'silent' })
const columns = {
  'public.customers.ssn': 'US_SSN',
  'public.customers.email': 'EMAIL',
  'public.measures.reading': 'SECRET',
  'public.nowhere.at_all': 'EMAIL',
}

describe.skipIf(postgresBinaries === undefined)('the catalogue of a real PostgreSQL', () => {
  let server: TestPostgres
  let unmatched: readonly string[] = []
  let loads = 0
  let nowMs = 0
  const catalogueOf = (tags: Record<string, string>): Catalogue =>
    createCatalogue({
      connection: { name: 'orders', columns: tags },
      open(settings) {
        const target = {
          name: 'orders',
          address: `127.0.0.1:${server.port}`,
          tls: 'disable' as const,
          certificateAuthorities: undefined,
        }
        const login = { user: 'postgres', password: '', database: 'postgres' }
        return connectToTarget(target, login, settings)
      },
      onUnmatched(places) {
        unmatched = places
        loads++
      },
      log,
      now: () => nowMs,
    })
  const names = (snapshot: Snapshot, oids: Iterable<number>): string[] =>
    [...oids].map((oid) => snapshot.relations.get(oid)?.name ?? '?').toSorted()

  beforeAll(async () => {
    server = await startTestPostgres([])
    await server.execute(`
      create table customers (id int, gone int, ssn text, email varchar(80), city text);
      alter table customers drop column gone;
      create table measures (at int, reading text) partition by range (at);
      create table measures_1 partition of measures for values from (0) to (10);
      create table other (id int);
      create view cities as select city from customers;
      create view contact as select id, email as address from customers;
      create view contact_of_contact as select address from contact;
      create view whole as select c from customers c;
      create view whole_and_column as select c.id, c from customers c;
      create view how_many as select count(*) from other;
      create materialized view kept as select ssn from customers;
      create view by_partition as select reading from measures_1;
    `)
  })
  afterAll(() => server.stop())

  test('names every relation and places the tags by OID and attribute', async () => {
    const snapshot = await catalogueOf(columns).refresh()
    const byName = new Map([...snapshot.relations].map(([oid, { name }]) => [name, oid]))
    const customers = snapshot.tagged.get(byName.get('public.customers')!)
    expect([...customers!]).toEqual([
      [3, { column: 'public.customers.ssn', dataClass: 'US_SSN', typeOid: 25 }],
      [4, { column: 'public.customers.email', dataClass: 'EMAIL', typeOid: 1043 }],
    ])
    expect(snapshot.relations.get(byName.get('public.kept')!)?.kind).toBe('m')
  })

  test('a partition of a tagged table is tagged, under the configured name of the column', async () => {
    const snapshot = await catalogueOf(columns).refresh()
    expect(names(snapshot, snapshot.tagged.keys())).toEqual([
      'public.customers',
      'public.measures',
      'public.measures_1',
      // A column of theirs holds a whole row of customers.
      'public.whole',
      'public.whole_and_column',
    ])
    const [partition] = [...snapshot.tagged].filter(
      ([oid]) => snapshot.relations.get(oid)?.name === 'public.measures_1',
    )
    expect([...partition![1].values()][0]?.column).toBe('public.measures.reading')
  })

  test('names the tags that fit no column, and goes on', async () => {
    await catalogueOf(columns).refresh()
    expect(unmatched).toEqual(['public.nowhere.at_all'])
  })

  test('is loaded once for all who wait, and again when it is older than 60 s', async () => {
    loads = 0
    const catalogue = catalogueOf(columns)
    await Promise.all([catalogue.ready(), catalogue.ready(), catalogue.ready()])
    expect(loads).toBe(1)
    nowMs += 59_000
    await catalogue.ready()
    expect(loads).toBe(1)
    nowMs += 2_000
    await catalogue.ready()
    expect(loads).toBe(2)
  })

  test('a refresh sees what is there when it is asked for, also while an older load is under way', async () => {
    const catalogue = catalogueOf(columns)
    const older = catalogue.refresh()
    await server.execute('create table brand_new (id int)')
    const [, ...newer] = await Promise.all([older, catalogue.refresh(), catalogue.refresh()])
    for (const snapshot of newer) {
      expect(names(snapshot, snapshot.relations.keys())).toContain('public.brand_new')
    }
  })

  test('a definition that an open transaction holds delays nobody for long, what was known stays, and it is tried again soon', async () => {
    const catalogue = catalogueOf(columns)
    const before = await catalogue.refresh()
    const holder = new pg.Client({ port: server.port, host: '127.0.0.1', user: 'postgres' })
    await holder.connect()
    await server.execute('create view late_cities as select city from customers')
    await holder.query(
      'begin; create table late (id int); lock table late_cities in access exclusive mode',
    )
    const startedAt = performance.now()
    await expect(catalogue.refresh()).rejects.toMatchObject({ cause: { sqlstate: '55P03' } })
    nowMs += 61_000
    await catalogue.ready()
    expect(performance.now() - startedAt).toBeLessThan(10_000)
    expect(catalogue.current()).toBe(before)
    await holder.query('commit')
    await holder.end()
    nowMs += 5_001
    catalogue.current()
    await expect
      .poll(() => names(catalogue.current(), catalogue.current().relations.keys()))
      .toContain('public.late')
  })

  test('without tags the catalogue is loaded too, since facts rest on it', async () => {
    loads = 0
    const catalogue = catalogueOf({})
    await catalogue.ready()
    expect(loads).toBe(1)
    const snapshot = catalogue.current()
    expect(names(snapshot, snapshot.relations.keys())).toContain('public.customers')
    expect(snapshot.model.relationsByName.get('public.customers')?.columns).toHaveLength(4)
    expect(snapshot.tagged.size).toBe(0)
  })

  test('a name with a quote or a backslash is only a name', async () => {
    const snapshot = await catalogueOf({ [`pub'lic.a"b\\.c';--`]: 'EMAIL' }).refresh()
    expect(snapshot.tagged.size).toBe(0)
  })
})
