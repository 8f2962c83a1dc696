/** What a browser can do with a cookie of ours, and what other pages that it shows can not. Over real HTTP. */
import { connect } from 'node:net'
import { csrfHeader, liveApi } from '@gatetrail/replay-api'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { sessionRow, uuidAt } from '../testing/rows.ts'
import { localToken, startTestReplay, type TestReplay } from '../testing/start-test-replay.ts'

const minuteMs = 60_000
let replay: TestReplay

beforeAll(async () => {
  replay = await startTestReplay()
})
afterAll(() => replay?.close())
beforeEach(() => {
  replay.clock.aheadMs += 2 * minuteMs // Limits per minute begin anew.
})

const ours = () => ({ origin: replay.base, [csrfHeader]: 'web' })
const json = { 'content-type': 'application/json' }
const asLocal = { authorization: `Bearer ${localToken}` }

async function makeLink(): Promise<string> {
  const answer = await fetch(`${replay.base}/api/links`, { method: 'POST', headers: asLocal })
  expect(answer.status).toBe(201)
  const { url } = (await answer.json()) as { url: string }
  return url
}

const codeOf = (url: string) => new URL(url).hash.replace('#link=', '')

function use(code: string, headers: Record<string, string> = ours()): Promise<Response> {
  return fetch(`${replay.base}/api/login/link`, {
    method: 'POST',
    headers: { ...json, ...headers },
    body: JSON.stringify({ code }),
  })
}

/** A signed-in browser's cookie. */
async function signIn(): Promise<string> {
  const answer = await use(codeOf(await makeLink()))
  expect(answer.status).toBe(200)
  return (answer.headers.getSetCookie()[0] ?? '').split(';')[0] ?? ''
}

const ask = async (cookie: string, path: string, init: RequestInit = {}) =>
  (await fetch(replay.base + path, { ...init, headers: { ...init.headers, cookie } })).status

test('a link signs one browser in as admin `local`, once', async () => {
  const code = codeOf(await makeLink())
  expect(Buffer.from(code, 'base64url')).toHaveLength(32)
  replay.reads.length = 0
  const answer = await use(code)
  expect(answer.status).toBe(200)
  expect(replay.reads).toMatchObject([{ who: 'local', role: 'admin', question: 'link.used' }])
  const [set = ''] = answer.headers.getSetCookie()
  expect(set).toMatch(/^gatetrail-session=[\w-]{43};.*HttpOnly; SameSite=Strict$/)
  const me = await fetch(`${replay.base}/api/me`, {
    headers: { cookie: set.split(';')[0] ?? '' },
  })
  expect(await me.json()).toMatchObject({ name: 'local', roles: ['admin'], way: 'session' })
  expect((await use(code)).status).toBe(401)
})

test('a previewer that opens a link does not use it up: it is sent no code', async () => {
  const url = await makeLink()
  expect(new URL(url).search).toBe('')
  for (let visit = 0; visit < 3; visit++) expect((await fetch(url)).status).toBe(200)
  expect((await use(codeOf(url))).status).toBe(200)
})

test('a link is good for ten minutes', async () => {
  const code = codeOf(await makeLink())
  replay.clock.aheadMs += 10 * minuteMs
  expect((await use(code)).status).toBe(401)
})

test('there are sixteen links at a time: another one ends the oldest', async () => {
  const first = codeOf(await makeLink())
  const others: string[] = []
  for (let made = 0; made < 16; made++) others.push(codeOf(await makeLink()))
  expect((await use(first)).status).toBe(401)
  expect((await use(others[0] ?? '')).status).toBe(200)
})

test('links are made with the local token alone: an admin makes none, and a browser that came by one neither', async () => {
  const make = async (headers: Record<string, string>) =>
    (await fetch(`${replay.base}/api/links`, { method: 'POST', headers })).status
  expect(await make({ authorization: 'Bearer admin' })).toBe(403)
  expect(await make({ ...ours(), cookie: await signIn() })).toBe(403)
  expect(await make({})).toBe(401)
})

test('guesses of a link are few per minute', async () => {
  const statuses: number[] = []
  for (let guess = 0; guess < 32; guess++) statuses.push((await use('guess')).status)
  expect(statuses.slice(0, 30)).toEqual(Array.from({ length: 30 }, () => 401))
  expect(statuses.slice(30)).toEqual([429, 429])
})

test('no other page signs a browser in', async () => {
  const code = codeOf(await makeLink())
  const evil = 'http://evil.example.com'
  expect((await use(code, { origin: replay.base })).status).toBe(403)
  expect((await use(code, { [csrfHeader]: 'web' })).status).toBe(403)
  expect((await use(code, { origin: evil, [csrfHeader]: 'web' })).status).toBe(403)
  expect((await use(code, { ...ours(), 'sec-fetch-site': 'same-site' })).status).toBe(403)
  expect((await use(code, ours())).status).toBe(200)
})

test('a session ends an hour after its last request, and eight hours after the sign-in whatever was asked', async () => {
  const idle = await signIn()
  replay.clock.aheadMs += 59 * minuteMs
  expect(await ask(idle, '/api/me')).toBe(200)
  replay.clock.aheadMs += 59 * minuteMs
  expect(await ask(idle, '/api/me')).toBe(200)
  replay.clock.aheadMs += 60 * minuteMs
  expect(await ask(idle, '/api/me')).toBe(401)
  const busy = await signIn()
  for (let half = 1; half < 16; half++) {
    replay.clock.aheadMs += 30 * minuteMs
    expect(await ask(busy, '/api/me')).toBe(200)
  }
  replay.clock.aheadMs += 30 * minuteMs
  expect(await ask(busy, '/api/me')).toBe(401)
})

test('a sign-in gives a new id, and the one before opens nothing', async () => {
  const before = await signIn()
  const answer = await use(codeOf(await makeLink()), { ...ours(), cookie: before })
  const after = (answer.headers.getSetCookie()[0] ?? '').split(';')[0] ?? ''
  expect(after).not.toBe(before)
  expect(await ask(before, '/api/me')).toBe(401)
  expect(await ask(after, '/api/me')).toBe(200)
  // Nor does an id that somebody else chose.
  expect(await ask('gatetrail-session=chosen', '/api/me')).toBe(401)
})

test('signing out ends the session at the server', async () => {
  const cookie = await signIn()
  expect(await ask(cookie, '/api/logout', { method: 'POST', headers: ours() })).toBe(200)
  expect(await ask(cookie, '/api/me')).toBe(401)
})

test.each([
  ['a form of another site', { origin: 'http://evil.example.com' }, 403],
  ['a script of another site', { origin: 'http://evil.example.com', [csrfHeader]: 'web' }, 403],
  ['another port of this machine', { origin: 'http://127.0.0.1:9', [csrfHeader]: 'web' }, 403],
  ['a sandboxed frame', { origin: 'null', [csrfHeader]: 'web' }, 403],
  ['a browser that says no origin', { [csrfHeader]: 'web' }, 403],
  ['a form of our own page', {}, 403],
  ['our own page', { [csrfHeader]: 'web', own: 'true' }, 200],
])('what changes something is done for our own page alone: %s', async (who, given, status) => {
  const { own, ...headers }: Record<string, string> = given
  const origin = own === 'true' || who.startsWith('a form of our') ? { origin: replay.base } : {}
  const cookie = await signIn()
  const init = { method: 'POST', headers: { ...headers, ...origin } }
  expect(await ask(cookie, '/api/ingest/idle', init)).toBe(status)
})

test('another site cannot make a browser look: what is read by a cookie is asked for by our page, or typed', async () => {
  const cookie = await signIn()
  const from = (site: string) =>
    ask(cookie, '/api/pii?on=2026-03-12', { headers: { 'sec-fetch-site': site } })
  replay.reads.length = 0
  expect(await from('cross-site')).toBe(403)
  expect(await from('same-site')).toBe(403)
  expect(replay.reads).toEqual([])
  expect(await from('same-origin')).toBe(200)
  expect(await from('none')).toBe(200)
})

test('a body is JSON and says so', async () => {
  const post = async (type: string) => {
    const answer = await fetch(`${replay.base}/api/subject`, {
      method: 'POST',
      headers: { ...asLocal, 'content-type': type },
      body: JSON.stringify({ value: '078-05-1120' }),
    })
    return answer.status
  }
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data'])
    expect([type, await post(type)]).toEqual([type, 415])
  expect(await post('application/json')).toBe(200)
})

test('no other origin is let in by CORS', async () => {
  const headers = {
    origin: 'http://evil.example.com',
    'access-control-request-method': 'POST',
    'access-control-request-headers': csrfHeader,
  }
  const asked = await fetch(`${replay.base}/api/logout`, { method: 'OPTIONS', headers })
  const read = await fetch(`${replay.base}/api/me`, {
    headers: { ...headers, cookie: await signIn() },
  })
  for (const answer of [asked, read])
    expect([...answer.headers.keys()].filter((name) => name.includes('allow'))).toEqual([])
  expect(asked.status).toBe(404)
})

test('a WebSocket with a cookie is opened for our own page alone', async () => {
  const cookie = await signIn()
  const path = `/api/sessions/${crypto.randomUUID()}/live`
  const upgrade = (origin: string) =>
    new Promise<string>((resolve, reject) => {
      const { hostname, port, host } = new URL(replay.base)
      const socket = connect(Number(port), hostname, () => {
        socket.write(
          `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${'a'.repeat(22)}==\r\nOrigin: ${origin}\r\nCookie: ${cookie}\r\n\r\n`,
        )
      })
      socket.once('data', (bytes) => {
        socket.destroy()
        resolve(bytes.toString().slice(9, 12))
      })
      socket.once('error', reject)
    })
  expect(await upgrade('http://evil.example.com')).toBe('403')
  expect(await upgrade('http://127.0.0.1:9')).toBe('403')
  expect(await upgrade(replay.base)).toBe('404') // There is no such session.
})

test('a live view ends with the browser session that it was opened by, once nobody asks anything there', async () => {
  const at = new Date()
  const session = uuidAt(at)
  await replay.read.insert({
    ...{ table: 'sessions_rows', values: [sessionRow(session, at)], format: 'JSONEachRow' },
  })
  const watch = (cookie: string) => {
    const address = `${replay.base.replace('http', 'ws')}/api/sessions/${session}/live`
    const socket = new WebSocket(address, { headers: { cookie, origin: replay.base } })
    const opened = new Promise((resolve) => socket.on('open', resolve))
    return { socket, opened, closed: new Promise((resolve) => socket.on('close', resolve)) }
  }
  const [left, reading] = [await signIn(), await signIn()]
  const [idle, busy] = [watch(left), watch(reading)]
  await Promise.all([idle.opened, busy.opened])
  replay.clock.aheadMs += 59 * minuteMs
  expect(await ask(reading, '/api/me')).toBe(200)
  replay.clock.aheadMs += 2 * minuteMs
  // That it is told something all the time is no request of its reader.
  expect(await idle.closed).toBe(liveApi.liveClosings.revoked)
  expect(busy.socket.readyState).toBe(WebSocket.OPEN)
  busy.socket.terminate()
}, 20_000)
