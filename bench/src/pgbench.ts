/** Runs pgbench -S against one target and reads its figures. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { cpuSeconds } from './process-figures.ts'
import type { Target } from './targets.ts'

const execute = promisify(execFile)

export type PgbenchRun = {
  transactions: number
  transactionsPerSecond: number
  cpuMicrosPerQuery: number | undefined
}
export type PgbenchMode = 'simple' | 'prepared'

/** @throws Error if pgbench fails or a transaction does: a benchmark of a broken target is worth nothing. */
export async function runPgbench(
  target: Target,
  mode: PgbenchMode,
  clients: number,
  seconds: number,
): Promise<PgbenchRun> {
  const cpuBefore = target.processId === undefined ? undefined : cpuSeconds(target.processId)
  const { stdout } = await execute(
    'pgbench',
    [
      ...['-n', '-S', '-M', mode, '-c', String(clients), '-j', '1', '-T', String(seconds)],
      ...['-h', '127.0.0.1', '-p', String(target.port), '-U', target.user, target.database],
    ],
    {
      env: { ...process.env, PGPASSWORD: target.password, PGSSLMODE: 'disable' },
      timeout: (seconds + 60) * 1000,
    },
  )
  const cpuAfter = target.processId === undefined ? undefined : cpuSeconds(target.processId)
  const processed = figure(stdout, /number of transactions actually processed: (\d+)/)
  if (figure(stdout, /number of failed transactions: (\d+)/) > 0) {
    throw new Error(`${target.name}: transactions failed: ${stdout}`)
  }
  const cpu = cpuBefore === undefined || cpuAfter === undefined ? undefined : cpuAfter - cpuBefore
  return {
    transactions: processed,
    transactionsPerSecond: figure(stdout, /tps = ([\d.]+)/),
    cpuMicrosPerQuery: cpu === undefined ? undefined : (cpu * 1e6) / processed,
  }
}

function figure(text: string, pattern: RegExp): number {
  const match = pattern.exec(text)
  if (match === null) throw new Error(`pgbench printed no figure for ${pattern}: ${text}`)
  return Number(match[1])
}
