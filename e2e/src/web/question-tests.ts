/** The question in a real Chromium: a day by the keyboard, turned around, a run, a moment, a report; and what pages say when there is nothing, no answer, no right. */
import { expect, it } from 'vitest'
import type { Web } from './open-web.ts'

const today = new Date().toISOString().slice(0, 10)
const ssn = /\b\d{3}-\d{2}-\d{4}\b/

/** What a target or an issuer could have named something. */
const hostile = [
  '<img src=x onerror=alert(1)>',
  '"><script>alert(2)</script>',
  '{{constructor.constructor("alert(4)")()}}',
  '\u202egpj.exe\u2066',
  "=cmd|'/C calc'!A0",
  '\u001b]52;c;aGFja2Vk\u0007\u0000',
]

/** `known`: a value that somebody has seen in clear. */
export function questionTests(web: Web, known: () => string): void {
  it('goes from the year to a day by the keyboard alone', async () => {
    const { page } = await web.arrive('/')
    const year = page.getByRole('grid', { name: `Days of ${today.slice(0, 4)}` })
    const cell = year.locator(`a[data-day="${today}"]`)
    await expect.poll(() => cell.getAttribute('aria-label')).toMatch(/today: 5 runs, [\d,]+ values/)
    expect(await year.locator('a[tabindex="0"]').count()).toBe(1)
    await cell.focus()
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('ArrowLeft')
    const before = new Date(Date.parse(today) - 8 * 86_400_000).toISOString().slice(0, 10)
    // In the first days of a year the keys stop at its first day.
    const reached = before < `${today.slice(0, 4)}-01-01` ? `${today.slice(0, 4)}-01-01` : before
    await page.keyboard.press('Enter')
    await page.waitForURL((url) => url.searchParams.get('on') === reached)
    await page.getByText('No session crossed the proxy on this day').waitFor()
    await page.getByRole('link', { name: /^Previous year/ }).click()
    await page.getByRole('grid', { name: `Days of ${Number(today.slice(0, 4)) - 1}` }).waitFor()
    expect(new URL(page.url()).searchParams.get('on')).toBe(reached)
  })

  it('leads from a day to who it was, to a run, to the replay of a moment, and to a report', async () => {
    const { page } = await web.arrive('/')
    const card = page.locator('.run-card').filter({ hasText: '1,950 masked' })
    await card.getByRole('link', { name: 'demo#nightly-train' }).click()
    await page.waitForURL(/\/touches\?.*principal=demo%23nightly-train/)
    await expect.poll(() => page.locator('.data-table tbody tr').count()).toBe(3)

    await page.getByRole('navigation', { name: 'Grouped by' }).getByText('Columns').click()
    await page.getByRole('row', { name: /public\.customers\.ssn/ }).waitFor()
    await page.getByRole('link', { name: /Take away: Who/ }).click()
    await page.waitForURL((url) => !url.searchParams.has('principal'))

    await page.goBack()
    await page.goBack()
    const row = page.locator('.data-table tbody tr').filter({ hasText: '1,950' })
    await row.locator('a.run-number').click()
    await page.waitForURL(/\/runs\/demo-ci\/\d+/)
    const timeline = page.locator('.run-timeline')
    await timeline.getByText('drop table customers').waitFor()
    expect(await timeline.innerText()).toContain('division by zero')
    await timeline
      .getByRole('listitem')
      .filter({ hasText: 'limit 650' })
      .getByRole('link')
      .first()
      .click()
    await page.waitForURL(/\/sessions\/[0-9a-f-]{36}\?.*at=\d+/)
    await page.getByText('limit 650').first().waitFor()

    await page.goBack()
    await page.getByRole('link', { name: 'Report' }).click()
    await page.getByRole('heading', { name: 'How to check it' }).waitFor()
    const report = await page.getByRole('main').innerText()
    for (const part of [
      'Asked by demo#auditor',
      'public.customers.ssn',
      '650',
      'gatetrail verify',
      'dba.2',
    ]) {
      expect(report).toContain(part)
    }
    expect(report).not.toMatch(ssn)
    await page.emulateMedia({ media: 'print' })
    expect(await page.getByRole('banner').isVisible()).toBe(false)
    expect(await page.getByRole('button', { name: 'Print' }).isVisible()).toBe(false)
    // On paper of A4, without its margins.
    await page.setViewportSize({ width: 690, height: 980 })
    const answer = page.getByRole('region', { name: 'Answer' })
    expect((await answer.locator('td').first().boundingBox())?.width).toBeGreaterThan(100)
    // What is no block is drawn over what follows where a page ends.
    const display = "getComputedStyle(document.querySelector('.report-answer')).display"
    expect(await page.evaluate(display)).toBe('block')
    const margins = "document.documentElement.style.getPropertyValue('--report-question')"
    expect(await page.evaluate(margins)).toMatch(/^"Personal data touched, by place, from .*"$/)
  })

  it('narrows by a filter that somebody adds, keeps it in the address, and shows somebody else the same', async () => {
    const { page } = await web.arrive('/touches?by=place')
    const rows = page.locator('.data-table tbody tr')
    await rows.first().waitFor()
    const all = await rows.count()
    await page.getByRole('button', { name: 'Add a filter' }).click()
    await page.getByRole('menuitem', { name: 'Outcome' }).click()
    await page.getByRole('dialog').getByLabel('Outcome').selectOption('revealed')
    await page.getByRole('dialog').getByRole('button', { name: 'Add' }).click()
    await page.waitForURL(/outcome=revealed/)
    await expect.poll(() => rows.count()).toBe(1)
    expect(all).toBeGreaterThan(3)
    expect(await rows.first().innerText()).toContain('public.customers.ssn')
    const other = await web.arrive(new URL(page.url()).pathname + new URL(page.url()).search)
    await other.page.locator('.data-table tbody tr').first().waitFor()
    expect(await other.page.locator('.data-table tbody').innerText()).toBe(
      await page.locator('.data-table tbody').innerText(),
    )
  })

  it('sorts an answer that is whole by any of its figures', async () => {
    const { page } = await web.arrive('/touches?by=place&sort=values')
    const values = () => page.locator('.data-table tbody td[data-label="Values"]').allInnerTexts()
    await expect.poll(async () => (await values()).length).toBeGreaterThan(3)
    const numbers = (await values()).map((text) => Number(text.replaceAll(',', '')))
    expect(numbers).toEqual(numbers.toSorted((one, other) => one - other))
    await page
      .getByRole('columnheader', { name: /^Values/ })
      .getByRole('link')
      .click()
    await page.waitForURL(/sort=-values/)
    await expect
      .poll(async () => (await values()).map((text) => Number(text.replaceAll(',', ''))))
      .toEqual(numbers.toReversed())
  })

  it('asks for a value that stands in no address, no history and no storage', async () => {
    const { page } = await web.arrive('/subject')
    const asked: string[] = []
    page.on('request', (request) => asked.push(request.url()))
    expect(known()).toMatch(ssn)
    await page.getByLabel('The value', { exact: true }).fill(known())
    expect(await page.getByLabel('The value', { exact: true }).getAttribute('type')).toBe(
      'password',
    )
    await page.getByRole('button', { name: 'Ask' }).click()
    await page.locator('.subject-run').first().waitFor()
    const answer = await page.getByRole('region', { name: 'Answer' }).innerText()
    expect(answer).toContain('fraud-analyst')
    expect(answer).toContain('public.customers.ssn')
    expect(answer).not.toContain(known())
    const kept = await page.evaluate(
      'JSON.stringify([location.href, history.state, { ...localStorage }, { ...sessionStorage }, document.cookie])',
    )
    expect(kept).not.toContain(known())
    expect(asked.join('\n')).not.toContain(known())
    await page.getByLabel('The value', { exact: true }).fill('999-99-9999')
    await page.getByRole('button', { name: 'Ask' }).click()
    await page.getByText('No run on record touched this value').waitFor()
  })

  it('keeps a question under a name, opens it and deletes it', async () => {
    const { page } = await web.arrive('/touches?by=entity&last=7')
    await page.locator('.data-table').waitFor()
    await page.getByRole('button', { name: 'Save' }).click()
    const name = `last week ${hostile[0]}`
    await page.getByRole('dialog').getByLabel('Name').fill(name)
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
    await page.getByRole('status').filter({ hasText: 'Saved as' }).waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click()
    await page.getByRole('link', { name: 'Saved questions' }).click()
    await page.getByRole('link', { name }).click()
    await page.waitForURL((url) => url.searchParams.get('last') === '7')
    await page.locator('.data-table').waitFor()
    await page.goBack()
    await page.getByRole('button', { name: `Delete ${name}` }).click()
    await page.getByText('No question is saved yet').waitFor()
  })

  it('gives the whole answer as a file', async () => {
    const { page } = await web.arrive('/touches?by=place')
    await page.locator('.data-table').waitFor()
    await page.getByRole('button', { name: 'Export' }).click()
    const address = await page.getByRole('menuitem', { name: /^CSV/ }).getAttribute('href')
    const file = await page.request.get(`${web.demo.url}${address}`)
    expect(file.headers()['content-disposition']).toContain('attachment')
    expect(await file.text()).toContain('public.customers.ssn')
  })

  it('verifies a session and says in plain words what that means', async () => {
    const { page } = await web.arrive('/sessions')
    const link = page.locator('a[href^="/sessions/0"]').first()
    const session = /\/sessions\/([0-9a-f-]{36})/.exec((await link.getAttribute('href')) ?? '')?.[1]
    await page.goto(`${web.demo.url}/sessions/${session}/verify`)
    await page.getByRole('button', { name: 'Verify' }).click()
    await page.getByText('Whole and unchanged').waitFor({ timeout: 90_000 })
  })

  it('tells that nothing fits from that nothing could be asked', async () => {
    const { page, trouble } = await web.arrive('/touches?entity=NOTHING_OF_THE_KIND')
    await page.getByText('No touch on record fits').waitFor()
    const error = { code: 'STORE_UNAVAILABLE', message: 'the event store does not answer' }
    for (const [pattern, path] of [
      ['**/api/touches?*', '/touches?by=place'],
      ['**/api/runs/**', '/runs/demo-ci/1'],
      ['**/api/questions', '/questions'],
      ['**/api/evidence?*', '/report?of=touches&by=place'],
    ] as const) {
      await page.route(pattern, (route) => route.fulfill({ status: 503, json: { error } }))
      await page.goto(`${web.demo.url}${path}`)
      const alert = page.getByRole('alert')
      await alert.getByText('The event store does not answer.').waitFor()
      await page.unroute(pattern)
      if (path.startsWith('/runs')) continue
      await alert.getByRole('button', { name: 'Try again' }).click()
      await expect.poll(() => alert.count()).toBe(0)
    }
    expect(trouble.splice(0).filter((what) => !what.includes('status of 503'))).toEqual([])
  })

  it('says on every page what a right is missing for and who gives it', async () => {
    const nobody = await web.arrive('/', { as: 'stranger' })
    for (const path of ['/', '/touches', '/subject', '/questions', '/report?of=touches']) {
      await nobody.page.goto(`${web.demo.url}${path}`)
      const notice = nobody.page.getByRole('main')
      await notice.getByText('You may not see this').waitFor()
      const words = await notice.innerText()
      for (const part of ['fraud-analyst', 'fraud-desk', 'auditor or admin', 'web.roles.auditor']) {
        expect(words).toContain(part)
      }
    }
    const approver = await web.arrive('/questions')
    await approver.page.route('**/api/me', async (route) => {
      const response = await route.fetch()
      const me = { ...(await response.json()), roles: ['approver'], permissions: ['read_status'] }
      await route.fulfill({ json: me })
    })
    await approver.page.goto(web.demo.url)
    await approver.page.getByText('That role does not open this page').waitFor()
    expect(await approver.page.getByRole('link', { name: 'Personal data' }).count()).toBe(0)
  })

  it.each([
    'javascript:alert(3)', // By itself: as the whole of an address.
    hostile.join(' '),
  ])('draws names that somebody else chose as text: %j', async (name) => {
    const { page } = await web.arrive('/questions')
    await page.route(/\/api\/(pii|touches|runs)\b/, async (route) => {
      const response = await route.fetch()
      const text = await response.text()
      const escaped = JSON.stringify(name).slice(1, -1).replaceAll('$', '$$$$')
      // Whatever a target, an issuer or a client names.
      const replaced = text
        .replace(
          /"(workflow|subject|repository|place|entity|text|message|url)":"[^"]*"/g,
          `"$1":"${escaped}"`,
        )
        .replace(/"(connections|onBehalfOf|entities)":\["[^"]*"/g, `"$1":["${escaped}"`)
      await route.fulfill({ response, body: replaced })
    })
    const { runs } = (await (
      await page.request.get(`${web.demo.url}/api/pii?on=${today}`)
    ).json()) as {
      runs: { run: { provider: string; id: string } | null }[]
    }
    const run = runs.find((one) => one.run?.provider === 'demo-ci')?.run
    for (const path of ['/', '/touches', '/touches?by=workflow', `/runs/demo-ci/${run?.id}`]) {
      await page.goto(`${web.demo.url}${path}`)
      await page.locator('.run-card, .data-table').first().waitFor()
      const shown = await page.locator('body').innerText()
      expect(shown).not.toMatch(/[\u0000\u0007\u001b\u202e\u2066]/)
      const plain = /^[\u0020-\u007e]+/.exec(name)?.[0].trim() ?? ''
      expect(shown).toContain(plain)
      expect(await page.locator('main img, main script').count()).toBe(0)
      const protocols = await page.evaluate(
        "[...document.querySelectorAll('main a')].map((link) => new URL(link.getAttribute('href'), location.href).protocol)",
      )
      const others = (protocols as string[]).filter((one) => !/^https?:$/.test(one))
      expect(others).toEqual([])
    }
  })

  it('reads times in the zone of whoever comes without a question, and says which', async () => {
    const { page } = await web.arrive('/', { timezone: 'Europe/Berlin' })
    await page.waitForURL(/tz=Europe\/Berlin/)
    expect(await page.getByLabel('Time zone').inputValue()).toBe('Europe/Berlin')
    await page.locator('.run-card time').first().waitFor()
    expect(await page.locator('.run-card time').first().getAttribute('title')).toContain('UTC')
    await page.goto(`${web.demo.url}/?on=${today}`)
    expect(await page.getByLabel('Time zone').inputValue()).toBe('UTC')
  })
}
