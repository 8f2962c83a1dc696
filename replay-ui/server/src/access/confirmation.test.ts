/** How long the groups of a sign-in count, and what becomes of a session when its issuer is asked again. Over real HTTP, with a real OIDC provider. */
import { csrfHeader } from '@gatetrail/replay-api'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Browser } from '../testing/browser.ts'
import { startTestReplay, type TestReplay } from '../testing/start-test-replay.ts'

const minuteMs = 60_000
let replay: TestReplay

beforeAll(async () => {
  replay = await startTestReplay()
})
afterAll(() => replay?.close())

const goByIssuer = (browser: Browser, name: string, ...groups: string[]) => {
  replay.clock.aheadMs += 2 * minuteMs // Sign-ins per minute begin anew.
  replay.issuer.account = { name, groups }
  // The issuer's own session is not ours to test: it signs in whom the test names.
  browser.cookies.delete(new URL(replay.issuer.issuer).host)
  return browser.open(`${replay.base}/api/login?returnTo=/sessions?on=2026-03-12`)
}
const signedIn = async (name: string, ...groups: string[]) => {
  const browser = new Browser()
  await goByIssuer(browser, name, ...groups)
  return browser
}
const idOf = (browser: Browser) =>
  browser.cookies.get(new URL(replay.base).host)?.get('gatetrail-session')
const ask = async (browser: Browser, path = '/api/pii?on=2026-03-12') => {
  const response = await browser.send(replay.base + path)
  const answer = JSON.parse(await response.text())
  return response.ok ? answer : `${response.status} ${answer.error.code}`
}
/** With a request now and then: it is not idle. */
const passMinutes = async (browser: Browser, minutes: number) => {
  for (let passed = 0; passed < minutes; passed += 30) {
    replay.clock.aheadMs += Math.min(30, minutes - passed) * minuteMs
    await ask(browser, '/api/me')
  }
}

test('nothing but who one is is answered after an hour, until the issuer has confirmed it', async () => {
  const browser = await signedIn('kim', 'auditors')
  const id = idOf(browser)
  expect(await ask(browser, '/api/me')).toMatchObject({
    confirm: { inSeconds: expect.closeTo(3_600, -1), everySeconds: 3_600 },
  })
  await passMinutes(browser, 59)
  expect(await ask(browser)).toMatchObject({ runs: [] })
  await passMinutes(browser, 2)
  expect(await ask(browser)).toBe('401 SIGN_IN_UNCONFIRMED')
  expect(await ask(browser, '/api/me')).toMatchObject({ confirm: { inSeconds: 0 } })
  const page = await goByIssuer(browser, 'kim', 'auditors')
  expect(page.url).toBe(`${replay.base}/sessions?on=2026-03-12`)
  expect(await ask(browser)).toMatchObject({ runs: [] })
  // The same session: what it had begun goes on.
  expect(idOf(browser)).toBe(id)
})

test('a group that the issuer has taken away counts no longer than that', async () => {
  const browser = await signedIn('lee', 'auditors')
  const before = idOf(browser)
  await passMinutes(browser, 61)
  await goByIssuer(browser, 'lee', 'others')
  expect(await ask(browser)).toBe('403 API_FORBIDDEN')
  expect(await ask(browser, '/api/me')).toMatchObject({ name: 'corp#lee', roles: [] })
  const stolen = await fetch(`${replay.base}/api/me`, {
    headers: { cookie: `gatetrail-session=${before}` },
  })
  expect(stolen.status).toBe(401)
})

test('a confirmation makes a session no longer than it was', async () => {
  const browser = await signedIn('max', 'auditors')
  for (let confirmed = 0; confirmed < 9; confirmed++) {
    await passMinutes(browser, 50)
    await goByIssuer(browser, 'max', confirmed % 2 === 0 ? 'platform' : 'auditors')
    expect(await ask(browser)).toMatchObject({ runs: [] })
  }
  await passMinutes(browser, 13)
  expect(await ask(browser)).toBe('401 API_UNAUTHENTICATED')
})

test('somebody else in the same browser is somebody else', async () => {
  const browser = await signedIn('ann', 'auditors')
  const before = idOf(browser)
  await goByIssuer(browser, 'bob', 'auditors')
  expect(await ask(browser, '/api/me')).toMatchObject({ name: 'corp#bob' })
  expect(idOf(browser)).not.toBe(before)
})

test('who waits for the issuer can sign out', async () => {
  const browser = await signedIn('eve', 'auditors')
  await passMinutes(browser, 61)
  const headers = { origin: replay.base, [csrfHeader]: '1' }
  const left = await browser.send(`${replay.base}/api/logout`, { method: 'POST', headers })
  expect(left.status).toBe(200)
  expect(await ask(browser, '/api/me')).toBe('401 API_UNAUTHENTICATED')
})

test('confirmations are no attempts: however many sign-ins fail behind the same address', async () => {
  const browser = await signedIn('ida', 'auditors')
  const attempt = () => fetch(`${replay.base}/api/login`, { redirect: 'manual' })
  for (let attempts = 0; attempts < 40; attempts++) await attempt()
  expect((await attempt()).status).toBe(429)
  browser.cookies.delete(new URL(replay.issuer.issuer).host)
  const page = await browser.open(`${replay.base}/api/login?returnTo=/sessions`)
  expect(page.url).toBe(`${replay.base}/sessions`)
})

test('what comes to nothing says where one was going, however that came about', async () => {
  replay.clock.aheadMs += 2 * minuteMs
  const browser = new Browser()
  await browser.send(`${replay.base}/api/login?returnTo=/sessions?on=2026-03-12`)
  const refused = await browser.send(`${replay.base}/api/login/callback?error=x&state=other`)
  expect(refused.headers.get('location')).toBe(
    `/?signin=failed&returnTo=${encodeURIComponent('/sessions?on=2026-03-12')}`,
  )
  const headers = { accept: 'text/html' }
  const begin = () => browser.send(`${replay.base}/api/login?returnTo=/sessions`, { headers })
  let location: string | null = null
  for (let attempts = 0; attempts < 40; attempts++)
    location = (await begin()).headers.get('location')
  expect(location).toBe('/?signin=busy&returnTo=%2Fsessions')
})

test('an address that is too long to come back to is no reason to refuse a sign-in', async () => {
  replay.clock.aheadMs += 2 * minuteMs
  replay.issuer.account = { name: 'uma', groups: ['auditors'] }
  const page = await new Browser().open(
    `${replay.base}/api/login?returnTo=/touches?place=${'x'.repeat(3_000)}`,
  )
  expect(page.url).toBe(`${replay.base}/`)
})
