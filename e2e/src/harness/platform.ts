/** The built product as people run it: `gatetrail up --config`, its roles as processes, its command line, its API. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { writeConfiguration, type ConfigurationOptions, type Ports } from './configuration.ts'
import type { Programs } from '@gatetrail/demo'
import { createIssuer, type Issuer } from './issuer.ts'
import { freePorts } from './ports.ts'
import { openTarget, type Target } from './postgres.ts'
import { runProcess, type Finished, type RunOptions } from './run-process.ts'

export const gatetrailCommand: string = fileURLToPath(
  new URL('../../../cli/bin/gatetrail.js', import.meta.url),
)

/** The audit process has the lowest priority: on a busy machine it waits. */
const readyMsMax = 90_000

export type Role = 'proxy' | 'audit'

export class Platform {
  readonly directory: string
  readonly dataDirectory: string
  readonly configurationFile: string
  readonly ports: Ports
  readonly issuer: Issuer
  readonly target: Target
  /** What `gatetrail up` printed. */
  output = ''
  /** Everything that the gatetrail command printed in these tests. */
  said = ''
  #process: ChildProcess | undefined

  constructor(of: {
    directory: string
    configurationFile: string
    ports: Ports
    issuer: Issuer
    target: Target
  }) {
    this.directory = of.directory
    this.dataDirectory = join(of.directory, 'data')
    this.configurationFile = of.configurationFile
    this.ports = of.ports
    this.issuer = of.issuer
    this.target = of.target
  }

  get pid(): number | undefined {
    return this.#process?.pid
  }

  get running(): boolean {
    const process = this.#process
    return process !== undefined && process.exitCode === null && process.signalCode === null
  }

  /** Starts `gatetrail up` and waits until all roles are ready. */
  async start(): Promise<void> {
    const child = spawn(
      process.execPath,
      [gatetrailCommand, 'up', '--config', this.configurationFile],
      { stdio: ['ignore', 'pipe', 'pipe'], cwd: this.directory },
    )
    this.#process = child
    const collect = (bytes: Buffer) => {
      this.output += bytes.toString('utf8')
    }
    child.stdout.on('data', collect)
    child.stderr.on('data', collect)
    await this.untilReady()
  }

  /** Waits until one role, or all of them, say that they are ready. */
  async untilReady(role?: Role): Promise<void> {
    const until = Date.now() + readyMsMax
    for (;;) {
      if (!this.running) throw new Error(`gatetrail up ended:\n${await this.logs()}`)
      const response = await fetch(`http://127.0.0.1:${this.ports.operations}/readyz`).catch(
        () => undefined,
      )
      if (response?.status === 200) return
      if (response !== undefined && role !== undefined) {
        const { roles } = (await response.json()) as { roles: Record<Role, { ready: boolean }> }
        if (roles[role]?.ready) return
      }
      if (Date.now() > until) throw new Error(`gatetrail up is not ready:\n${await this.logs()}`)
      await sleep(50)
    }
  }

  /** Pid of a role, a child of the supervisor; undefined while it is not there. */
  async rolePid(role: Role): Promise<number | undefined> {
    const supervisor = this.#process?.pid
    if (supervisor === undefined) return undefined
    const path = `/proc/${supervisor}/task/${supervisor}/children`
    const children = await readFile(path, 'utf8').catch(() => '')
    for (const pid of children.split(' ').filter((text) => text !== '')) {
      const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
      if (command.includes(`roles/${role}.js`)) return Number(pid)
    }
    return undefined
  }

  /** kill -9 of one role. Returns whether it was there. */
  async killRole(role: Role): Promise<boolean> {
    const pid = await this.rolePid(role)
    if (pid === undefined) return false
    process.kill(pid, 'SIGKILL')
    return true
  }

  /** Ends it as Ctrl-C does. Returns its exit code. */
  async stop(): Promise<number | null> {
    const child = this.#process
    if (child === undefined || child.pid === undefined) return null
    if (child.exitCode === null && child.signalCode === null) {
      const closed = once(child, 'close')
      process.kill(child.pid, 'SIGINT')
      await closed
    }
    return child.exitCode
  }

  /** The gatetrail command against this platform. */
  async cli(args: readonly string[], options: RunOptions = {}): Promise<Finished> {
    const finished = await runProcess(
      process.execPath,
      [gatetrailCommand, ...args, '--config', this.configurationFile],
      options,
    )
    this.said += finished.stdout + finished.stderr
    return finished
  }

  /** As `cli`, one JSON object per line. @throws Error if the command failed */
  async cliJson<Line>(args: readonly string[]): Promise<Line[]> {
    const { code, stdout, stderr } = await this.cli([...args, '--json'])
    if (code !== 0) throw new Error(`gatetrail ${args.join(' ')} ended with ${code}: ${stderr}`)
    return stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Line)
  }

  async api<Answer>(path: string, init: RequestInit = {}): Promise<Answer> {
    const token = (await readFile(join(this.dataDirectory, 'local-token'), 'utf8')).trim()
    const headers = new Headers(init.headers)
    headers.set('authorization', `Bearer ${token}`)
    const response = await fetch(`http://127.0.0.1:${this.ports.replay}${path}`, {
      ...init,
      headers,
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${path}: HTTP ${response.status} ${text}`)
    this.said += text
    return JSON.parse(text) as Answer
  }

  /** Waits until all that is on record now is in the store. */
  async settle(): Promise<void> {
    await this.api('/api/ingest/idle', { method: 'POST' })
  }

  /** Everything for a stock client but the password. */
  get clientEnvironment(): Record<string, string> {
    return {
      PGHOST: '127.0.0.1',
      PGPORT: String(this.ports.postgres),
      PGDATABASE: 'orders',
      PGUSER: 'anybody',
      PGCONNECT_TIMEOUT: '10',
      PSQLRC: '/dev/null',
      PSQL_HISTORY: '/dev/null',
      LC_ALL: 'C.UTF-8',
    }
  }

  /** Stock psql through the proxy. */
  psql(token: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
    return runProcess('psql', ['-X', ...args], {
      ...options,
      env: { ...this.clientEnvironment, PGPASSWORD: token, ...options.env },
    })
  }

  /** What to read when a test fails. */
  async logs(): Promise<string> {
    const directory = join(this.dataDirectory, 'log')
    const parts = [this.output]
    for (const name of await readdir(directory).catch(() => [])) {
      const text = await readFile(join(directory, name), 'utf8')
      parts.push(`--- ${name}\n${text.slice(-4_000)}`)
    }
    return parts.join('\n')
  }

  async close(): Promise<void> {
    await this.stop()
    await this.target.close()
    await rm(this.directory, { recursive: true, force: true })
  }
}

/** A target, an issuer and a configured platform that has not been started. `prepare` fills the target. */
export async function createPlatform(
  options: Pick<
    ConfigurationOptions,
    'columns' | 'journal' | 'connections' | 'listen' | 'proxy' | 'sections'
  > & {
    prepare: (target: Target) => Promise<void>
    /** Of another PostgreSQL than npm's. */
    programs?: Programs
    /** Of the target. */
    targetSettings?: Readonly<Record<string, string>>
  },
): Promise<Platform> {
  const directory = await mkdtemp(join(tmpdir(), 'gatetrail-e2e-'))
  const target = await openTarget(directory, options.programs, options.targetSettings)
  try {
    await options.prepare(target)
    const issuer = await createIssuer()
    const [postgres = 0, replay = 0, operations = 0] = await freePorts(3)
    const ports = { postgres, replay, operations }
    const { columns, journal, connections, listen, proxy, sections } = options
    const configurationFile = await writeConfiguration({
      directory,
      issuer,
      ports,
      targetPort: target.port,
      ...(columns === undefined ? {} : { columns }),
      ...(journal === undefined ? {} : { journal }),
      ...(connections === undefined ? {} : { connections }),
      ...(listen === undefined ? {} : { listen }),
      ...(proxy === undefined ? {} : { proxy }),
      ...(sections === undefined ? {} : { sections }),
    })
    return new Platform({ directory, configurationFile, ports, issuer, target })
  } catch (error) {
    await target.close()
    throw error
  }
}

/** Every file below `directory`, with its bytes. */
export async function readAllFiles(directory: string): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>()
  for (const entry of await readdir(directory, { recursive: true }).catch(() => [])) {
    const path = join(directory, entry)
    const status = await stat(path).catch(() => undefined)
    if (status?.isFile() === true) found.set(path, await readFile(path))
  }
  return found
}
