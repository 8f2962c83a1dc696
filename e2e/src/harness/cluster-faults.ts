/** kill -9 of proxies, shippers, ingests and the broker of a fleet, in random order, while clients never rest. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from './cluster.ts'
import { startLoad } from './load.ts'
import type { Random } from './random.ts'
import {
  compareWithTarget,
  recordCounts,
  watchRecords,
  type Comparison,
  type RecordCounts,
} from './trail-oracle.ts'

export type Faults = {
  /** How often what was killed. */
  kills: Record<string, number>
  answered: number
  lost: number
  polls: number
  unanswered: number
  wrong: string[]
  counts: RecordCounts
  compared: Comparison
  openSessions: number
  abortedSessions: number
  /** Of whole roles, as a service manager does it: those that were killed, and those that Kafka's absence kept from starting. */
  restarts: number
  /** From the last restart until a statement that was sent then is found. */
  searchableMs: number
}

const clientsPerProxy = 3
const pauseMsMax = 1_500
const brokerAwayMsMax = 2_000
const brokerStartsMax = 3
const restartIntervalMs = 500
const readyMsMax = 300_000
const searchableMsMax = 300_000
const storedMsMax = 400_000
/** Of ten rounds; each proxy and ingest dies with all of its machine, or one of its processes does. */
const faults = [
  'proxy',
  'proxy',
  'ingest',
  'ingest',
  'ingest',
  'shipper',
  'broker',
  'broker',
  'proxy machine',
  'ingest machine',
]

export async function killInRandomOrder(
  cluster: Cluster,
  rounds: number,
  random: Random,
  signal: AbortSignal,
): Promise<Faults> {
  const token = await cluster.issuer.token('load', ['readers'], { run_id: 'load-1' })
  const watch = watchRecords(cluster)
  const loads = cluster.proxies.map((proxy, index) =>
    startLoad(proxy, token, clientsPerProxy, index * clientsPerProxy),
  )
  const guard = keepRunning(cluster, signal)
  let kills: Record<string, number>
  let restarts: number
  let searchableMs: number
  try {
    kills = await inflictAll(cluster, rounds, random, signal)
    searchableMs = await untilSearchable(cluster, performance.now())
    await untilAllReady(cluster)
    await Promise.all(loads.map((load) => load.stop()))
    await cluster.untilStored(storedMsMax)
  } finally {
    // Whatever it came to: nothing is started any more when the cluster is closed.
    restarts = await guard.stop()
    await Promise.allSettled([...loads.map((load) => load.stop()), watch.stop()])
  }
  const [states] = await cluster.rows<{ open: number; aborted: number }>(
    `SELECT toInt32(countIf(state = 'open')) AS open, toInt32(countIf(state = 'aborted')) AS aborted FROM sessions`,
  )
  return {
    ...{
      kills,
      restarts,
      searchableMs,
      wrong: watch.wrong,
      polls: watch.polls,
      unanswered: watch.unanswered,
    },
    answered: loads.reduce((sum, { answered }) => sum + answered, 0),
    lost: loads.reduce((sum, { lost }) => sum + lost, 0),
    counts: await recordCounts(cluster),
    compared: await compareWithTarget(cluster),
    openSessions: states?.open ?? -1,
    abortedSessions: states?.aborted ?? -1,
  }
}

async function inflictAll(
  cluster: Cluster,
  rounds: number,
  random: Random,
  signal: AbortSignal,
): Promise<Record<string, number>> {
  const kills: Record<string, number> = {}
  let order: string[] = []
  for (let round = 0; round < rounds; round++) {
    await sleep(random() * pauseMsMax, undefined, { signal })
    if (order.length === 0) order = shuffled(faults, random)
    const fault = order.pop() ?? 'proxy'
    kills[fault] = (kills[fault] ?? 0) + 1
    await inflict(cluster, fault, random)
  }
  return kills
}

/** Starts each role again that has ended, as the service manager of its machine does. */
function keepRunning(cluster: Cluster, signal: AbortSignal): { stop(): Promise<number> } {
  let restarts = 0
  const stopping = new AbortController()
  const work = (async () => {
    while (!stopping.signal.aborted && !signal.aborted) {
      for (const role of cluster.roles) {
        if (role.running) continue
        role.launch()
        restarts++
      }
      await sleep(restartIntervalMs)
    }
  })()
  return {
    stop: async () => {
      stopping.abort()
      await work
      return restarts
    },
  }
}

async function untilAllReady(cluster: Cluster): Promise<void> {
  const until = Date.now() + readyMsMax
  for (;;) {
    const said = await Promise.all(cluster.roles.map((role) => role.readiness()))
    if (said.every((one) => one?.ready === true)) return
    if (Date.now() > until) throw new Error(`not ready: ${JSON.stringify(said)}`)
    await sleep(200)
  }
}

/** What is killed is started again; only of the broker is that waited for: nothing else can go on without it. */
async function inflict(cluster: Cluster, fault: string, random: Random): Promise<void> {
  const one = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)]!
  switch (fault) {
    case 'proxy':
      await one(cluster.proxies).killRole('proxy')
      return
    case 'shipper':
      await one(cluster.proxies).killRole('shipper')
      return
    case 'ingest':
      await one(cluster.ingests).killRole('ingest')
      return
    case 'broker':
      await cluster.kafka.kill()
      await sleep(random() * brokerAwayMsMax)
      await restartBroker(cluster)
      return
    default:
      await one(fault === 'proxy machine' ? cluster.proxies : cluster.ingests).kill()
  }
}

/** On a machine with far too much to do the first start may take too long. @throws Error with what the broker said */
async function restartBroker(cluster: Cluster): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await cluster.kafka.restart()
    } catch (error) {
      if (attempt === brokerStartsMax) throw error
      await cluster.kafka.kill()
    }
  }
}

/** A statement of its own by psql, tried until a proxy takes it, then looked for in the store. */
async function untilSearchable(cluster: Cluster, since: number): Promise<number> {
  const token = await cluster.issuer.token('searcher', ['readers'], { run_id: 'search-1' })
  const text = `select 'searched-${Math.round(since)}'`
  while (performance.now() - since < searchableMsMax) {
    const { code } = await cluster.psql(0, token, ['-Atc', text])
    if (code === 0) break
    await sleep(100)
  }
  while (performance.now() - since < searchableMsMax) {
    const found = await cluster
      .rows(`SELECT 1 FROM statements WHERE text LIKE '%searched-${Math.round(since)}%' LIMIT 1`)
      .catch(() => [])
    if (found.length > 0) return performance.now() - since
    await sleep(100)
  }
  throw new Error(`a statement was not found within ${searchableMsMax} ms`)
}

function shuffled(list: readonly string[], random: Random): string[] {
  const left = [...list]
  const order: string[] = []
  while (left.length > 0) order.push(...left.splice(Math.floor(random() * left.length), 1))
  return order
}

export function describeFaults(faults: Faults): string {
  const { kills, compared, counts } = faults
  return `killed: ${Object.entries(kills)
    .map(([what, times]) => `${times} × ${what}`)
    .join(
      ', ',
    )}; ${faults.answered} statements answered, ${faults.lost} connections lost; ${compared.logged} in PostgreSQL's log, ${compared.inTrail} in the trail: ${compared.missing.length} missing, ${compared.twice.length} twice; ${counts.records} records, ${counts.keys} keys, ${counts.dense} dense; ${faults.polls} polls (${faults.unanswered} unanswered), ${faults.wrong.length} wrong; ${faults.restarts} roles started again; ${faults.abortedSessions} sessions aborted, ${faults.openSessions} open; searchable ${Math.round(faults.searchableMs)} ms after the last restart`
}
