/** 2,000 sessions, 100 of them active, through one proxy process: what issue and shared threats §4 #12 ask for. Prints its figures. */
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest'
import { runManySessions } from './harness/many-sessions.ts'
import { createPlatform, type Platform } from './harness/platform.ts'
import { fillShop, taggedColumns } from './harness/shop.ts'

const sessions = 2_000
const memoryMiBMax = 400
/** 250 on a machine that does nothing else, as printed; a busy one may be five times slower. */
const connectMsMax = 250 * 5

let platform: Platform
let token: string

beforeAll(async () => {
  platform = await createPlatform({
    columns: taggedColumns,
    prepare: async (target) => void (await fillShop(target, 500)),
    targetSettings: {
      max_connections: String(sessions + 100),
      shared_buffers: '32MB',
      log_statement: 'none',
    },
  })
  await platform.start()
  token = await platform.issuer.token('pool', ['readers'], { run_id: 'pool' })
})
afterAll(() => platform?.close())

test.each([false, true])(
  `${sessions} sessions fit into ${memoryMiBMax} MiB, come in at 100 a second without waiting, and leave nothing behind (TLS: %s)`,
  async (tls) => {
    onTestFailed(async () => console.log(await platform.logs()))
    const options = { sessions, active: 100, perSecond: 100, tls, stayMs: 20_000 }
    const seen = await runManySessions(platform, token, options)
    console.log(JSON.stringify(seen))
    expect(seen.dropped).toBe(0)
    expect(seen.memory.open).toBeLessThan(memoryMiBMax)
    expect(seen.memory.after).toBeLessThan(seen.memory.before * 1.1)
    expect(seen.connectMs.p99).toBeLessThan(connectMsMax)
  },
)
