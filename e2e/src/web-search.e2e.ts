/** The search page in a real Chromium, against the demo: from words to the moment that holds them, by keyboard alone. */
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import {
  chromiumIsThere,
  openBrowser,
  signIn,
  terminalText,
  visit,
  type SignedIn,
  type Visit,
  type VisitOptions,
} from './web/browser.ts'
import { WebDemo } from './web/demo.ts'

/** Where to keep pictures of the pages; left out: nowhere. */
const pictures = process.env['GATETRAIL_PICTURES']

describe.skipIf(!chromiumIsThere)('the search page', () => {
  let demo: WebDemo
  let browser: Browser
  let signedIn: SignedIn
  const visits: Visit[] = []

  const open = async (path: string, options: VisitOptions = {}): Promise<Visit> => {
    const made = await visit(browser, { ...options, signedIn })
    visits.push(made)
    await made.page.goto(`${demo.url}${path}`)
    return made
  }
  const picture = async ({ page }: Visit, name: string) => {
    if (pictures !== undefined) await page.screenshot({ path: `${pictures}/${name}.png` })
  }

  beforeAll(async () => {
    demo = await WebDemo.start()
    browser = await openBrowser()
    await demo.play('nightly-train', [
      `select id, 'the pangolin of row ' || id as note from generate_series(1, 650) as id`,
      'select 1 / 0 as zeppelin',
      String.raw`select E'escaped \x1b[2Jwallaby', '<img src=x onerror=alert(1)> wallaby'`,
    ])
    await demo.stored()
    const made = await visit(browser)
    await signIn(made, demo.url, /auditor/)
    signedIn = await made.context.storageState()
    await made.context.close()
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

  it('goes by keyboard from the words to the page of the result that shows them', async () => {
    const made = await open('/sessions')
    const { page } = made
    await page.getByRole('heading', { name: 'Sessions' }).waitFor()
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Keys' }).getByRole('definition').waitFor()
    await page.keyboard.press('Escape')
    await page.keyboard.press('/')
    await page.getByRole('heading', { name: 'Search' }).waitFor()
    await page.getByLabel('How to search').waitFor()
    await picture(made, 'search-start')
    await page.getByRole('link', { name: 'Sessions' }).focus()
    await page.keyboard.press('/')
    await page.keyboard.type('"pangolin of row 431"')
    await page.keyboard.press('Enter')
    const hit = page.getByRole('link', { name: /pangolin of row 431/ })
    await hit.waitFor()
    expect(new URL(page.url()).searchParams.get('q')).toBe('"pangolin of row 431"')
    expect(await hit.locator('mark').allTextContents()).toEqual(['pangolin of row 431'])
    await picture(made, 'search-hit')
    // Enter has left the focus where it was.
    const focused = 'document.activeElement.name + document.activeElement.selectionStart'
    expect(await page.evaluate(focused)).toBe('q21')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/sessions\/[^?]+\?.*at=\d+/)
    expect(new URL(page.url()).searchParams.get('page')).toBe('2')
    await expect.poll(() => terminalText(made), { timeout: 20_000 }).toContain('of row 431')
  })

  it('narrows by what it was found in, and says when there is nothing', async () => {
    const made = await open('/search?q=zeppelin')
    const { page } = made
    const hits = page.locator('.search-hit')
    await page.getByRole('link', { name: /statement.*1 \/ 0 as zeppelin/ }).waitFor()
    await page.getByLabel('Words to search for').fill('"division by zero"')
    await page.keyboard.press('Enter')
    await page.getByRole('link', { name: /error.*division by zero/ }).waitFor()
    await page.getByRole('link', { name: 'Errors', exact: true }).click()
    await page.waitForURL(/kind=error/)
    await expect.poll(() => hits.count(), { timeout: 20_000 }).toBe(1)
    await page.getByRole('link', { name: 'Results', exact: true }).click()
    await page.getByRole('heading', { name: 'Nothing was found' }).waitFor()
    await picture(made, 'search-empty')
    await page.getByRole('main').getByRole('link', { name: 'Search everything' }).last().click()
    await expect.poll(() => hits.count(), { timeout: 20_000 }).toBe(1)
  })

  it('draws what was recorded as text, and runs none of it', async () => {
    const made = await open('/search?q=wallaby', { dark: true })
    const { page } = made
    await page
      .getByRole('link', { name: /result.*<img src=x onerror=alert\(1\)> wallaby/ })
      .waitFor()
    expect(await page.locator('.search-hit img').count()).toBe(0)
    expect(await page.locator('main').textContent()).not.toMatch(/\p{Cc}/u)
    await picture(made, 'search-dark')
  })

  it('sends who types a value to where it is in no address', async () => {
    const made = await open('/search?q=123-45-6789')
    const { page } = made
    await page.getByRole('heading', { name: /looks like personal data/ }).waitFor()
    await picture(made, 'search-personal')
    expect(await page.getByRole('link', { name: /ask for it there/ }).getAttribute('href')).toMatch(
      /^\/subject/,
    )
    await page.getByRole('button', { name: 'Take it out of the address' }).click()
    await page.getByLabel('How to search').waitFor()
    expect(page.url()).not.toContain('6789')
  })

  it('says what is wrong with a question, that it failed, and tries again', async () => {
    const made = await open('/search?q=%25%25')
    const { page } = made
    await page
      .getByRole('alert')
      .getByText(/there is no word in it/)
      .waitFor()
    made.trouble.splice(0) // The browser's own word for an answer of 400.
    await page.route('**/api/search**', (route) => route.abort())
    await page.goto(`${demo.url}/search?q=pangolin`)
    await page
      .getByRole('alert')
      .getByText(/The search could not be loaded/)
      .waitFor()
    await picture(made, 'search-failed')
    await page.unroute('**/api/search**')
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.locator('.search-hit').first().waitFor()
    made.trouble.splice(0)
  })

  it('fits a narrow screen, and tells when it ended early', async () => {
    const made = await open('/', { width: 390, height: 844 })
    const { page } = made
    await page.route('**/api/search**', async (route) => {
      const response = await route.fetch()
      const answer = (await response.json()) as object
      await route.fulfill({
        json: {
          ...answer,
          nextCursor: null,
          stopped: 'time',
          searchedFrom: '2026-01-02T03:04:05.000Z',
        },
      })
    })
    await page.goto(`${demo.url}/search?q=pangolin`)
    await page.getByRole('heading', { name: 'The search ended before all was searched' }).waitFor()
    const { width, inner } = await page.evaluate(`({ width: document.documentElement.scrollWidth, inner: innerWidth })`) as { width: number; inner: number } // prettier-ignore
    expect(width).toBeLessThanOrEqual(inner)
    await picture(made, 'search-narrow')
    await page.evaluate('scrollTo(0, 1e6)')
    await picture(made, 'search-narrow-end')
  })
})
