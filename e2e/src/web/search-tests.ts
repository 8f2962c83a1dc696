/** The search page in a real Chromium, against the demo: from words to the moment that holds them, by keyboard alone. */
import { expect, it } from 'vitest'
import { terminalText } from './browser.ts'
import { overflow, type Web } from './open-web.ts'

/** What they search for; to be played by somebody before. */
export const searchedStatements = [
  `select id, 'the pangolin of row ' || id as note from generate_series(1, 650) as id`,
  `select 'zeppelin'::point`,
  String.raw`select E'escaped \x1b[2Jwallaby', '<img src=x onerror=alert(1)> wallaby'`,
]

export function searchTests(web: Web): void {
  it('goes by keyboard from the words to the page of the result that shows them', async () => {
    const made = await web.arrive('/sessions')
    const { page } = made
    await page.getByRole('heading', { name: 'Sessions' }).waitFor()
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Keys' }).getByRole('definition').waitFor()
    await page.keyboard.press('Escape')
    await page.keyboard.press('/')
    await page.getByRole('heading', { name: 'Search' }).waitFor()
    await page.getByLabel('How to search').waitFor()
    await web.picture(made, 'search-start')
    await page.getByRole('link', { name: 'Sessions' }).focus()
    await page.keyboard.press('/')
    await page.keyboard.type('"pangolin of row 431"')
    await page.keyboard.press('Enter')
    const hit = page.getByRole('link', { name: /pangolin of row 431/ })
    await hit.waitFor()
    expect(new URL(page.url()).searchParams.get('q')).toBe('"pangolin of row 431"')
    expect(await hit.locator('mark').allTextContents()).toEqual(['pangolin of row 431'])
    await web.picture(made, 'search-hit')
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
    const made = await web.arrive('/search?q=zeppelin')
    const { page } = made
    const hits = page.locator('.search-hit')
    await page.getByRole('link', { name: /statement.*zeppelin/ }).waitFor()
    await page.getByLabel('Words to search for').fill('"invalid input syntax"')
    await page.keyboard.press('Enter')
    await page.getByRole('link', { name: /error.*invalid input syntax/ }).waitFor()
    await page.getByRole('link', { name: 'Errors', exact: true }).click()
    await page.waitForURL(/kind=error/)
    await expect.poll(() => hits.count(), { timeout: 20_000 }).toBe(1)
    await page.getByRole('link', { name: 'Results', exact: true }).click()
    await page.getByRole('heading', { name: 'Nothing was found' }).waitFor()
    await web.picture(made, 'search-empty')
    await page.getByRole('main').getByRole('link', { name: 'Search everything' }).last().click()
    await expect.poll(() => hits.count(), { timeout: 20_000 }).toBe(1)
  })

  it('draws what was recorded as text, and runs none of it', async () => {
    const made = await web.arrive('/search?q=wallaby', { dark: true })
    const { page } = made
    await page
      .getByRole('link', { name: /result.*<img src=x onerror=alert\(1\)> wallaby/ })
      .waitFor()
    expect(await page.locator('.search-hit img').count()).toBe(0)
    expect(await page.locator('main').textContent()).not.toMatch(/\p{Cc}/u)
    await web.picture(made, 'search-dark')
  })

  it('sends who types a value to where it is in no address', async () => {
    const made = await web.arrive('/search?q=123-45-6789')
    const { page } = made
    await page.getByRole('heading', { name: /looks like personal data/ }).waitFor()
    await web.picture(made, 'search-personal')
    expect(await page.getByRole('link', { name: /ask for it there/ }).getAttribute('href')).toMatch(
      /^\/subject/,
    )
    await page.getByRole('button', { name: 'Take it out of the address' }).click()
    await page.getByLabel('How to search').waitFor()
    expect(page.url()).not.toContain('6789')
  })

  it('says what is wrong with a question, that it failed, and tries again', async () => {
    const made = await web.arrive('/search?q=%25%25')
    const { page } = made
    await page
      .getByRole('alert')
      .getByText(/there is no word in it/)
      .waitFor()
    made.trouble.splice(0) // The browser's own word for an answer of 400.
    await page.route('**/api/search**', (route) => route.abort())
    await page.goto(`${web.demo.url}/search?q=pangolin`)
    await page
      .getByRole('alert')
      .getByText(/The search could not be loaded/)
      .waitFor()
    await web.picture(made, 'search-failed')
    await page.unroute('**/api/search**')
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.locator('.search-hit').first().waitFor()
    made.trouble.splice(0)
  })

  it('fits a narrow screen, and tells when it ended early', async () => {
    const made = await web.arrive('/', { width: 390, height: 844 })
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
    await page.goto(`${web.demo.url}/search?q=pangolin`)
    await page.getByRole('heading', { name: 'The search ended before all was searched' }).waitFor()
    expect(await overflow(page)).toBe(0)
    await web.picture(made, 'search-narrow')
  })
}
