/** Recorded in the clear, found later: through journal, ingest, chDB and the API, and back into the store. */
import { hash, randomUUID } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { createSessionStamp, type SessionStamp } from '@gatetrail/eventlog'
import { runScan, type Store } from '@gatetrail/ingest'
import {
  ChunkBuilder,
  decodeRecord,
  encodeRecord,
  fragmentFlags,
  GatetrailError,
  kindCodeOf,
  leafHash,
} from '@gatetrail/schemas'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { registerAuditSubject } from './audit-subject.ts'
import { registerAudit } from './audit.ts'
import { registerScan } from './scan.ts'
import { ciJob, startTestPlatform, written, type TestPlatform } from './testing/test-platform.ts'
import { registerVerify } from './verify.ts'

const { toClient, first, last } = fragmentFlags
const mail = 'jo.hill@example.com'
const otherMail = 'kim.lee@example.org'
const card = '4111 1111 1111 1111'
let platform: TestPlatform
let session: SessionStamp

function frame(type: string, body: Buffer): Buffer {
  const header = Buffer.alloc(5)
  header.write(type, 0, 'latin1')
  header.writeUInt32BE(body.length + 4, 1)
  return Buffer.concat([header, body])
}

function row(...values: string[]): Buffer {
  const parts = values.flatMap((value) => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(Buffer.byteLength(value))
    return [length, Buffer.from(value)]
  })
  return frame('D', Buffer.concat([Buffer.from([0, values.length]), ...parts]))
}

/** As a proxy without any detector would have recorded it; one row is cut in the middle of a value, over two chunks. */
function recordSession(target: TestPlatform): SessionStamp {
  const stamp = createSessionStamp()
  const { proxy } = target
  const add = (kind: Parameters<typeof proxy.append>[0], body: object) =>
    proxy.append(kind, stamp, JSON.stringify(body))
  const chunk = new ChunkBuilder('postgres')
  const whole = (flags: number, bytes: Buffer) =>
    chunk.add(flags | first | last, bytes[0]!, 0, bytes.length, bytes, 0, bytes.length)
  const close = () => proxy.append('gatetrail.frames.recorded', stamp, chunk)
  add('gatetrail.session.opened', {
    principal: ciJob, connection: 'orders', protocol: 'postgres', clientAddress: '127.0.0.1:5000',
    clientTls: false, requestedUser: 'postgres', policySet: 'aa', policies: ['allow'],
  }) // prettier-ignore
  const text = `select note from t where mail = '${mail}'`
  const facts = {
    kinds: ['select'], effects: ['read'], reads: ['public.t'], writes: [], columns: [], filters: [], functions: [], complete: true,
  } // prettier-ignore
  add('gatetrail.statement.described', { description: 'd1', text, textBytes: text.length, facts })
  whole(0, frame('Q', Buffer.from(`${text}\0`)))
  close()
  const statement = add('gatetrail.statement.decided', {
    description: 'd1', path: 'simple', verdict: 'allow', policies: ['p'], policySet: 'aa',
  }) // prettier-ignore
  whole(toClient, row('7', `paid with ${card}`))
  const cut = row('8', `write to ${otherMail} or to nobody`)
  const at = cut.indexOf('@')
  chunk.add(toClient | first, 0x44, 0, cut.length, cut, 0, at)
  close()
  chunk.add(toClient | last, 0x44, 0, cut.length, cut, at, cut.length)
  whole(toClient, row('9', 'nothing here'))
  close()
  const startedMicros = Date.now() * 1000
  add('gatetrail.statement.completed', {
    statement, startedMicros, durationMicros: 5, rows: 3, bytes: 9,
    error: { sqlstate: '22000', message: `no such user: ${mail}` },
  }) // prettier-ignore
  add('gatetrail.session.closed', {
    reason: 'client_closed', durationMicros: 1, statements: 1, rows: 3, bytesFromClient: 1, bytesToClient: 1,
    coverage: { inspectedBytes: 900, uninspectedBytes: {} },
  }) // prettier-ignore
  return stamp
}

beforeAll(async () => {
  platform = await startTestPlatform([{ id: 'k1', key: new Uint8Array(32).fill(9) }])
  session = recordSession(platform)
  await written(platform.proxy, session)
  await platform.ingest.idle()
}, 60_000)
afterAll(() => platform.close())

async function rows(query: string): Promise<Record<string, unknown>[]> {
  const result = await platform.store.read.query({ query, format: 'JSONEachRow' })
  return result.json<Record<string, unknown>>()
}

const inClear = () =>
  rows(`SELECT
    (SELECT countIf(position(bytes, '${mail}') + position(bytes, '${card}') + position(bytes, '${otherMail.slice(0, 7)}') > 0) FROM records) +
    (SELECT countIf(position(payload, '${mail}') + position(payload, '${card}') + position(payload, '${otherMail.slice(0, 7)}') > 0) FROM chunks) +
    (SELECT countIf(position(text, '${mail}') + position(error_message, '${mail}') > 0) FROM statements) +
    (SELECT countIf(position(body, '${mail}') > 0) FROM events) AS clear`).then(([row]) =>
    Number(row?.['clear']),
  )

const lengths = () =>
  rows('SELECT toString(session) AS s, seq, length(bytes) AS n FROM records ORDER BY s, seq')

const countsHold = async () => {
  const [row] = await rows(
    `SELECT count() AS n, uniqExact(session, seq) AS u, (SELECT sum(last) FROM (SELECT max(seq) + 1 AS last FROM records GROUP BY session)) AS d FROM records`,
  )
  expect([row?.['u'], row?.['d']]).toEqual([row?.['n'], row?.['n']])
}

async function ran(...words: string[]) {
  const { lines, error } = await platform.run(registerScan, 'scan', '--since', '1h', ...words)
  if (error !== undefined) throw error
  return lines
}

const scannedOnce = [
  { place: 'result', entity: 'CREDIT_CARD', count: 1 },
  { place: 'result', entity: 'EMAIL', count: 1 },
  { place: 'result.error', entity: 'EMAIL', count: 1 },
  { place: 'statement', entity: 'EMAIL', count: 1 },
]

const touchesOf = ({ id }: SessionStamp) =>
  rows(
    `SELECT place, entity, toUInt32(sum(count)) AS count FROM pii_touches WHERE session = '${id}' GROUP BY place, entity ORDER BY place, entity`,
  )

/** A scan in a process that ends at its `failAt`th insert. */
async function scanUntil(failAt: number): Promise<'ended' | 'done'> {
  const { store, audit, scanRules, directory } = platform
  let inserts = 0
  const ending: Store = {
    ...store,
    insert: (batch) =>
      batch.rows > 0 && inserts++ === failAt
        ? Promise.reject(new GatetrailError('STORE_UNAVAILABLE', 'the process was killed here'))
        : store.insert(batch),
  }
  const parts = {
    ...{ store: ending, journal: audit, tenant: 'default', rules: scanRules! },
    ...{ directory: join(directory, 'scans'), signal: new AbortController().signal },
    exclusively: platform.ingest.exclusively,
  }
  try {
    await runScan(parts, { since: new Date(Date.now() - 3_600_000) }, () => undefined)
    return 'done'
  } catch (error) {
    expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE' })
    return 'ended'
  }
}

it('a dry run says what there is, and changes nothing', async () => {
  const before = await lengths()
  const lines = await ran('--dry-run')
  expect(lines.join('\n')).toMatch(/1 sessions[^]*EMAIL[^]*CREDIT_CARD|CREDIT_CARD[^]*EMAIL/)
  expect(lines).toContain('Nothing was changed.')
  expect(await inClear()).toBeGreaterThan(0)
  expect((await lengths()).filter(({ s }) => s === session.id)).toEqual(
    before.filter(({ s }) => s === session.id),
  )
})

it('masks every copy in the store, byte for byte as long as before, and counts each record once', async () => {
  const before = (await lengths()).filter(({ s }) => s === session.id)
  const [summary] = (await ran('--json')).map((line) => JSON.parse(line)).slice(-1)
  expect(summary).toMatchObject({ type: 'summary', sessions: 1, recordsRedacted: 5 })
  expect(await inClear()).toBe(0)
  expect((await lengths()).filter(({ s }) => s === session.id)).toEqual(before)
  await countsHold()
  const [statement] = await rows('SELECT text, error_message FROM statements')
  expect(statement).toEqual({
    text: "select note from t where mail = '**.****@*******.***'",
    error_message: 'no such user: **.****@*******.***',
  })
  const [frames] = await rows(
    `SELECT countIf(position(bytes, 'paid with **** **** **** ****') > 0) AS n FROM frames`,
  )
  expect(Number(frames?.['n'])).toBe(1)
})

it('answers say so: the run, the statement and that it was found later', async () => {
  const { lines } = await platform.run(registerAudit, 'audit', 'pii', '--on', 'today', '--json')
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    {
      ...{ run: { id: '4711' }, principal: { id: 'ci#repo:acme/train' }, late: 4 },
      columns: Array.from({ length: 4 }, () => ({ outcome: 'late', retrospective: true })),
    },
  ])
  const touches = await rows(
    'SELECT place, entity, outcome, retrospective, toUInt32(statement) AS statement FROM pii_touches ORDER BY place',
  )
  expect(touches).toEqual([
    { place: 'result', entity: 'CREDIT_CARD', outcome: 'late', retrospective: 1, statement: 3 },
    { place: 'result', entity: 'EMAIL', outcome: 'late', retrospective: 1, statement: 3 },
    { place: 'result.error', entity: 'EMAIL', outcome: 'late', retrospective: 1, statement: 3 },
    { place: 'statement', entity: 'EMAIL', outcome: 'late', retrospective: 1, statement: 3 },
  ])
  const found = await platform.run(
    (program, context) =>
      registerAuditSubject(program.command('audit'), context, Readable.from([otherMail])),
    ...['audit', 'subject', '--json'],
  )
  expect(JSON.parse(found.lines[0]!)).toMatchObject({
    touches: [{ session: session.id, statement: 3, retrospective: true }],
  })
})

it('verification says redacted, not tampered; and tampered where other bytes stand there', async () => {
  const { lines, error } = await platform.run(registerVerify, 'verify')
  expect([error, lines.join('\n')]).toEqual([
    undefined,
    expect.stringContaining('5 records were redacted later'),
  ])
  const alone = await platform.run(registerVerify, 'verify', session.id)
  expect([alone.error, alone.lines.join('\n')]).toEqual([
    undefined,
    expect.stringContaining('5 records were redacted later'),
  ])
  const edit = (from: string, to: string) =>
    platform.store.write.command({
      query: `ALTER TABLE records_rows UPDATE bytes = replaceOne(bytes, '${from}', '${to}') WHERE session = '${session.id}' SETTINGS mutations_sync = 2`,
    })
  await edit('paid with', 'sold with')
  const after = await platform.run(registerVerify, 'verify')
  expect(after.lines.join('\n')).toContain('record_edited')
  await edit('sold with', 'paid with')
})

it('finds nothing a second time, and a rebuild keeps what is masked', async () => {
  expect((await ran()).join()).toContain('nothing was found')
  await platform.ingest.rebuild()
  expect(await inClear()).toBe(0)
  await countsHold()
  expect((await platform.run(registerVerify, 'verify')).error).toBeUndefined()
})

it('ended at whatever insert and run again it comes to the same', async () => {
  let killed = 0
  for (let failAt = 0; ; failAt++) {
    const one = recordSession(platform)
    await written(platform.proxy, one)
    await platform.ingest.idle()
    const outcome = await scanUntil(failAt)
    await countsHold()
    if (outcome === 'ended') expect(await scanUntil(Infinity)).toBe('done')
    expect(await touchesOf(one)).toEqual(scannedOnce)
    expect(await inClear()).toBe(0)
    if (outcome === 'done') break
    killed++
  }
  expect(killed).toBeGreaterThan(4)
  await countsHold()
  expect((await platform.run(registerVerify, 'verify')).error).toBeUndefined()
}, 60_000)

it('leaves sessions under a legal hold as they are, and says how many', async () => {
  const held = recordSession(platform)
  await written(platform.proxy, held)
  await platform.ingest.idle()
  const hold = (until: string) =>
    platform.store.write.command({
      query: `ALTER TABLE records_rows UPDATE held_until = ${until} WHERE session = '${held.id}' SETTINGS mutations_sync = 2`,
    })
  await hold("toDateTime('2106-01-01 00:00:00', 'UTC')")
  expect((await ran()).join()).toContain('1 are under a legal hold')
  expect(await touchesOf(held)).toEqual([])
  await hold("toDateTime(0, 'UTC')")
  await ran('--connection', 'another')
  await ran('--until', '1h')
  expect(await touchesOf(held)).toEqual([])
  await ran('--connection', 'orders')
  expect(await touchesOf(held)).toEqual(scannedOnce)
})

it('masks in the record what the proxy has counted as late, and adds no touch', async () => {
  const stamp = createSessionStamp()
  const { proxy } = platform
  const add = (kind: Parameters<typeof proxy.append>[0], body: object) =>
    proxy.append(kind, stamp, JSON.stringify(body))
  const chunk = new ChunkBuilder('postgres')
  const whole = (flags: number, bytes: Buffer) =>
    chunk.add(flags | first | last, bytes[0]!, 0, bytes.length, bytes, 0, bytes.length)
  const column = (name: string) => Buffer.concat([Buffer.from(`${name}\0`), Buffer.alloc(18)])
  add('gatetrail.session.opened', {
    principal: ciJob, connection: 'orders', protocol: 'postgres', clientAddress: '127.0.0.1:5000',
    clientTls: false, requestedUser: 'postgres', policySet: 'aa', policies: ['allow'],
  }) // prettier-ignore
  const statement = add('gatetrail.statement.decided', {
    description: 'd2', path: 'simple', verdict: 'allow', policies: ['p'], policySet: 'aa',
  }) // prettier-ignore
  whole(toClient, frame('T', Buffer.concat([Buffer.from([0, 2]), column('id'), column('alias')])))
  whole(toClient, row('7', 'Wombat Marten'))
  whole(toClient, row('8', '****** ******'))
  proxy.append('gatetrail.frames.recorded', stamp, chunk)
  add('gatetrail.pii.touched', {
    statement, startedMicros: Date.now() * 1000, connection: 'orders', ruleset: 'test',
    touches: [
      { place: 'public.people.alias', entity: 'PERSON', outcome: 'late', level: 'likely', count: 1 },
      { place: 'public.people.alias', entity: 'PERSON', outcome: 'masked', level: 'likely', count: 1 },
    ],
  }) // prettier-ignore
  await written(proxy, stamp)
  await platform.ingest.idle()
  expect(await platform.ingest.redactLate()).toBe(0) // The session is still open.
  add('gatetrail.session.closed', {
    reason: 'client_closed', durationMicros: 1, statements: 1, rows: 2, bytesFromClient: 1, bytesToClient: 1,
    coverage: { inspectedBytes: 900, uninspectedBytes: {} },
  }) // prettier-ignore
  await written(proxy, stamp)
  await platform.ingest.idle()
  const before = await touchesOf(stamp)
  expect(await platform.ingest.redactLate()).toBe(1)
  const payloads = await rows(`SELECT payload FROM chunks WHERE session = '${stamp.id}'`)
  expect(JSON.stringify(payloads)).not.toContain('Wombat')
  expect(JSON.stringify(payloads)).toContain('****** ******')
  expect(JSON.stringify(payloads)).not.toContain('Marten')
  expect(await touchesOf(stamp)).toEqual(before)
  expect(await platform.ingest.redactLate()).toBe(0)
  await countsHold()
  expect((await platform.run(registerVerify, 'verify')).error).toBeUndefined()
})

it('masks what was late in the answers of statements that were sent one behind the other', async () => {
  const stamp = createSessionStamp()
  const { proxy } = platform
  const add = (kind: Parameters<typeof proxy.append>[0], body: object) =>
    proxy.append(kind, stamp, JSON.stringify(body))
  const chunk = new ChunkBuilder('postgres')
  const whole = (bytes: Buffer) =>
    chunk.add(toClient | first | last, bytes[0]!, 0, bytes.length, bytes, 0, bytes.length)
  const column = (name: string) => Buffer.concat([Buffer.from(`${name}\0`), Buffer.alloc(18)])
  const decided = () =>
    add('gatetrail.statement.decided', {
      description: 'd2', path: 'extended', verdict: 'allow', policies: ['p'], policySet: 'aa',
    }) // prettier-ignore
  const completed = (statement: number) =>
    add('gatetrail.statement.completed', {
      ...{ statement, startedMicros: Date.now() * 1000, durationMicros: 5, rows: 1, bytes: 9 },
    })
  add('gatetrail.session.opened', {
    principal: ciJob, connection: 'orders', protocol: 'postgres', clientAddress: '127.0.0.1:5000',
    clientTls: false, requestedUser: 'postgres', policySet: 'aa', policies: ['allow'],
  }) // prettier-ignore
  const one = decided()
  const other = decided()
  whole(frame('T', Buffer.concat([Buffer.from([0, 1]), column('alias')])))
  whole(row('Quokka Numbat'))
  whole(frame('C', Buffer.from('SELECT 1\0')))
  whole(frame('T', Buffer.concat([Buffer.from([0, 1]), column('note')])))
  whole(row('nothing here'))
  proxy.append('gatetrail.frames.recorded', stamp, chunk)
  completed(one)
  add('gatetrail.pii.touched', {
    ...{ statement: one, startedMicros: Date.now() * 1000, connection: 'orders', ruleset: 'test' },
    touches: [
      { place: 'result.alias', entity: 'PERSON', outcome: 'late', level: 'likely', count: 1 },
    ],
  })
  completed(other)
  add('gatetrail.session.closed', {
    reason: 'client_closed', durationMicros: 1, statements: 2, rows: 2, bytesFromClient: 1, bytesToClient: 1,
    coverage: { inspectedBytes: 900, uninspectedBytes: {} },
  }) // prettier-ignore
  await written(proxy, stamp)
  await platform.ingest.idle()
  expect(await platform.ingest.redactLate()).toBe(1)
  const payloads = JSON.stringify(
    await rows(`SELECT payload FROM chunks WHERE session = '${stamp.id}'`),
  )
  expect(payloads).not.toContain('Quokka')
  expect(payloads).toContain('nothing here')
})

it('killed right after rows were replaced, the next one still merges those of before away', async () => {
  const one = recordSession(platform)
  await written(platform.proxy, one)
  await platform.ingest.idle()
  const { store, audit, scanRules, directory } = platform
  const parts = {
    ...{ store, journal: audit, tenant: 'default', rules: scanRules! },
    ...{ directory: join(directory, 'scans'), signal: new AbortController().signal },
  }
  const killed = runScan(
    {
      ...parts,
      exclusively: async (work) => {
        await platform.ingest.exclusively(work)
        throw new GatetrailError('STORE_UNAVAILABLE', 'the process was killed here')
      },
    },
    { since: new Date(Date.now() - 3_600_000) },
    () => undefined,
  )
  await expect(killed).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  // The engine merges as it likes: what asks it to is what is remembered.
  const scans = (await readdir(parts.directory)).filter((name) => name.endsWith('.json'))
  const month = new Date().toISOString().slice(0, 7).replace('-', '')
  expect(JSON.parse(await readFile(join(parts.directory, scans[0]!), 'utf8'))).toMatchObject({
    months: [month],
  })
  expect(await scanUntil(Infinity)).toBe('done')
  const copies = `SELECT count() AS copies FROM records_rows WHERE session = '${one.id}' GROUP BY seq HAVING copies > 1`
  expect(await rows(copies)).toEqual([])
})

it('an edit is not explained by a record.redacted that no writer has signed', async () => {
  const { write } = platform.store
  const [stored] = await rows(
    `SELECT seq, lower(hex(leaf_hash)) AS leaf, base64Encode(replaceOne(bytes, 'paid with', 'sold with')) AS edited FROM records WHERE session = '${session.id}' AND position(bytes, 'paid with') > 0`,
  )
  const edited = Buffer.from(String(stored?.['edited']), 'base64')
  const forged = createSessionStamp()
  const time = (Date.now() - 3 * 86_400_000) * 1000
  const body = Buffer.from(
    JSON.stringify({
      ...{ session: session.id, seq: stored?.['seq'], entity: 'EMAIL', count: 1 },
      ...{ leafHash: stored?.['leaf'], redactedHash: hashOf(edited) },
    }),
  )
  const bytes = encodeRecord(
    {
      ...{ kindCode: kindCodeOf('gatetrail.record.redacted'), version: 2, session: forged.id },
      ...{
        writer: createSessionStamp().id,
        seq: 0,
        position: 0,
        timeMicros: time,
        offsetMicros: 0,
      },
    },
    body,
  )
  const { header } = decodeRecord(bytes)
  const edit = (from: string, to: string) =>
    write.command({
      query: `ALTER TABLE records_rows UPDATE bytes = replaceOne(bytes, '${from}', '${to}') WHERE session = '${session.id}' SETTINGS mutations_sync = 2`,
    })
  await edit('paid with', 'sold with')
  await write.command({
    query: `INSERT INTO records_rows (tenant, session, seq, writer, position, kind, version, leaf_hash, bytes, time, kind_code, length, stored, row_version)
      SELECT 'default', '${forged.id}', 0, '${header.writer}', 0, 'gatetrail.record.redacted', 2, unhex('${hashOf(bytes)}'), base64Decode('${Buffer.from(bytes).toString('base64')}'), fromUnixTimestamp64Micro(toInt64(${time}), 'UTC'), 9, ${bytes.length}, now(), 1`,
  })
  const { lines } = await platform.run(registerVerify, 'verify')
  expect(lines.join('\n')).toContain('record_edited')
  await edit('sold with', 'paid with')
  await write.command({
    query: `ALTER TABLE records_rows DELETE WHERE session = '${forged.id}' SETTINGS mutations_sync = 2`,
  })
  expect((await platform.run(registerVerify, 'verify')).error).toBeUndefined()
})

it('leaves a session as it is that a hold names which is not applied to its rows yet', async () => {
  const held = recordSession(platform)
  await written(platform.proxy, held)
  const hold = randomUUID()
  const { audit } = platform
  audit.appendSystem('gatetrail.hold.placed', {
    ...{ hold, who: 'ci#counsel', reason: 'case 7', session: held.id },
  })
  await written(audit, audit.system)
  await platform.ingest.idle()
  expect((await ran()).join()).toContain('1 are under a legal hold')
  expect(await touchesOf(held)).toEqual([])
  audit.appendSystem('gatetrail.hold.lifted', { hold, who: 'ci#counsel', reason: 'closed' })
  await written(audit, audit.system)
  await platform.ingest.idle()
})

it('says that it was interrupted, and not that nothing was found', async () => {
  const { ingest } = platform
  const ended = new AbortController()
  ended.abort()
  const since = new Date(Date.now() - 3_600_000)
  expect(await ingest.scan({ since }, () => undefined, ended.signal)).toMatchObject({
    interrupted: true,
  })
  expect(await ingest.scan({ since }, () => undefined, new AbortController().signal)).toEqual(
    expect.not.objectContaining({ interrupted: true }),
  )
})

function hashOf(bytes: Uint8Array): string {
  const digest = (parts: readonly Uint8Array[]) => hash('sha256', Buffer.concat(parts), 'buffer')
  return Buffer.from(leafHash(digest, bytes)).toString('hex')
}
