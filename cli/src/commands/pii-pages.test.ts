/** The question over a simulated trail, page by page: its pages together are what the touches say, whatever the zone and the size of a page. */
import { simulate } from '@gatetrail/ingest'
import { piiApi } from '@gatetrail/replay-api'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { z } from 'zod'
import { localToken, startTestPlatform, type TestPlatform } from './testing/test-platform.ts'

type Answer = z.infer<typeof piiApi.pii.answer>

let platform: TestPlatform

beforeAll(async () => {
  platform = await startTestPlatform([], 'simulated')
  const steps = simulate(platform.store, { days: 3, records: 90_000, seed: 1, from: '2026-03-10' })
  while ((await steps.next()).done !== true);
}, 120_000)
afterAll(async () => platform.close())

async function ask(query: Record<string, string>): Promise<Answer> {
  const search = new URLSearchParams(query).toString()
  const response = await fetch(`http://${platform.replay.address}/api/pii?${search}`, {
    headers: { authorization: `Bearer ${localToken}` },
  })
  expect(response.status).toBe(200)
  return piiApi.pii.answer.parse(await response.json())
}

async function askAll(query: Record<string, string>, limit: number): Promise<Answer[]> {
  const pages: Answer[] = []
  let cursor: string | null = null
  do {
    const page: Answer = await ask({
      ...query,
      limit: String(limit),
      ...(cursor !== null && { cursor }),
    })
    pages.push(page)
    cursor = page.nextCursor
  } while (cursor !== null)
  return pages
}

/** From the touches themselves, one by one. */
async function sums(day: { from: string; to: string }) {
  const answer = await platform.store.read.query({
    query: `SELECT toFloat64(sum(count)) AS values, toFloat64(sumIf(count, outcome = 'revealed')) AS revealed,
        toFloat64(uniqExact(if(run_id = '', toString(session), concat(run_provider, run_id, run_attempt, principal, toString(on_behalf_of))))) AS runs
      FROM pii_touches WHERE tenant = 'simulated' AND time >= {from:DateTime64(6, 'UTC')} AND time < {to:DateTime64(6, 'UTC')}`,
    query_params: { from: day.from.replace('Z', ''), to: day.to.replace('Z', '') },
    format: 'JSONEachRow',
  })
  const [row] = await answer.json<{ values: number; revealed: number; runs: number }>()
  return row
}

it.each(['UTC', 'Asia/Kolkata', 'America/New_York'])(
  'says the same on one page as on many, in %s',
  async (tz) => {
    const [whole, ...rest] = await askAll({ on: '2026-03-11', tz }, 2_000)
    if (whole === undefined) throw new Error('there is a page')
    expect(rest).toEqual([])
    expect(whole.truncated).toBe(false)
    const expected = await sums(whole)
    expect(expected?.runs).toBeGreaterThan(20)
    expect(whole.totals).toMatchObject(expected ?? {})
    expect(whole.runs).toHaveLength(whole.totals.runs)
    for (const counted of ['values', 'masked', 'revealed', 'late', 'written', 'filtered'] as const)
      expect(sum(whole.runs, (run) => run[counted])).toBe(whole.totals[counted])
    expect(
      sum(
        whole.runs.flatMap(({ columns }) => columns),
        ({ count }) => count,
      ),
    ).toBe(whole.totals.values)

    const pages = await askAll({ on: '2026-03-11', tz }, 7)
    expect(pages.slice(0, -1).every(({ truncated }) => truncated)).toBe(true)
    expect(pages.map(({ totals }) => totals)).toEqual(pages.map(() => whole.totals))
    expect(pages.map(({ coverage }) => coverage)).toEqual(pages.map(() => whole.coverage))
    const names = (runs: Answer['runs']) =>
      runs.map(({ run, principal, values, columns }) => ({ run, principal, values, columns }))
    expect(names(pages.flatMap(({ runs }) => runs))).toEqual(names(whole.runs))
    // Of few runs each page shows more of their sessions.
    expect(
      pages.every(({ runs }) =>
        runs.every(({ sessions, sessionCount }) => sessions.length === Math.min(sessionCount, 200)),
      ),
    ).toBe(true)
  },
)

it('refuses a cursor that is none', async () => {
  const response = await fetch(
    `http://${platform.replay.address}/api/pii?on=2026-03-11&cursor=nonsense`,
    { headers: { authorization: `Bearer ${localToken}` } },
  )
  expect(response.status).toBe(400)
})

function sum<Item>(items: readonly Item[], of: (item: Item) => number): number {
  return items.reduce((total, item) => total + of(item), 0)
}
