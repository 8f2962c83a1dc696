/** A large export: every row once, in the memory of a page. Over a simulated trail. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { simulate } from '@gatetrail/ingest'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { localToken, startTestPlatform, type TestPlatform } from './testing/test-platform.ts'

const rowsMin = 200_000
const sampleBytes = 8 * 1024 * 1024
let platform: TestPlatform
let statements = 0

beforeAll(async () => {
  platform = await startTestPlatform([], 'simulated')
  const options = { days: 2, records: 840_000, seed: 1, from: '2026-03-10' }
  const steps = simulate(platform.store, options)
  for (;;) {
    const step = await steps.next()
    if (step.done !== true) continue
    statements = step.value.statements
    break
  }
}, 240_000)
afterAll(() => platform?.close())

/** Bytes that are in use: what was thrown away is not counted. */
function bytesInUse(): number {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  if (typeof collect === 'function') Reflect.apply(collect, undefined, [])
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

it('of 200,000 statements holds a page at a time, and each once', async () => {
  expect(statements).toBeGreaterThan(rowsMin)
  const before = bytesInUse()
  let peak = before
  let bytes = 0
  let sampled = 0
  let rows = 0
  let again = 0
  let rest = ''
  let last = { session: '', seq: -1 }
  const sessions = new Set<string>()
  const response = await fetch(
    `http://${platform.replay.address}/api/export/statements?format=jsonl`,
    { headers: { authorization: `Bearer ${localToken}` } },
  )
  expect(response.status).toBe(200)
  const decoder = new TextDecoder()
  for await (const piece of response.body!) {
    bytes += piece.length
    const lines = `${rest}${decoder.decode(piece, { stream: true })}`.split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const [, found, seq] = /^\{"session":"([^"]+)","seq":(\d+)/.exec(line) ?? []
      if (found === undefined) continue
      rows++
      // A copy: a part of a text keeps all of it.
      const session = Buffer.from(found).toString()
      const isBehind = session === last.session ? Number(seq) > last.seq : !sessions.has(session)
      if (!isBehind) again++
      sessions.add(session)
      last = { session, seq: Number(seq) }
    }
    if (bytes - sampled < sampleBytes) continue
    sampled = bytes
    peak = Math.max(peak, bytesInUse())
  }
  const sizes = { megabytes: bytes / 1e6, inUseMegabytes: (peak - before) / 1e6 }
  console.log({ rows, ...sizes })
  expect({ rows, again }).toEqual({ rows: statements, again: 0 })
  expect(peak - before).toBeLessThan(bytes / 3)
}, 240_000)
