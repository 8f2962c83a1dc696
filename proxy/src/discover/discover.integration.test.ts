/** What is discovered in a real PostgreSQL: of every version on this machine. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ConnectionConfiguration } from '@gatetrail/schemas'
import {
  allPostgresBinaries,
  startTestPostgres,
  type TestPostgres,
} from '../adapters/postgres/testing/postgres-server.ts'
import { discover, type Discovery } from './discover.ts'

const setUp = `
create role app login; create role reader login;
create schema crm;
create domain crm.mail_text as text;
create type crm.mood as enum ('good', 'bad');
create table crm.customers (id int primary key, name text, email crm.mail_text, phone_no varchar(30), active boolean,
  mood crm.mood, born_on date, code text, tagged_note text, commented text, emails text[], "odd ""name" text);
insert into crm.customers select i, 'Ilse Tamm', 'user' || i || '@example.org', '+1 202 555 0' || (100 + i % 100), true, 'good',
  '1970-01-01'::date + i, 'user' || i || '@example.net', 'x', 'y', array['a' || i || '@example.org', 'b@example.org'], null
from generate_series(1, 300) i;
comment on column crm.customers.commented is 'gatetrail:PERSON';
create table crm.films (id int, title text, name text, rating int, email_sent boolean);
insert into crm.films select i, 'Film ' || i, 'Film ' || i, 1, true from generate_series(1, 50) i;
create table crm.empty_staff (first_name text, ssn text);
create table crm.secrets (api_key text);
create table crm.events (at timestamptz, mobile text) partition by range (at);
create table crm.events_2020 partition of crm.events for values from ('2020-01-01') to ('2021-01-01');
insert into crm.events select '2020-03-01', case i % 2 when 0 then 'yes' else 'no' end from generate_series(1, 40) i;
create table crm.large (id int, contact text);
insert into crm.large select i, case when i < 50000 then '' else 'user' || i || '@example.org' end from generate_series(1, 100000) i;
create table crm."dotted.name" (email text);
create view crm.people as select name, email from crm.customers;
analyze;
grant usage on schema crm to app, reader;
grant select on all tables in schema crm to app;
revoke select on crm.secrets from app;
grant select (id, email) on crm.customers to reader;
`

describe.each(allPostgresBinaries)('in the PostgreSQL in %s', (binaries) => {
  let target: TestPostgres
  let discovery: Discovery
  const steps: string[] = []

  const connection = (
    settings: Partial<ConnectionConfiguration> = {},
  ): ConnectionConfiguration => ({
    name: 'crm',
    protocol: 'postgres',
    address: `127.0.0.1:${target.port}`,
    database: 'postgres',
    tls: 'disable',
    credential: { user: 'app' },
    tags: [],
    columns: {},
    strict: false,
    ...settings,
  })
  const secrets = { environment: {}, configurationDirectory: '/' }
  const classes = ({ found }: Discovery): Record<string, string> =>
    Object.fromEntries(found.map(({ place, entity, level }) => [place, `${entity}/${level}`]))

  beforeAll(async () => {
    target = await startTestPostgres(['host all all 127.0.0.1/32 trust'], binaries)
    await target.execute(setUp)
    discovery = await discover(
      connection({
        columns: { 'crm.customers.tagged_note': 'NOTE', 'crm.gone.email': 'EMAIL' },
      }),
      secrets,
      { sampleRows: 200, onProgress: (done, of) => steps.push(`${done}/${of}`) },
    )
  })
  afterAll(() => target?.stop())

  test('columns are told by name, type and values, whatever they are called', () => {
    expect(classes(discovery)).toMatchObject({
      'crm.customers.name': 'PERSON/certain',
      'crm.customers.email': 'EMAIL/certain',
      'crm.customers.phone_no': 'PHONE/certain',
      'crm.customers.born_on': 'DATE_OF_BIRTH/certain',
      'crm.customers.code': 'EMAIL/certain',
      'crm.customers.emails': 'EMAIL/certain',
    })
  })
  test('what looks alike and is not, is not', () => {
    const places = discovery.found.map(({ place }) => place)
    expect(places.filter((place) => /films|active|mood|mobile|\.id$/.test(place))).toEqual([])
  })
  test('of an empty table, and of one that may not be read, the names decide', () => {
    expect(classes(discovery)).toMatchObject({
      'crm.empty_staff.first_name': 'PERSON/likely',
      'crm.empty_staff.ssn': 'US_SSN/likely',
      'crm.secrets.api_key': 'API_KEY/likely',
    })
    expect(discovery.unsampled).toEqual([{ relation: 'crm.secrets', reason: 'no_permission' }])
  })
  test('what is tagged already is said and not proposed; so is a tag that fits nothing', () => {
    expect(discovery.tagged).toEqual([
      { place: 'crm.customers.tagged_note', dataClass: 'NOTE' },
      { place: 'crm.customers.commented', dataClass: 'PERSON' },
    ])
    expect(discovery.unmatched).toEqual(['crm.gone.email'])
    expect(Object.keys(classes(discovery))).not.toContain('crm.customers.commented')
  })
  test('partitions and views are not proposed: tags reach them', () => {
    const places = discovery.found.map(({ place }) => place).join()
    expect(places).not.toMatch(/events_2020|people/)
  })
  test('of a large table rows from all over it are taken, not its first ones', () => {
    expect(classes(discovery)['crm.large.contact']).toMatch(/^EMAIL/)
  })
  test('a column that no configuration can name is said', () => {
    expect(discovery.unnameable).toEqual(['crm.dotted.name.email'])
  })
  test('no value is in what is found, and progress is said for every relation', () => {
    expect(JSON.stringify(discovery)).not.toMatch(/@|Tamm|202 555/)
    expect(steps.at(-1)).toBe(`${discovery.relations}/${discovery.relations}`)
    expect(steps.length).toBe(discovery.relations + 1)
  })
  test('the read-only login is used where there is one, and asks only for columns that it may read', async () => {
    const found = await discover(
      connection({ credential: { user: 'nobody', readOnly: { user: 'reader' } } }),
      secrets,
      { sampleRows: 50, onProgress: () => undefined },
    )
    expect(classes(found)).toMatchObject({
      'crm.customers.email': 'EMAIL/certain',
      'crm.customers.phone_no': 'PHONE/likely',
    })
  })
  test('every statement of it is read-only, and what it reads is bounded', async () => {
    await target.execute(`alter system set log_statement = 'all'`)
    await target.execute('select pg_reload_conf()')
    await discover(connection(), secrets, { sampleRows: 50, onProgress: () => undefined })
    const log = await target.log()
    const reads = log.split('LOG:').filter((entry) => entry.includes('from "crm"'))
    expect(reads.length).toBeGreaterThan(5)
    expect(reads.filter((entry) => !/limit (50|200)\b/.test(entry))).toEqual([])
    expect(log).toContain('begin transaction read only')
  })
  test('a target that refuses the login is said as such', async () => {
    await expect(
      discover(connection({ credential: { user: 'stranger' } }), secrets, {
        sampleRows: 10,
        onProgress: () => undefined,
      }),
    ).rejects.toMatchObject({ code: 'UPSTREAM_AUTHENTICATION_FAILED' })
  })
})
