/**
 * The auditor's question over a simulated year (`gatetrail simulate`), asked through the real API while ingest is running:
 * an ordinary day, and the day with a hundred thousand touches. Asked of several sizes, so that the growth is seen.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEmbeddedStore, simulate, type SimulationSummary } from '@gatetrail/ingest'
import { startGatetrail, storeDirectory, type Gatetrail } from './gatetrail.ts'
import { startRecords } from './records-load.ts'
import { fixed, percentile, table } from './statistics.ts'
import { freePort } from './targets.ts'

const days = 365
const seed = 100 // Of the days, the heavy one is the hundredth.
const from = '2026-01-01'
const dayMs = 86_400_000
/** Different days, so that none is answered from a cache. */
const askedDays = 60
const askedHeavy = 20
/** Of other sessions, of another tenant: what ingest does meanwhile. */
const recordsPerSecond = 500

type Figures = {
  records: number
  bytes: number
  p50: number
  p95: number
  heavyP95: number
  runs: number
}

/** @returns a table: how long the question took, warm, per size of the trail. */
export async function benchPiiQuestion(sizes: readonly number[]): Promise<string> {
  const figures: Figures[] = []
  for (const size of sizes) figures.push(await benchSize(size))
  const rows = figures.map(({ records, bytes, p50, p95, heavyP95 }) => [
    records.toLocaleString('en'),
    ...[bytes / 1e6, p50, p95, heavyP95].map((value) => fixed(value, 0)),
  ])
  const extrapolated = extrapolate(figures, 1e9)
  if (extrapolated !== undefined) {
    const { bytes, p50, p95 } = extrapolated
    rows.push([
      '1,000,000,000 (extrapolated)',
      ...[bytes / 1e6, p50, p95].map((value) => fixed(value, 0)),
    ])
  }
  return table(
    [
      'PII question, 365 days, warm, ms; records',
      'MB on disk',
      'p50',
      'p95',
      'p95 of 100,000 touches',
    ],
    rows,
  )
}

/**
 * A straight line through the medians of the last two sizes: what grows with the trail is read in proportion to it. The 95th
 * percentile is taken to keep its distance to the median: by itself it is the noise of a shared machine.
 */
function extrapolate(
  figures: readonly Figures[],
  records: number,
): Pick<Figures, 'bytes' | 'p50' | 'p95'> | undefined {
  const [one, two] = figures.slice(-2)
  if (one === undefined || two === undefined) return undefined
  const times = (records - two.records) / (two.records - one.records)
  const at = (from: number, to: number) => to + Math.max(0, to - from) * times
  const p50 = at(one.p50, two.p50)
  return { bytes: at(one.bytes, two.bytes), p50, p95: (p50 * two.p95) / two.p50 }
}

async function benchSize(size: number): Promise<Figures> {
  const directory = await mkdtemp(join(tmpdir(), 'gatetrail-bench-question-'))
  try {
    const { records, bytes } = await fill(directory, size)
    // No database stands behind it: only the question is asked.
    const gatetrail = await startGatetrail(directory, await freePort(), { tenant: 'simulated' })
    const load = await startRecords(gatetrail.dataDirectory, recordsPerSecond)
    try {
      const ordinary = Array.from({ length: askedDays }, (_, index) => 110 + index * 4)
      const heavy = Array.from({ length: askedHeavy }, () => seed)
      await ask(gatetrail, [...ordinary.slice(0, 5), seed]) // Not counted: warm.
      const answers = await ask(gatetrail, ordinary)
      const heavyTimes = await ask(gatetrail, heavy)
      return {
        ...{ records, bytes, runs: answers.runs },
        p50: percentile(answers.times, 50),
        p95: percentile(answers.times, 95),
        heavyP95: percentile(heavyTimes.times, 95),
      }
    } finally {
      await load.stop()
      await gatetrail.stop()
    }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

async function ask(
  gatetrail: Gatetrail,
  indexes: readonly number[],
): Promise<{ times: Float64Array; runs: number }> {
  const times = new Float64Array(indexes.length)
  let runs = 0
  for (const [place, index] of indexes.entries()) {
    const on = new Date(Date.parse(from) + index * dayMs).toISOString().slice(0, 10)
    const startedAt = performance.now()
    const response = await fetch(`${gatetrail.replayUrl}/api/pii?on=${on}`, {
      headers: { authorization: `Bearer ${gatetrail.localToken}` },
    })
    if (!response.ok)
      throw new Error(`/api/pii answered ${response.status}: ${await response.text()}`)
    const answer = (await response.json()) as { runs: unknown[] }
    times[place] = performance.now() - startedAt
    if (answer.runs.length === 0) throw new Error(`the answer for ${on} is empty`)
    runs += answer.runs.length
  }
  return { times, runs }
}

async function fill(directory: string, records: number): Promise<SimulationSummary> {
  await mkdir(storeDirectory(directory), { recursive: true, mode: 0o700 })
  const store = await openEmbeddedStore(storeDirectory(directory))
  try {
    const startedAt = performance.now()
    const steps = simulate(store, { days, records, seed, from })
    for (;;) {
      const { value, done } = await steps.next()
      if (done !== true) continue
      const seconds = (performance.now() - startedAt) / 1000
      console.log(
        `${value.records.toLocaleString('en')} records, ${value.touches.toLocaleString('en')} touches simulated in ${fixed(seconds, 0)} s`,
      )
      return value
    }
  } finally {
    await store.close()
  }
}
