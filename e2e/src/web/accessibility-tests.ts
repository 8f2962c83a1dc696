/** Every page of the web app against WCAG 2.2 AA, as far as axe can tell, and whether it fits: light and dark, wide and narrow. A page without an address below fails. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { visit, type Visit } from './browser.ts'
import { overflow, settled, type Web } from './open-web.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const today = new Date().toISOString().slice(0, 10)

/** For each page its addresses: with an answer, and without one. What stands in braces is filled in. */
const addresses: Readonly<Record<string, readonly string[]>> = {
  '/': ['/', '/?on=2001-01-01'],
  '/touches': ['/touches', '/touches?by=place&connection=orders', '/touches?entity=NOTHING'],
  '/runs/$provider/$id': ['/runs/demo-ci/{run}', '/runs/demo-ci/none'],
  '/subject': ['/subject'],
  '/questions': ['/questions'],
  '/report': [`/report?of=pii&on=${today}`, '/report?of=touches&by=place'],
  '/search': ['/search', '/search?q=customers', '/search?q=nothing-of-the-kind'],
  '/sessions': ['/sessions', '/sessions?principal=nobody'],
  '/sessions/$session': ['/sessions/{session}'],
  '/sessions/$session/verify': ['/sessions/{session}/verify'],
  '/operation': ['/operation'],
  '/operation/now': ['/operation/now'],
  '/operation/in-force': ['/operation/in-force'],
  '/operation/principals': ['/operation/principals', '/operation/principals?search=nobody'],
  '/operation/principal': ['/operation/principal', '/operation/principal?id=demo%23nightly-train'],
  '/operation/connections': ['/operation/connections', '/operation/connections?on=2001-01-01'],
  '/operation/policies': ['/operation/policies'],
  '/operation/policies/$set': ['/operation/policies/{set}'],
  '/operation/health': ['/operation/health'],
  '/operation/log': ['/operation/log', '/operation/log?who=nobody'],
}

const all = "{ resultTypes: ['violations'] }"
/** In the dark a page has the same names, roles and sizes. */
const ofColors =
  "{ resultTypes: ['violations'], runOnly: ['color-contrast', 'link-in-text-block'] }"
const looks = [
  { name: 'light, wide', width: 1440, height: 900, colorScheme: 'light', rules: all },
  { name: 'dark, wide', width: 1440, height: 900, colorScheme: 'dark', rules: ofColors },
  { name: 'light, narrow', width: 390, height: 844, colorScheme: 'light', rules: all },
  { name: 'dark, narrow', width: 390, height: 844, colorScheme: 'dark', rules: ofColors },
] as const

export function accessibilityTests(web: Web): void {
  let visited: Visit
  const names = { run: '', session: '', set: '' }

  beforeAll(async () => {
    visited = await visit(web.browser, { signedIn: await web.signedIn('auditor') })
    // Before any script of the page, and not as one of its own: its policy allows neither inline scripts nor eval.
    await visited.context.addInitScript({ content: axe })
    const ask = (path: string) => visited.page.request.get(`${web.demo.url}${path}`)
    const { runs } = (await (await ask(`/api/pii?on=${today}`)).json()) as {
      runs: { run: { provider: string; id: string } | null; sessions: { session: string }[] }[]
    }
    const found = runs.find(({ run }) => run?.provider === 'demo-ci')
    names.run = found?.run?.id ?? ''
    names.session = found?.sessions[0]?.session ?? ''
    names.set = /[0-9a-f]{64}/.exec(await (await ask('/api/policies')).text())?.[0] ?? ''
  })
  afterAll(() => visited?.context.close())

  it('there is an address to look at of every page of the app', async () => {
    const { page } = visited
    await page.goto(web.demo.url)
    await settled(page)
    const routes: string[] = await page.evaluate('Object.keys(__TSR_ROUTER__.routesByPath)')
    expect(routes.length).toBeGreaterThan(5)
    expect(routes.filter((path) => addresses[path] === undefined)).toEqual([])
  })

  it.each(Object.values(addresses).flat())(
    'the page at %s fits and has no serious finding, light and dark, wide and narrow',
    async (address) => {
      const { page } = visited
      const path = address
        .replace('{run}', names.run)
        .replace('{session}', names.session)
        .replace('{set}', names.set)
      await page.goto(`${web.demo.url}${path}`)
      await settled(page)
      expect(await findings(page)).toEqual([])
    },
  )

  it('what opens above a page has no serious finding', async () => {
    const { page } = visited
    await page.goto(`${web.demo.url}/touches`)
    await settled(page)
    const found: string[] = []
    for (const [opener, role] of [
      ['Add a filter', 'menu'],
      ['Export', 'menu'],
      ['Save', 'dialog'],
    ] as const) {
      await page.getByRole('button', { name: opener }).click()
      await page.getByRole(role).waitFor()
      found.push(...(await findings(page)))
      await page.keyboard.press('Escape')
      await expect.poll(() => page.getByRole(role).count()).toBe(0)
      const focused = await page.evaluate('document.activeElement.textContent')
      expect(focused).toContain(opener)
    }
    expect(found).toEqual([])
  })

  it('the way in and the missing right have no serious finding', async () => {
    for (const as of ['nobody', 'stranger'] as const) {
      const { page, context } = await web.arrive('/', { as })
      await context.addInitScript({ content: axe })
      await page.reload()
      await settled(page)
      expect(await findings(page)).toEqual([])
    }
  })

  it('a finding would be seen', async () => {
    const { page } = visited
    await page.goto(web.demo.url)
    await settled(page)
    await page.evaluate(
      "document.querySelector('main').insertAdjacentHTML('beforeend', '<button></button>')",
    )
    expect((await findings(page)).join('\n')).toContain('button-name')
  })
}

/** Serious and critical ones, and what does not fit, each as a line. */
async function findings(page: Page): Promise<string[]> {
  const lines: string[] = []
  for (const { name, width, height, colorScheme, rules } of looks) {
    await page.setViewportSize({ width, height })
    await page.emulateMedia({ colorScheme })
    if ((await overflow(page)) > 0) lines.push(`is wider than its window (${name})`)
    const { violations }: AxeResults = await page.evaluate(`axe.run(document, ${rules})`)
    for (const { id, impact, nodes } of violations) {
      if (impact !== 'serious' && impact !== 'critical') continue
      lines.push(...nodes.map(({ target }) => `${id}: ${target.join(' ')} (${name})`))
    }
  }
  return lines
}
