/**
 * One session that records as much as it can, and fifty that ask little, while nobody takes the journal over: the audit process
 * stands still (SIGSTOP). The greedy one is slowed; the small ones don't feel it, and nobody is ended.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest'
import { createPlatform, type Platform } from './harness/platform.ts'
import { RawPostgres } from './harness/raw-postgres.ts'
import { fillShop, taggedColumns } from './harness/shop.ts'

const MiB = 1024 * 1024
const journalBytesMax = 64 * MiB
const smallSessions = 50
const pauseMs = 100
const rounds = 5
const windowMs = 3_000
/** Below this a difference says something about the machine: 50 clients and two more processes share its cores. */
const noticeableMs = 25
const fillMsMax = 90_000
const greedyRows = 50_000_000
const readyForQuery = Buffer.from('Z\0\0\0\u0005I', 'latin1')

let platform: Platform
let token: string

beforeAll(async () => {
  platform = await createPlatform({
    columns: taggedColumns,
    journal: { bytesMax: journalBytesMax },
    prepare: async (target) => void (await fillShop(target, 500)),
    targetSettings: { log_statement: 'none' },
  })
  await platform.start()
  token = await platform.issuer.token('fair', ['readers'], { run_id: 'fair' })
})
afterAll(() => platform?.close())

async function connect(): Promise<Client> {
  const client = new Client({
    host: '127.0.0.1',
    port: platform.ports.postgres,
    database: 'orders',
    user: 'anybody',
    password: token,
  })
  client.on('error', () => undefined)
  await client.connect()
  return client
}

test(`beside a greedy SELECT on a small journal bound, ${smallSessions} small sessions are as fast as without it, and none ends`, async () => {
  onTestFailed(async () => console.log(await platform.logs()))
  const audit = await platform.rolePid('audit')
  if (audit === undefined) throw new Error('there is no audit process')
  const stop = new AbortController()
  let times: number[] = []
  let ended = 0
  const small = await inTurn(smallSessions, connect)
  const working = small.map(async (client, number) => {
    try {
      while (!stop.signal.aborted) {
        const start = performance.now()
        await client.query('select status from orders where id = $1', [1 + number])
        times.push(performance.now() - start)
        await sleep(pauseMs)
      }
    } catch {
      ended++
    }
  })
  const window = async (): Promise<number[]> => {
    times = []
    await sleep(windowMs)
    return times
  }
  // Everything that is made once is made.
  await window()
  process.kill(audit, 'SIGSTOP')
  const alone: number[][] = []
  const beside: number[][] = []
  let filledBytes = 0
  let slowedBytes = 0
  try {
    filledBytes = await fillUntilSlowed()
    for (let round = 0; round < rounds; round++) {
      alone.push(await window())
      const greedy = await startGreedy()
      beside.push(await window())
      // It still stands there.
      expect(await Promise.race([greedy.done, sleep(0, 'waits')])).toBe('waits')
      slowedBytes += greedy.bytes()
      greedy.destroy()
    }
  } finally {
    process.kill(audit, 'SIGCONT')
  }
  console.log(
    `p99 of ${smallSessions} small sessions, ms, by round: ${shown(alone.map(p99))} alone, ${shown(beside.map(p99))} beside a greedy SELECT, which got ${shown([filledBytes / MiB])} MiB before it was slowed and ${shown([slowedBytes / MiB])} MiB in ${rounds} rounds of ${windowMs / 1_000} s after it`,
  )
  expect(slowedBytes).toBeLessThan(journalBytesMax / 4)
  // Of all rounds together: windows with and without it took turns, and what else the machine does falls into both.
  expect(p99(beside.flat())).toBeLessThan(2 * Math.max(p99(alone.flat()), noticeableMs))

  // Once somebody takes the journal over, a greedy one goes at its own pace again, to its end.
  const last = await startGreedy(50_000)
  expect(await last.done).toBeGreaterThan(50_000 * 960)
  stop.abort()
  await Promise.all(working)
  expect(ended).toBe(0)
  for (const client of small) await client.end()
  last.destroy()
  await platform.settle()
})

type Greedy = {
  /** Bytes, when the whole answer has come. */
  done: Promise<number>
  bytes(): number
  destroy(): void
}

/** Takes all that it is given, and looks at none of it: what it costs is the proxy's. */
async function startGreedy(rows = greedyRows): Promise<Greedy> {
  const client = await RawPostgres.open(platform.ports.postgres)
  await client.login('orders', token)
  const { socket } = client
  let bytes = 0
  socket.removeAllListeners('data')
  const done = new Promise<number>((resolve, reject) => {
    socket.on('data', (part: Buffer) => {
      bytes += part.length
      if (part.subarray(-readyForQuery.length).equals(readyForQuery)) resolve(bytes)
    })
    socket.once('close', () => reject(new Error(`it ended after ${bytes} bytes`)))
  })
  done.catch(() => undefined) // It is destroyed in the middle.
  client.message('Q', `select generate_series(1, ${rows}), repeat(md5('greedy'), 30)\0`)
  return { done, bytes: () => bytes, destroy: () => client.destroy() }
}

async function inTurn<Value>(count: number, make: () => Promise<Value>): Promise<Value[]> {
  const made: Value[] = []
  for (let index = 0; index < count; index++) made.push(await make())
  return made
}

/** How much a greedy session gets until it gets next to nothing. */
async function fillUntilSlowed(): Promise<number> {
  const greedy = await startGreedy()
  const until = Date.now() + fillMsMax
  for (;;) {
    const before = greedy.bytes()
    await sleep(1_000)
    const seen = greedy.bytes()
    if (seen > journalBytesMax / 4 && seen - before < MiB / 2) break
    if (Date.now() > until) throw new Error(`a greedy session got ${seen} bytes and is not slowed`)
  }
  greedy.destroy()
  return greedy.bytes()
}

function p99(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN
}

function shown(values: readonly number[]): string {
  return values.map((value) => value.toFixed(1)).join(' ')
}
