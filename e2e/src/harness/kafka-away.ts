/**
 * Kafka away while statements go on: what that costs them, against times in which it was there, in turns, so that a slow
 * minute of the machine hits both; and how fast what has piled up is drained when it is back.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from './cluster.ts'
import { percentileOf, startPacedLoad } from './paced-load.ts'
import {
  compareWithTarget,
  recordCounts,
  type Comparison,
  type RecordCounts,
} from './trail-oracle.ts'

export type KafkaAway = {
  statementsPerSecond: number
  recordsPerSecond: number
  /** Medians over the rounds, ms. */
  there: { p50: number; p99: number }
  away: { p50: number; p99: number }
  /** Of p99, round by round: median. */
  addedRatio: number
  /** Bytes in the journals when Kafka came back, most of all rounds. */
  backlogBytes: number
  /** How much faster the backlog went than new records came: median. */
  drain: number
  failed: string[]
  compared: Comparison
  counts: RecordCounts
}

const storedMsMax = 600_000
const lookMs = 250
const drainMsMax = 300_000

export async function measureKafkaAway(
  cluster: Cluster,
  options: { rounds: number; thereMs: number; awayMs: number; perSecond: number; clients: number },
): Promise<KafkaAway> {
  const { rounds, thereMs, awayMs, perSecond, clients } = options
  const token = await cluster.issuer.token('paced', ['readers'], { run_id: 'paced-1' })
  const load = await startPacedLoad(cluster.proxies, token, { clients, perSecond, first: 5_000 })
  const figures: { there: number[]; away: number[]; drain: number; backlog: number }[] = []
  await sleep(5_000) // Not counted: code that has just started is slow.
  const before = await recordCounts(cluster)
  const startedAt = performance.now()
  let statements = 0
  for (let round = 0; round < rounds; round++) {
    load.take()
    await sleep(thereMs)
    const there = load.take()
    cluster.kafka.pause()
    await sleep(awayMs)
    const away = load.take()
    const backlog = await backlogBytes(cluster)
    const resumedAt = performance.now()
    cluster.kafka.resume()
    await untilDrained(cluster, (backlog / awayMs) * lookMs * 4)
    const drainMs = performance.now() - resumedAt
    // Meanwhile as much came as comes in that time.
    figures.push({ there, away, backlog, drain: (awayMs + drainMs) / drainMs })
    statements += there.length + away.length + load.take().length
  }
  const seconds = (performance.now() - startedAt) / 1000
  await load.stop()
  await cluster.untilStored(storedMsMax)
  const counts = await recordCounts(cluster)
  const p = (values: readonly number[]) => ({
    p50: percentileOf(values, 50),
    p99: percentileOf(values, 99),
  })
  const medianOf = (pick: (figure: (typeof figures)[number]) => number) =>
    percentileOf(figures.map(pick), 50)
  return {
    statementsPerSecond: statements / seconds,
    recordsPerSecond: (counts.records - before.records) / seconds,
    there: {
      p50: medianOf(({ there }) => p(there).p50),
      p99: medianOf(({ there }) => p(there).p99),
    },
    away: { p50: medianOf(({ away }) => p(away).p50), p99: medianOf(({ away }) => p(away).p99) },
    addedRatio: medianOf(({ there, away }) => p(away).p99 / p(there).p99),
    backlogBytes: Math.max(...figures.map(({ backlog }) => backlog)),
    drain: medianOf(({ drain }) => drain),
    failed: load.failed,
    compared: await compareWithTarget(cluster),
    counts,
  }
}

async function backlogBytes(cluster: Cluster): Promise<number> {
  const all = await Promise.all(
    cluster.proxies.map((proxy) => proxy.metric('gatetrail_ship_lag_bytes')),
  )
  return all.reduce((sum, bytes) => sum + bytes, 0)
}

/** Down to what is always on its way. */
async function untilDrained(cluster: Cluster, restBytes: number): Promise<void> {
  const until = performance.now() + drainMsMax
  while ((await backlogBytes(cluster)) > restBytes) {
    if (performance.now() > until)
      throw new Error(`the backlog is not drained after ${drainMsMax} ms`)
    await sleep(lookMs)
  }
}

export function describeKafkaAway(figures: KafkaAway): string {
  const { there, away, compared, counts } = figures
  const ms = (value: number) => value.toFixed(1)
  return `${figures.statementsPerSecond.toFixed(0)} statements/s, ${figures.recordsPerSecond.toFixed(0)} records/s; Kafka there: p50 ${ms(there.p50)} ms, p99 ${ms(there.p99)} ms; away: p50 ${ms(away.p50)} ms, p99 ${ms(away.p99)} ms; p99 × ${figures.addedRatio.toFixed(2)}; backlog ${(figures.backlogBytes / 1e6).toFixed(1)} MB, drained at ${figures.drain.toFixed(1)} × arrival; ${compared.logged} in PostgreSQL's log, ${compared.missing.length} missing, ${compared.twice.length} twice; ${counts.records} records, ${counts.keys} keys, ${counts.dense} dense; ${figures.failed.length} failed`
}
