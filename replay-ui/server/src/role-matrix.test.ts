/**
 * Every route as it was registered × every role × every way in, against what its operation says. A route that is no operation, or an
 * operation without a route, fails: a new one cannot be forgotten. Then every operation about another connection's data.
 */
import * as replayApi from '@gatetrail/replay-api'
import { csrfHeader, permissions, type Access, type Operation } from '@gatetrail/replay-api'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Browser } from './testing/browser.ts'
import { samplesOf, type Sample } from './testing/request-samples.ts'
import {
  callers,
  localToken,
  startTestReplay,
  type TestReplay,
} from './testing/start-test-replay.ts'
import { fillTrail, foreign, own, secrets } from './testing/trail-of-two-connections.ts'

type Role = keyof typeof callers | 'local' | 'anybody'

const everybody = ['anybody', 'nobody', 'approver', 'auditor', 'scoped', 'admin', 'local'] as const
/** As docs/running.md says it. */
const allowed: Record<Access, readonly Role[]> = {
  open: everybody,
  signed_in: ['nobody', 'approver', 'auditor', 'scoped', 'admin', 'local'],
  read_audit: ['auditor', 'scoped', 'admin', 'local'],
  read_all: ['auditor', 'admin', 'local'],
  read_status: ['approver', 'auditor', 'scoped', 'admin', 'local'],
  rebuild: ['admin', 'local'],
  revoke: ['admin', 'local'],
  hold: ['admin', 'local'],
  make_link: ['local'],
}
/** Of the API, and no operation that a client asks: redirects of the sign-in, and the description of the others. */
const noOperations = ['/api/login', '/api/login/callback', '/api/openapi.json']

const operations: Operation[] = Object.entries(replayApi)
  .filter(([name]) => name.endsWith('Api'))
  .flatMap(([, area]): unknown[] => Object.values(area))
  .filter(isOperation)

function isOperation(value: unknown): value is Operation {
  return typeof value === 'object' && value !== null && 'access' in value && 'path' in value
}

const nameOf = ({ method, path }: { method: string; path: string }) => `${method} ${path}`

/** Who may ask, but not this: a code that was never given out; the whole trail, by a caller of a part. */
function refusedLater({ path }: Operation, role: Role): boolean {
  return path === '/api/login/link' || (path === '/api/verify' && role === 'scoped')
}

let replay: TestReplay
const cookies = new Map<Role, string>()

beforeAll(async () => {
  replay = await startTestReplay({ idleMinutesMax: 1_440, confirmMinutesMax: 1_440 })
  await fillTrail(replay.read)
  for (const [role, { groups }] of Object.entries(callers)) {
    replay.issuer.account = { name: role, groups }
    const browser = new Browser()
    await browser.open(`${replay.base}/api/login`)
    const id = browser.cookies.get(new URL(replay.base).host)?.get('gatetrail-session')
    if (id === undefined) throw new Error(`${role} was not signed in`)
    cookies.set(role as Role, `gatetrail-session=${id}`)
  }
}, 60_000)
afterAll(() => replay?.close())

function headersOf(role: Role, way: 'token' | 'cookie'): Record<string, string> {
  if (role === 'anybody') return {}
  if (way === 'token') return { authorization: `Bearer ${role === 'local' ? localToken : role}` }
  return { cookie: cookies.get(role) ?? '', origin: replay.base, [csrfHeader]: 'web' }
}

async function ask(
  { method, path }: Pick<Operation, 'method' | 'path'>,
  sample: Sample,
  headers: Record<string, string>,
): Promise<{ status: number; code: string; text: string }> {
  replay.clock.aheadMs += 10_000 // Limits per minute are for others to test.
  const filled = path.replace(/:(\w+)/g, (_all, name: string) =>
    encodeURIComponent(String(sample.params[name])),
  )
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(sample.query)) search.set(name, String(value))
  const response = await fetch(`${replay.base}${filled}?${search.toString()}`, {
    method,
    redirect: 'manual',
    headers: {
      ...headers,
      ...(sample.body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(sample.body !== undefined && { body: JSON.stringify(sample.body) }),
  })
  const text = await response.text()
  const code = /^\{"error":\{"code":"(\w+)"/.exec(text)?.[1] ?? ''
  return { status: response.status, code, text }
}

test('every route of the API is an operation, and every operation has a route', () => {
  const routes = replay.routes
    .filter(({ url, method }) => url.startsWith('/api/') && method !== 'HEAD')
    .filter(({ url }) => !noOperations.includes(url))
    .map(({ url, method }) => nameOf({ method: String(method), path: url }))
  expect(routes.toSorted()).toEqual(operations.map(nameOf).toSorted())
  expect(operations.length).toBeGreaterThan(30)
})

test('a route is as open as its operation says, and whatever else is open is on this list', () => {
  const open = replay.routes.filter(({ config }) => config?.access === 'open')
  const expected = operations.filter(({ access }) => access === 'open').map(({ path }) => path)
  // Pages, their files and probes hold nothing of the trail.
  const others = ['/healthz', '/readyz', '/', '/index.html']
  expect([...new Set(open.map(({ url }) => url))].toSorted()).toEqual(
    [...expected, ...noOperations, ...others].toSorted(),
  )
  for (const { method, path, access } of operations) {
    const route = replay.routes.find((one) => one.url === path && one.method === method)
    expect([path, route?.config?.access]).toEqual([path, access])
  }
})

test('every permission is somebody’s, and one that is new is expected of nobody', () => {
  expect(Object.keys(allowed).toSorted()).toEqual(['open', 'signed_in', ...permissions].toSorted())
})

// What ends the caller's own session comes last.
const inOrder = operations.toSorted(
  (left, right) => Number(left.path === '/api/logout') - Number(right.path === '/api/logout'),
)

describe.each(inOrder.map((op) => [nameOf(op), op] as const))('%s', (_name, op) => {
  const [minimal] = samplesOf(op, {})

  test('no cookie of another page’s asking opens it', async () => {
    if (op.access === 'open') return
    const { [csrfHeader]: _ours, ...cookie } = headersOf('admin', 'cookie')
    const foreignPage = {
      ...cookie,
      origin: 'http://evil.example.com',
      'sec-fetch-site': 'cross-site',
    }
    expect((await ask(op, minimal, foreignPage)).status).toBe(403)
    if (op.method !== 'GET') expect((await ask(op, minimal, cookie)).status).toBe(403)
  })

  test.each(
    everybody.flatMap((role) => (['token', 'cookie'] as const).map((way) => [role, way] as const)),
  )('for %s by %s', async (role, way) => {
    if (way === 'cookie' && (role === 'local' || role === 'anybody')) return
    const { status, code } = await ask(op, minimal, headersOf(role, way))
    if (allowed[op.access].includes(role)) {
      // It may ask for what does not exist; it is not kept from asking.
      if (!refusedLater(op, role)) expect([401, 403], `${status} ${code}`).not.toContain(status)
      expect(status).not.toBe(500)
    } else if (role === 'anybody') expect([status, code]).toEqual([401, 'API_UNAUTHENTICATED'])
    else expect([status, code]).toEqual([403, 'API_FORBIDDEN'])
  })
})

describe('of another connection a caller of some connections learns nothing', () => {
  const reading = operations.filter(
    ({ access, method }) =>
      (access === 'read_audit' || access === 'read_status') &&
      (method === 'GET' || method === 'POST'),
  )
  const shownToAll = new Set<string>()
  const leaks = ({ text }: { text: string }) => secrets.filter((secret) => text.includes(secret))

  test.each(reading.map((op) => [nameOf(op), op] as const))('%s', async (name, op) => {
    for (const sample of samplesOf(op, foreign)) {
      const scoped = await ask(op, sample, headersOf('scoped', 'token'))
      // What was asked may be said again.
      const echoed = JSON.stringify([sample.params, sample.query, sample.body ?? null])
      const learnt = leaks(scoped).filter((secret) => !echoed.includes(secret))
      expect({ sample, learnt }).toEqual({ sample, learnt: [] })
      expect({ sample, status: scoped.status }).not.toMatchObject({ status: 500 })
      const auditor = await ask(op, sample, headersOf('auditor', 'token'))
      if (leaks(auditor).some((secret) => !echoed.includes(secret))) shownToAll.add(name)
    }
  })

  test('of these, many show it to an auditor of all', () => {
    expect(shownToAll.size).toBeGreaterThan(8)
    for (const known of ['GET /api/sessions', 'GET /api/pii', 'GET /api/statements'])
      expect([...shownToAll]).toContain(known)
  })

  const ofSession = reading.filter(({ path }) => path.includes(':session'))

  test.each(ofSession.map((op) => [nameOf(op), op] as const))(
    'its session is as one that does not exist: %s',
    async (_name, op) => {
      const none = crypto.randomUUID()
      for (const sample of samplesOf(op, foreign)) {
        const missing = { ...sample, params: { ...sample.params, session: none } }
        const asked = await ask(op, sample, headersOf('scoped', 'token'))
        const answer = await ask(op, missing, headersOf('scoped', 'token'))
        expect(asked.text.replaceAll(foreign.session, 'X')).toBe(answer.text.replaceAll(none, 'X'))
        expect(asked.status).toBe(answer.status)
      }
    },
  )

  test('its own connection’s sessions are seen', async () => {
    const { text } = await ask(
      replayApi.sessionsApi.sessions,
      { params: {}, query: {} },
      headersOf('scoped', 'token'),
    )
    expect(text).toContain(own.session)
    expect(text).not.toContain(foreign.session)
  })
})
