/**
 * What ingest does with a core, against what the proxy does with one: a large answer is read while the audit process is
 * stopped, then the audit process goes on alone. Both worked on the same bytes, so the ratio is that of their CPU time.
 */
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { PostgresServer } from '@gatetrail/demo'
import { loadControlKey } from '@gatetrail/eventlog'
import { kafkaIsThere, startKafka, type TestKafka } from '@gatetrail/eventlog/testing/kafka-broker'
import { openEmbeddedStore } from '@gatetrail/ingest'
import { startClickHouse, type TestClickHouse } from '@gatetrail/ingest/testing'
import { bulkRead, type BulkStatement } from './bulk-read.ts'
import { startGatetrail, storeDirectory, type Gatetrail } from './gatetrail.ts'
import { ingestLag } from './ingest-lag.ts'
import { runPgbench } from './pgbench.ts'
import { cpuSeconds } from './process-figures.ts'
import { fixed, table } from './statistics.ts'
import { findProgram, untilAnswers } from './targets.ts'

const statement: BulkStatement = {
  name: 'SELECT, no tagged column',
  sql: 'SELECT * FROM bench_rows_untagged',
}
const waitMsMax = 600_000
/** More than a look at a backlog may be old. Seldom: what answers is the process that is measured. */
const lookIntervalMs = 1_100

/** The same engine in a process of its own, as a fleet has it: then ingest's CPU is that of ingest. */
const storeUser = { name: 'bench', password: 'bench-store-password' }

type Parts = { kafka?: TestKafka; server?: TestClickHouse }

/** @param reads of the answer, some 280 MB each */
export async function benchIngest(
  postgres: PostgresServer,
  directory: string,
  reads: number,
): Promise<string> {
  const mode = (name: string, parts: Parts) => benchMode(name, postgres, directory, reads, parts)
  const rows = await mode('journals → chDB', {})
  const server = await startClickHouse({ users: [storeUser] })
  try {
    rows.push(...(await mode('journals → ClickHouse', { server })))
  } finally {
    await server.stop()
  }
  if (kafkaIsThere()) {
    const kafka = await startKafka()
    try {
      await kafka.createTopics({ partitions: 4 })
      rows.push(...(await mode('Kafka → chDB', { kafka })))
    } finally {
      await kafka.stop()
    }
  } else rows.push(['Kafka: no broker here (java, scripts/kafka-jars.mjs)'])
  return table(['in a second of CPU', 'in all', 'proxy', 'ingest', '× proxy', 'server, s'], rows)
}

async function benchMode(
  name: string,
  postgres: PostgresServer,
  directory: string,
  reads: number,
  { kafka, server }: Parts,
): Promise<string[][]> {
  const place = await mkdtemp(join(kafka === undefined ? directory : tmpdir(), 'ingest-'))
  try {
    const settings = {
      ...(kafka === undefined ? {} : await kafkaSections(place, kafka)),
      ...(server === undefined ? {} : await storeSections(place, server)),
    }
    const gatetrail = await startGatetrail(place, postgres.port, { settings })
    let small: Measured | undefined
    let large: Measured
    try {
      await untilAnswers(gatetrail)
      if (findProgram('pgbench') !== undefined) {
        small = await measure(gatetrail, server?.pid, async () => {
          return (await runPgbench(gatetrail, 'simple', 8, reads * 4)).transactions
        })
      }
      await bulkRead(gatetrail, statement) // Not counted: code that has just started is slow.
      await untilCaughtUp(gatetrail)
      large = await measure(gatetrail, server?.pid, async () => {
        let bytes = 0
        for (let read = 0; read < reads; read++)
          bytes += (await bulkRead(gatetrail, statement)).bytes
        return bytes / 1e6
      })
    } finally {
      await gatetrail.stop()
    }
    // Of the answers; the few of small statements do not count.
    const stored = await largeFramesIn(place, server)
    const frames = { ...large, amount: (stored * reads) / (reads + 1) }
    return [
      rowOf(`${name}, large answers, MB`, large),
      rowOf(`${name}, large answers, frames`, frames),
      ...(small === undefined ? [] : [rowOf(`${name}, pgbench -S, statements`, small)]),
    ]
  } finally {
    await rm(place, { recursive: true, force: true })
  }
}

type Measured = {
  amount: number
  proxySeconds: number
  ingestSeconds: number
  /** Of the ClickHouse server, where it is one: its work on what ingest inserts is not ingest's. */
  serverSeconds: number | undefined
}

/** The audit process is stopped while the proxy works; with Kafka records are shipped meanwhile, by a process of its own. */
async function measure(
  gatetrail: Gatetrail,
  serverProcessId: number | undefined,
  work: () => Promise<number>,
): Promise<Measured> {
  const audit = gatetrail.auditProcessId ?? 0
  process.kill(audit, 'SIGSTOP')
  try {
    const proxyBefore = cpu(gatetrail.processId)
    const amount = await work()
    const proxySeconds = cpu(gatetrail.processId) - proxyBefore
    const ingestBefore = cpu(audit)
    const serverBefore = cpu(serverProcessId)
    process.kill(audit, 'SIGCONT')
    await sleep(1_000)
    await untilCaughtUp(gatetrail)
    const ingestSeconds = cpu(audit) - ingestBefore
    const serverSeconds =
      serverProcessId === undefined ? undefined : cpu(serverProcessId) - serverBefore
    return { amount, proxySeconds, ingestSeconds, serverSeconds }
  } finally {
    process.kill(audit, 'SIGCONT')
  }
}

function rowOf(
  name: string,
  { amount, proxySeconds, ingestSeconds, serverSeconds }: Measured,
): string[] {
  const figures = [amount, amount / proxySeconds, amount / ingestSeconds]
  return [
    name,
    ...figures.map((figure) => Math.round(figure).toLocaleString('en')),
    fixed(proxySeconds / ingestSeconds, 2),
    serverSeconds === undefined ? '' : fixed(serverSeconds, 1),
  ]
}

async function untilCaughtUp(gatetrail: Gatetrail): Promise<void> {
  const until = performance.now() + waitMsMax
  for (let clear = 0; clear < 2;) {
    const { bytes, messages } = await ingestLag(gatetrail)
    clear = bytes + messages === 0 ? clear + 1 : 0
    if (performance.now() > until) throw new Error('ingest does not catch up')
    await sleep(lookIntervalMs)
  }
}

const largeFrames = `SELECT toFloat64(sum(arrayCount(x -> x, last))) AS frames FROM chunks WHERE length(last) > 50`

async function largeFramesIn(
  directory: string,
  server: TestClickHouse | undefined,
): Promise<number> {
  if (server !== undefined) {
    const { name, password } = storeUser
    const authorization = `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`
    const query = new URLSearchParams({ database: 'gatetrail', query: largeFrames })
    const answer = await fetch(`${server.url}/?${query.toString()}`, { headers: { authorization } })
    return Number(await answer.text())
  }
  const store = await openEmbeddedStore(storeDirectory(directory))
  try {
    const result = await store.read.query({ query: largeFrames, format: 'JSONEachRow' })
    const [row] = await result.json<{ frames: number }>()
    return row?.frames ?? 0
  } finally {
    await store.close()
  }
}

async function storeSections(
  directory: string,
  server: TestClickHouse,
): Promise<Record<string, unknown>> {
  const file = join(directory, 'store-password')
  await writeFile(file, storeUser.password, { mode: 0o600 })
  return { store: { url: server.url, user: storeUser.name, password: { file } } }
}

async function kafkaSections(
  directory: string,
  kafka: TestKafka,
): Promise<Record<string, unknown>> {
  // Keys are made where Gatetrail will look for them, so that its configuration can name what it trusts.
  const keys = join(directory, 'keys')
  const { publicKey } = await loadControlKey(keys)
  await cp(keys, join(directory, 'gatetrail', 'data', 'keys'), { recursive: true })
  return {
    log: { kafka: { brokers: kafka.brokers, partitions: 4, replicationFactor: 1 } },
    control: { trustedKeys: [publicKey] },
  }
}

function cpu(processId: number | undefined): number {
  return (processId === undefined ? undefined : cpuSeconds(processId)) ?? Number.NaN
}
