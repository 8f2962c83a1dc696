/** What is measured: the server itself, pgbouncer, the bare relay and Gatetrail, all before one PostgreSQL. */
import { fork, spawn, type ChildProcess } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import pg from 'pg'

export type Target = {
  readonly name: 'direct' | 'pgbouncer' | 'bare relay' | 'gatetrail'
  readonly port: number
  readonly user: string
  readonly database: string
  readonly password: string
  /** The process whose CPU and memory are the target's; undefined for the server itself. */
  readonly processId: number | undefined
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port was given')
  return address.port
}

export function findProgram(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin']
  return folders
    .map((folder) => join(folder, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK)
        return true
      } catch {
        return false // Not here; the next folder may have it.
      }
    })
}

export async function startBareRelay(
  postgresPort: number,
): Promise<Target & { stop(): Promise<void> }> {
  const port = await freePort()
  const script = fileURLToPath(new URL('./bare-relay.js', import.meta.url))
  const child = fork(script, [String(port), '127.0.0.1', String(postgresPort)])
  await new Promise((resolve) => child.once('message', resolve))
  return {
    ...{ name: 'bare relay', port, user: 'bench', database: 'bench', password: '' },
    processId: child.pid,
    stop: () => ended(child),
  }
}

/** Undefined where pgbouncer is not installed. In session mode, as Gatetrail has one upstream connection per session. */
export async function startPgbouncer(
  directory: string,
  postgresPort: number,
): Promise<(Target & { stop(): Promise<void> }) | undefined> {
  const program = findProgram('pgbouncer')
  if (program === undefined) return undefined
  const port = await freePort()
  const place = join(directory, 'pgbouncer')
  await mkdir(place, { recursive: true })
  await writeFile(join(place, 'users.txt'), '"bench" ""\n')
  await writeFile(
    join(place, 'pgbouncer.ini'),
    `[databases]
bench = host=127.0.0.1 port=${postgresPort} dbname=bench user=bench
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = trust
auth_file = ${join(place, 'users.txt')}
pool_mode = session
default_pool_size = 100
ignore_startup_parameters = extra_float_digits
log_connections = 0
log_disconnections = 0
`,
  )
  const root = process.getuid?.() === 0
  if (root) for (const file of [directory, place]) await chmod(file, 0o755)
  const child = spawn(program, ['-q', join(place, 'pgbouncer.ini')], {
    stdio: 'ignore',
    ...(root ? { uid: 65_534, gid: 65_534 } : {}),
  })
  await untilAnswers({ port, user: 'bench', database: 'bench', password: '' })
  return {
    ...{ name: 'pgbouncer', port, user: 'bench', database: 'bench', password: '' },
    processId: child.pid,
    stop: () => ended(child),
  }
}

/** Waits until a client can connect. @throws Error with the last reason after `waitMsMax` */
export async function untilAnswers(
  target: Pick<Target, 'port' | 'user' | 'database' | 'password'>,
  waitMsMax = 30_000,
): Promise<void> {
  const deadline = performance.now() + waitMsMax
  for (;;) {
    const client = new pg.Client({ host: '127.0.0.1', ...target, connectionTimeoutMillis: 2_000 })
    client.on('error', () => undefined) // connect() tells.
    try {
      await client.connect()
      await client.end()
      return
    } catch (error) {
      if (performance.now() > deadline) throw error
      await sleep(100)
    }
  }
}

export async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  await exit
}
