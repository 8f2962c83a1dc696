/** Sessions that mostly sit there, as pools keep them: what they cost, and that nobody waits for them. The full number runs at night. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest'
import { residentBytes, runManySessions } from './harness/many-sessions.ts'
import { createPlatform, type Platform } from './harness/platform.ts'
import { RawPostgres } from './harness/raw-postgres.ts'
import { fillShop, taggedColumns } from './harness/shop.ts'

const sessions = 300
const perSessionKiBMax = 200
const stoppedReaders = 50

let platform: Platform
let token: string

beforeAll(async () => {
  platform = await createPlatform({
    columns: taggedColumns,
    prepare: async (target) => void (await fillShop(target, 50)),
    targetSettings: { max_connections: String(sessions + 50), log_statement: 'none' },
  })
  await platform.start()
  token = await platform.issuer.token('pool', ['readers'], { run_id: 'pool' })
})
afterAll(() => platform?.close())

test.each([false, true])(
  `${sessions} sessions, a twentieth of them active, cost less than ${perSessionKiBMax} KiB each, and none is dropped (TLS: %s)`,
  async (tls) => {
    onTestFailed(async () => console.log(await platform.logs()))
    const options = { sessions, active: sessions / 20, perSecond: 50, tls, stayMs: 3_000 }
    const seen = await runManySessions(platform, token, options)
    console.log(JSON.stringify(seen))
    expect(seen.dropped).toBe(0)
    expect(seen.perSession).toBeLessThan(perSessionKiBMax)
  },
)

test(`a client that stops reading holds less than 1 MiB of the proxy, and others don't wait for it`, async () => {
  onTestFailed(async () => console.log(await platform.logs()))
  const pid = await platform.rolePid('proxy')
  if (pid === undefined) throw new Error('there is no proxy')
  const clients: RawPostgres[] = []
  for (let count = 0; count < stoppedReaders; count++) {
    const client = await RawPostgres.open(platform.ports.postgres)
    await client.login('orders', token)
    clients.push(client)
  }
  const before = await residentBytes(pid)
  for (const client of clients) {
    client.message('Q', `select generate_series(1, 1000000), repeat('x', 1000)\0`)
    client.socket.pause()
  }
  let after = 0
  for (let look = 0; look < 5; look++) {
    await sleep(1_000)
    const other = await RawPostgres.open(platform.ports.postgres)
    await other.login('orders', token)
    other.message('Q', 'select 1\0')
    await other.until('Z')
    other.destroy()
    after = Math.max(after, await residentBytes(pid))
  }
  // Nothing moves any more: the target waits for the proxy, which waits for its client.
  expect(await untilWriting(stoppedReaders)).toBe(stoppedReaders)
  after = Math.max(after, await residentBytes(pid))
  const each = (after - before) / stoppedReaders / 1024
  console.log(`${stoppedReaders} clients that do not read: ${each.toFixed(0)} KiB each`)
  expect(each).toBeLessThan(1_024)
  for (const client of clients) client.destroy()
})

/** How many backends of the target wait for their client to take what they send, at most so many. */
async function untilWriting(count: number): Promise<number> {
  const until = Date.now() + 30_000
  for (;;) {
    const [row] = await platform.target.direct(
      `select count(*)::int as writing from pg_stat_activity where wait_event = 'ClientWrite'`,
    )
    const writing = Number(row?.['writing'])
    if (writing >= count || Date.now() > until) return writing
    await sleep(200)
  }
}
