/** How far ingest is behind at the end of a load, and how long it takes to catch up. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Gatetrail } from './gatetrail.ts'
import { fixed, table } from './statistics.ts'

const waitMsMax = 300_000

export async function untilIngested(gatetrail: Gatetrail): Promise<string> {
  const startedAt = performance.now()
  const first = await lagBytes(gatetrail)
  let lag = first
  while (lag > 0) {
    if (performance.now() - startedAt > waitMsMax)
      throw new Error(`ingest is still ${lag} bytes behind`)
    await sleep(100)
    lag = await lagBytes(gatetrail)
  }
  return table(
    ['ingest', ''],
    [
      ['behind at the end of the load, MB', fixed(first / 1e6, 1)],
      ['time to catch up, s', fixed((performance.now() - startedAt) / 1000, 1)],
    ],
  )
}

async function lagBytes(gatetrail: Gatetrail): Promise<number> {
  return (await ingestLag(gatetrail)).bytes
}

/** What is not in the store yet: in the journals, or with Kafka, messages there. */
export async function ingestLag(
  gatetrail: Gatetrail,
): Promise<{ bytes: number; messages: number }> {
  const response = await fetch(`${gatetrail.replayUrl}/api/status`, {
    headers: { authorization: `Bearer ${gatetrail.localToken}` },
  })
  if (!response.ok)
    throw new Error(`/api/status answered ${response.status}: ${await response.text()}`)
  const { ingest } = (await response.json()) as {
    ingest: { lagBytes: number; lagMessages: number }
  }
  return { bytes: ingest.lagBytes, messages: ingest.lagMessages }
}
