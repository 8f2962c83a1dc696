/** A simulated trail (`gatetrail simulate`) for a Gatetrail to be started on, and requests to its API, timed. */
import { mkdir } from 'node:fs/promises'
import { openEmbeddedStore, simulate, type SimulationSummary } from '@gatetrail/ingest'
import { storeDirectory, type Gatetrail } from './gatetrail.ts'
import { fixed } from './statistics.ts'

/** Of a year's days, the heavy one is the hundredth. */
export const heavyIndex = 100

export async function fillTrail(
  directory: string,
  trail: { records: number; days: number; from: string },
): Promise<SimulationSummary> {
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
