/** The live view over real sockets: what comes, who gets in, and who is cut. */
import { connect } from 'node:net'
import { WebSocket } from 'ws'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { LiveMessage } from '@gatetrail/replay-api'
import { sessionRow, statementRow, uuidAt } from '../testing/rows.ts'
import { startTestReplay, type TestReplay } from '../testing/test-replay.ts'

let replay: TestReplay
const open: WebSocket[] = []

beforeAll(async () => {
  replay = await startTestReplay()
})
afterAll(async () => {
  for (const socket of open) socket.terminate()
  await replay?.close()
})

type Watching = { socket: WebSocket; messages: LiveMessage[]; closed: Promise<number> }

function watch(session: string, query = '', token = 'auditor'): Watching {
  const socket = new WebSocket(`ws://${replay.address}/api/sessions/${session}/live${query}`, {
    headers: { authorization: `Bearer ${token}` },
  })
  open.push(socket)
  const messages: LiveMessage[] = []
  socket.on('message', (bytes: Buffer) =>
    messages.push(JSON.parse(bytes.toString()) as LiveMessage),
  )
  socket.on('error', () => undefined)
  return { socket, messages, closed: new Promise((resolve) => socket.on('close', resolve)) }
}

/** The status of an upgrade that is refused. */
function refused(path: string, headers: Record<string, string>): Promise<number | undefined> {
  const socket = new WebSocket(`ws://${replay.address}${path}`, { headers })
  return new Promise((resolve) => {
    socket.on('unexpected-response', (_request, response) => resolve(response.statusCode))
    socket.on('open', () => resolve(101))
    socket.on('error', () => resolve(undefined))
  })
}

const statementsOf = ({ messages }: Watching) =>
  messages.flatMap((message) => (message.type === 'statements' ? message.statements : []))

async function openSession(statements: number): Promise<{ session: string; at: Date }> {
  const at = new Date()
  const session = uuidAt(at)
  await replay.insert('sessions_rows', sessionRow(session, at, { last_seq: statements }))
  const rows = Array.from({ length: statements }, (_, seq) =>
    statementRow(session, seq, at, { completed: seq < statements - 1 }),
  )
  if (rows.length > 0) await replay.insert('statements_rows', ...rows)
  return { session, at }
}

test('a session is told as it goes on: what there is, what comes, what changes, and its end', async () => {
  const { session, at } = await openSession(3)
  const all = watch(session)
  await vi.waitFor(() => expect(statementsOf(all).map(({ seq }) => seq)).toEqual([0, 1, 2]), 10_000)
  const later = watch(session, '?after=1')
  await vi.waitFor(() => expect(statementsOf(later).map(({ seq }) => seq)).toEqual([2]), 10_000)

  await replay.insert('sessions_rows', sessionRow(session, at, { last_seq: 9, row_version: 2 }))
  await replay.insert(
    'statements_rows',
    statementRow(session, 2, at, { completed: true, rows: 7, row_version: 9 }),
    statementRow(session, 8, at),
  )
  for (const one of [all, later]) {
    await vi.waitFor(() => expect(statementsOf(one).map(({ seq }) => seq)).toContain(8), 10_000)
    expect(statementsOf(one).filter(({ seq, rows }) => seq === 2 && rows === 7)).toHaveLength(1)
    expect(statementsOf(one).filter(({ seq }) => seq === 0).length).toBe(one === all ? 1 : 0)
  }

  const end = { state: 'closed', reason: 'client', last_seq: 10, row_version: 3 }
  await replay.insert('sessions_rows', sessionRow(session, at, end))
  expect(await all.closed).toBe(1000)
  expect(all.messages.at(-1)).toMatchObject({ type: 'ended', session: { state: 'closed' } })
  expect(replay.reads).toContainEqual(
    expect.objectContaining({ question: 'live', who: 'corp#auditor', parameters: { session } }),
  )
}, 40_000)

test('who may not look, or comes from elsewhere, gets no socket', async () => {
  const { session } = await openSession(0)
  const path = `/api/sessions/${session}/live`
  const as = (token: string) => ({ authorization: `Bearer ${token}` })
  expect(await refused(path, {})).toBe(401)
  expect(await refused(path, as('approver'))).toBe(403)
  expect(await refused(path, as('nobody'))).toBe(403)
  expect(await refused(path, as('stolen'))).toBe(401)
  expect(await refused(path, { ...as('auditor'), host: 'evil.example' })).toBe(400)
  expect(await refused(`/api/sessions/${uuidAt(new Date(0))}/live`, as('auditor'))).toBe(404)
  expect(await refused('/api/sessions/nonsense/live', as('auditor'))).toBe(400)
  expect(await refused('/api/sessions', as('auditor'))).toBe(400)
  expect(await replay.ask(path)).toBe('400 REQUEST_INVALID')
})

test('what a client says is not read: too much of it, or a false frame, ends its socket only', async () => {
  const { session } = await openSession(0)
  const [long, many, quiet] = [watch(session), watch(session), watch(session)]
  for (const { socket } of [long, many, quiet])
    await new Promise((resolve) => socket.on('open', resolve))
  long.socket.send('x'.repeat(1_025))
  expect(await long.closed).toBe(1009)
  for (let sent = 0; sent < 130; sent++) many.socket.send('{"type":"session"}')
  expect(await many.closed).toBe(1008)
  expect(quiet.socket.readyState).toBe(WebSocket.OPEN)

  // RFC 6455 §5.1: a frame of a client that is not masked; §5.2: a reserved bit; §5.5: a control frame that is too long.
  for (const frame of ['8101ff', 'c181000000000a', '89fe007f00000000']) {
    const answer = await raw(session, Buffer.from(frame, 'hex'))
    expect(answer).toMatch(/^HTTP\/1\.1 101/)
    expect(answer).toContain('\u0003\ufffd') // Close, 1002.
  }
  expect(quiet.socket.readyState).toBe(WebSocket.OPEN)
})

/** A socket of our own that sends bytes behind the handshake, and all that came back until it was closed. */
function raw(session: string, bytes: Buffer): Promise<string> {
  const [host = '', port = ''] = replay.address.split(':')
  return new Promise((resolve) => {
    const socket = connect(Number(port), host)
    let answer = ''
    let sent = false
    socket.on('data', (data) => {
      answer += data.toString('utf8')
      if (!sent && answer.includes('\r\n\r\n')) socket.write(bytes)
      sent = answer.includes('\r\n\r\n')
    })
    socket.on('close', () => resolve(answer))
    socket.write(
      `GET /api/sessions/${session}/live HTTP/1.1\r\nhost: ${replay.address}\r\nauthorization: Bearer auditor\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n`,
    )
  })
}

test('one account has so many live views, and whoever is revoked has none', async () => {
  const { session } = await openSession(0)
  const views = Array.from({ length: 16 }, () => watch(session, '', 'admin'))
  for (const { messages } of views) await vi.waitFor(() => expect(messages).not.toEqual([]), 10_000)
  const path = `/api/sessions/${session}/live`
  expect(await refused(path, { authorization: 'Bearer admin' })).toBe(429)
  const target = { type: 'subject', issuer: 'corp', subject: 'admin' }
  await replay.ask('/api/revocations', 'local-token-of-the-test', { target, reason: 'left' })
  for (const { closed } of views) expect(await closed).toBe(4403)
  expect(await refused(path, { authorization: 'Bearer admin' })).toBe(403)
}, 30_000)

test('a reader that does not read is closed, and the server does not hold what it did not take', async () => {
  const { session, at } = await openSession(0)
  const slow = watch(session)
  await new Promise((resolve) => slow.socket.on('open', resolve))
  slow.socket.pause()
  const text = 'x'.repeat(2_000)
  for (let batch = 0; batch < 12; batch++) {
    const rows = Array.from({ length: 1_000 }, (_, index) =>
      statementRow(session, batch * 1_000 + index, at, { text, completed: true }),
    )
    await replay.insert('statements_rows', ...rows)
    const seen = { last_seq: (batch + 1) * 1_000, row_version: batch + 2 }
    await replay.insert('sessions_rows', sessionRow(session, at, seen))
  }
  await new Promise((resolve) => setTimeout(resolve, 4_000))
  slow.socket.resume()
  expect([4408, 1006]).toContain(await slow.closed)
}, 40_000)
