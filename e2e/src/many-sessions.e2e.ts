/** Sessions that mostly sit there, as pools keep them: what they cost, and that nobody waits for them. The full number runs at night. */
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest'
import { runManySessions } from './harness/many-sessions.ts'
import { createPlatform, type Platform } from './harness/platform.ts'
import { fillShop, taggedColumns } from './harness/shop.ts'

const sessions = 300
const perSessionKiBMax = 200

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
