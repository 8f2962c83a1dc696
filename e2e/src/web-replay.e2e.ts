/** The player in a real Chromium: sessions of any length, what is beside them, sessions that go on and their end, terminals. */
import type pg from 'pg'
import type { Page } from 'playwright-core'
import { afterAll, describe, expect, it } from 'vitest'
import { gatetrailCommand } from './harness/platform.ts'
import { runProcess } from './harness/run-process.ts'
import { chromiumIsThere, terminalText } from './web/browser.ts'
import { openWeb, overflow } from './web/open-web.ts'
import { recordTerminal } from './web/record-terminal.ts'
import { answerLongSession, answerTerminal } from './web/recorded-answers.ts'

const MiB = 1_024 * 1_024
/** What a recorded terminal could try on its viewer: clipboard, link, title, reports, device control, bombs. As no server of ours would send them. */
const hostile = [
  '\u001b]52;c;aGFja2Vk\u0007',
  '\u001b]8;;javascript:alert(1)\u001b\\click\u001b]8;;\u001b\\',
  '\u001b]0;owned\u0007\u001b]2;owned\u001b\\',
  '\u001b[6n\u001b[c\u001b[>c\u001b[21t\u001b[18t\u001b[?25$p',
  '\u001bP$qm\u001b\\\u001bP+q544e\u001b\\',
  '\u001bPq#0;2;0;0;0~-~\u001b\\',
  'x\u001b[2147483647b',
  `a${'\u0301'.repeat(20_000)}`,
  `\u001b]1337;File=inline=1:${'A'.repeat(20_000)}\u0007`,
  '\u001b]9;notify\u0007\u001b]777;notify;a;b\u001b\\',
  '\u001b[?1000h\u001b[?1003h\u001b[?1004h\u001b[?2004h',
  '<img src=x onerror=alert(1)><script>alert(2)</script>',
]

describe.skipIf(!chromiumIsThere)('the player', () => {
  const clients: pg.Client[] = []
  const sessions: Record<'long' | 'mixed', string> = { long: '', mixed: '' }

  const web = openWeb(async ({ demo, arrive }) => {
    const newest = async (): Promise<string> => {
      const { page } = await arrive('/api/openapi.json')
      const answer: unknown = await page.evaluate(
        `fetch('/api/sessions?limit=1').then((response) => response.json())`,
      )
      return (answer as { sessions: { session: string }[] }).sessions[0]?.session ?? ''
    }
    await demo.play('nightly-train', [
      'select version()',
      'select id, name, ssn, email from customers order by id limit 20',
      'drop table customers',
      'select 1 / 0',
    ])
    await demo.stored()
    sessions.mixed = await newest()
    const many = Array.from({ length: 1_500 }, (_, at) =>
      at === 1_234 ? `select 'needle' as found` : `select ${at} as n`,
    )
    await demo.play('nightly-train', many)
    await demo.stored()
    sessions.long = await newest()
  })
  afterAll(async () => {
    for (const client of clients) await client.end().catch(() => undefined)
  })
  /** Machines that test are slow. */
  const eventually = <Seen>(see: () => Promise<Seen> | Seen) =>
    expect.poll(see, { timeout: 30_000 })
  const current = (page: Page) => page.locator('.statement[aria-current="step"]')

  it('keeps the lines in sight of a long session, and goes anywhere in it by number, time and key', async () => {
    const made = await web.arrive(`/sessions/${sessions.long}`)
    const { page } = made
    await eventually(() => current(page).innerText()).toContain('select 0 as n')
    expect(await page.locator('.statement').count()).toBeLessThan(60)

    await page.getByRole('textbox', { name: 'Go to' }).fill('1000')
    await page.keyboard.press('Enter')
    await eventually(() => current(page).innerText()).toContain('select 999 as n')
    await eventually(() => terminalText(made)).toContain('select 999 as n')

    const strip = page.getByRole('slider', { name: 'Time in the session' })
    await strip.focus()
    await page.keyboard.press('End')
    await eventually(() => current(page).innerText()).toContain('select 1499 as n')
    await page.keyboard.press('Home')
    await eventually(() => current(page).innerText()).toContain('select 0 as n')
    await page.keyboard.press('PageUp')
    await expect
      .poll(async () => Number(/select (\d+)/.exec(await current(page).innerText())?.[1]))
      .toBeGreaterThan(0)
    expect(Number(await strip.getAttribute('aria-valuenow'))).toBeGreaterThan(0)

    await current(page).focus()
    await page.keyboard.press('End')
    await eventually(() => current(page).innerText()).toContain('select 1499 as n')
    await eventually(() => page.url()).toMatch(/\?at=\d+$/)
    const other = await web.arrive(new URL(page.url()).pathname + new URL(page.url()).search)
    await eventually(() => current(other.page).innerText()).toContain('select 1499 as n')
  })

  it('finds a text in the session and goes to where it stands', async () => {
    const { page } = await web.arrive(`/sessions/${sessions.long}`)
    await page.getByRole('searchbox', { name: 'Find in this session' }).fill('needle')
    await page.keyboard.press('Enter')
    await page.getByText(/^\d+ found$/).waitFor()
    expect(await page.locator('.strip-hit').count()).toBeGreaterThan(0)
    await page.keyboard.press('Enter')
    await eventually(() => current(page).innerText()).toContain(`select 'needle' as found`)
    // What was typed may be somebody's: it stands in no address.
    expect(page.url()).not.toContain('needle')
  })

  it('shows beside a statement why its cells are masked, which policy decided, its frames and who it was', async () => {
    const { page } = await web.arrive(`/sessions/${sessions.mixed}`)
    const side = page.getByRole('complementary')
    await side.getByText('public.customers.ssn').first().waitFor()
    await page.getByText('60 masked cells').waitFor()
    const cell = page.locator('.xterm-rows span', { hasText: '***-**-****' }).first()
    // The terminal's own layer lies above its letters.
    await cell.hover({ force: true })
    await eventually(() => page.locator('.cell-tip').innerText()).toContain('US_SSN')
    await page.getByText('Why cells are masked').click()
    expect(await page.locator('.masked-because').innerText()).toContain('public.customers.email')

    await page.getByRole('tab', { name: 'Decision' }).click()
    await side.getByText('Facts that the policies saw').waitFor()
    expect(await side.locator('.cedar').innerText()).toMatch(/^permit/)
    await page.getByRole('tab', { name: 'Frames' }).click()
    const frames = side.getByRole('list', { name: 'Frames of this statement' })
    await frames.getByText('Query').first().click()
    expect(await frames.locator('.hex').first().innerText()).toMatch(/^0000 {2}([0-9a-f]{2} )+/)
    expect(page.url()).toContain('panel=frames')
    await page.getByRole('tab', { name: 'Who' }).click()
    expect(await side.innerText()).toContain('demo#nightly-train')
  })

  it('says that a transcript failed and loads nothing then, and cuts off no hint of where one can go', async () => {
    const { page, trouble } = await web.arrive('/questions')
    const error = { code: 'STORE_UNAVAILABLE', message: 'the event store does not answer' }
    await page.route('**/replay/*', (route) => route.fulfill({ status: 503, json: { error } }))
    await page.goto(`${web.demo.url}/sessions/${sessions.mixed}`)
    const terminal = page.getByRole('region', { name: 'Terminal' })
    await terminal.getByText('The event store does not answer.').waitFor()
    expect(await terminal.getByText('Loading').count()).toBe(0)
    await page.unroute('**/replay/*')
    await terminal.getByRole('button', { name: 'Try again' }).click()
    await terminal.getByText('60 masked cells').waitFor()
    expect(trouble.splice(0).filter((what) => !what.includes('status of 503'))).toEqual([])
    const field = page.getByRole('textbox', { name: 'Go to' })
    await field.fill((await field.getAttribute('placeholder')) ?? '')
    const cutOff = await page.evaluate(
      `(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)(document.querySelector('.go-to input'))`,
    )
    expect(cutOff).toBe(0)
  })

  it('takes single keys, says which, and lets them be switched off', async () => {
    const { page } = await web.arrive(`/sessions/${sessions.mixed}`)
    await eventually(() => current(page).innerText()).toContain('limit 20')
    await page.keyboard.press(']')
    await eventually(() => current(page).innerText()).toContain('drop table')
    await page.keyboard.press('k')
    await eventually(() => current(page).innerText()).toContain('limit 20')
    await page.keyboard.press('?')
    const help = page.getByRole('dialog', { name: 'Keys of the player' })
    await help.getByRole('checkbox', { name: 'Single keys do something' }).uncheck()
    await page.keyboard.press('Escape')
    await help.waitFor({ state: 'detached' })
    await page.keyboard.press('j')
    await page.getByRole('button', { name: 'Link', exact: true }).click()
    const link = page.getByRole('textbox', { name: 'Link to this moment' })
    expect(await link.inputValue()).toBe(page.url())
    expect(await current(page).innerText()).toContain('limit 20')
  })

  it('shows what a session does while it does it, and its end when an administrator ends it', async () => {
    const { stdout } = await runProcess(process.execPath, [
      ...[gatetrailCommand, 'link', '--data-dir', web.demo.directory],
    ])
    const client = await web.demo.connect('nightly-train')
    clients.push(client)
    await client.query('select 1 as first')
    await web.demo.stored()
    const address = new URL(stdout.trim().split('\n')[0] ?? '')
    const { page } = await web.arrive(address.pathname + address.hash, { as: 'nobody' })
    await page.getByRole('button', { name: 'Sign in with this link' }).click()
    await page.getByRole('navigation', { name: 'Pages' }).waitFor()
    await page.goto(`${web.demo.url}/sessions`)
    const running = page.getByRole('region', { name: '1 session goes on now' })
    await running.getByRole('link').first().click()
    await page.getByText('Live', { exact: true }).waitFor()
    await eventually(() => current(page).innerText()).toContain('select 1 as first')

    await client.query('select 2 as second')
    await expect.poll(() => current(page).innerText()).toContain('select 2 as second')
    await page.keyboard.press('k')
    await eventually(() => current(page).innerText()).toContain('select 1 as first')
    await client.query('select 3 as third')
    await page.getByRole('button', { name: /select 3 as third/ }).waitFor()
    expect(await current(page).innerText()).toContain('select 1 as first')
    await page.getByRole('button', { name: 'Follow the end' }).click()
    await eventually(() => current(page).innerText()).toContain('select 3 as third')

    await page.getByRole('button', { name: 'End session' }).click()
    const dialog = page.getByRole('dialog', { name: 'End this session?' })
    await dialog.getByLabel('Reason').fill('a test')
    await dialog.getByRole('button', { name: 'End', exact: true }).click()
    await page.getByText(/The session ended: /).waitFor()
    await expect(client.query('select 4')).rejects.toThrow()
  })

  it('holds a day of a million statements in less than 300 MB, wherever one goes in it', async () => {
    const { page, context } = await web.arrive('/questions')
    const total = 1_000_000
    await answerLongSession(page, total)
    await page.goto(`${web.demo.url}/sessions/${sessions.mixed}`)
    await eventually(() => current(page).innerText()).toContain('select 0 from')
    const field = page.getByRole('textbox', { name: 'Go to' })
    for (let at = 1; at <= 40; at++) {
      const wanted = (at * 617_283) % total
      await field.fill(String(wanted + 1))
      await page.keyboard.press('Enter')
      await eventually(() => current(page).innerText()).toContain(`select ${wanted} from`)
    }
    await current(page).focus()
    await page.keyboard.press('End')
    await eventually(() => current(page).innerText()).toContain(`select ${total - 1} from`)
    for (let step = 0; step < 30; step++) await page.mouse.wheel(0, -4_000)
    const devtools = await context.newCDPSession(page)
    await devtools.send('Performance.enable')
    await devtools.send('HeapProfiler.collectGarbage')
    const { metrics } = await devtools.send('Performance.getMetrics')
    const heap = metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value ?? Infinity
    process.stdout.write(`browser heap after 40 seeks in ${total} statements: ${heap / MiB} MiB\n`)
    expect(heap).toBeLessThan(300 * MiB)
    expect(await page.locator('.statement').count()).toBeLessThan(60)
  })

  it('plays a terminal from any time of it, and obeys nothing that a recording says', async () => {
    const made = await web.arrive('/questions')
    const { page } = made
    await answerTerminal(page, hostile)
    await page.goto(`${web.demo.url}/sessions/${sessions.mixed}?t=13700000`)
    await eventually(() => terminalText(made)).toContain('second 13')
    const middle = await terminalText(made)
    expect(middle).toContain('from the keyframe at 10')
    expect(middle).not.toContain('second 14')

    const strip = page.getByRole('slider', { name: 'Time in the session' })
    await strip.focus()
    await page.keyboard.press('Home')
    await eventually(() => terminalText(made)).toContain('from the keyframe at 0')
    await page.getByLabel('Speed').selectOption('10')
    await page.getByRole('button', { name: 'Play', exact: true }).click()
    await eventually(() => terminalText(made)).toContain('second 59')
    expect(await page.title()).toBe('nightly-train · Gatetrail')
    expect(await page.locator('.xterm a, .xterm img, .xterm script').count()).toBe(0)
    // What must not happen is counted by the visit: dialogs, requests, clipboard, popups, policy reports.
  })

  it('plays a recorded terminal: at any moment what was on its screen then, and nothing of what it tried', async () => {
    const [frames, durationMs] = [30_000, 3_600_000]
    const id = await recordTerminal(web.demo.directory, {
      ...{ frames, durationMs, framesPerChunk: 5, hostile: true },
      startMs: Date.now() - durationMs,
    })
    await web.demo.stored()
    const stepMicros = Math.floor((durationMs * 1_000) / (frames + 1))
    const made = await web.arrive(`/sessions/${id}?t=${12_345 * stepMicros}`)
    const { page } = made
    const line = (number: number) => `${number} output of the ünit`
    await eventually(() => terminalText(made)).toContain(line(12_345))
    expect(await terminalText(made)).not.toContain(line(12_346))
    await page.getByText(/^Shown from the last output/).waitFor({ state: 'detached' })
    const exact = await terminalText(made)
    expect(exact).toContain(line(12_344))

    const strip = page.getByRole('slider', { name: 'Time in the session' })
    await strip.focus()
    await page.keyboard.press('End')
    await eventually(() => terminalText(made)).toContain(line(30_000))
    await page.keyboard.press('Home')
    await eventually(() => terminalText(made)).not.toContain('output')
    await page.getByRole('searchbox', { name: 'Find in this session' }).fill('23455 output')
    await page.keyboard.press('Enter')
    await page.getByText(/^1\+? found$/).waitFor()
    await page.keyboard.press('Enter')
    await eventually(() => terminalText(made)).toContain(line(23_455))
    expect(await terminalText(made)).not.toContain(line(23_456))
    const again = await web.arrive(`/sessions/${id}?t=${12_345 * stepMicros}`)
    await eventually(() => terminalText(again)).toBe(exact)
    // What was typed is never shown.
    expect(exact).not.toContain('hunter2')
    expect(await page.locator('.xterm a, .xterm img, .xterm script').count()).toBe(0)
  })

  it('fits a screen of 390 pixels, whatever is beside it', async () => {
    const { page } = await web.arrive(`/sessions/${sessions.long}`, { width: 390, height: 844 })
    await page.locator('.xterm-rows').waitFor()
    expect(await overflow(page)).toBe(0)
    for (const name of ['Decision', 'Frames', 'Who', 'Session']) {
      await page.getByRole('tab', { name }).click()
      expect(await overflow(page)).toBe(0)
    }
  })
})
