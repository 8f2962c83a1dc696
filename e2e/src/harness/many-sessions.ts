/**
 * Many sessions at once, most of them idle: they come at a steady rate while some work, stay, and go. What the proxy holds for
 * them is its resident memory as the system tells it.
 */
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Platform } from './platform.ts'
import { RawPostgres } from './raw-postgres.ts'

export type ManySessions = {
  sessions: number
  active: number
  connectMs: { p50: number; p99: number; max: number }
  /** CPU of the proxy for one session that comes, ms: what a busy machine doesn't change. */
  cpuMsPerOpening: number
  /** Of a statement of the active ones, while all sessions are open. */
  statementMs: { p50: number; p99: number; count: number }
  /** MiB: before, when all are open, when they are gone. */
  memory: { before: number; open: number; after: number }
  /** KiB, of what the sessions that came last added. */
  perSession: number
  /** Sessions that ended or were refused while they should not. */
  dropped: number
}

export type ManySessionsOptions = {
  sessions: number
  active: number
  perSecond: number
  tls: boolean
  /** How long all of them stay together. */
  stayMs: number
}

/** So many machines they come from: one may not have many before the door at a time. */
const addresses = 50
/** Fewer than may be before the door in all: on a busy machine they wait here instead of being refused. */
const connectingMax = 150
const pauseMs = 50
const settleMs = 3_000
const MiB = 1024 * 1024

export async function runManySessions(
  platform: Platform,
  token: string,
  options: ManySessionsOptions,
): Promise<ManySessions> {
  const { sessions, active, perSecond, tls, stayMs } = options
  const pid = await platform.rolePid('proxy')
  if (pid === undefined) throw new Error('there is no proxy')
  let dropped = 0
  let came = 0
  const connectTimes: number[] = []
  const open: RawPostgres[] = []

  /** `dueMs`: when it was to come, whether or not there was a place for it. */
  const connect = async (dueMs: number): Promise<void> => {
    const from = `127.0.1.${1 + (came++ % addresses)}`
    try {
      const client = tls
        ? await RawPostgres.openTls(platform.ports.postgres, 'asked', from)
        : await RawPostgres.open(platform.ports.postgres, from)
      await client.login('orders', token)
      connectTimes.push(performance.now() - dueMs)
      open.push(client)
      // As drivers do: each has said something once.
      client.message('Q', "set application_name = 'idle'\0")
      await client.until('Z')
    } catch {
      dropped++
    }
  }

  const atOnce = async (count: number): Promise<void> => {
    const connecting = new Set<Promise<void>>()
    const startMs = performance.now()
    for (let index = 0; index < count; index++) {
      const dueMs = startMs + (index * 1_000) / perSecond
      const waitMs = dueMs - performance.now()
      if (waitMs > 0) await sleep(waitMs)
      while (connecting.size >= connectingMax) await Promise.race(connecting)
      const one = connect(dueMs).finally(() => connecting.delete(one))
      connecting.add(one)
    }
    await Promise.all(connecting)
  }

  // Warm: what is made once is not a session's.
  await atOnce(Math.min(50, perSecond))
  for (const client of open.splice(0)) client.destroy()
  await sleep(settleMs)
  connectTimes.length = 0
  const before = await residentBytes(pid)

  const stop = new AbortController()
  const times: number[] = []
  let measuring = false
  const cpuBefore = await cpuMs(pid)
  await atOnce(active)
  const cpuMsPerOpening = Math.round(((await cpuMs(pid)) - cpuBefore) / active)
  const working = open.slice(0, active).map(async (client, number) => {
    while (!stop.signal.aborted) {
      const start = performance.now()
      client.message('Q', `select status from orders where id = ${1 + (number % 500)}\0`)
      await client.until('Z')
      if (measuring) times.push(performance.now() - start)
      await sleep(pauseMs)
    }
  })
  const watched = Promise.all(working).catch(() => {
    dropped++
  })
  await atOnce(sessions - active)
  measuring = true
  await sleep(stayMs)
  measuring = false
  const full = await residentBytes(pid)
  stop.abort()
  await watched
  dropped += open.filter((client) => client.socket.destroyed || client.socket.closed).length
  for (const client of open) client.message('X', '')
  await Promise.all(open.map((client) => client.closes()))
  await sleep(settleMs)
  const after = await residentBytes(pid)
  const statements = summary(times)
  return {
    sessions,
    active,
    connectMs: summary(connectTimes),
    cpuMsPerOpening,
    statementMs: { p50: statements.p50, p99: statements.p99, count: times.length },
    memory: { before: inMiB(before), open: inMiB(full), after: inMiB(after) },
    perSession: Math.round((full - before) / 1024 / sessions),
    dropped,
  }
}

function summary(values: readonly number[]): { p50: number; p99: number; max: number } {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number): number =>
    Math.round((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0) * 10) /
    10
  return { p50: at(0.5), p99: at(0.99), max: at(1) }
}

/** Of a process, as the system counts it. */
export async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]
  if (kibibytes === undefined) throw new Error(`process ${pid} tells no VmRSS`)
  return Number(kibibytes) * 1024
}

/** utime and stime of proc(5), in hundredths of a second. */
async function cpuMs(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}

function inMiB(bytes: number): number {
  return Math.round(bytes / MiB)
}
