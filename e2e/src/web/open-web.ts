/** What every file of tests of the web app opens and closes: the demo, a browser, who is signed in. No visit of a test may have seen trouble. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import {
  openBrowser,
  signIn,
  visit,
  type SignedIn,
  type Visit,
  type VisitOptions,
} from './browser.ts'
import { WebDemo } from './demo.ts'

/** Of the demo, by what the issuer calls them. */
const people = { auditor: /auditor/, admin: /Dee Becker/, stranger: /fraud-analyst/ } as const
type Person = keyof typeof people | 'nobody'

/** Where to keep pictures of the pages; left out: nowhere. */
const picturesDirectory = process.env['GATETRAIL_PICTURES']

export type Web = {
  readonly demo: WebDemo
  readonly browser: Browser
  /** A fresh browser at this path. `as`: an auditor, where left out. */
  arrive(path: string, options?: VisitOptions & { as?: Person }): Promise<Visit>
  signedIn(person: keyof typeof people): Promise<SignedIn>
  /** For a look at it, where somebody asked for pictures. */
  picture(visit: Visit, name: string): Promise<void>
}

/** Called in a `describe`; `prepare` plays what its tests look at. */
export function openWeb(prepare: (web: Web) => Promise<void>): Web {
  let demo: WebDemo
  let browser: Browser
  const visits: Visit[] = []
  /** Once each: the server takes only so many sign-ins a minute. */
  const signedIn = new Map<Person, SignedIn>()

  const web: Web = {
    get demo() {
      return demo
    },
    get browser() {
      return browser
    },
    async arrive(path, { as = 'auditor', ...options } = {}) {
      const made = await visit(browser, {
        ...(as !== 'nobody' && { signedIn: await web.signedIn(as) }),
        ...options,
      })
      visits.push(made)
      await made.page.goto(`${demo.url}${path}`)
      return made
    },
    async signedIn(person) {
      const known = signedIn.get(person)
      if (known !== undefined) return known
      const made = await visit(browser)
      await signIn(made, demo.url, people[person])
      const state = await made.context.storageState()
      signedIn.set(person, state)
      await made.context.close()
      return state
    },
    async picture({ page }, name) {
      if (picturesDirectory === undefined) return
      await mkdir(picturesDirectory, { recursive: true })
      await page.screenshot({ path: join(picturesDirectory, `${name}.png`), fullPage: true })
    },
  }
  beforeAll(async () => {
    ;[demo, browser] = await Promise.all([WebDemo.start(), openBrowser()])
    await prepare(web)
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
  return web
}

/** Nothing is being loaded any more. */
export async function settled(page: Page): Promise<void> {
  await page.getByRole('heading', { level: 1 }).first().waitFor()
  await expect.poll(() => page.locator('.loading, [aria-busy="true"]').count()).toBe(0)
}

/** What a page is wider than its window: pixels. */
export async function overflow(page: Page): Promise<number> {
  return page.evaluate(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  )
}
