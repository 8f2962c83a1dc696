/** A real Chromium that notices what must not happen on any page: script errors, broken policies, requests to elsewhere, dialogs. */
import { existsSync } from 'node:fs'
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'

const executablePath = '/usr/bin/chromium'
export const chromiumIsThere: boolean = existsSync(executablePath)

export async function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
      ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
    ],
  })
}

export type Visit = { page: Page; context: BrowserContext; trouble: string[] }

export type SignedIn = Awaited<ReturnType<BrowserContext['storageState']>>

export type VisitOptions = {
  width?: number
  height?: number
  dark?: boolean
  /** Of the viewer; UTC where left out. */
  timezone?: string
  /** The cookies of a sign-in: the server takes only so many sign-ins a minute. */
  signedIn?: SignedIn
}

/** A fresh browser profile. `trouble` stays empty on a good page. */
export async function visit(browser: Browser, options: VisitOptions = {}): Promise<Visit> {
  const { width = 1440, height = 900, dark = false, timezone = 'UTC', signedIn } = options
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: dark ? 'dark' : 'light',
    timezoneId: timezone,
    ...(signedIn && { storageState: signedIn }),
  })
  const trouble: string[] = []
  await context.exposeFunction('reportTrouble', (what: string) => trouble.push(what))
  await context.addInitScript(watch)
  const page = await context.newPage()
  page.setDefaultTimeout(30_000)
  page.on('pageerror', (error) => trouble.push(`script error: ${error.message}`))
  page.on('console', (message) => {
    // The browser's own word for an answer of 401 or 403, which the page shows.
    const isStatus = /the server responded with a status of 40[13]/.test(message.text())
    if (message.type() === 'error' && !isStatus)
      trouble.push(`console: ${message.text()} ${message.location().url}`)
  })
  page.on('dialog', (dialog) => {
    trouble.push(`dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  page.on('popup', (popup) => trouble.push(`popup: ${popup.url()}`))
  page.on('download', (download) => trouble.push(`download: ${download.url()}`))
  page.on('request', (request) => {
    const { hostname, protocol } = new URL(request.url())
    const isHere = hostname === '127.0.0.1' || hostname === 'localhost' || protocol === 'data:'
    if (!isHere) trouble.push(`request to ${request.url()}`)
  })
  return { page, context, trouble }
}

/** Runs in the page, before its own scripts. */
function watch(): void {
  type InPage = typeof globalThis & {
    reportTrouble(what: string): void
    navigator: { clipboard?: Record<string, unknown> }
  }
  const { reportTrouble, navigator } = globalThis as InPage
  const target: EventTarget = globalThis as unknown as EventTarget
  target.addEventListener('securitypolicyviolation', (event) => {
    const { violatedDirective, blockedURI } = event as Event & Record<string, string>
    reportTrouble(`policy: ${violatedDirective} ${blockedURI}`)
  })
  target.addEventListener('copy', () => reportTrouble('copy'))
  const { clipboard } = navigator
  if (clipboard !== undefined) {
    clipboard['writeText'] = () => Promise.resolve(reportTrouble('clipboard write'))
    clipboard['write'] = () => Promise.resolve(reportTrouble('clipboard write'))
  }
}

/** Through the issuer's own page, as a person does it. */
export async function signIn({ page }: Visit, url: string, person: RegExp): Promise<void> {
  await page.goto(url)
  await page.getByRole('link', { name: /Sign in with/ }).click()
  await page.getByRole('button', { name: person }).click()
  await page.getByRole('button', { name: /^Account/ }).waitFor()
}

/** What stands in the terminal, line by line. */
export async function terminalText({ page }: Visit): Promise<string> {
  const rows = page.locator('.xterm-rows > div')
  await rows.first().waitFor()
  const lines = await rows.allInnerTexts()
  return lines.map((line) => line.replaceAll('\u00a0', ' ').trimEnd()).join('\n')
}
