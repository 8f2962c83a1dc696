/**
 * Starts and stops the demo's PostgreSQL: a real server of the newest release, on loopback only, SCRAM-SHA-256, without
 * Unix sockets. Its data survive. It ends when we end, even by kill -9: a shell between us and the server watches a pipe.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, openSync, statSync } from 'node:fs'
import { chown, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { GatetrailError } from '@gatetrail/schemas'
import { Client } from 'pg'
import type { DemoPaths } from '../paths.ts'
import { installBinaries, type Programs } from './binaries.ts'
import { choosePlace, type PostgresPlace } from './unprivileged-user.ts'

export type PostgresServer = {
  readonly port: number
  /** Where its files are: dataDir/demo/postgres, or beside dataDir where we run as root. */
  readonly directory: string
  /** Resolves when the server has ended, asked for or not. */
  readonly ended: Promise<void>
  /** Fast shutdown: open sessions are ended, data are flushed. At most `stopMsMax`. */
  close(): Promise<void>
}

export const superuser = 'postgres'
const startMsMax = 30_000
const stopMsMax = 6_000
const logBytesMax = 4 * 1024 * 1024

/**
 * Makes the cluster if there is none and starts it. `more` settings stand above ours: tests have it log every statement.
 * `programs`: others than npm's; the user that runs it must be able to reach them.
 * @throws DEMO_FAILED with the last lines of the server's log
 */
export async function startPostgres(
  paths: DemoPaths,
  port: number,
  superuserPassword: string,
  more: Readonly<Record<string, string>> = {},
  programs?: Programs,
): Promise<PostgresServer> {
  const place = await choosePlace(paths)
  const binaries = programs ?? (await installBinaries(place.directory))
  const data = join(place.directory, 'data')
  if ((await stat(join(data, 'PG_VERSION')).catch(() => undefined)) === undefined) {
    await makeCluster(binaries, place, data, superuserPassword)
  }
  await endOrphan(data)

  const log = openLog(paths.postgresLog)
  const command = [binaries.postgres, ...settings(data, port, more)]
  const child = spawn('/bin/sh', ['-c', watch, 'sh', ...command], {
    stdio: ['pipe', log, log],
    // A group of its own: Ctrl-C in the terminal must not end the database before its clients.
    detached: true,
    cwd: place.directory,
    env: { LC_ALL: 'C.UTF-8', TZ: 'UTC' },
    ...place.user,
  })
  closeSync(log)
  child.stdin?.on('error', () => undefined) // The shell may be gone already; `ended` tells.
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve()) // It never ran; untilReady says so.
  })
  try {
    await untilReady(child, port, superuserPassword)
  } catch (cause) {
    await stop(child, ended, data)
    throw new GatetrailError(
      'DEMO_FAILED',
      `the demo's PostgreSQL did not start: ${await lastLine(paths.postgresLog)}`,
      { hint: `its log is ${paths.postgresLog}`, cause },
    )
  }
  return { port, directory: place.directory, ended, close: () => stop(child, ended, data) }
}

/** Ends the server when the pipe from us closes, and itself when the server ends. */
const watch = `
exec 3<&0
"$@" </dev/null 3<&- &
server=$!
( while read -r line <&3; do :; done; kill -INT $server ) &
watcher=$!
exec 3<&-
wait $server
status=$?
kill $watcher 2>/dev/null
exit $status
`

function settings(data: string, port: number, more: Readonly<Record<string, string>>): string[] {
  const values = {
    port: String(port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
    shared_buffers: '32MB',
    password_encryption: 'scram-sha-256',
    log_timezone: 'UTC',
    log_line_prefix: '%m [%p] %u@%d ',
    // A failed statement may hold personal data: its error is logged, its text is not.
    log_min_error_statement: 'panic',
    // A demo: a crash of the machine may cost the last second, a crash of a process costs nothing.
    synchronous_commit: 'off',
    // Recovers after kill -9 also where shared memory of System V is scarce.
    shared_memory_type: 'mmap',
    dynamic_shared_memory_type: 'mmap',
    ...more,
  }
  return [
    '-D',
    data,
    ...Object.entries(values).flatMap(([key, value]) => ['-c', `${key}=${value}`]),
  ]
}

async function makeCluster(
  binaries: Programs,
  place: PostgresPlace,
  data: string,
  password: string,
): Promise<void> {
  // initdb refuses a directory that is not empty: this one has no PG_VERSION, so it was never finished.
  await rm(data, { recursive: true, force: true })
  await mkdir(data, { mode: 0o700 })
  const passwordFile = join(place.directory, 'initdb-password')
  await writeFile(passwordFile, password, { mode: 0o600 })
  if (place.user !== undefined) {
    await chown(data, place.user.uid, place.user.gid)
    await chown(passwordFile, place.user.uid, place.user.gid)
  }
  const options = ['-D', data, '-U', superuser, `--pwfile=${passwordFile}`, '--no-sync']
  const child = spawn(
    binaries.initdb,
    [...options, '--auth=scram-sha-256', '--encoding=UTF8', '--locale=C', '--no-instructions'],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
      cwd: place.directory,
      env: { LC_ALL: 'C', TZ: 'UTC' },
      ...place.user,
    },
  )
  let said = ''
  child.stderr.on('data', (bytes: Buffer) => {
    if (said.length < 4096) said += bytes.toString('utf8')
  })
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject)
      child.once('exit', resolve)
    })
    if (code !== 0) throw new Error(said.trim() || `initdb ended with code ${code}`)
  } catch (cause) {
    await rm(data, { recursive: true, force: true })
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new GatetrailError('DEMO_FAILED', `the demo's PostgreSQL cannot be set up: ${reason}`, {
      hint: 'as root, the demo needs a user "nobody" and the right to change to it; or start it as a normal user',
      cause,
    })
  } finally {
    await rm(passwordFile, { force: true })
  }
}

/** A server that outlived a killed shell still holds the data directory; a stale postmaster.pid may name a stranger. */
async function endOrphan(data: string): Promise<void> {
  const pid = await serverPid(data)
  if (pid === undefined) return
  if (await isServerOf(pid, data)) {
    signal(pid, 'SIGINT')
    for (let waitedMs = 0; waitedMs < stopMsMax && alive(pid); waitedMs += 50) await sleep(50)
    if (alive(pid)) signal(pid, 'SIGKILL')
    for (let waitedMs = 0; waitedMs < 1000 && alive(pid); waitedMs += 50) await sleep(50)
  }
  await rm(join(data, 'postmaster.pid'), { force: true })
}

async function serverPid(data: string): Promise<number | undefined> {
  const text = await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '')
  const pid = Number(text.split('\n')[0])
  return Number.isInteger(pid) && pid > 1 ? pid : undefined
}

async function isServerOf(pid: number, data: string): Promise<boolean> {
  if (!alive(pid)) return false
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => undefined)
  // Without /proc (macOS) PostgreSQL's own check decides: it refuses to start beside a living process of that number.
  return command !== undefined && command.includes('postgres') && command.includes(data)
}

function alive(pid: number): boolean {
  return signal(pid, 0)
}

function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, name)
    return true
  } catch {
    return false // ESRCH: it has ended. EPERM cannot be: it is ours.
  }
}

async function untilReady(child: ChildProcess, port: number, password: string): Promise<void> {
  const deadline = performance.now() + startMsMax
  for (;;) {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) {
      throw new Error('it ended at once')
    }
    const client = new Client({
      host: '127.0.0.1',
      port,
      database: 'postgres',
      user: superuser,
      password,
      connectionTimeoutMillis: 2_000,
    })
    client.on('error', () => undefined) // Told by connect() below.
    try {
      await client.connect()
      await client.end()
      return
    } catch (error) {
      if (performance.now() > deadline) throw error
      await sleep(50)
    }
  }
}

/** Appends, so that the reason of a crash is kept; starts anew once the log is large. */
function openLog(file: string): number {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0
  return openSync(file, size > logBytesMax ? 'w' : 'a', 0o600)
}

async function stop(child: ChildProcess, ended: Promise<void>, data: string): Promise<void> {
  child.stdin?.end() // The shell sends SIGINT to the server: fast shutdown.
  const timer = setTimeout(() => {
    void serverPid(data).then((pid) => pid !== undefined && signal(pid, 'SIGKILL'))
  }, stopMsMax)
  await ended
  clearTimeout(timer)
}

async function lastLine(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '')
  return (
    text
      .trimEnd()
      .split('\n')
      .findLast((line) => /FATAL|ERROR|error/.test(line)) ?? 'its log says nothing'
  ).slice(0, 500)
}
