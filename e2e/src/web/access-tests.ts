/** The way into the web app: signing in and out, by the issuer and by a link, and what happens when a sign-in is to be confirmed. */
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { gatetrailCommand } from '../harness/platform.ts'
import { runProcess } from '../harness/run-process.ts'
import type { Web } from './open-web.ts'

export function accessTests(web: Web): void {
  it('shows nothing but the way in to whoever is not signed in, and leads back to the address that was asked for', async () => {
    const path = '/sessions?connection=orders&tz=Europe/Berlin'
    const { page, context } = await web.arrive(path, { as: 'nobody' })
    await page.getByRole('link', { name: 'Sign in with demo' }).click()
    await page.getByRole('button', { name: /auditor/ }).click()
    await page.getByRole('heading', { name: 'Sessions' }).waitFor()
    expect(page.url()).toBe(web.demo.url + path)

    const cookies = await context.cookies()
    expect(cookies.map(({ httpOnly, sameSite }) => ({ httpOnly, sameSite }))).toContainEqual({
      httpOnly: true,
      sameSite: 'Lax',
    })
    await page.getByRole('button', { name: /Account/ }).click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await page.getByRole('link', { name: 'Sign in with demo' }).waitFor()
    const header = cookies.map(({ name, value }) => `${name}=${value}`).join('; ')
    const stolen = await fetch(`${web.demo.url}/api/me`, { headers: { cookie: header } })
    expect(stolen.status).toBe(401)
  })

  it('goes by the issuer on the way to another page when the sign-in is to be confirmed soon, and on to that page', async () => {
    const { page } = await web.arrive('/')
    await toConfirm(page, 600)
    await page.reload()
    await page.locator('.run-card').first().waitFor()
    await page.unrouteAll({ behavior: 'ignoreErrors' })
    await page.getByRole('link', { name: 'Sessions' }).click()
    // The issuer of the demo asks; others know the browser.
    await page.getByRole('button', { name: /auditor/ }).click()
    await page.waitForURL((url) => url.origin === web.demo.url && url.pathname === '/sessions')
    await page.locator('.session-table').first().waitFor()
    await page.getByRole('link', { name: 'Search' }).click()
    await page.getByRole('heading', { name: 'Search' }).waitFor()
  })

  it('signs a browser in by the link that gatetrail link prints, once', async () => {
    const { code, stdout } = await runProcess(process.execPath, [
      ...[gatetrailCommand, 'link', '--json', '--data-dir', web.demo.directory],
    ])
    expect(code).toBe(0)
    const { url } = JSON.parse(stdout) as { url: string }
    const path = url.slice(web.demo.url.length)
    const { page } = await web.arrive(path, { as: 'nobody' })
    await page.getByRole('button', { name: 'Sign in with this link' }).click()
    await page.getByRole('button', { name: 'Account local' }).waitFor()
    expect(page.url()).not.toContain('link=')
    const other = await web.arrive(path, { as: 'nobody' })
    await other.page.getByRole('button', { name: 'Sign in with this link' }).click()
    await other.page.getByRole('alert').waitFor()
    expect(await other.page.getByRole('button', { name: /^Account/ }).count()).toBe(0)
  })

  it('takes nothing that somebody has typed: it says that the sign-in is to be confirmed, and waits', async () => {
    const { page } = await web.arrive('/subject')
    await page.getByLabel('The value', { exact: true }).fill('999-99-9999')
    await toConfirm(page, 0)
    const error = { code: 'SIGN_IN_UNCONFIRMED', message: 'the issuer has to confirm this' }
    await page.route('**/api/subject', (route) => route.fulfill({ status: 401, json: { error } }))
    await page.getByRole('button', { name: 'Ask' }).click()
    const notice = page.getByRole('alert').filter({ hasText: 'Your sign-in is not confirmed' })
    await notice.getByText('What you have typed here is lost on the way').waitFor()
    expect(await page.getByLabel('The value', { exact: true }).inputValue()).toBe('999-99-9999')
    await page.unrouteAll({ behavior: 'ignoreErrors' })
    await notice.getByRole('button', { name: 'Confirm sign-in' }).click()
    await page.getByRole('button', { name: /auditor/ }).click()
    await page.waitForURL(`${web.demo.url}/subject`)
    await page.getByLabel('The value', { exact: true }).waitFor()
    expect(await notice.count()).toBe(0)
  })

  it('shows what may be read on where the issuer did not confirm, and the way in where nothing may', async () => {
    const { page } = await web.arrive('/?signin=unavailable&returnTo=/sessions')
    const notice = page.getByRole('alert').filter({ hasText: 'Your sign-in is not confirmed' })
    await notice.getByText('The issuer does not answer.').waitFor()
    await page.locator('.run-card').first().waitFor()
    await toConfirm(page, 0)
    await page.reload()
    await page.getByText('The issuer does not answer.').waitFor()
    expect(await page.locator('.run-card').count()).toBe(0)
    await page.unrouteAll({ behavior: 'ignoreErrors' })
    await page.getByRole('link', { name: 'Sign in with demo' }).click()
    await page.getByRole('button', { name: /auditor/ }).click()
    await page.waitForURL(`${web.demo.url}/sessions`)
  })

  it('leads who asks for a file by the issuer when the sign-in is to be confirmed, and the file comes then', async () => {
    const { page, trouble } = await web.arrive('/touches?by=place')
    await page.locator('.data-table').waitFor()
    await toConfirm(page, 0)
    await page.getByRole('button', { name: 'Export' }).click()
    await page.getByRole('menuitem', { name: /^CSV/ }).click()
    await page.getByRole('button', { name: /auditor/ }).waitFor()
    expect(trouble.splice(0)).toEqual([])
    await page.unrouteAll({ behavior: 'ignoreErrors' })
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: /auditor/ }).click(),
    ])
    expect(file.suggestedFilename()).toMatch(/^gatetrail-touches-.*\.csv$/)
    expect(await file.failure()).toBeNull()
    await page.waitForURL(/\/touches\?by=place/)
    await page.reload()
    await page.locator('.data-table').waitFor()
    // Once.
    expect(trouble.splice(0)).toHaveLength(1)
  })
}

/** The server says of the sign-in that it is to be confirmed in so many seconds; what is mocked of it is the time. */
async function toConfirm(page: Page, inSeconds: number): Promise<void> {
  await page.route('**/api/me', async (route) => {
    const me = (await (await route.fetch()).json()) as object
    await route.fulfill({ json: { ...me, confirm: { inSeconds, everySeconds: 3_600 } } })
  })
}
