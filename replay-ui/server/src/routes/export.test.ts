/** Files that nobody reads, and what is told to whom about a file. Over real HTTP. */
import type { Evidence } from '@gatetrail/replay-api'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { localToken, startTestReplay, type TestReplay } from '../testing/start-test-replay.ts'
import { fillTrail } from '../testing/trail-of-two-connections.ts'

vi.mock('../limits.ts', async (original) => ({
  ...(await original<object>()),
  fileStallMs: 4_000,
}))

let replay: TestReplay

beforeAll(async () => {
  replay = await startTestReplay()
  await fillTrail(replay.read)
  await replay.read.command({
    query: `INSERT INTO statements_rows (tenant, session, seq, writer, time, text, verdict, connection, stored, row_version)
      SELECT 'default', '019ce17d-2100-7001-8000-000000000001', number, '019ce17d-0000-7000-8000-000000000009',
        now64(6), repeat('select 1; ', 600), 'allow', 'orders-eu', now(), 1 FROM numbers(3000)`,
  })
}, 60_000)
afterAll(() => replay?.close())

const as = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })
const statements = '/api/export/statements'

it.each(['pii?on=2026-03-12', 'touches', 'sessions', 'statements'])(
  'is not begun by HEAD, nor put on record: %s',
  async (path) => {
    replay.reads.length = 0
    const answer = await fetch(`${replay.base}/api/export/${path}`, {
      method: 'HEAD',
      ...as(localToken),
    })
    expect(answer.status).toBe(404)
    expect(replay.reads).toEqual([])
  },
)

it('gives its place back when nobody reads it', async () => {
  replay.reads.length = 0
  const unread: Response[] = []
  for (let at = 0; at < 4; at++) unread.push(await fetch(replay.base + statements, as(localToken)))
  expect(unread.map(({ status }) => status)).toEqual([200, 200, 200, 200])
  const ended = () =>
    replay.reads.filter((read) => JSON.stringify(read).includes('"complete":"false"')).length
  await expect.poll(ended, { timeout: 25_000 }).toBe(4)
  expect((await fetch(`${replay.base}/api/export/touches`, as(localToken))).status).toBe(200)
})

it('says who verified the trail to who may know who looked', async () => {
  await replay.read.insert({
    table: 'events_rows',
    format: 'JSONEachRow',
    values: [
      {
        ...{
          tenant: 'default',
          session: '019ce17d-0000-7000-8000-00000000000a',
          seq: 1,
          version: 1,
        },
        ...{ writer: '019ce17d-0000-7000-8000-00000000000a', position: 1, row_version: 1 },
        kind: 'gatetrail.audit.read',
        time: '2026-03-12 11:00:00.000000',
        stored: new Date().toISOString().slice(0, 19).replace('T', ' '),
        body: JSON.stringify({
          ...{ who: 'corp#someone', role: 'admin', question: 'verify.finished', rows: 0 },
          parameters: { state: 'intact' },
        }),
      },
    ],
  })
  const evidence = async (token: string) =>
    (await (
      await fetch(`${replay.base}/api/evidence?of=pii&on=2026-03-12`, as(token))
    ).json()) as Evidence
  expect((await evidence('auditor')).chain.verified).toMatchObject({ by: 'corp#someone' })
  const told = await evidence('scoped')
  expect(told.chain.verified).toMatchObject({ by: null, state: 'intact' })
  expect(JSON.stringify(told)).not.toContain('someone')
})
