/** The web app in a real Chromium, against the demo: from the day's question to the replay of a moment. */
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { accessTests } from './web/access-tests.ts'
import { accessibilityTests } from './web/accessibility-tests.ts'
import { chromiumIsThere, terminalText } from './web/browser.ts'
import { openWeb } from './web/open-web.ts'
import { operationTests } from './web/operation-tests.ts'
import { questionTests } from './web/question-tests.ts'
import { searchedStatements, searchTests } from './web/search-tests.ts'

const escapes = [
  String.raw`select E'\x1b]52;c;aGFja2Vk\x07' as clipboard, E'\x1b]0;owned\x07' as title, E'\x1b[6n\x1b[c\x1b[21t' as report`,
  String.raw`select E'\x1b]8;;http://evil.example/\x1b\\click\x1b]8;;\x1b\\' as link, E'\x1bP$qm\x1b\\' as request`,
  String.raw`select '<img src=x onerror=alert(1)>' as html, '<script>alert(2)</script>' as script, 'javascript:alert(3)' as address`,
]
const today = new Date().toISOString().slice(0, 10)
const ssn = /\b\d{3}-\d{2}-\d{4}\b/

describe.skipIf(!chromiumIsThere)('the web app', () => {
  let known = ''
  const web = openWeb(async ({ demo }) => {
    const [first] = await demo.play('fraud-analyst', [
      'select id, name, ssn from customers order by id limit 12',
    ])
    known = String(first?.['ssn'])
    await demo.play('nightly-train', [
      'select version()',
      'select id, name, ssn, email from customers order by id limit 650',
      'drop table customers',
      ...escapes,
      ...['begin', 'savepoint s', 'select 1 / 0', 'rollback'],
    ])
    await demo.play('nightly-train', searchedStatements)
    await demo.stored()
  })

  describe('the way in', () => accessTests(web))
  describe('the question', () => questionTests(web, () => known))
  describe('the search page', () => searchTests(web))
  describe('for somebody who hears, or sees little, or has no mouse,', () =>
    accessibilityTests(web))
  describe('the pages about operation', () => operationTests(web))

  it('answers which runs touched personal data today, each with what it touched', async () => {
    const { page } = await web.arrive('/')
    const cards = page.locator('.run-card')
    await cards.first().waitFor()
    // Three runs of the story, the one of these tests, and the fraud analyst.
    expect(await cards.count()).toBe(5)
    const reported = cards.filter({ hasText: 'weekly-report' })
    expect(await reported.innerText()).toContain('dana.reyes')
    const trained = cards.filter({ hasText: 'nightly-train' })
    const numbers = trained.locator('a.run-number')
    expect(new Set(await numbers.allInnerTexts()).size).toBe(3)
    const links = trained.locator('a.run-url')
    expect(await links.count()).toBe(3)
    const link = links.first()
    expect(await link.getAttribute('href')).toMatch(
      /^https:\/\/ci\.example\.com\/acme\/train\/runs\/\d+$/,
    )
    expect(await link.getAttribute('rel')).toBe('noopener noreferrer')

    const revealed = cards.filter({ hasText: 'values shown in clear' })
    expect(await revealed.count()).toBe(1)
    expect(await revealed.innerText()).toContain('fraud-analyst')
    expect(await revealed.getByRole('row', { name: /ssn US_SSN revealed 12/ }).count()).toBe(1)
    expect(await page.getByRole('region', { name: 'Summary' }).innerText()).toContain(
      '12 were shown in clear',
    )
    expect(await page.locator('body').innerText()).not.toMatch(ssn)
  })

  it('leads from a row of the answer to the replay at the statement that touched', async () => {
    const made = await web.arrive('/')
    const { page } = made
    const card = page.locator('.run-card').filter({ hasText: 'fraud-analyst' })
    await card.getByRole('link', { name: 'Replay the moment' }).click()
    await page.waitForURL(/\/sessions\/[0-9a-f-]{36}\?at=\d+$/)
    const text = await terminalText(made)
    expect(text).toContain('orders=> select id, name, ssn from customers order by id limit 12')
    expect(text).toContain('***-**-****')
    expect(text).toContain('(12 rows)')
    expect(text).not.toMatch(ssn)
    const facts = page.getByRole('complementary')
    for (const part of ['allowed', 'revealed', 'public.customers.ssn']) {
      expect(await facts.innerText()).toContain(part)
    }
    await page.getByRole('tab', { name: 'Who' }).click()
    expect(await facts.innerText()).toContain('demo#fraud-analyst')
  })

  it('shows 200 rows a page, and a link to a page shows somebody else the same', async () => {
    const made = await web.arrive('/')
    const { page } = made
    const card = page.locator('.run-card').filter({ hasText: '1,950 masked' })
    await card.getByRole('link', { name: 'Replay the moment' }).click()
    await page.getByText('Rows 1–200 of 650').waitFor()
    await page.getByRole('button', { name: 'Page on' }).click()
    await page.getByText('Rows 201–400 of 650').waitFor()
    const text = await terminalText(made)
    expect(text).toMatch(/^ +201 \| /m)
    expect(text).not.toMatch(/^ +(200|401) \| /m)

    const other = await web.arrive(new URL(page.url()).pathname + new URL(page.url()).search, {
      dark: true,
    })
    await other.page.getByText('Rows 201–400 of 650').waitFor()
    expect(other.page.url()).toBe(page.url())
    expect(await terminalText(other)).toBe(text)
  })

  it('goes from statement to statement with the arrow keys, and says why one was refused', async () => {
    const { page } = await web.arrive('/')
    const card = page.locator('.run-card').filter({ hasText: '1,950 masked' })
    await card.getByRole('link', { name: 'Replay the moment' }).click()
    const current = page.locator('.statement[aria-current="step"]')
    await current.focus()
    expect(await current.innerText()).toContain('limit 650')
    await page.keyboard.press('ArrowDown')
    await page.getByRole('button', { name: /drop table customers refused/ }).waitFor()
    expect(await current.innerText()).toContain('drop table')
    const facts = page.getByRole('complementary')
    await facts.getByText('The database never saw it.').waitFor()
    expect(await facts.innerText()).toContain('STATEMENT_DENIED')
    await page.keyboard.press('Home')
    await page.keyboard.press('ArrowUp')
    expect(await current.innerText()).toContain('select version()')
  })

  it('brackets the statements of a transaction, for the eye and in words', async () => {
    const made = await web.arrive('/')
    const { page } = made
    const card = page.locator('.run-card').filter({ hasText: '1,950 masked' })
    await card.getByRole('link', { name: 'Replay the moment' }).click()
    const items = page.locator('.statement-item')
    await items.first().waitFor()
    const lines = (await items.locator('.rails').allTextContents()).length
    expect(lines).toBe(4)
    const words = (await page.locator('.statement').allInnerTexts()).slice(-4)
    expect(words[0]).toContain('transaction, rolled back')
    expect(words[1]).toContain('in a transaction, savepoint s')
    expect(words[2]).toContain('in a failed transaction, savepoint s')
    expect(words[3]).toContain('rolled back')
    await page.getByRole('button', { name: /select 1 \/ 0/ }).click()
    await expect.poll(() => terminalText(made)).toContain('orders=*> select 1 / 0')
    expect(await terminalText(made)).toContain('ERROR:  division by zero')
  })

  it('obeys no escape sequence and no markup that stands in data', async () => {
    const made = await web.arrive('/')
    const { page } = made
    const card = page.locator('.run-card').filter({ hasText: '1,950 masked' })
    await card.getByRole('link', { name: 'Replay the moment' }).click()
    const seen: string[] = []
    for (const name of [/as clipboard/, /as link/, /as html/]) {
      await page.getByRole('button', { name }).click()
      await page.getByText(/Rows 1–1 of 1/).waitFor()
      await expect.poll(() => terminalText(made)).toMatch(name)
      seen.push(await terminalText(made))
    }
    const text = seen.join('\n').replaceAll('\n', '')
    for (const shown of [
      String.raw`\x1B]52;c;`,
      String.raw`\x1B]0;owned`,
      String.raw`\x1B[6n`,
      String.raw`\x1B]8;;http://evil.example/`,
      '<img src=x onerror=alert(1)>',
    ]) {
      expect(text).toContain(shown)
    }
    expect(await page.title()).toBe('nightly-train · Gatetrail')
    expect(await page.locator('.xterm a, .xterm img, .xterm script').count()).toBe(0)
    // What must not happen is counted by the visit: dialogs, requests, clipboard, popups, policy reports.
  })

  it('tells an empty day from a day on which nobody looked', async () => {
    const { page } = await web.arrive('/?on=2001-01-01')
    await page.getByText('No session crossed the proxy on this day').waitFor()
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toContain('1 January 2001')
    await page.getByRole('link', { name: 'Today' }).click()
    await page.locator('.run-card').first().waitFor()
    await page.getByRole('link', { name: 'Previous day' }).click()
    await page.getByText('No session crossed the proxy on this day').waitFor()
    expect(new URL(page.url()).searchParams.get('on')).toBe(
      new Date(Date.parse(today) - 86_400_000).toISOString().slice(0, 10),
    )
  })

  it('cuts the day in the zone of the address, and keeps the zone from page to page', async () => {
    const { page } = await web.arrive('/')
    await page.getByLabel('Time zone').selectOption('Pacific/Kiritimati')
    await page.waitForURL(/tz=Pacific\/Kiritimati/)
    await page.getByRole('link', { name: 'Sessions' }).click()
    await page.locator('.session-table').waitFor()
    expect(page.url()).toContain('tz=Pacific/Kiritimati')
    const moment = page.locator('.session-table time').first()
    const shown = await moment.innerText()
    const recorded = (await moment.getAttribute('datetime')) ?? ''
    const there = new Date(Date.parse(recorded) + 14 * 3_600_000)
    expect(shown).toBe(there.toISOString().slice(0, 19).replace('T', ' '))
    expect(await moment.getAttribute('title')).toContain('UTC')
    await page.getByLabel('Time zone').selectOption('UTC')
    await page.waitForURL((url) => url.searchParams.get('tz') === 'UTC')
  })

  it('lists sessions by principal and day, and on whose behalf they were', async () => {
    const { page } = await web.arrive(`/sessions?on=${today}&principal=report-agent`)
    const rows = page.locator('.session-table tbody tr')
    await rows.first().waitFor()
    expect(await rows.count()).toBe(1)
    expect(await rows.first().innerText()).toMatch(/on behalf of dana\.reyes/)
    await page.getByRole('searchbox', { name: 'Principal' }).fill('nobody')
    await page.getByRole('button', { name: 'Filter' }).click()
    await page.getByText('No session fits').waitFor()
  })

  it('plays a session on from a statement to its end', async () => {
    const { page } = await web.arrive('/')
    const card = page.locator('.run-card').filter({ hasText: '1,950 masked' })
    await card.getByRole('link', { name: 'Replay the moment' }).click()
    await page.getByLabel('Speed').selectOption('10')
    await page.getByRole('button', { name: 'Play', exact: true }).click()
    const current = page.locator('.statement[aria-current="step"]')
    await expect.poll(() => current.innerText(), { timeout: 30_000 }).toContain('rollback')
    expect(await page.getByRole('button', { name: 'Next statement' }).isDisabled()).toBe(true)
  })

  it('says what failed, what to do, and tries again when asked', async () => {
    const made = await web.arrive('/sessions')
    const { page, trouble } = made
    const error = {
      code: 'STORE_UNAVAILABLE',
      message: 'the event store does not answer',
      hint: 'Wait',
    }
    await page.route('**/api/pii?*', (route) => route.fulfill({ status: 503, json: { error } }))
    await page.getByRole('link', { name: 'Personal data' }).click()
    const alert = page.getByRole('alert')
    await alert.getByText('The event store does not answer.').waitFor()
    expect(await alert.innerText()).toContain('STORE_UNAVAILABLE')
    await page.unroute('**/api/pii?*')
    await alert.getByRole('button', { name: 'Try again' }).click()
    await page.locator('.run-card').first().waitFor()
    // The browser's own lines about the two answers of 503.
    expect(trouble.splice(0).filter((what) => !what.includes('status of 503'))).toEqual([])
  })

  it('is watched by tests that would see a broken policy, a foreign request and a clipboard write', async () => {
    const { page, trouble } = await web.arrive('/')
    await page.evaluate("fetch('http://192.0.2.1/').catch(() => undefined)")
    await page.evaluate("navigator.clipboard.writeText('x')")
    await page.evaluate(
      "{ const s = document.createElement('script'); s.textContent = 'alert(1)'; document.body.append(s) }",
    )
    await expect.poll(() => trouble.join('\n')).toMatch(/policy: script-src/)
    const seen = trouble.splice(0).join('\n')
    expect(seen).toContain('policy: connect-src')
    expect(seen).toContain('clipboard write')
  })

  it('loads at most 300 KB of zipped script before the player', async () => {
    const { page } = await web.arrive('/api/openapi.json')
    const scripts: string[] = []
    page.on('response', (response) => {
      if (response.url().endsWith('.js')) scripts.push(response.url())
    })
    await page.goto(web.demo.url)
    await page.locator('.run-card').first().waitFor()
    let size = 0
    for (const url of new Set(scripts)) {
      size += gzipSync(Buffer.from(await (await fetch(url)).arrayBuffer())).length
    }
    expect(size).toBeGreaterThan(10_000)
    expect(size).toBeLessThan(300_000)
  })
})
