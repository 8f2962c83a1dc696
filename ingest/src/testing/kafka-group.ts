/** For tests: a broker, a ClickHouse and ingest processes of one consumer group over them, and what is asked of the store. */
import { spawn, type ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { IngestStatus } from '../run-ingest.ts'
import { selectRows, type Store } from '../store/store.ts'
import type { KafkaIngestArguments } from './kafka-ingest-process.ts'

export type Member = {
  readonly child: ChildProcess
  /** The last that it said. */
  status(): IngestStatus | undefined
  kill(): Promise<void>
  stop(): Promise<void>
}

export async function startMember(argument: KafkaIngestArguments): Promise<Member> {
  const script = fileURLToPath(
    new URL('../../dist/testing/kafka-ingest-process.js', import.meta.url),
  )
  const child = spawn(process.execPath, [script, JSON.stringify(argument)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let status: IngestStatus | undefined
  const lines = createInterface({ input: child.stdout })
  await new Promise<void>((resolve, reject) => {
    lines.on('line', (line) => {
      if (line === 'ready') resolve()
      else status = JSON.parse(line) as IngestStatus
    })
    child.once('close', () => reject(new Error('a member of the group ended at its start')))
  })
  const signalled = async (signal: 'SIGKILL' | 'SIGTERM') => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const closed = once(child, 'close')
    child.kill('SIGCONT')
    child.kill(signal)
    await closed
  }
  return {
    child,
    status: () => status,
    kill: () => signalled('SIGKILL'),
    stop: () => signalled('SIGTERM'),
  }
}

export type Counts = { records: number; distinct: number; dense: number }

/** What must be equal at every moment, in one question. */
export async function countRecords({ read }: Store): Promise<Counts> {
  const [row] = await selectRows(
    read,
    `SELECT toString(sum(rows)) AS records, toString(sum(different)) AS distinct, toString(sum(last)) AS dense FROM (
       SELECT count() AS rows, uniqExact(seq) AS different, max(seq) + 1 AS last FROM records GROUP BY session)`,
  )
  return {
    records: Number(row?.['records']),
    distinct: Number(row?.['distinct']),
    dense: Number(row?.['dense']),
  }
}

/** Polls until `done`. @throws Error with what was seen last */
export async function until(
  what: string,
  done: () => Promise<boolean>,
  timeoutMs = 120_000,
): Promise<void> {
  const deadline = performance.now() + timeoutMs
  while (!(await done())) {
    if (performance.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`)
    await delay(100)
  }
}

const derivedTables = [
  'events',
  'chunks',
  'statements',
  'pii_touches',
  'pii_fingerprints',
  'session_aborts',
  'sessions',
] as const

/** A hash over all columns of each derived table but `stored`, which depends on when. */
export async function derivedContents({ read }: Store): Promise<Record<string, string>> {
  const seen: Record<string, string> = {}
  for (const table of derivedTables) {
    const columns = table === 'pii_touches' ? '*' : '* EXCEPT (stored)'
    const result = await read.query({
      query: `SELECT ${columns} FROM ${table} ORDER BY ALL`,
      format: 'TabSeparated',
    })
    seen[table] = createHash('sha256')
      .update(await result.text())
      .digest('hex')
  }
  return seen
}
