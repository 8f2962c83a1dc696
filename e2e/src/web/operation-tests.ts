/** The pages about operation in a real Chromium, against the demo: what runs, how it is ended, who looked, and what an approver sees. */
import { request } from 'node:http'
import { expect, it } from 'vitest'
import type { Web } from './open-web.ts'

export function operationTests(web: Web): void {
  it('shows a session that runs, ends it with a reason, and says so', async () => {
    const running = web.demo.play('nightly-train', ['select pg_sleep(600)'])
    const made = await web.arrive('/operation', { as: 'admin' })
    const { page, trouble } = made
    const row = page.getByRole('row', { name: /pg_sleep/ })
    for (let asked = 0; asked < 20 && (await row.count()) === 0; asked++) {
      await page.waitForTimeout(500)
      await page.getByRole('button', { name: 'Ask again' }).click()
    }
    expect(await row.innerText()).toMatch(/running for/)
    expect(await row.innerText()).toContain('nightly-train')
    await web.picture(made, 'now-running')

    await row.getByRole('button', { name: 'End…' }).click()
    const dialog = page.getByRole('dialog', { name: 'End this session' })
    await web.picture(made, 'kill-dialog')
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
    await web.picture(made, 'now-not-refreshed')
    trouble.splice(0) // The browser's own word for it.
    await dialog.getByRole('button', { name: 'End', exact: true }).click()
    await page.getByRole('heading', { name: 'The session has ended' }).waitFor()
    expect(await page.evaluate('document.activeElement.id')).toBe('open-sessions')
    await web.picture(made, 'now-ended')
    await running

    const { page: inForce } = await web.arrive('/operation/in-force')
    const record = inForce.getByRole('row', { name: /it holds a lock/ })
    await record.waitFor()
    expect(await record.innerText()).toContain('ended sessions')
    expect(await inForce.getByRole('button', { name: /Lift|Place/ }).count()).toBe(0)
    await page.getByRole('link', { name: /See what/ }).click()
    await page.getByText('revoked').first().waitFor()
  })

  it('lets an admin place a hold and lift it, and says what a hold lacks', async () => {
    const made = await web.arrive('/operation/in-force', { as: 'admin' })
    const { page, trouble } = made
    await page.getByRole('button', { name: 'Place a hold…' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Reason').fill('case 7')
    await dialog.getByRole('button', { name: 'Place', exact: true }).click()
    await dialog.getByText('The hold names nothing.').waitFor()
    await web.picture(made, 'hold-refused')
    await dialog.getByLabel('Principal').fill('demo#nightly-train')
    await dialog.getByRole('button', { name: 'Place', exact: true }).click()
    const hold = page.getByRole('row', { name: /case 7/ })
    expect(await hold.innerText()).toContain('in force')
    // What is lifted is looked up in the store.
    await web.demo.stored()
    await hold.getByRole('button', { name: 'Lift…' }).click()
    await dialog.getByLabel('Reason').fill('closed')
    await dialog.getByRole('button', { name: 'Lift', exact: true }).click()
    await hold.getByText('lifted').first().waitFor()
    await web.picture(made, 'in-force')
    // The browser's own word for the answer to a hold of nothing.
    expect(trouble.splice(0)).toHaveLength(1)
  })

  it('answers who was there, by which policies it was decided, and who looked at it', async () => {
    const made = await web.arrive('/operation/principals')
    const { page } = made
    await page.getByLabel('Name or group').fill('NIGHTLY')
    await page.getByRole('button', { name: 'Find' }).click()
    const train = page.getByRole('row', { name: /nightly-train/ })
    await train.getByRole('link', { name: 'demo#nightly-train' }).click()
    await page.getByRole('heading', { name: 'Runs' }).waitFor()
    await page
      .getByRole('row', { name: /nightly-train/ })
      .first()
      .waitFor()
    expect(new URL(page.url()).searchParams.get('id')).toBe('demo#nightly-train')
    await web.picture(made, 'principal')

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
    await web.picture(made, 'policy-set')

    // The log is asked for once: what was looked at must be in the store by then.
    await web.demo.stored()
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
    await web.picture(made, 'log')
  })

  it('says in words how each part does, and shows an approver that and the connections, nothing else', async () => {
    const made = await web.arrive('/questions', { as: 'admin' })
    const { page } = made
    await page.route('**/api/me', async (route) => {
      const response = await route.fetch()
      const me = (await response.json()) as object
      await route.fulfill({ json: { ...me, roles: ['approver'], permissions: ['read_status'] } })
    })
    const asked: string[] = []
    page.on('request', (request) => asked.push(new URL(request.url()).pathname))
    await page.goto(`${web.demo.url}/operation`)
    await page.getByRole('heading', { name: 'Health' }).waitFor()
    const tabs = page.getByRole('navigation', { name: 'Operation' }).getByRole('link')
    expect(await tabs.allInnerTexts()).toEqual(['Connections', 'Health'])
    await page.getByRole('row', { name: /proxy/ }).first().waitFor()
    await tabs.filter({ hasText: 'Connections' }).click()
    await page.getByRole('row', { name: /orders/ }).waitFor()
    await web.picture(made, 'connections-approver')
    const api = asked.filter((path) => path.startsWith('/api/'))
    expect(new Set(api)).toEqual(new Set(['/api/me', '/api/health', '/api/connections']))
    await page.goto(`${web.demo.url}/operation/log`)
    await page.getByRole('heading', { name: 'You may not see this' }).waitFor()
  })

  it('says what failed where the server does not answer', async () => {
    const made = await web.arrive('/questions')
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
      await page.goto(`${web.demo.url}/operation/${path}`)
      await page.getByRole('alert').getByText('STORE_UNAVAILABLE').waitFor({ timeout: 30_000 })
      await web.picture(made, `${path}-failed`)
    }
    // The browser's own word for an answer of 503.
    made.trouble.splice(0)
  })

  it("opens no live view for another page with this browser's cookie", async () => {
    const { cookies } = await web.signedIn('admin')
    const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ')
    const response = await fetch(`${web.demo.url}/api/sessions?limit=1`, { headers: { cookie } })
    const { sessions } = (await response.json()) as { sessions: { session: string }[] }
    const address = `${web.demo.url}/api/sessions/${sessions[0]?.session}/live`
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
    expect(await upgrade(web.demo.url)).toBe(101)
    for (const origin of ['http://evil.example', 'null', `${web.demo.url}.evil.example`, undefined])
      expect([origin, await upgrade(origin)]).toEqual([origin, 403])
  })
}
