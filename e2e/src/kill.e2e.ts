/** kill -9 at random moments under load: what reached PostgreSQL is in the trail, once, and what was lost is named. */
import { appendFile, readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest'
import { mark, startLoad } from './harness/load.ts'
import { createPlatform, type Platform, type Role } from './harness/platform.ts'
import { chooseSeed, createRandom, type Random } from './harness/random.ts'
import { fillShop, taggedColumns } from './harness/shop.ts'
import { withStore } from './harness/store.ts'

const kills = Number(process.env['GATETRAIL_KILLS'] ?? 25)
/** A process that dies so often without having been ready for a second is started again after seconds: then it is let live. */
const deathsInRowMax = 4
const healthyMs = 1_200
/** A machine that is too slow for all of them says so by the count. */
const loopMsMax = 240_000

let platform: Platform

beforeAll(async () => {
  platform = await createPlatform({
    columns: taggedColumns,
    prepare: async (target) => {
      await fillShop(target, 50)
    },
  })
  await platform.start()
})
afterAll(() => platform?.close())

type Statement = { session: string; seq: number; statement: string }
const showLogs = () => onTestFailed(async () => console.log(await platform.logs()))

async function killAgainAndAgain(role: Role, random: Random): Promise<number> {
  let killed = 0
  let inRow = 0
  const until = Date.now() + loopMsMax
  while (killed < kills && Date.now() < until) {
    await sleep(random() * 1_500)
    const before = await platform.rolePid(role)
    if (!(await platform.killRole(role))) continue
    killed++
    inRow++
    while ((await platform.rolePid(role).catch(() => undefined)) === before) await sleep(10)
    // Half of them die again while they recover, half in full work.
    if (random() < 0.5 && inRow < deathsInRowMax) continue
    await platform.untilReady(role)
    if (inRow < deathsInRowMax) continue
    inRow = 0
    await sleep(healthyMs)
  }
  return killed
}

test(
  `after ${kills} kills each of proxy and audit process under load, every statement of PostgreSQL's own log is in the trail once`,
  { timeout: 400_000 },
  async () => {
    showLogs()
    const seed = chooseSeed()
    const token = await platform.issuer.token('load', ['readers'], { run_id: 'load-1' })
    const startedMs = Date.now()
    const load = startLoad(platform, token, 6)
    await sleep(500)
    const [proxyKills, auditKills] = await Promise.all([
      killAgainAndAgain('proxy', createRandom(seed)),
      killAgainAndAgain('audit', createRandom(seed + 1)),
    ])
    await sleep(500)
    await load.stop()
    await platform.untilReady()
    await platform.settle()

    const count = (texts: readonly string[]) => {
      const counts = new Map<string, number>()
      for (const text of texts) {
        const found = mark.exec(text)?.[0]
        if (found !== undefined) counts.set(found, (counts.get(found) ?? 0) + 1)
      }
      return counts
    }
    const logged = count(await platform.target.loggedStatements())
    const statements = await platform.cliJson<Statement>(['statements'])
    const trail = count(statements.map(({ statement }) => statement))
    const missing = [...logged.keys()].filter((one) => !trail.has(one))
    const twice = [...trail].filter(([, times]) => times > 1).map(([one]) => one)
    const keys = new Set(statements.map(({ session, seq }) => `${session}:${seq}`))
    console.log(
      `in ${Math.round((Date.now() - startedMs) / 1000)} s ${proxyKills} kills of the proxy, ${auditKills} of the audit process; ${load.answered} statements answered, ` +
        `${load.lost} connections lost; ${logged.size} in PostgreSQL's log, ${trail.size} in the trail: ` +
        `${missing.length} missing, ${twice.length} twice`,
    )
    expect([proxyKills, auditKills]).toEqual([kills, kills])
    expect(logged.size).toBeGreaterThan(kills * 10)
    expect(load.lost).toBeGreaterThan(0)
    expect(missing).toEqual([])
    expect(twice).toEqual([])
    expect(keys.size).toBe(statements.length)
  },
)

test('verify says intact after all kills', { timeout: 200_000 }, async () => {
  showLogs()
  await platform.settle()
  const { code, stdout, stderr } = await platform.cli(['verify'], { timeoutMs: 150_000 })
  console.log(stdout.trim())
  expect([code, stderr]).toEqual([0, ''])
  expect(stdout).toContain('intact')
})

test('sessions that were open when the proxy died are reported as aborted within 5 s after it is back', async () => {
  showLogs()
  const token = await platform.issuer.token('sleeper', ['readers'], { run_id: 'sleep-1' })
  const clients = await Promise.all(
    Array.from({ length: 5 }, async () => {
      const client = new Client({
        host: '127.0.0.1',
        port: platform.ports.postgres,
        database: 'orders',
        user: 'sleeper',
        password: token,
      })
      client.on('error', () => undefined)
      await client.connect()
      await client.query('select 1')
      return client
    }),
  )
  await platform.settle()
  await platform.killRole('proxy')
  await sleep(50)
  await platform.untilReady()
  const since = performance.now()
  type Session = { principal: { id: string }; state: string }
  let states: string[] = []
  while (performance.now() - since < 10_000) {
    const { sessions } = await platform.api<{ sessions: Session[] }>(
      '/api/sessions?principal=sleeper',
    )
    states = sessions.map(({ state }) => state)
    if (states.length === 5 && states.every((state) => state === 'aborted')) break
    await sleep(100)
  }
  const tookMs = Math.round(performance.now() - since)
  console.log(`${states.length} sessions: ${states.join(', ')} after ${tookMs} ms`)
  expect(states).toEqual(Array.from({ length: 5 }, () => 'aborted'))
  expect(tookMs).toBeLessThanOrEqual(5_000)
  await Promise.all(clients.map((client) => client.end().catch(() => undefined)))
})

test('after a kill of everything at once a torn tail is cut and reported, and the trail goes on', async () => {
  showLogs()
  const token = await platform.issuer.token('torn', ['readers'], { run_id: 'torn-1' })
  const load = startLoad(platform, token, 3)
  await sleep(700)
  const pids = [
    platform.pid,
    await platform.rolePid('proxy'),
    await platform.rolePid('audit'),
  ].filter((pid) => pid !== undefined)
  const killedAtMs = Date.now()
  for (const pid of pids) process.kill(pid, 'SIGKILL')
  await load.stop()
  while (platform.running) await sleep(10)
  // A process with that much memory takes a moment to die, and its ports with it.
  for (const pid of pids) while (await lives(pid)) await sleep(10)
  // As a write that the machine did not finish: a length, and not all of what it announces.
  const torn = await newestSegment(join(platform.dataDirectory, 'journal'))
  await appendFile(torn, Buffer.from([0, 0, 1, 0, 1, 2, 3, 4, 0, 1, 0, 100]))
  await platform.start()
  const { code } = await platform.psql(token, ['-c', 'select 1'])
  expect(code).toBe(0)
  await platform.settle()
  expect((await platform.cli(['verify'], { timeoutMs: 100_000 })).code).toBe(0)
  await platform.stop()
  const sinceKilled = Math.ceil((Date.now() - killedAtMs) / 1_000)
  await withStore(platform, async ({ rows }) => {
    const recovered = await rows<{ body: string }>(
      `SELECT body FROM events WHERE kind = 'gatetrail.journal.recovered' AND time > now() - ${sinceKilled + 2}`,
    )
    const cut = recovered.map(({ body }) => JSON.parse(body) as { bytesCut: number })
    console.log(`${cut.length} journals recovered, cut: ${cut.map((one) => one.bytesCut).join()}`)
    expect(cut.some(({ bytesCut }) => bytesCut >= 12)).toBe(true)
    const left = await rows<{ open: string }>(
      `SELECT toString(count()) AS open FROM sessions WHERE state = 'open'`,
    )
    expect(left).toEqual([{ open: '0' }])
  })
})

test('in the store count() = uniqExact(session, seq) = sum over sessions of max(seq) + 1', async () => {
  await platform.stop()
  await withStore(platform, async ({ rows }) => {
    const [row] = await rows<{ records: number; keys: number; dense: number }>(
      `SELECT toInt32(count()) AS records, toInt32(uniqExact(session, seq)) AS keys,
        (SELECT toInt32(sum(last + 1)) FROM (SELECT max(seq) AS last FROM records GROUP BY session)) AS dense
      FROM records`,
    )
    console.log(row)
    expect(row?.records).toBeGreaterThan(200)
    expect(row?.keys).toBe(row?.records)
    expect(row?.dense).toBe(row?.records)
  })
})

/** Not gone, and no zombie that nobody has asked for yet. */
async function lives(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return status !== '' && !/\) [ZX] /.test(status)
}

async function newestSegment(journal: string): Promise<string> {
  let newest = { path: '', changedMs: 0 }
  for (const name of await readdir(journal, { recursive: true })) {
    const path = join(journal, name)
    const { mtimeMs } = await stat(path)
    if (name.endsWith('.segment') && mtimeMs > newest.changedMs)
      newest = { path, changedMs: mtimeMs }
  }
  return newest.path
}
