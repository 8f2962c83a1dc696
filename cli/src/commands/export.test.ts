/** Exports and evidence: over HTTP, from what is on record. */
import { createSessionStamp } from '@gatetrail/eventlog'
import { createClient, exportApi, type Client } from '@gatetrail/replay-api'
import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  ciJob,
  localToken,
  startTestPlatform,
  written,
  type TestPlatform,
} from './testing/test-platform.ts'

const lines = ['=cmd()', '-1+1', '@x\n=y', ' +1', '\u001b[2Jgone', 'user\u202egpj', 'a"b,c', '\t=z']
const statementsPerSession = 40
let platform: TestPlatform
let api: Client

beforeAll(async () => {
  platform = await startTestPlatform([])
  const { proxy } = platform
  proxy.appendSystem('gatetrail.policy.loaded', {
    policySet: 'set-1',
    policies: [
      { id: 'allow-read', file: 'a.cedar', text: 'permit;', textBytes: 7, annotations: {} },
    ],
  })
  for (const [number, text] of lines.entries()) {
    const stamp = createSessionStamp()
    const add = (kind: Parameters<typeof proxy.append>[0], body: object) =>
      proxy.append(kind, stamp, JSON.stringify(body))
    add('gatetrail.session.opened', {
      principal: { ...ciJob, run: { provider: 'github', id: text } }, connection: 'orders', protocol: 'postgres',
      clientAddress: '127.0.0.1:5000', clientTls: false, requestedUser: text, policySet: 'set-1', policies: ['connect'],
    }) // prettier-ignore
    add('gatetrail.statement.described', {
      description: 'd', text, textBytes: 20,
      facts: { kinds: ['select'], effects: ['read'], reads: [], writes: [], columns: [], filters: [], functions: [], complete: true },
    }) // prettier-ignore
    for (let at = 0; at < statementsPerSession; at++)
      add('gatetrail.statement.decided', {
        ...{ description: 'd', path: 'simple', verdict: 'allow' },
        ...{ policies: ['allow-read'], policySet: 'set-1' },
      })
    add('gatetrail.pii.touched', {
      statement: 2, startedMicros: Date.now() * 1_000, connection: 'orders', ruleset: 'test',
      touches: [
        { place: text, entity: 'US_SSN', outcome: 'masked', level: 'certain', count: 3 + number },
        { place: 'public.people.email', entity: 'EMAIL', outcome: 'revealed', level: 'likely', count: 1 },
      ],
    }) // prettier-ignore
    await written(proxy, stamp)
  }
  await platform.ingest.idle()
  api = createClient({
    base: `http://${platform.replay.address}`,
    token: localToken,
    unreachableHint: '',
  })
}, 60_000)
afterAll(() => platform?.close())

const today = () => new Date().toISOString().slice(0, 10)
async function download(path: string): Promise<{ text: string; headers: Headers; status: number }> {
  const response = await fetch(`http://${platform.replay.address}/api/export/${path}`, {
    headers: { authorization: `Bearer ${localToken}` },
  })
  return { text: await response.text(), headers: response.headers, status: response.status }
}

const questions = [
  ['pii', () => `pii?on=${today()}&`, lines.length * 2],
  ['touches by run', () => 'touches?by=run&', lines.length],
  ['touches by place', () => 'touches?by=place&', lines.length + 1],
  ['sessions', () => 'sessions?', lines.length],
  ['statements', () => 'statements?', lines.length * statementsPerSession],
  ['statements of a time', () => `statements?since=1970-01-01&until=2200-01-01&`, lines.length * statementsPerSession],
] as const // prettier-ignore

it.each(questions)(
  '%s: a line per row in CSV, none of which a spreadsheet would run',
  async (_name, path, rows) => {
    const { text, headers, status } = await download(`${path()}format=csv`)
    expect([status, text]).toEqual([200, expect.any(String)])
    expect(headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present')
    expect(headers.get('content-disposition')).toMatch(
      /^attachment; filename="gatetrail-[\w.-]+\.csv"$/,
    )
    const table = text.split('\r\n')
    expect(table.pop()).toBe('')
    expect(table).toHaveLength(rows + 1)
    const columns = table[0]!.split(',').length
    for (const line of table) {
      expect(line).not.toMatch(/\p{Cc}|\u202e/u)
      const cells = line.match(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)!.slice(0, columns)
      expect(cells.at(-1)).not.toMatch(/,$/)
      for (const cell of cells) expect(cell).not.toMatch(/^"?\s*[=+\-@]/)
    }
  },
)

it.each(questions)(
  '%s: the same rows in JSON and as lines, with evidence before and the number behind',
  async (_name, path, rows) => {
    const { evidence, rows: all, count } = JSON.parse((await download(`${path()}format=json`)).text)
    expect([all.length, count]).toEqual([rows, rows])
    expect(exportApi.evidenceShape.parse(evidence).asked.by).toBe('local')
    const told = (await download(`${path()}format=jsonl`)).text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(told.at(-1)).toEqual({ count: rows })
    expect(told[0].evidence.question.parameters).toEqual(evidence.question.parameters)
    expect(told.slice(1, -1)).toEqual(all)
  },
)

it('begins with a byte order mark only if it is asked for', async () => {
  const path = 'touches?format=csv'
  expect((await download(path)).text.charCodeAt(0)).not.toBe(0xfeff)
  const response = await fetch(`http://${platform.replay.address}/api/export/${path}&bom=true`, {
    headers: { authorization: `Bearer ${localToken}` },
  })
  expect(
    Buffer.from(await response.arrayBuffer())
      .subarray(0, 3)
      .toString('hex'),
  ).toBe('efbbbf')
})

it('is on record before its rows, and with their number at the end', async () => {
  await download('statements?verdict=allow&format=jsonl')
  await platform.ingest.idle()
  const result = await platform.store.read.query({
    query: `SELECT body FROM events WHERE kind = 'gatetrail.audit.read' AND body LIKE '%export.statements%' ORDER BY time, seq`,
    format: 'TabSeparatedRaw',
  })
  const bodies = (await result.text())
    .trim()
    .split('\n')
    .map((body) => JSON.parse(body))
  const parameters = { verdict: 'allow', format: 'jsonl' }
  expect(bodies.slice(-2)).toMatchObject([
    { who: 'local', question: 'export.statements', parameters, rows: 0 },
    {
      question: 'export.statements.sent',
      parameters: { ...parameters, complete: 'true' },
      rows: lines.length * statementsPerSession,
    },
  ])
})

it('is refused with a reason before it begins, not cut off in the middle', async () => {
  for (const path of [
    'pii?format=csv',
    'pii?on=2026-02-30',
    'touches?by=nobody',
    'touches?format=xls',
    'statements?since=yesterday',
  ])
    expect([path, (await download(path)).status]).toEqual([path, 400])
})

it('has evidence: the question in words and as an address that asks it again, policies, chain, who and when', async () => {
  const verified = await fetch(`http://${platform.replay.address}/api/verify`, {
    headers: { authorization: `Bearer ${localToken}` },
  })
  expect(JSON.parse((await verified.text()).trimEnd().split('\n').at(-1)!)).toMatchObject({
    state: 'intact',
  })
  await platform.ingest.idle()
  const ask = (query: Parameters<typeof api.ask<typeof exportApi.evidence>>[1]['query']) =>
    api.ask(exportApi.evidence, { query })
  const touched = await ask({ of: 'touches', by: 'place', connection: 'orders' })
  expect(touched.question.sentence).toMatch(
    /^Personal data touched, by place, from .* the last 366 days\), where connection is orders$/,
  )
  expect(touched).toMatchObject({
    asked: { by: 'local', role: 'admin' },
    range: { defaulted: true },
    coverage: { sessions: lines.length },
    gaps: [],
    release: expect.stringMatching(/^\d+\.\d+\.\d+/),
    policySets: [{ policySet: 'set-1', writers: 1, policies: ['allow-read'] }],
    chain: { gaps: 0, broken: 0, verified: { by: 'local', state: 'intact', failures: 0 } },
  })
  expect(touched.chain.writers.map(({ role }) => role).sort()).toEqual(['audit', 'proxy'])
  for (const asked of [
    { of: 'touches', by: 'place', connection: 'orders' },
    { of: 'pii', on: today(), group: 'session' },
    { of: 'sessions', connection: 'orders', from: '2026-01-01' },
    { of: 'statements', verdict: 'allow' },
  ] as const) {
    const { question } = await ask(asked)
    const again = await fetch(`http://${platform.replay.address}${question.operation}`, {
      headers: { authorization: `Bearer ${localToken}` },
    })
    expect([question.operation, again.status]).toEqual([question.operation, 200])
  }
})

it('ends its record and gives its place back when its reader goes away', async () => {
  for (let at = 0; at < 6; at++) {
    const stop = new AbortController()
    const response = await fetch(
      `http://${platform.replay.address}/api/export/statements?format=csv`,
      {
        headers: { authorization: `Bearer ${localToken}` },
        signal: stop.signal,
      },
    )
    expect(response.status).toBe(200)
    stop.abort()
  }
  await expect.poll(async () => (await download('touches')).status, { timeout: 10_000 }).toBe(200)
})
