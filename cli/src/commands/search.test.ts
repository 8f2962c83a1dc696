/** Words through journal, ingest and chDB to the API and the command, before and after a scan masks values. */
import { createSessionStamp, type SessionStamp } from '@gatetrail/eventlog'
import { rebuildDerived } from '@gatetrail/ingest'
import type { SearchAnswer } from '@gatetrail/replay-api'
import { ChunkBuilder, fragmentFlags } from '@gatetrail/schemas'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { registerScan } from './scan.ts'
import { registerSearch } from './search.ts'
import {
  ciJob,
  localToken,
  startTestPlatform,
  written,
  type TestPlatform,
} from './testing/test-platform.ts'

const { toClient, first, last } = fragmentFlags
let platform: TestPlatform
let session: SessionStamp
let statement: number

const frame = (type: string, body: Buffer) => {
  const header = Buffer.alloc(5)
  header.write(type, 'latin1')
  header.writeUInt32BE(body.length + 4, 1)
  return Buffer.concat([header, body])
}
const counted = (value: string) => {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(Buffer.byteLength(value))
  return Buffer.concat([length, Buffer.from(value)])
}
const row = (...values: string[]) =>
  frame('D', Buffer.concat([Buffer.from([0, values.length]), ...values.map(counted)]))

const facts = { kinds: ['select'], effects: ['read'], reads: ['public.t'], writes: [], columns: [], filters: [], functions: [], complete: true } // prettier-ignore

/** As a proxy without any detector would have recorded it. */
function record(target: TestPlatform) {
  const stamp = createSessionStamp()
  const { proxy } = target
  const add = (kind: Parameters<typeof proxy.append>[0], body: object) =>
    proxy.append(kind, stamp, JSON.stringify(body))
  const chunk = new ChunkBuilder('postgres')
  const whole = (flags: number, bytes: Buffer) =>
    chunk.add(flags | first | last, bytes[0]!, 0, bytes.length, bytes, 0, bytes.length)
  const close = () => proxy.append('gatetrail.frames.recorded', stamp, chunk)
  add('gatetrail.session.opened', {
    principal: ciJob, connection: 'orders', protocol: 'postgres', clientAddress: '127.0.0.1:5000', clientTls: false,
    requestedUser: 'postgres', applicationName: 'quarterly closing', policySet: 'aa', policies: ['allow'],
  }) // prettier-ignore
  const text =
    "select note from t where city = 'Zürich' and mail = 'jo.hill@example.com' -- 50% a_b"
  add('gatetrail.statement.described', { description: 'd1', text, textBytes: text.length, facts })
  whole(0, frame('Q', Buffer.from(`${text}\0`)))
  close()
  const seq = add('gatetrail.statement.decided', { description: 'd1', path: 'simple', verdict: 'allow', policies: ['p'], policySet: 'aa' }) // prettier-ignore
  for (let index = 0; index < 450; index++)
    whole(toClient, row(`line${index}`, index === 420 ? 'the Pangolin sleeps' : 'nothing'))
  // What is no result, in the same chunk.
  whole(toClient, frame('C', Buffer.from('SELECT 450 wombat\0')))
  whole(0, frame('Q', Buffer.from('select wombat\0')))
  close()
  for (let index = 0; index < 12; index++) {
    whole(toClient, row(index === 0 ? 'a Quokka' : 'nothing'))
    whole(toClient, frame('C', Buffer.from('QUOKKA 1\0')))
    close()
  }
  const cut = row('8', `shipment of rhododendrons, paid by kim.lee@example.org`)
  const at = cut.indexOf('dendrons')
  chunk.add(toClient | first, 0x44, 0, cut.length, cut, 0, at)
  close()
  chunk.add(toClient | last, 0x44, 0, cut.length, cut, at, cut.length)
  close()
  whole(toClient, frame('E', Buffer.from('SERROR\0C22000\0Mthe flux compensator is cold\0\0')))
  close()
  add('gatetrail.statement.completed', {
    statement: seq, startedMicros: Date.now() * 1000, durationMicros: 5, rows: 451, bytes: 9,
    error: { sqlstate: '22000', message: 'the flux compensator is cold' },
  }) // prettier-ignore
  return { stamp, seq }
}

beforeAll(async () => {
  platform = await startTestPlatform([{ id: 'k1', key: new Uint8Array(32).fill(9) }])
  const recorded = record(platform)
  session = recorded.stamp
  statement = recorded.seq
  platform.proxy.append('gatetrail.session.closed', session, JSON.stringify({
    reason: 'client_closed', durationMicros: 1, statements: 1, rows: 451, bytesFromClient: 1, bytesToClient: 1,
    coverage: { inspectedBytes: 900, uninspectedBytes: {} },
  })) // prettier-ignore
  await written(platform.proxy, session)
  await platform.ingest.idle()
}, 60_000)
afterAll(() => platform.close())

async function asked(q: string, more = ''): Promise<SearchAnswer> {
  const response = await fetch(
    `http://${platform.replay.address}/api/search?q=${encodeURIComponent(q)}${more}`,
    { headers: { authorization: `Bearer ${localToken}` } },
  )
  const text = await response.text()
  if (!response.ok) throw new Error(text)
  return JSON.parse(text) as SearchAnswer
}

async function found(q: string, more = ''): Promise<string[]> {
  const { hits, stopped, nextCursor } = await asked(q, more)
  expect({ stopped, nextCursor }).toEqual({ stopped: null, nextCursor: null })
  for (const { excerpt } of hits) expect(excerpt).not.toMatch(/\p{Cc}/u)
  return hits.map(
    ({ kind, statement: of, page, excerpt, marks }) =>
      `${kind} ${of} ${page} ${marks.map(({ from, to }) => excerpt.slice(from, to)).join('|')}`,
  )
}

describe('words are found at their moment', () => {
  it('in statements, in any case, beyond ASCII, and next to what is a pattern elsewhere', async () => {
    const place = `statement ${statement} 0`
    expect(await found('zürich')).toEqual([`${place} Zürich`])
    expect(await found('ZÜRICH Note')).toEqual([`${place} note|Zürich`])
    expect(await found('50%')).toEqual([`${place} 50`])
    expect(await found('a_b')).toEqual([`${place} a_b`])
    expect(await found('z%rich')).toEqual([])
    expect(await found('z.rich')).toEqual([])
    expect(await found("'; drop table x; --")).toEqual([])
  })

  it('in results, on the page that shows them', async () => {
    expect(await found('pangolin')).toEqual([`shown ${statement} 2 Pangolin`])
    expect(await found('line399')).toEqual([`shown ${statement} 1 line399`])
    expect(await found('"pangolin sleeps"')).toEqual([`shown ${statement} 2 Pangolin sleeps`])
    expect(await found('"sleeps pangolin"')).toEqual([])
    expect(await found('sleeps pangolin')).toEqual([`shown ${statement} 2 Pangolin|sleeps`])
    expect(await found('pango*')).toEqual([`shown ${statement} 2 Pangolin`])
    expect(await found('angolin*')).toEqual([])
  })

  it('in results, not in what else lies in their chunks, however much of it there is', async () => {
    expect(await found('wombat')).toEqual([])
    expect(await found('quokka', '&limit=1')).toEqual([`shown ${statement} 2 Quokka`])
  })

  it('next to lengths that are letters, and in the last value of a row', async () => {
    expect(await found('sleeps', '&kind=shown')).toHaveLength(1)
    expect(await found('"line420 the pangolin"')).toEqual([
      `shown ${statement} 2 line420 │ the Pangolin`,
    ])
  })

  it('where chunks of frames cut them', async () => {
    expect(await found('rhododendrons')).toEqual([`shown ${statement} 2 rhododendrons`])
    expect(await found('"shipment of rhododendrons"')).toEqual([
      `shown ${statement} 2 shipment of rhododendrons`,
    ])
  })

  it('in errors and claims', async () => {
    expect(await found('flux compensator')).toEqual([`error ${statement} 0 flux|compensator`])
    expect(await found('quarterly')).toEqual(['claim null null quarterly'])
    expect(await found('quarterly', '&kind=statement&kind=shown')).toEqual([])
    expect(await found('quarterly', '&kind=claim&run=4711&provider=github')).toHaveLength(1)
    expect(await found('quarterly', '&run=4712')).toEqual([])
    expect(await found('quarterly', '&connection=other')).toEqual([])
    expect(await found('quarterly', '&to=2020-01-01')).toEqual([])
  })
})

it('pages go on where the one before ended', async () => {
  const all: string[] = []
  let cursor = ''
  for (let page = 0; page < 20; page++) {
    const { hits, nextCursor } = await asked('orders', `&limit=1&kind=claim${cursor}`)
    all.push(...hits.map(({ seq }) => String(seq)))
    if (nextCursor === null) break
    cursor = `&cursor=${nextCursor}`
  }
  const whole = await asked('orders', '&kind=claim')
  expect(all).toEqual(whole.hits.map(({ seq }) => String(seq)))
})

it('a question without a word, with too many characters or too short a beginning is refused', async () => {
  for (const q of ['***', '%', '""', 'a*', 'x'.repeat(10_000)])
    await expect(asked(q), q.slice(0, 20)).rejects.toThrow('REQUEST_INVALID')
})

it('who asks for a value is told where to ask, and the value is not in the record of it', async () => {
  const { personal } = await asked('jo.hill@example.com')
  expect(personal).toEqual(['EMAIL'])
  await platform.ingest.idle()
  const result = await platform.store.read.query({
    query: `SELECT body FROM events WHERE kind = 'gatetrail.audit.read' AND position(body, '"search"') > 0`,
    format: 'JSONEachRow',
  })
  const bodies = (await result.json<{ body: string }>()).map(({ body }) => body).join('\n')
  expect(bodies).toContain('pangolin')
  expect(bodies).not.toContain('jo.hill')
  expect(platform.logged.join('\n')).not.toContain('jo.hill')
})

const values = ['hill', 'jo hill', '"jo.hill@example.com"', 'kim', 'lee*', 'kim.lee@example.org']

describe('what a scan masks', () => {
  it('was found before', async () => {
    for (const value of values) expect(await found(value), value).not.toEqual([])
  })

  it('is not found any more, and answers as what was never there', async () => {
    const { error } = await platform.run(registerScan, 'scan', '--since', '1h')
    expect(error).toBeUndefined()
    const { searchedFrom: _, ...absent } = await asked('neverthere')
    for (const value of values) {
      const { searchedFrom: __, terms, personal: ___, ...answer } = await asked(value)
      expect({ ...answer, terms: absent.terms, personal: [] }, JSON.stringify(terms)).toEqual(
        absent,
      )
    }
    expect(await found('zürich')).toHaveLength(1)
    expect(await found('rhododendrons paid')).toEqual([`shown ${statement} 2 rhododendrons|paid`])
  })

  it('is on no row that is left, not even in the index', async () => {
    const result = await platform.store.read.query({
      query: `SELECT sum(n) AS n FROM (
        SELECT count() AS n FROM chunks_rows WHERE hasAnyTokens(lowerUTF8(concat(payload, ' ', shown)), 'kim lee') OR position(concat(text_before, text_rest), hex('kim')) > 0
        UNION ALL SELECT count() FROM statements_rows WHERE hasToken(lower(text), 'hill'))`,
      format: 'JSONEachRow',
    })
    expect((await result.json<{ n: string }>()).map(({ n }) => Number(n))).toEqual([0])
  })

  it('stays away in tables that are made anew, in which all else is found', async () => {
    await platform.ingest.exclusively(async () => {
      await rebuildDerived({ store: platform.store })
    })
    for (const value of values) expect(await found(value), value).toEqual([])
    expect(await found('pangolin')).toHaveLength(1)
    expect(await found('rhododendrons')).toHaveLength(1)
  })
})

it('the command prints each hit with its moment, and says what it should', async () => {
  const { lines, notes } = await platform.run(registerSearch, 'search', 'pangolin')
  expect(lines).toHaveLength(2)
  expect(lines[0]).toContain(`${session.id}:${statement}  shown  ci#repo:acme/train  orders`)
  expect(lines[1]).toContain('the Pangolin sleeps')
  expect(notes).toEqual([])
  expect((await platform.run(registerSearch, 'search', 'nonesuch')).notes).toEqual([
    'Nothing was found.',
  ])
  const json = await platform.run(registerSearch, 'search', '--json', '"flux', 'compensator"')
  expect(json.lines.map((line) => JSON.parse(line))).toMatchObject([{ kind: 'error', statement }])
})

it('the words are found where their index is not made yet', async () => {
  const drop = (table: string, index: string) =>
    platform.store.write.command({ query: `ALTER TABLE ${table} CLEAR INDEX ${index} SETTINGS mutations_sync = 2` }) // prettier-ignore
  await drop('statements_rows', 'text_words_index')
  await drop('chunks_rows', 'payload_words_index')
  expect(await found('ZÜRICH note')).toEqual([`statement ${statement} 0 note|Zürich`])
  expect(await found('pangolin')).toHaveLength(1)
  expect(await found('rhododendrons')).toHaveLength(1)
  for (const value of values) expect(await found(value), value).toEqual([])
})

it('texts of results as the release before wrote them are found', async () => {
  await platform.store.write.command({
    query: `INSERT INTO chunks_rows (tenant, session, seq, time, directions, types, first, last, masked, withheld, lengths, shown, searched, stored)
      VALUES ('default', '${session.id}', 9998, now(), ['to_client'], [68], [1], [1], [0], [0], [0], 'the Axolotl of before', 1, now())`,
  })
  expect((await asked('axolotl')).hits.map(({ excerpt }) => excerpt)).toEqual(['the Axolotl of before']) // prettier-ignore
})

it('rows of before are counted until they are made anew', async () => {
  expect((await asked('pangolin')).unsearched).toBe(0)
  await platform.store.write.command({
    query: `INSERT INTO events_rows (tenant, session, seq, time, stored) VALUES ('default', '${session.id}', 9999, now(), now())`,
  })
  expect((await asked('pangolin')).unsearched).toBe(1)
  expect((await asked('pangolin', '&kind=shown')).unsearched).toBe(0)
})
