/**
 * The commands that ask questions, through a real replay server over real journals, ingest and chDB: what was recorded is
 * found, paged, rendered; and whatever is changed behind the platform's back is found by verify.
 */
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import {
  createSessionStamp,
  openControlPublisher,
  type Journal,
  type SessionStamp,
} from '@gatetrail/eventlog'
import { openEmbeddedStore, startIngest, type Ingest, type Store } from '@gatetrail/ingest'
import { startReplay, type ReplayServer } from '@gatetrail/replay-server'
import { ChunkBuilder, fragmentFlags, isGatetrailError, type Principal } from '@gatetrail/schemas'
import { Command } from 'commander'
import picocolors from 'picocolors'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import golden from '../../../protocols/golden/psql-sessions.json' with { type: 'json' }
import { registerAudit } from './audit.ts'
import type { CommandContext } from './context.ts'
import { registerHold } from './hold.ts'
import { registerIngest } from './ingest.ts'
import { registerReplay } from './replay.ts'
import { registerSessions } from './sessions.ts'
import { registerStatements } from './statements.ts'
import { openTestJournal, testConfiguration } from './testing/test-platform.ts'
import { registerVerify } from './verify.ts'

const log = pino({ level: process.env['TEST_LOG'] ?? 'silent' })
const localToken = 'local-token-of-the-test'
const principal: Principal = {
  kind: 'ci_job',
  issuer: 'ci',
  subject: 'repo:acme/train',
  groups: ['ml-training'],
  run: {
    provider: 'github',
    id: '4711',
    attempt: '1',
    workflow: 'nightly-train',
    url: 'https://ci.example.com/4711',
  },
  onBehalfOf: [{ subject: 'alice' }],
}

let directory: string
let journal: Journal
let audit: Journal
let store: Store
let ingest: Ingest
let replay: ReplayServer
let control: Awaited<ReturnType<typeof openControlPublisher>>
let session: SessionStamp
const clock = { aheadMs: 0 }
const seqs: number[] = []
const manyRows = 1_000

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gatetrail-trail-'))
  journal = await openTestJournal(directory, 'proxy')
  session = recordSession(journal)
  await written(journal, session)
  await startPlatform()
})

afterAll(async () => {
  await stopPlatform()
  await journal?.close('shutdown')
  await rm(directory, { recursive: true, force: true })
})

async function startPlatform(): Promise<void> {
  audit = await openTestJournal(directory, 'audit')
  store = await openEmbeddedStore(join(directory, 'chdb'))
  const configuration = testConfiguration(directory)
  ingest = await startIngest({ configuration, store, journal: audit, log })
  control = await openControlPublisher({
    trustedKeys: [],
    keysDirectory: join(directory, 'keys'),
    directory: join(directory, 'control'),
    log,
  })
  const { web } = configuration
  replay = await startReplay({
    configuration: {
      ...configuration,
      web: { ...web, scopes: [{ groups: ['eu'], connections: ['orders'] }] },
    },
    read: store.read,
    journal: audit,
    journalDirectory: join(directory, 'journal'),
    keysDirectory: join(directory, 'keys'),
    ingest,
    control,
    fingerprintKeys: [{ id: 'test', key: new Uint8Array(32) }],
    localToken,
    authenticator: {
      verify: (group) =>
        Promise.resolve({
          principal: { kind: 'human', issuer: 'ci', subject: group, groups: [group] },
          expiresAt: 2 ** 31,
        }),
    },
    nowMs: () => Date.now() + clock.aheadMs,
    log,
  })
  await ingest.idle()
}

async function stopPlatform(): Promise<void> {
  await replay?.close()
  await control?.log.close()
  await ingest?.close()
  await store?.close()
  await audit?.close('shutdown')
}

/** One session as a proxy records it: what psql did in the golden captures, a refusal, and a thousand rows. */
function recordSession(writer: Journal): SessionStamp {
  const stamp = createSessionStamp()
  const add = (kind: Parameters<Journal['append']>[0], body: object): number =>
    writer.append(kind, stamp, JSON.stringify(body))
  add('gatetrail.session.opened', {
    principal, connection: 'orders', protocol: 'postgres', clientAddress: '127.0.0.1:5000', clientTls: false,
    requestedUser: 'postgres', policySet: 'aa', policies: ['allow'],
  }) // prettier-ignore
  add('gatetrail.identity.verified', {
    issuer: 'ci',
    subject: principal.subject,
    tokenIdSeenBefore: false,
    expiresAt: 1,
    claims: { '/sub': principal.subject },
  })
  const chunk = new ChunkBuilder('postgres')
  const frames = (lines: readonly string[]): void => {
    for (const line of lines) {
      const bytes = Buffer.from(line.slice(1), 'hex')
      const flags =
        fragmentFlags.first |
        fragmentFlags.last |
        (line.startsWith('<') ? fragmentFlags.toClient : 0)
      chunk.add(flags, bytes[0] ?? 0, stamp.offsetMicros(), bytes.length, bytes, 0, bytes.length)
      if (chunk.length > 4_000) writer.append('gatetrail.frames.recorded', stamp, chunk)
    }
    if (!chunk.empty) writer.append('gatetrail.frames.recorded', stamp, chunk)
  }
  const statement = (
    text: string,
    capture: readonly string[],
    verdict: 'allow' | 'deny',
    rows: number,
  ): void => {
    const facts = {
      kinds: ['select'],
      effects: ['read'],
      reads: ['public.people'],
      writes: [],
      columns: [],
      filters: [],
      functions: [],
      complete: true,
    }
    add('gatetrail.statement.described', {
      description: `d${seqs.length}`,
      text,
      textBytes: text.length,
      facts,
    })
    const from = capture.findIndex((line) => line.startsWith('>51'))
    frames(capture.slice(0, from + 1))
    const seq = add('gatetrail.statement.decided', {
      description: `d${seqs.length}`,
      path: 'simple',
      verdict,
      policies: ['p'],
      policySet: 'aa',
      ...(verdict === 'deny' && { code: 'STATEMENT_DENIED', reason: 'not allowed' }),
    })
    seqs.push(seq)
    frames(capture.slice(from + 1).filter((line) => !line.startsWith('>58')))
    const startedMicros = Date.now() * 1000
    add('gatetrail.statement.completed', {
      statement: seq,
      startedMicros,
      durationMicros: 5,
      rows,
      bytes: 9,
    })
    if (seqs.length === 2) {
      add('gatetrail.pii.touched', {
        statement: seq, startedMicros, connection: 'orders', ruleset: '1',
        touches: [
          { place: 'public.people.name', entity: 'NAME', outcome: 'masked', level: 'certain', count: 3 },
          { place: 'public.people.ssn', entity: 'US_SSN', outcome: 'revealed', level: 'certain', count: 2 },
        ],
      }) // prettier-ignore
    }
  }
  for (const { name, sql, frames: capture } of golden)
    statement(sql, capture, name === 'error-hint' ? 'deny' : 'allow', 3)
  statement('select n', rowsCapture(manyRows), 'allow', manyRows)
  add('gatetrail.session.closed', {
    reason: 'client_closed', durationMicros: 1, statements: seqs.length, rows: 3, bytesFromClient: 1, bytesToClient: 1,
    coverage: { inspectedBytes: 900, uninspectedBytes: { binary_value: 100 } },
  }) // prettier-ignore
  return stamp
}

function rowsCapture(rows: number): string[] {
  const frame = (type: string, body: Buffer): string => {
    const header = Buffer.alloc(5)
    header.write(type, 0, 'latin1')
    header.writeUInt32BE(body.length + 4, 1)
    return Buffer.concat([header, body]).toString('hex')
  }
  const text = (value: string): Buffer => Buffer.from(`${value}\0`)
  const column = Buffer.concat([
    Buffer.from([0, 1]),
    text('n'),
    Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 23, 0, 4, 255, 255, 255, 255, 0, 0]),
  ])
  const lines = [`>${frame('Q', text('select n'))}`, `<${frame('T', column)}`]
  for (let index = 0; index < rows; index++) {
    const value = Buffer.from(String(index))
    lines.push(`<${frame('D', Buffer.concat([Buffer.from([0, 1, 0, 0, 0, value.length]), value]))}`)
  }
  lines.push(`<${frame('C', text(`SELECT ${rows}`))}`, `<${frame('Z', Buffer.from('I'))}`)
  return lines
}

function written(writer: Journal, stamp: SessionStamp): Promise<void> {
  return new Promise((resolve, reject) => {
    writer.afterWrite(stamp, 'command', (error) =>
      error === undefined ? resolve() : reject(error),
    )
  })
}

async function run(...words: string[]): Promise<{ lines: string[]; error: unknown }> {
  const lines: string[] = []
  const context: CommandContext = {
    environment: { GATETRAIL_URL: `http://${replay.address}`, GATETRAIL_TOKEN: localToken },
    workingDirectory: directory,
    print: (line) => void lines.push(line),
    note: () => undefined,
    colors: picocolors.createColors(false),
  }
  const program = new Command().exitOverride()
  for (const register of [
    registerAudit,
    registerHold,
    registerIngest,
    registerSessions,
    registerStatements,
    registerReplay,
    registerVerify,
  ])
    register(program, context)
  try {
    await program.parseAsync(words, { from: 'user' })
    return { lines, error: undefined }
  } catch (error) {
    return { lines, error }
  }
}

async function runJson(...words: string[]): Promise<Record<string, unknown>[]> {
  const { lines, error } = await run(...words, '--json')
  if (error !== undefined) throw error
  return lines.map((line): Record<string, unknown> => JSON.parse(line))
}

async function get(path: string): Promise<Record<string, unknown>> {
  const response = await fetch(`http://${replay.address}${path}`, {
    headers: { authorization: `Bearer ${localToken}` },
  })
  const body: Record<string, unknown> = JSON.parse(await response.text())
  return { status: response.status, ...body }
}

describe('questions', () => {
  it('name the run that touched personal data, with what it touched and where to look', async () => {
    const runs = await runJson('audit', 'pii', '--on', 'today')
    expect(runs).toMatchObject([
      {
        run: { provider: 'github', id: '4711', workflow: 'nightly-train', url: 'https://ci.example.com/4711' },
        principal: { id: 'ci#repo:acme/train', groups: ['ml-training'] },
        onBehalfOf: ['alice'],
        connections: ['orders'],
        values: 5, masked: 3, revealed: 2, uninspectedBytes: 100,
        columns: [{ place: 'public.people.name', count: 3 }, { place: 'public.people.ssn', outcome: 'revealed' }],
        sessions: [{ session: session.id, statements: [{ seq: seqs[1], values: 5 }] }],
      },
    ]) // prettier-ignore
    const { lines } = await run('audit', 'pii', '--on', 'today')
    expect(lines.join('\n')).toMatch(
      /nightly-train · github 4711[^]*on behalf of alice[^]*2 {2}revealed {2}US_SSN/,
    )
    expect((await run('audit', 'pii', '--on', '2001-01-01')).lines[0]).toContain('No run touched')
    const calendar = await get(`/api/calendar?year=${new Date().getUTCFullYear()}`)
    expect(calendar['days']).toMatchObject([{ runs: 1, values: 5, masked: 3, revealed: 2 }])
  })

  it('list every statement once, whatever the size of the page', async () => {
    const statements = await runJson('statements')
    expect(statements.map(({ seq }) => seq)).toEqual(seqs)
    expect(statements[1]).toMatchObject({
      session: session.id, connection: 'orders', statement: golden[1]?.sql, verdict: 'allow', policies: ['p'], rows: 3, error: null,
      principal: { subject: 'repo:acme/train' }, run: { id: '4711' }, touches: [{ entity: 'NAME' }, { entity: 'US_SSN' }],
    }) // prettier-ignore
    const paged: unknown[] = []
    let cursor = ''
    do {
      const page = await get(`/api/statements?limit=4${cursor}`)
      paged.push(...(page['statements'] as { seq: number }[]).map(({ seq }) => seq))
      const next = page['nextCursor']
      cursor = typeof next === 'string' ? `&cursor=${next}` : ''
    } while (cursor !== '')
    expect(paged).toEqual(seqs)
    expect(
      await runJson(
        'statements',
        '--since',
        '2001-01-01',
        '--session',
        session.id,
        '--verdict',
        'deny',
      ),
    ).toHaveLength(1)
    expect(await runJson('statements', '--since', '2199-01-01')).toEqual([])
  })

  it('list the session, with the claims that opened it', async () => {
    expect(await runJson('sessions')).toMatchObject([
      {
        session: session.id,
        state: 'closed',
        statements: seqs.length,
        denied: 1,
        uninspected: { binary_value: 100 },
      },
    ])
    expect(await get(`/api/sessions/${session.id}`)).toMatchObject({
      claims: { '/sub': principal.subject },
    })
    expect(await get('/api/sessions/01900000-0000-7000-8000-000000000000')).toMatchObject({
      status: 404,
      error: { code: 'NOT_FOUND' },
    })
    for (const fits of ['state=closed', 'touched=true', 'refused=true', 'entity=US_SSN']) {
      expect((await get(`/api/sessions?${fits}`))['sessions']).toMatchObject([
        { session: session.id },
      ])
    }
    for (const doesNot of ['connection=nothing', 'state=open', 'entity=IBAN']) {
      expect((await get(`/api/sessions?${doesNot}`))['sessions']).toEqual([])
    }
  })

  it('replay each statement as psql showed it', async () => {
    for (const [index, { sql, output, name }] of golden.entries()) {
      const page = await get(`/api/sessions/${session.id}/replay/${seqs[index]}?colors=false`)
      const text = String(page['text'])
      expect(text).toContain(`orders=> ${sql.split('\n')[0]}`)
      if (!name.startsWith('copy') && !output.includes('\t')) {
        expect(
          text.replaceAll('\r\n', '\n').replace(/^-- Refused by Gatetrail.*\n/m, ''),
        ).toContain(output)
      }
      expect(text.includes('Refused by Gatetrail')).toBe(name === 'error-hint')
    }
    const timeline = await get(`/api/sessions/${session.id}/replay`)
    expect(timeline['statements']).toHaveLength(seqs.length)
  })

  it('replay any page of many rows', async () => {
    for (const page of [0, 3, 4]) {
      const answer = await get(
        `/api/sessions/${session.id}/replay/${seqs.at(-1)}?page=${page}&colors=false`,
      )
      expect(answer).toMatchObject({ page, pages: 5, rows: manyRows, complete: page === 4 })
      const shown = [...String(answer['text']).matchAll(/^ +(\d+)\r$/gm)].map((match) =>
        Number(match[1]),
      )
      expect(shown).toEqual(Array.from({ length: 200 }, (_, index) => page * 200 + index))
    }
    expect(await get(`/api/sessions/${session.id}/replay/${seqs.at(-1)}?page=5`)).toMatchObject({
      status: 404,
    })
  })

  it('print the session, or one statement with all of its rows, on the command line', async () => {
    const { lines, error } = await run('replay', session.id)
    expect(error).toBeUndefined()
    const text = lines.join('\n')
    for (const { sql } of golden) expect(text).toContain(`orders=> ${sql.split('\n')[0]}`)
    const many = (await run('replay', session.id, '--statement', String(seqs.at(-1)))).lines
    expect(many.join('\n')).toMatch(/^-- \d+ at [^]* 999\n\(1000 rows\)/)
    const pages = await runJson('replay', session.id, '--statement', String(seqs.at(-1)))
    expect(pages.map(({ page }) => page)).toEqual([0, 1, 2, 3, 4])
    const missing = (await run('replay', session.id, '--statement', '1')).error
    expect(isGatetrailError(missing) && missing.code).toBe('NOT_FOUND')
    const wrong = (await run('replay', session.id, '--statement', 'first')).error
    expect(isGatetrailError(wrong) && wrong.code).toBe('USAGE')
    // A question to the API per statement: on a busy machine they take their time.
  }, 120_000)

  it('bracket the statements of a transaction', async () => {
    const timeline = await get(`/api/sessions/${session.id}/replay`)
    const statements = timeline['statements'] as { transaction: object | null }[]
    // What begins and ends within one message stands by itself.
    expect(statements.every(({ transaction }) => transaction === null)).toBe(true)
  })

  it('give the raw frames, page by page', async () => {
    const first = await get(`/api/sessions/${session.id}/frames?limit=3`)
    expect(first['frames']).toHaveLength(3)
    const { from, fragment } = first['next'] as { from: number; fragment: number }
    const second = await get(
      `/api/sessions/${session.id}/frames?limit=3&from=${from}&fragment=${fragment}`,
    )
    expect((second['frames'] as unknown[])[0]).toMatchObject({ seq: from, fragment })
  })

  it('are themselves on record before they are answered', async () => {
    await get('/api/pii?on=2020-02-02')
    await ingest.idle()
    const result = await store.read.query({
      query: "SELECT body FROM events WHERE kind = 'gatetrail.audit.read'",
      format: 'JSONEachRow',
    })
    const bodies = (await result.json<{ body: string }>()).map(({ body }): unknown =>
      JSON.parse(body),
    )
    expect(bodies).toContainEqual({
      who: 'local',
      role: 'admin',
      question: 'pii',
      parameters: { on: '2020-02-02', tz: 'UTC', group: 'run' },
      rows: 0,
    })
  })

  it('that make no sense are refused with a sentence', async () => {
    expect(await get('/api/pii?on=2026-02-30')).toMatchObject({
      status: 400,
      error: { code: 'REQUEST_INVALID' },
    })
    expect(await get('/api/pii?on=2026-02-28&tz=Nowhere')).toMatchObject({ status: 400 })
    expect(await get('/api/statements?cursor=nonsense')).toMatchObject({ status: 400 })
    expect(await get("/api/sessions/x'--")).toMatchObject({ status: 400 })
    const { error } = await run('audit', 'pii', '--on', 'someday')
    expect(isGatetrailError(error) && error.code).toBe('USAGE')
  })

  it('survive a rebuild of all tables', async () => {
    const { lines, error } = await run('ingest', 'rebuild')
    expect(error).toBeUndefined()
    expect(lines.join()).toContain('derived anew')
    expect(await runJson('statements')).toHaveLength(seqs.length)
  })

  it('take dead letters again, say what came back, and know no other reasons', async () => {
    await store.write.command({
      query: `INSERT INTO dead_letters_rows (tenant, writer, position, reason, message, time, bytes)
        VALUES ('default', generateUUIDv7(), 3, 'record_invalid', 'not known then', now64(6) - 60, 'no record')`,
    })
    const { lines, error } = await run('ingest', 'redrive', '--reason', 'record_invalid', '--json')
    expect(error).toBeUndefined()
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ type: 'summary', taken: 1, returned: 1 })
    const none = await run('ingest', 'redrive', '--reason', 'chunk_invalid')
    expect(none.lines).toEqual(['0 records were taken again; 0 of them were set aside again.'])
    const { error: usage } = await run('ingest', 'redrive', '--reason', 'nonsense')
    expect(isGatetrailError(usage) && usage.code).toBe('USAGE')
  })
})

describe('legal holds', () => {
  it('are placed, listed and lifted on the command line', async () => {
    const named = ['--principal', 'ci#repo:acme/train', '--run', 'github:4711']
    const times = ['--from', '2026-03-01', '--to', '2026-04-01']
    const [placed] = await runJson('hold', 'add', ...named, ...times, '--reason', 'case 17')
    const hold = String(placed?.['hold'])
    expect(placed).toMatchObject({
      principal: 'ci#repo:acme/train',
      run: { provider: 'github', id: '4711' },
      from: '2026-03-01T00:00:00.000Z',
      to: '2026-04-01T00:00:00.000Z',
      lifted: null,
    })
    await ingest.idle()
    expect(await runJson('hold', 'list')).toMatchObject([{ hold, reason: 'case 17', by: 'local' }])
    const { lines } = await run('hold', 'remove', hold, '--reason', 'case closed')
    expect(lines.join()).toMatch(/no longer held/)
    await ingest.idle()
    const [lifted] = await runJson('hold', 'list')
    expect(lifted?.['lifted']).toEqual(expect.any(String))
  })

  it('that could keep nothing are refused: nobody would notice before the rows are gone', async () => {
    const wrong = [
      [],
      ['--principal', 'train'],
      ['--run', '4711'],
      ['--session', 'x'],
      ['--from', '2026-04-01', '--to', '2026-03-01'],
      ['--from', 'someday'],
    ]
    for (const options of wrong) {
      const { error } = await run('hold', 'add', ...options, '--reason', 'case 18')
      expect([options, isGatetrailError(error) && error.code]).toEqual([
        options,
        expect.stringMatching(/^(USAGE|REQUEST_INVALID)$/),
      ])
    }
    expect(await runJson('hold', 'list')).toHaveLength(1)
  })
})

describe('verify', () => {
  const verify = async (...words: string[]) => {
    await ingest.idle()
    const { lines, error } = await run('verify', ...words, '--json')
    const parsed = lines.map((line): Record<string, unknown> => JSON.parse(line))
    return { failures: parsed.slice(0, -1), summary: parsed.at(-1), error }
  }
  /** Reading only what concerns the session must find all that reading everything finds of it. */
  const alsoOfSessionAlone = async (failures: Record<string, unknown>[]) => {
    const named = failures.filter((failure) => failure['session'] === session.id)
    if (named.length === 0) return
    const alone = await verify(session.id)
    expect(alone.failures).toEqual(expect.arrayContaining(named))
    expect(isGatetrailError(alone.error) && alone.error.code).toBe('VERIFY_FAILED')
  }
  const invented = () => session.id.replace(/.{4}$/, 'f0f0')
  /** Changes the base table as an attacker would, checks, and puts everything back. */
  const tampered = async (
    change: string | readonly string[],
    check: (found: Awaited<ReturnType<typeof verify>>) => void | Promise<void>,
  ) => {
    await ingest.idle()
    await store.write.command({ query: 'CREATE TABLE kept AS records_rows' })
    await store.write.command({ query: 'INSERT INTO kept SELECT * FROM records_rows FINAL' })
    try {
      for (const query of typeof change === 'string' ? [change] : change)
        await store.write.command({
          query: query.startsWith('ALTER') ? `${query} SETTINGS mutations_sync = 2` : query,
        })
      const found = await verify()
      expect(isGatetrailError(found.error) && found.error.code).toBe('VERIFY_FAILED')
      await check(found)
      await alsoOfSessionAlone(found.failures)
    } finally {
      await store.write.command({ query: 'EXCHANGE TABLES kept AND records_rows' })
      // What came in meanwhile stays, but for what was made up.
      await store.write.command({
        query: `INSERT INTO records_rows SELECT * FROM kept WHERE (session, seq) NOT IN (SELECT session, seq FROM records_rows) AND session != '${invented()}'`,
      })
      await store.write.command({ query: 'DROP TABLE kept SYNC' })
    }
  }
  const at = (seq: number | undefined) => `session = '${session.id}' AND seq = ${seq}`

  it('finds nothing in an intact trail', async () => {
    const { failures, summary, error } = await verify()
    if (error !== undefined) throw error
    expect(failures).toEqual([])
    expect(summary).toMatchObject({ ok: true, state: 'intact', failures: 0 })
    expect(error).toBeUndefined()
    expect((await run('verify', session.id)).lines[0]).toMatch(/^intact: \d+ records in the store/)
    expect((await run('verify', '--since', '1h')).error).toBeUndefined()
    expect(
      isGatetrailError((await run('verify', '01900000-0000-7000-8000-000000000000')).error),
    ).toBe(true)
  })

  it('reads for one session what its writer wrote, and nothing of others', async () => {
    const { summary: whole } = await verify()
    const { summary: alone } = await verify(session.id)
    expect(alone).toMatchObject({ ok: true, writers: 1, sessions: 1 })
    expect(Number(whole?.['writers'])).toBeGreaterThan(1)
    expect(Number(alone?.['storeRecords'])).toBeLessThan(Number(whole?.['storeRecords']))
  })

  it('counts for an auditor of some connections the records of the session alone', async () => {
    await ingest.idle()
    const response = await fetch(`http://${replay.address}/api/verify?session=${session.id}`, {
      headers: { authorization: 'Bearer eu' },
    })
    const lines = (await response.text()).trimEnd().split('\n')
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({
      ...{ type: 'summary', ok: true, writers: 1, sessions: 1, unsignedRecords: 0 },
      ...{ storeRecords: session.nextSeq, journalRecords: session.nextSeq },
    })
  })

  it('names session, seq and kind of a row that was edited', async () => {
    const seq = seqs[3]
    await tampered(
      `ALTER TABLE records_rows UPDATE bytes = replaceOne(bytes, 'allow', 'allov') WHERE ${at(seq)}`,
      ({ failures }) => {
        expect(failures).toContainEqual(
          expect.objectContaining({
            where: 'store',
            kind: 'record_edited',
            session: session.id,
            seq,
            recordKind: 'gatetrail.statement.decided',
          }),
        )
      },
    )
  })

  it('finds a row that was edited together with its leaf hash', async () => {
    const seq = seqs[3]
    await tampered(
      `ALTER TABLE records_rows UPDATE bytes = replaceOne(bytes, 'allow', 'allov'), leaf_hash = SHA256(concat(char(0), replaceOne(bytes, 'allow', 'allov'))) WHERE ${at(seq)}`,
      ({ failures }) => {
        expect(failures).toContainEqual(
          expect.objectContaining({ kind: 'copies_differ', session: session.id, seq }),
        )
        expect(failures).toContainEqual(
          expect.objectContaining({ where: 'store', kind: 'chain_broken' }),
        )
      },
    )
  })

  it('finds a row that was deleted, and one that is gone although a later one hides it', async () => {
    const seq = seqs[5]
    await tampered(`ALTER TABLE records_rows DELETE WHERE ${at(seq)}`, ({ failures }) => {
      expect(failures).toContainEqual(
        expect.objectContaining({
          kind: 'missing_in_store',
          session: session.id,
          seq,
          recordKind: 'gatetrail.statement.decided',
        }),
      )
      expect(failures).toContainEqual(
        expect.objectContaining({ where: 'store', kind: 'records_missing' }),
      )
    })
  })

  it('finds two rows that were swapped', async () => {
    const [one, other] = [seqs[5], seqs[6]]
    const bytesOf = (seq: number | undefined) => `(SELECT bytes FROM kept WHERE ${at(seq)})`
    await tampered(
      `ALTER TABLE records_rows UPDATE bytes = if(seq = ${one}, ${bytesOf(other)}, ${bytesOf(one)}) WHERE session = '${session.id}' AND seq IN (${one}, ${other})`,
      ({ failures }) => {
        for (const seq of [one, other]) {
          expect(failures).toContainEqual(
            expect.objectContaining({ kind: 'record_misplaced', session: session.id, seq }),
          )
        }
      },
    )
  })

  it('finds a tail that was cut, and a session that was removed', async () => {
    const last = session.nextSeq - 1
    await tampered(`ALTER TABLE records_rows DELETE WHERE ${at(last)}`, ({ failures }) => {
      expect(failures).toContainEqual(
        expect.objectContaining({ kind: 'missing_in_store', session: session.id, seq: last }),
      )
    })
    await tampered(
      `ALTER TABLE records_rows DELETE WHERE session = '${session.id}'`,
      ({ failures }) => {
        const named = failures.filter(
          ({ kind, session: id }) => kind === 'missing_in_store' && id === session.id,
        )
        expect(named).toHaveLength(session.nextSeq)
      },
    )
  })

  /** Rows of the session as somebody makes them up, under a writer that never was: nothing signs them. */
  const forged = (into: string) => {
    const writer = '01900000-0000-7000-8000-00000000f0f0'
    const id = `unhex('${writer.replaceAll('-', '')}')`
    const of = (column: string) => `unhex(replaceAll(toString(${column}), '-', ''))`
    const bytes = `concat(substring(bytes, 1, 4), ${of(into)}, ${id}, substring(bytes, 37, 4), unhex(leftPad(hex(toUInt64(seq)), 16, '0')), substring(bytes, 49))`
    const theirs = `SELECT * FROM kept WHERE session = '${session.id}'`
    return `INSERT INTO records_rows SELECT * REPLACE (SHA256(concat(char(0), bytes)) AS leaf_hash)
      FROM (SELECT * REPLACE (${into} AS session, toUUID('${writer}') AS writer, toUInt64(seq) AS position, ${bytes} AS bytes) FROM (${theirs}))`
  }

  it('finds a session that was replaced by one under a writer that never was', async () => {
    await tampered(
      [`ALTER TABLE records_rows DELETE WHERE session = '${session.id}'`, forged('session')],
      ({ failures }) => {
        expect(failures).toContainEqual(
          expect.objectContaining({ kind: 'missing_in_store', session: session.id, seq: 0 }),
        )
      },
    )
  })

  it('finds a session that nobody has signed, once its writer should have', async () => {
    clock.aheadMs = 120_000
    try {
      await tampered(forged(`toUUID('${invented()}')`), async ({ failures }) => {
        const unsigned = expect.objectContaining({ where: 'store', kind: 'unsigned', position: 0 })
        expect(failures).toContainEqual(unsigned)
        expect((await verify(invented())).failures).toContainEqual(unsigned)
      })
    } finally {
      clock.aheadMs = 0
    }
  })

  it('finds the end of a session that the store says is another\u2019s', async () => {
    const last = session.nextSeq - 1
    const other = `toUUID('${invented()}')`
    await tampered(
      [
        `ALTER TABLE records_rows DELETE WHERE ${at(last)}`,
        `INSERT INTO records_rows SELECT * REPLACE (${other} AS session) FROM (SELECT * FROM kept WHERE ${at(last)})`,
      ],
      async ({ failures }) => {
        const misplaced = expect.objectContaining({ kind: 'record_misplaced', seq: last })
        expect(failures).toContainEqual(misplaced)
        const alone = await verify(session.id)
        expect(alone.failures).toContainEqual(misplaced)
        expect(isGatetrailError(alone.error) && alone.error.code).toBe('VERIFY_FAILED')
      },
    )
  })

  it('reads the writer of a session however long ago it wrote', async () => {
    await tampered(`ALTER TABLE records_rows UPDATE bytes = '' WHERE ${at(4)}`, async () => {
      const { failures, summary } = await verify(session.id, '--since', '2199-01-01')
      expect(failures).toContainEqual(
        expect.objectContaining({ kind: 'bytes_missing', session: session.id, seq: 4 }),
      )
      expect(summary).toMatchObject({ ok: false })
    })
  })

  it('finds bytes that were wiped as if they had expired', async () => {
    await tampered(`ALTER TABLE records_rows UPDATE bytes = '' WHERE ${at(4)}`, ({ failures }) => {
      expect(failures).toContainEqual(
        expect.objectContaining({ kind: 'bytes_missing', session: session.id, seq: 4 }),
      )
    })
  })

  it('says "intact, content expired" where bytes have expired and their leaf hashes are there', async () => {
    await ingest.idle()
    await store.write.command({ query: 'CREATE TABLE kept AS records_rows' })
    await store.write.command({ query: 'INSERT INTO kept SELECT * FROM records_rows FINAL' })
    await store.write.command({
      query: `ALTER TABLE records_rows UPDATE bytes = '', stored = now() - INTERVAL 1200 DAY WHERE session = '${session.id}' SETTINGS mutations_sync = 2`,
    })
    try {
      const { summary, failures } = await verify()
      expect(failures).toEqual([])
      expect(summary).toMatchObject({ state: 'intact_content_expired', expired: session.nextSeq })
    } finally {
      await store.write.command({ query: 'EXCHANGE TABLES kept AND records_rows' })
      await store.write.command({
        query:
          'INSERT INTO records_rows SELECT * FROM kept WHERE (session, seq) NOT IN (SELECT session, seq FROM records_rows)',
      })
      await store.write.command({ query: 'DROP TABLE kept SYNC' })
    }
  })

  it('finds a derived row that says something else than its record', async () => {
    await store.write.command({
      query: `ALTER TABLE statements_rows UPDATE text = 'select nothing' WHERE ${at(seqs[2])} SETTINGS mutations_sync = 2`,
    })
    const { failures } = await verify()
    expect(failures).toContainEqual(
      expect.objectContaining({
        where: 'derived',
        kind: 'derived_differs',
        session: session.id,
        seq: seqs[2],
      }),
    )
    await store.write.command({
      query: `ALTER TABLE pii_touches_rows DELETE WHERE session = '${session.id}' SETTINGS mutations_sync = 2`,
    })
    expect((await verify()).failures).toContainEqual(
      expect.objectContaining({ kind: 'derived_count_differs', session: session.id }),
    )
    await run('ingest', 'rebuild')
    expect((await verify()).failures).toEqual([])
  })

  const edited = (table: string, change: string) => [
    `ALTER TABLE ${table} UPDATE ${change} WHERE session = {session:UUID} SETTINGS mutations_sync = 2`,
  ]
  it.each([
    [
      'another day',
      [
        `INSERT INTO pii_touches_rows SELECT * REPLACE (time + INTERVAL 1 DAY AS time) FROM pii_touches_rows FINAL WHERE session = {session:UUID}`,
        `ALTER TABLE pii_touches_rows DELETE WHERE session = {session:UUID} AND time < (SELECT max(time) - INTERVAL 12 HOUR FROM pii_touches_rows WHERE session = {session:UUID}) SETTINGS mutations_sync = 2`,
      ],
    ],
    ['another statement', edited('pii_touches_rows', 'statement = 4000')],
    ['another policy', edited('pii_touches_rows', `policies = ['harmless']`)],
    ['a statement of another policy', edited('statements_rows', `policies = ['harmless']`)],
  ])('finds derived rows that name %s than their records', async (_, changes) => {
    for (const query of changes)
      await store.write.command({ query: query.replaceAll('{session:UUID}', `'${session.id}'`) })
    try {
      expect((await verify()).failures).toContainEqual(
        expect.objectContaining({ kind: 'derived_differs', session: session.id }),
      )
    } finally {
      await run('ingest', 'rebuild')
    }
    expect((await verify()).failures).toEqual([])
  })

  /** Rewrites the segment of the proxy's journal as an attacker with its files would, checks, and puts it back. */
  const rewritten = async (
    change: (frames: Buffer[], indexOf: (seq: number | undefined) => number) => Buffer[],
    check: (found: Awaited<ReturnType<typeof verify>>) => void,
  ) => {
    await ingest.idle()
    const file = join(directory, 'journal', journal.writer, '00000001.segment')
    const before = await readFile(file)
    const frames: Buffer[] = []
    for (let start = 0; start < before.length;) {
      const end = start + 8 + before.readUInt32BE(start)
      frames.push(Buffer.from(before.subarray(start, end)))
      start = end
    }
    const id = Buffer.from(session.idBytes)
    const indexOf = (seq: number | undefined) =>
      frames.findIndex(
        (frame) =>
          frame.length > 73 && frame.subarray(13, 29).equals(id) && frame.readUInt32BE(45) === seq,
      )
    try {
      await writeFile(file, Buffer.concat(change(frames, indexOf)))
      const found = await verify()
      expect(isGatetrailError(found.error) && found.error.code).toBe('VERIFY_FAILED')
      check(found)
      await alsoOfSessionAlone(found.failures)
    } finally {
      await writeFile(file, before)
    }
  }

  it('names session, seq and kind of what was changed in the journal, the store untouched', async () => {
    // The journal of a live writer would grow meanwhile: it is closed first, as after the end of a proxy.
    await journal.close('shutdown')
    expect((await verify()).failures).toEqual([])
    const seq = seqs[4]
    const inJournal = (kind: string) => expect.objectContaining({ where: 'journal', kind })
    const named = (kind: string) => expect.objectContaining({ kind, session: session.id, seq })
    await rewritten(
      (frames, indexOf) => {
        const frame = frames[indexOf(seq)] ?? Buffer.alloc(0)
        frame.write('allov', frame.indexOf('"allow"') + 1)
        frame.writeUInt32BE(crc32(frame.subarray(8)), 4)
        return frames
      },
      ({ failures }) => {
        expect(failures).toContainEqual(named('copies_differ'))
        expect(failures).toContainEqual(inJournal('chain_broken'))
      },
    )
    await rewritten(
      (frames, indexOf) => frames.toSpliced(indexOf(seq), 1),
      ({ failures }) => {
        expect(failures).toContainEqual(named('missing_in_journal'))
        expect(failures).toContainEqual(inJournal('records_missing'))
      },
    )
    await rewritten(
      (frames, indexOf) => {
        const [one, other] = [indexOf(seqs[4]), indexOf(seqs[5])]
        const none = Buffer.alloc(0)
        return frames.with(one, frames[other] ?? none).with(other, frames[one] ?? none)
      },
      ({ failures }) => expect(failures.some(({ where }) => where === 'journal')).toBe(true),
    )
    await rewritten(
      (frames) => frames.slice(0, -4),
      ({ failures }) => {
        expect(failures).toContainEqual(inJournal('tail_missing'))
        expect(failures).toContainEqual(inJournal('missing_in_journal'))
      },
    )
    const id = Buffer.from(session.idBytes)
    await rewritten(
      (frames) => frames.filter((frame) => frame.length < 73 || !frame.subarray(13, 29).equals(id)),
      ({ failures }) => {
        const gone = failures.filter(
          (failure) =>
            failure['kind'] === 'missing_in_journal' && failure['session'] === session.id,
        )
        expect(gone).toHaveLength(session.nextSeq)
      },
    )
    expect((await verify()).failures).toEqual([])
  })

  it('notices that the journal of a writer was removed before its time', async () => {
    const place = join(directory, 'journal', journal.writer)
    await rename(place, join(directory, 'aside'))
    const { failures } = await verify()
    await rename(join(directory, 'aside'), place)
    expect(failures).toMatchObject([
      { where: 'journal', kind: 'journal_removed', writer: journal.writer },
    ])
  })

  it('finds what was changed while the platform was stopped: ingest does not heal it', async () => {
    const seq = seqs[3]
    await stopPlatform()
    const offline = await openEmbeddedStore(join(directory, 'chdb'))
    await offline.write.command({
      query: `ALTER TABLE records_rows DELETE WHERE ${at(seq)} SETTINGS mutations_sync = 2`,
    })
    await offline.close()
    await startPlatform()
    const { failures } = await verify(session.id)
    expect(failures).toContainEqual(
      expect.objectContaining({ kind: 'missing_in_store', session: session.id, seq }),
    )
  })
})
