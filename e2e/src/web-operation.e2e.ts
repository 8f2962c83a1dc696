/** The pages about operation in a real Chromium, against the demo: what runs, how it is ended, who looked, and what an approver sees. */
import { mkdir } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import {
  chromiumIsThere,
  openBrowser,
  signIn,
  visit,
  type SignedIn,
  type Visit,
  type VisitOptions,
} from './web/browser.ts'
import { WebDemo } from './web/demo.ts'

const pages = ['now', 'in-force', 'principals', 'connections', 'policies', 'health', 'log'] as const
const shotsDirectory = process.env['GATETRAIL_SHOTS']

describe.skipIf(!chromiumIsThere)('the pages about operation', () => {
  let demo: WebDemo
  let browser: Browser
  let auditor: SignedIn
  let admin: SignedIn
  const visits: Visit[] = []

  const arrive = async (path: string, options: VisitOptions = {}): Promise<Page> => {
    const made = await visit(browser, options)
    visits.push(made)
    await made.page.goto(`${demo.url}${path}`)
    return made.page
  }
  const signedInAs = async (person: RegExp): Promise<SignedIn> => {
    const made = await visit(browser)
    visits.push(made)
    await signIn(made, demo.url, person)
    return made.context.storageState()
  }
  /** For a look at it, where somebody asked for pictures. */
  const shot = async (page: Page, name: string): Promise<void> => {
    if (shotsDirectory === undefined) return
    await mkdir(shotsDirectory, { recursive: true })
    await page.screenshot({ path: join(shotsDirectory, `${name}.png`), fullPage: true })
  }

  beforeAll(async () => {
    demo = await WebDemo.start()
    browser = await openBrowser()
    await demo.play('nightly-train', [
      'select id, name, ssn, email from customers order by id limit 50',
      'drop table customers',
    ])
    await demo.stored()
    auditor = await signedInAs(/Auditor/)
    admin = await signedInAs(/Dee Becker/)
  })
  afterAll(async () => {
    await browser?.close()
    await demo?.stop()
  })
  afterEach(async () => {
    for (const { context, trouble } of visits.splice(0)) {
      await context.close()
      expect(trouble).toEqual([])
    }
  })

  it('shows a session that runs, ends it with a reason, and says so', async () => {
    const running = demo.play('nightly-train', ['select pg_sleep(600)'])
    const page = await arrive('/operation', { signedIn: admin })
    const row = page.getByRole('row', { name: /pg_sleep/ })
    for (let asked = 0; asked < 20 && (await row.count()) === 0; asked++) {
      await page.waitForTimeout(500)
      await page.getByRole('button', { name: 'Ask again' }).click()
    }
    expect(await row.innerText()).toMatch(/running for/)
    expect(await row.innerText()).toContain('nightly-train')
    await shot(page, 'now-running')

    await row.getByRole('button', { name: 'End…' }).click()
    const dialog = page.getByRole('dialog', { name: 'End this session' })
    await shot(page, 'kill-dialog')
    await dialog.getByRole('button', { name: 'End', exact: true }).click()
    // Without a reason nothing is sent.
    expect(await dialog.count()).toBe(1)
    await dialog.getByLabel('Reason').fill('it holds a lock')
    // A look that fails takes nothing away: neither the sessions nor the dialog above them.
    await page.route('**/api/now', (route) => route.abort())
    // Below a dialog nobody else can press it.
    await page.locator('button', { hasText: /^Ask again$/ }).dispatchEvent('click')
    await page.getByText(/As of .*: what goes on could not be refreshed/).waitFor()
    await page.unroute('**/api/now')
    expect(await dialog.getByLabel('Reason').inputValue()).toBe('it holds a lock')
    await shot(page, 'now-not-refreshed')
    visits.find((made) => made.page === page)?.trouble.splice(0) // The browser's own word for it.
    await dialog.getByRole('button', { name: 'End', exact: true }).click()
    await page.getByRole('heading', { name: 'The session has ended' }).waitFor()
    expect(await page.evaluate('document.activeElement.id')).toBe('open-sessions')
    await shot(page, 'now-ended')
    await running

    const inForce = await arrive('/operation/in-force', { signedIn: auditor })
    const record = inForce.getByRole('row', { name: /it holds a lock/ })
    await record.waitFor()
    expect(await record.innerText()).toContain('ended sessions')
    expect(await inForce.getByRole('button', { name: /Lift|Place/ }).count()).toBe(0)
    await page.getByRole('link', { name: /See what/ }).click()
    await page.getByText('revoked').first().waitFor()
  })

  it('lets an admin place a hold and lift it, and says what a hold lacks', async () => {
    const page = await arrive('/operation/in-force', { signedIn: admin })
    await page.getByRole('button', { name: 'Place a hold…' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Reason').fill('case 7')
    await dialog.getByRole('button', { name: 'Place', exact: true }).click()
    await dialog.getByText('The hold names nothing.').waitFor()
    await shot(page, 'hold-refused')
    await dialog.getByLabel('Principal').fill('demo#nightly-train')
    await dialog.getByRole('button', { name: 'Place', exact: true }).click()
    const hold = page.getByRole('row', { name: /case 7/ })
    expect(await hold.innerText()).toContain('in force')
    await page.waitForTimeout(2_000)
    await hold.getByRole('button', { name: 'Lift…' }).click()
    await dialog.getByLabel('Reason').fill('closed')
    await dialog.getByRole('button', { name: 'Lift', exact: true }).click()
    await hold.getByText('lifted').first().waitFor()
    await shot(page, 'in-force')
    // The browser's own word for the answer to a hold of nothing.
    expect(visits[0]?.trouble.splice(0)).toHaveLength(1)
  })

  it('answers who was there, by which policies it was decided, and who looked at it', async () => {
    const page = await arrive('/operation/principals', { signedIn: auditor })
    await page.getByLabel('Name or group').fill('NIGHTLY')
    await page.getByRole('button', { name: 'Find' }).click()
    const train = page.getByRole('row', { name: /nightly-train/ })
    await train.getByRole('link').click()
    await page.getByRole('heading', { name: 'Runs' }).waitFor()
    await page
      .getByRole('row', { name: /nightly-train/ })
      .first()
      .waitFor()
    expect(new URL(page.url()).searchParams.get('id')).toBe('demo#nightly-train')
    await shot(page, 'principal')

    await page
      .getByRole('navigation', { name: 'Operation' })
      .getByRole('link', { name: 'Policies' })
      .click()
    await page
      .getByRole('link', { name: /^[0-9a-f]{12}$/ })
      .first()
      .click()
    const card = page.getByRole('region', { name: /^Policy/ }).filter({ hasText: 'schema changes' })
    expect(await card.innerText()).toMatch(/forbid \(principal, action == Action::"execute"/)
    const decided = page.getByRole('region', { name: /^Policy/ }).filter({ hasText: /allowed \d/ })
    await decided.first().waitFor()
    await shot(page, 'policy-set')

    // The log is asked for once: what was looked at must be in the store by then.
    await demo.stored()
    await page
      .getByRole('navigation', { name: 'Operation' })
      .getByRole('link', { name: 'Audit log' })
      .click()
    await page
      .getByRole('row', { name: /policy_set/ })
      .first()
      .waitFor()
    await page
      .getByRole('row', { name: /nightly-train/ })
      .first()
      .waitFor()
    await shot(page, 'log')
  })

  it('says in words how each part does, and shows an approver that and the connections, nothing else', async () => {
    const made = await visit(browser, { signedIn: admin })
    visits.push(made)
    const { page } = made
    await page.route('**/api/me', async (route) => {
      const response = await route.fetch()
      const me = (await response.json()) as object
      await route.fulfill({ json: { ...me, roles: ['approver'], permissions: ['read_status'] } })
    })
    const asked: string[] = []
    page.on('request', (request) => asked.push(new URL(request.url()).pathname))
    await page.goto(`${demo.url}/operation`)
    await page.getByRole('heading', { name: 'Health' }).waitFor()
    const tabs = page.getByRole('navigation', { name: 'Operation' }).getByRole('link')
    expect(await tabs.allInnerTexts()).toEqual(['Connections', 'Health'])
    await page.getByRole('row', { name: /proxy/ }).first().waitFor()
    await tabs.filter({ hasText: 'Connections' }).click()
    await page.getByRole('row', { name: /orders/ }).waitFor()
    await shot(page, 'connections-approver')
    const api = asked.filter((path) => path.startsWith('/api/'))
    expect(new Set(api)).toEqual(new Set(['/api/me', '/api/health', '/api/connections']))
    await page.goto(`${demo.url}/operation/log`)
    await page.getByRole('heading', { name: 'You may not see this' }).waitFor()
  })

  it('has every page in both colours and widths, without a word that is cut off', async () => {
    for (const [width, dark] of [
      [1440, false],
      [1440, true],
      [390, false],
      [390, true],
    ] as const) {
      const made = await visit(browser, { signedIn: admin, width, dark })
      visits.push(made)
      for (const name of pages) {
        await made.page.goto(`${demo.url}/operation/${name}`)
        await made.page.locator('h1').waitFor()
        await expect
          .poll(() => made.page.locator('.loading, [aria-busy="true"]').count(), {
            timeout: 20_000,
          })
          .toBe(0)
        const overflow = await made.page.evaluate(
          'document.documentElement.scrollWidth - document.documentElement.clientWidth',
        )
        expect([name, width, overflow]).toEqual([name, width, 0])
        await shot(made.page, `${name}-${width}${dark ? '-dark' : ''}`)
      }
    }
  })

  it('says what failed where the server does not answer', async () => {
    const made = await visit(browser, { signedIn: auditor })
    visits.push(made)
    const { page } = made
    for (const [path, api] of [
      ['now', 'now'],
      ['log', 'audit-log*'],
      ['health', 'health'],
    ] as const) {
      await page.route(`**/api/${api}`, (route) =>
        route.fulfill({
          status: 503,
          json: { error: { code: 'STORE_UNAVAILABLE', message: 'the event store did not answer' } },
        }),
      )
      await page.goto(`${demo.url}/operation/${path}`)
      await page.getByRole('alert').getByText('STORE_UNAVAILABLE').waitFor({ timeout: 30_000 })
      await shot(page, `${path}-failed`)
    }
    // The browser's own word for an answer of 503.
    made.trouble.splice(0)
  })

  it("opens no live view for another page with this browser's cookie", async () => {
    const cookie = admin.cookies.map(({ name, value }) => `${name}=${value}`).join('; ')
    const response = await fetch(`${demo.url}/api/sessions?limit=1`, { headers: { cookie } })
    const { sessions } = (await response.json()) as { sessions: { session: string }[] }
    const address = `${demo.url}/api/sessions/${sessions[0]?.session}/live`
    const upgrade = (origin: string | undefined): Promise<number> =>
      new Promise((resolve) => {
        const headers = {
          ...{ cookie, connection: 'upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' },
          ...{
            'sec-websocket-key': 'MDEyMzQ1Njc4OWFiY2RlZg==',
            ...(origin !== undefined && { origin }),
          },
        }
        const asked = request(address, { headers })
        asked.on('upgrade', ({ statusCode = 0 }, socket) => {
          socket.destroy()
          resolve(statusCode)
        })
        asked.on('response', ({ statusCode = 0 }) => {
          asked.destroy()
          resolve(statusCode)
        })
        asked.on('error', () => undefined)
        asked.end()
      })
    expect(await upgrade(demo.url)).toBe(101)
    for (const origin of ['http://evil.example', 'null', `${demo.url}.evil.example`, undefined])
      expect([origin, await upgrade(origin)]).toEqual([origin, 403])
  })
})
