/** Errors, notices and notifications of a real PostgreSQL, for a client to whom policy reveals some of what they quote. */
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { loadSnapshot } from '../catalogue/load-snapshot.ts'
import { emptySnapshot, type Snapshot } from '../catalogue/snapshot.ts'
import { createFactsCache, loadParser } from '../facts/index.ts'
import {
  postgresBinaries,
  startTestPostgres,
  type TestPostgres,
} from '../testing/postgres-server.ts'
import { createStamp, MemoryJournal } from './testing/memory-journal.ts'
import { openTestDoor, type TestDoor } from './testing/test-door.ts'

const mail = 'ada@example.com'
const name = 'Lovelace'

describe.skipIf(postgresBinaries === undefined)('what the target says besides rows', () => {
  let postgres: TestPostgres
  let door: TestDoor
  let journal: MemoryJournal
  let snapshot: Snapshot = emptySnapshot()
  let tagged: Snapshot = emptySnapshot()
  let untagged: Snapshot = emptySnapshot()
  let revealed: ReadonlySet<string>

  const load = async (columns: Record<string, string>): Promise<Snapshot> => {
    const at = { host: '127.0.0.1', port: postgres.port, user: 'postgres', database: 'postgres' }
    const client = new pg.Client(at)
    await client.connect()
    const query = async (text: string, values: readonly string[]): Promise<(string | null)[][]> => {
      const { rows } = await client.query({ text, values: [...values], rowMode: 'array' })
      return rows.map((row: unknown[]) =>
        row.map((value) => (value === null ? null : `${value as string | number}`)),
      )
    }
    const loaded = await loadSnapshot({ query, close: () => undefined }, columns)
    await client.end()
    return loaded.snapshot
  }

  beforeAll(async () => {
    await loadParser()
    postgres = await startTestPostgres([])
    await postgres.execute(`
      create table users (id int, email text);
      create unique index on users (lower(email));
      insert into users values (1, '${mail}');
      create table people (id int primary key, name text);
      insert into people values (1, '${name}');
      create table known (name text primary key);
      create table refers (name text references known deferrable initially deferred);
      create function tell() returns text language plpgsql as $$
        begin raise notice 'it is % of %', (select name from people), '${mail}'; return ''; end $$;`)
    untagged = await load({})
    tagged = await load({ 'public.people.name': 'PERSON' })
    door = await openTestDoor({
      journal: {
        append: (...values) => journal.append(...values),
        afterWrite: (...values) => journal.afterWrite(...values),
        pauseMs: () => journal.pauseMs(),
      },
      stamp: createStamp,
      connection: { name: 'shop', columns: {} },
      policies: {
        setHash: 'f00d',
        decide: () => ({ verdict: 'allow', policies: ['allow-all'] }),
        reveal: (dataClass) => revealed.has(dataClass),
      },
      facts: createFactsCache({ entriesMax: 100, bytesMax: 1_000_000 }),
      catalogue: { current: () => snapshot, refresh: () => Promise.resolve(snapshot) },
      target: { port: postgres.port, user: 'postgres', database: 'postgres' },
    })
  }, 60_000)
  afterAll(async () => {
    await door?.close()
    await postgres?.stop()
  })
  beforeEach(() => {
    journal = new MemoryJournal()
    revealed = new Set()
    snapshot = untagged
  })

  /** All that the client is told: of errors, notices and notifications. */
  const told = async (...texts: string[]): Promise<string> => {
    const heard: unknown[] = []
    const at = { host: '127.0.0.1', port: door.port, user: 'x', database: 'shop' }
    const client = new pg.Client(at)
    client.on('notice', ({ message, detail }) => heard.push(message, detail))
    client.on('notification', ({ payload }) => heard.push(payload))
    await client.connect()
    for (const text of texts) {
      await client
        .query(text)
        .catch(({ message, detail }: pg.DatabaseError) => heard.push(message, detail))
    }
    await client.end()
    return heard.join('\n')
  }
  const duplicate = `insert into users values (2, '${mail}')`

  it('is searched for personal data, also where nothing is tagged', async () => {
    expect(await told(duplicate)).not.toContain(mail)
    expect(journal.text()).not.toContain(mail)
  })

  it('quotes what policy reveals, to the client alone', async () => {
    revealed = new Set(['EMAIL_ADDRESS', 'EMAIL'])
    expect(await told(duplicate)).toContain(`Key (lower(email))=(${mail}) already exists.`)
    expect(await told(`do $$ begin raise notice 'to ${mail}'; end $$`)).toContain(`to ${mail}`)
    expect(await told('listen x', `notify x, 'to ${mail}'`)).toContain(`to ${mail}`)
    expect(journal.text()).not.toContain(mail)
    expect(JSON.stringify(journal.events('gatetrail.pii.touched'))).toContain('"revealed"')
  })

  it('quotes tagged values only if all tags that the statement reaches are revealed', async () => {
    snapshot = tagged
    const cast = 'select name::int from people'
    expect(await told(cast, 'select tell()')).not.toContain(name)
    revealed = new Set(['EMAIL_ADDRESS', 'EMAIL'])
    expect(await told(cast, 'select tell()')).not.toMatch(/Lovelace|example/)
    revealed = new Set(['PERSON'])
    expect(await told(cast)).toContain(`"${name}"`)
    const heard = await told('select tell()')
    expect(heard).toContain(name)
    expect(heard).not.toContain(mail)
    expect(journal.text()).not.toMatch(/Lovelace|ada@example/)
  })

  it('hides tagged values in what a constraint says that waited for the end of the transaction', async () => {
    snapshot = tagged
    const copies = 'insert into refers select name from people'
    expect(await told('begin', copies, 'commit')).not.toContain(name)
    expect(await told('begin', copies, 'set constraints all immediate')).not.toContain(name)
    expect(await told(`begin; ${copies}; commit`)).not.toContain(name)
    revealed = new Set(['PERSON'])
    expect(await told('begin', copies, 'commit')).toContain(name)
    expect(journal.text()).not.toContain(name)
  })
})
