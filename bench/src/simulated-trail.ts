/** A simulated trail (`gatetrail simulate`) for a Gatetrail to be started on, and requests to its API, timed. */
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEmbeddedStore, simulate, type SimulationSummary } from '@gatetrail/ingest'
import { storeDirectory, type Gatetrail } from './gatetrail.ts'
import { fixed } from './statistics.ts'

/** Of a year's days, the heavy one is the hundredth. */
export const heavyIndex = 100

export type Trail = { records: number; days: number; from: string }

/** `kept`: where trails stay, to be asked again; left out: it is removed afterwards. */
export async function withTrail<Result>(
  trail: Trail,
  kept: string | undefined,
  task: (directory: string, made: SimulationSummary) => Promise<Result>,
): Promise<Result> {
  if (kept === undefined) {
    const directory = await mkdtemp(join(tmpdir(), 'gatetrail-bench-trail-'))
    try {
      return await task(directory, await fillTrail(directory, trail))
    } finally {
      await rm(directory, { recursive: true, force: true })
    }
  }
  const directory = join(kept, `${trail.records}-records-of-${trail.days}-days-from-${trail.from}`)
  const summary = join(directory, 'summary.json')
  if (!existsSync(summary)) {
    await rm(directory, { recursive: true, force: true })
    await writeFile(summary, JSON.stringify(await fillTrail(directory, trail)))
  }
  return task(directory, JSON.parse(await readFile(summary, 'utf8')) as SimulationSummary)
}

async function fillTrail(directory: string, trail: Trail): Promise<SimulationSummary> {
  await mkdir(storeDirectory(directory), { recursive: true, mode: 0o700 })
  const store = await openEmbeddedStore(storeDirectory(directory))
  try {
    const startedAt = performance.now()
    const steps = simulate(store, { ...trail, seed: heavyIndex })
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

/** How long an answer took, to its last byte, and what it is. `body`: then it is a POST. */
export async function askTimed(
  { replayUrl, localToken }: Gatetrail,
  path: string,
  body?: unknown,
): Promise<{ ms: number; answer: unknown }> {
  const startedAt = performance.now()
  const response = await fetch(`${replayUrl}${path}`, {
    headers: {
      authorization: `Bearer ${localToken}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
  })
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`)
  const answer: unknown = await response.json()
  return { ms: performance.now() - startedAt, answer }
}
