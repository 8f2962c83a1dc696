/** What becomes of a file that is being sent when its caller is revoked or signs out. Over real HTTP, with a reader that is slow. */
import { csrfHeader } from '@gatetrail/replay-api'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Browser } from '../testing/browser.ts'
import {
  callers,
  localToken,
  startTestReplay,
  type TestReplay,
} from '../testing/start-test-replay.ts'

let replay: TestReplay
const rows = 60_000

beforeAll(async () => {
  replay = await startTestReplay()
  await replay.read.command({
    query: `INSERT INTO statements_rows (tenant, session, seq, writer, time, text, verdict, connection, stored, row_version)
      SELECT 'default', '019ce17d-2100-7001-8000-000000000001', number, '019ce17d-0000-7000-8000-000000000009',
        now64(6), repeat('select 1; ', 100), 'allow', 'orders-eu', now(), 1 FROM numbers(${rows})`,
  })
}, 60_000)
afterAll(() => replay?.close())

const asLocal = { authorization: `Bearer ${localToken}`, 'content-type': 'application/json' }
const revoke = (target: object) =>
  fetch(`${replay.base}/api/revocations`, {
    method: 'POST',
    headers: asLocal,
    body: JSON.stringify({ target, reason: 'left', forSeconds: 60 }),
  })
const file = '/api/export/statements?format=csv'

/** What came of the file in all; undefined where the connection broke. */
async function rest(response: Response): Promise<string | undefined> {
  return response.text().catch(() => undefined)
}

it('is cut off when its caller is revoked, which is on record', async () => {
  replay.reads.length = 0
  const headers = { authorization: 'Bearer auditor' }
  const response = await fetch(replay.base + file, { headers })
  expect(response.status).toBe(200)
  const { issuer, subject } = callers.auditor
  expect((await revoke({ type: 'subject', issuer, subject })).status).toBe(201)
  await expect.poll(() => JSON.stringify(replay.reads), { timeout: 10_000 }).toContain('answer.cut')
  expect(await rest(response)).toBeUndefined()
  expect(replay.reads).toContainEqual(
    expect.objectContaining({
      who: 'corp#auditor',
      question: 'answer.cut',
      parameters: { path: '/api/export/statements' },
    }),
  )
  await expect
    .poll(() => replay.reads, { timeout: 10_000 })
    .toContainEqual(
      expect.objectContaining({
        question: 'export.statements.sent',
        parameters: { format: 'csv', complete: 'false' },
      }),
    )
  expect((await fetch(replay.base + file, { headers })).status).toBe(403)
})

it('is cut off when its caller signs out, and is whole for who only stays away', async () => {
  const signedIn = async () => {
    replay.issuer.account = { name: 'admin', groups: callers.admin.groups }
    const browser = new Browser()
    await browser.open(`${replay.base}/api/login`)
    return browser
  }
  const [leaves, stays] = [await signedIn(), await signedIn()]
  const [left, stayed] = await Promise.all([leaves.send(replay.base + file), stays.send(replay.base + file)]) // prettier-ignore
  const headers = { origin: replay.base, [csrfHeader]: '1' }
  const out = await leaves.send(`${replay.base}/api/logout`, { method: 'POST', headers })
  expect(out.status).toBe(200)
  // Longer than a browser may be idle, while the file is on its way.
  replay.clock.aheadMs += 70 * 60_000
  await expect
    .poll(() => replay.reads.filter((read) => JSON.stringify(read).includes('answer.cut')).length, {
      timeout: 10_000,
    })
    .toBe(2)
  expect(await rest(left)).toBeUndefined()
  expect((await rest(stayed))?.split('\r\n')).toHaveLength(rows + 2)
})
