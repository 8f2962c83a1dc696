/** What the API says of sessions that were recorded into a real journal and read by a real ingest, asked over HTTP. */
import {
  createClient,
  replayApi,
  sessionsApi,
  type Client,
  type TerminalSlice,
} from '@gatetrail/replay-api'
import { simulateRows, simulateStatements, simulateTerminal } from '@gatetrail/ingest'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { localToken, startTestPlatform, type TestPlatform } from './testing/test-platform.ts'

const startMs = Date.UTC(2026, 2, 12, 9)
const hourMs = 3_600_000
let platform: TestPlatform
let client: Client
let sessions: { statements: string; rows: string; terminal: string; open: string }

beforeAll(async () => {
  platform = await startTestPlatform([])
  client = createClient({
    base: `http://${platform.replay.address}`,
    token: localToken,
    unreachableHint: '',
  })
  const { proxy } = platform
  sessions = {
    statements: await simulateStatements(proxy, {
      ...{ statements: 1_500, startMs, durationMs: hourMs },
      ...{ refusedEvery: 100, failedEvery: 70, touchedEvery: 50 },
    }),
    rows: await simulateRows(proxy, { rows: 2_400, rowsPerChunk: 1, startMs }),
    terminal: await simulateTerminal(proxy, {
      ...{ frames: 9_000, framesPerChunk: 3, startMs, durationMs: hourMs, hostile: true },
    }),
    open: await simulateStatements(proxy, {
      statements: 10,
      startMs,
      durationMs: hourMs,
      open: true,
    }),
  }
  await platform.ingest.idle()
}, 120_000)

afterAll(async () => {
  await platform?.close()
})

const params = (session: string) => ({ params: { session } })

describe('the statements of a long session', () => {
  it('are counted per bucket of time, with the refused and failed ones as moments', async () => {
    const outline = await client.ask(replayApi.outline, {
      ...params(sessions.statements),
      query: { buckets: 60 },
    })
    const sum = (of: 'statements' | 'refused' | 'errors' | 'touched') =>
      outline.buckets.reduce((total, bucket) => total + bucket[of], 0)
    expect(outline).toMatchObject({ kind: 'statements', ended: true, statements: 1_500 })
    expect([sum('statements'), sum('refused')]).toEqual([1_500, 15])
    expect(sum('touched')).toBe(outline.moments.filter(({ kind }) => kind === 'touched').length)
    expect(outline.moments.filter(({ kind }) => kind === 'refused')).toHaveLength(15)
    expect(outline.buckets.length).toBeLessThanOrEqual(60)
  })

  it('are found by index, by time and by seq, and all three agree', async () => {
    const ask = (query: object) =>
      client.ask(replayApi.statements, {
        ...params(sessions.statements),
        query: { limit: 1, ...query },
      })
    for (const index of [0, 1, 255, 256, 257, 1_023, 1_499]) {
      const byIndex = await ask({ index })
      const [statement] = byIndex.statements
      expect(statement?.text).toBe(`select id, state from orders where id = ${index + 1}`)
      expect(byIndex).toMatchObject({ total: 1_500, current: index })
      expect(await ask({ seq: statement!.seq })).toEqual(byIndex)
      expect(await ask({ at: statement!.offsetMicros })).toEqual(byIndex)
      expect((await ask({ at: statement!.offsetMicros + 1_000 })).current).toBe(index)
    }
    expect(await ask({ at: 0 })).toMatchObject({ current: null })
    expect(await ask({ index: 5_000 })).toMatchObject({ current: 1_499 })
    const around = await ask({ index: 700, before: 3, limit: 7 })
    expect(around.statements.map(({ index }) => index)).toEqual([697, 698, 699, 700, 701, 702, 703])
  })

  it('grow while the session is open', async () => {
    const window = await client.ask(replayApi.statements, { ...params(sessions.open), query: {} })
    expect(window).toMatchObject({ ended: false, total: 10 })
  })

  it('show the same wherever in the session they stand', async () => {
    for (const index of [0, 3, 700, 1_498]) {
      const window = await client.ask(replayApi.statements, {
        ...params(sessions.statements),
        query: { index, limit: 1 },
      })
      const { seq } = window.statements[0]!
      const { text } = await client.ask(sessionsApi.transcript, {
        params: { session: sessions.statements, seq },
        query: { colors: 'false' },
      })
      expect(text).toContain(`where id = ${index + 1}\r\n`)
      expect(text).toContain(`| state of ${index + 1}\r\n`)
      expect(text).toContain('(1 row)')
    }
  })

  it('show any page of many rows', async () => {
    const window = await client.ask(replayApi.statements, { ...params(sessions.rows), query: {} })
    const { seq } = window.statements[0]!
    for (const page of [0, 1, 7, 11]) {
      const transcript = await client.ask(sessionsApi.transcript, {
        params: { session: sessions.rows, seq },
        query: { page, colors: 'false' },
      })
      expect(transcript.pages).toBe(12)
      expect(transcript.text).toMatch(
        new RegExp(`^ +${page * 200 + 1} *\\| state of ${page * 200 + 1} *\\r$`, 'm'),
      )
      expect(transcript.text).toMatch(new RegExp(`^ +${page * 200 + 200} *\\|`, 'm'))
      expect(transcript.text).not.toMatch(new RegExp(`^ +${page * 200 + 201} *\\|`, 'm'))
    }
  })

  it('are found by their text, and by what was shown, on its page', async () => {
    const { hits } = await client.ask(replayApi.find, {
      ...params(sessions.statements),
      query: { q: 'WHERE id = 777' },
    })
    expect(hits).toMatchObject([{ where: 'statement', index: 776, page: 0 }])
    const shown = await client.ask(replayApi.find, {
      ...params(sessions.rows),
      query: { q: 'state of 2321' },
    })
    expect(shown.hits).toMatchObject([{ where: 'answer', index: 0, page: 11 }])
    expect(shown.next).toBeNull()
    const some = await client.ask(replayApi.find, {
      ...params(sessions.rows),
      query: { q: 'state of', limit: 10 },
    })
    expect(some.hits).toHaveLength(10)
    const more = await client.ask(replayApi.find, {
      ...params(sessions.rows),
      query: { q: 'state of', limit: 10, ...some.next! },
    })
    expect(more.hits[0]!.excerpt).toContain('state of 11')
  })

  it('are all found where one record holds more hits than a page', async () => {
    const places: string[] = []
    let next: { from: number; fragment: number } | null | undefined
    for (let page = 0; page < 6; page++) {
      const found = await client.ask(replayApi.find, {
        ...params(sessions.statements),
        query: { q: 'state', limit: 1, ...next },
      })
      places.push(...found.hits.map(({ where, excerpt }) => `${where} ${excerpt.includes(' of ')}`))
      next = found.next
    }
    // Its text, then of one record the description of its row, and the row.
    const ofStatement = ['statement false', 'answer false', 'answer true']
    expect(places).toEqual([...ofStatement, ...ofStatement])
  })
})

describe('a moment', () => {
  it('says what was decided and why, and what was touched', async () => {
    const window = await client.ask(replayApi.statements, {
      ...params(sessions.statements),
      query: { index: 49, limit: 1 },
    })
    const { seq } = window.statements[0]!
    const moment = await client.ask(replayApi.moment, {
      params: { session: sessions.statements, seq },
    })
    expect(moment.decision).toMatchObject({
      verdict: 'allow',
      policies: ['read'],
      policySet: 'abc',
    })
    expect(moment.decision.facts?.reads).toEqual(['public.orders'])
    expect(moment.touches).toMatchObject([{ place: 'public.orders.email', by: 'column', count: 1 }])
    expect(moment).toMatchObject({ contents: 'recorded', redacted: false })
    expect(moment.who.principal.id).toBe('simulated#kim')
  })

  it('shows the frames of its exchange in words, page by page', async () => {
    const window = await client.ask(replayApi.statements, {
      ...params(sessions.statements),
      query: { index: 1_234, limit: 1 },
    })
    const { seq } = window.statements[0]!
    const at = { params: { session: sessions.statements, seq } }
    const { frames, next } = await client.ask(replayApi.momentFrames, { ...at, query: {} })
    expect(frames.map(({ name }) => name)).toEqual([
      'Query',
      'RowDescription',
      'DataRow',
      'CommandComplete',
      'ReadyForQuery',
    ])
    expect(frames[2]).toMatchObject({
      summary: '1235 | state of 1235',
      fields: [
        { name: 'column 1', value: '1235' },
        { name: 'column 2', value: 'state of 1235' },
      ],
    })
    expect(next).toBeNull()
    const first = await client.ask(replayApi.momentFrames, { ...at, query: { limit: 2 } })
    const rest = await client.ask(replayApi.momentFrames, { ...at, query: first.next! })
    expect([...first.frames, ...rest.frames]).toEqual(frames)
  })

  it('of a statement that is not there is not found', async () => {
    await expect(
      client.ask(replayApi.moment, { params: { session: sessions.statements, seq: 1 } }),
    ).rejects.toMatchObject({ status: 404 })
  })
})

describe('a terminal', () => {
  const slice = async (at: number): Promise<TerminalSlice> => {
    for (let turn = 0; turn < 60; turn++) {
      const answer = await client.ask(replayApi.terminal, {
        ...params(sessions.terminal),
        query: { at },
      })
      // A machine that tests may have shown the last output alone so far.
      if (answer.isExact) return answer
    }
    throw new Error('the terminal is never exact')
  }

  it('begins at the keyframe before a moment, and says where the next one is', async () => {
    const outline = await client.ask(replayApi.outline, { ...params(sessions.terminal), query: {} })
    expect(outline.kind).toBe('terminal')
    const late = await slice(Math.floor(outline.durationMicros * 0.9))
    expect(late.keyframe.offsetMicros).toBeGreaterThan(outline.durationMicros / 2)
    expect(late.events[0]!.offsetMicros).toBeGreaterThanOrEqual(late.keyframe.offsetMicros)
    const first = await slice(0)
    expect(first.keyframe).toMatchObject({ offsetMicros: 0, state: '' })
    expect(first.events[0]).toMatchObject({ kind: 'resize', columns: 100, rows: 30 })
    expect((await slice(first.nextMicros!)).keyframe.offsetMicros).toBe(first.nextMicros)
  })

  it('is searched by what it showed, whatever its colours, page by page and without what was typed', async () => {
    const find = (query: { q: string; limit?: number; from?: number; fragment?: number }) =>
      client.ask(replayApi.find, { ...params(sessions.terminal), query })
    const one = await find({ q: '4320 OUTPUT of the ünit' })
    expect(one).toMatchObject({ hits: [{ where: 'answer', page: null }], next: null })
    const [hit] = one.hits
    expect(hit!.excerpt).toContain('4320 output of the ünit')
    const shown = await slice(hit!.offsetMicros)
    const upTo = shown.events.filter(({ offsetMicros }) => offsetMicros <= hit!.offsetMicros)
    expect(upTo.at(-1)).toMatchObject({ text: expect.stringContaining('4320') as string })
    expect((await find({ q: 'hunter2' })).hits).toEqual([])

    const all = await find({ q: '00 output of', limit: 200 })
    const paged = []
    let next: { from: number; fragment: number } | null | undefined
    do {
      const page = await find({ q: '00 output of', limit: 7, ...next })
      paged.push(...page.hits)
      next = page.next
    } while (next !== null)
    expect(all.hits.length).toBeGreaterThan(40)
    expect(paged).toEqual(all.hits)
  })

  it('gives nothing that a terminal would answer or do, and nothing of what was typed', async () => {
    let bytes = ''
    for (let part = await slice(0); ; part = await slice(part.nextMicros)) {
      bytes += part.keyframe.state
      for (const event of part.events) if (event.kind === 'output') bytes += event.text
      if (part.nextMicros === null) break
    }
    expect(bytes).toContain('output of the ünit')
    for (const forbidden of [
      '\u001b]',
      '\u001bP',
      '\u001b[6n',
      '\u001b[c',
      '\u001b[21t',
      '\u009d',
      'owned',
      'javascript',
      'hunter2',
      '2147483647',
    ])
      expect(bytes).not.toContain(forbidden)
    expect(bytes).not.toMatch(/\u0301{9}/)
  })
})

describe('an export', () => {
  const text = async (session: string, format: string): Promise<string> => {
    const response = await fetch(
      `http://${platform.replay.address}/api/sessions/${session}/export?format=${format}`,
      {
        headers: { authorization: `Bearer ${localToken}` },
      },
    )
    expect(response.status).toBe(200)
    expect(response.headers.get('content-disposition')).toContain('attachment')
    return response.text()
  }

  it('as asciicast v2 counts from the start, as v3 from the event before, and both say the same', async () => {
    const [two, three] = await Promise.all(
      ['cast2', 'cast3'].map(async (format) =>
        (await text(sessions.statements, format))
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line) as unknown),
      ),
    )
    expect(two![0]).toMatchObject({ version: 2, width: 160, height: 48 })
    expect(three![0]).toMatchObject({ version: 3, term: { cols: 160, rows: 48 } })
    const events = (lines: unknown[]) => lines.slice(1) as [number, string, string][]
    expect(events(two!).map(([, code, value]) => [code, value])).toEqual(
      events(three!).map(([, code, value]) => [code, value]),
    )
    expect(events(two!).filter(([, code]) => code === 'm')).toHaveLength(1_500)
    expect(events(two!).some(([, code]) => code === 'i')).toBe(false)
    const sum = events(three!).reduce((total, [seconds]) => total + seconds, 0)
    expect(sum).toBeCloseTo(events(two!).at(-1)![0], 3)
  })

  it('as text and as JSON holds every row', async () => {
    const shown = await text(sessions.rows, 'text')
    expect(shown.match(/^ +\d+ *\| state of \d+ *$/gm)).toHaveLength(2_400)
    const json = JSON.parse(await text(sessions.rows, 'json')) as {
      statements: { seq: number; shown: string[] }[]
    }
    expect(json.statements).toHaveLength(1)
    expect(json.statements[0]!.shown).toHaveLength(12)
    expect(JSON.parse(await text(sessions.statements, 'json'))).toMatchObject({
      session: { session: sessions.statements },
    })
  }, 90_000)

  it('of a terminal holds no escape but colours and cursor, and as text none at all', async () => {
    const cast = await text(sessions.terminal, 'cast3')
    expect(cast).not.toContain('\\u001b]')
    expect(cast.trimEnd().split('\n').at(-1)).toMatch(/^\[[\d.e-]+,"x","0"\]$/)
    const plain = await text(sessions.terminal, 'text')
    expect(plain).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/) // eslint-disable-line no-control-regex
    expect(plain).toMatch(/^8999 output of the ünit/m)
    expect(
      (JSON.parse(await text(sessions.terminal, 'json')) as { events: unknown[] }).events.length,
    ).toBeGreaterThan(8_000)
  })
})
