/** One `gatetrail up | proxy | ingest | replay` with its child processes, as on a machine of its own: started, stopped, killed, paused. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gatetrailCommand } from './platform.ts'
import type { Ports } from './configuration.ts'

/** On a machine that many share, a start takes its time. */
const readyMsMax = 120_000

export type Readiness = {
  ready: boolean
  /** By process: `proxy`, `proxy-2`, `shipper`, … */
  roles: Record<string, { ready: boolean; notes: string[] }>
}

export class RoleRunner {
  readonly command: 'up' | 'proxy' | 'ingest' | 'replay'
  /** `proxy-0`, `ingest-1`, … */
  readonly name: string
  readonly directory: string
  readonly dataDirectory: string
  readonly configurationFile: string
  readonly ports: Ports
  /** What it printed, of all its runs. */
  output = ''
  #process: ChildProcess | undefined

  constructor(of: {
    command: RoleRunner['command']
    name: string
    directory: string
    configurationFile: string
    ports: Ports
  }) {
    this.command = of.command
    this.name = of.name
    this.directory = of.directory
    this.dataDirectory = join(of.directory, 'data')
    this.configurationFile = of.configurationFile
    this.ports = of.ports
  }

  /** Of the supervisor. */
  get pid(): number | undefined {
    return this.#process?.pid
  }

  get running(): boolean {
    const process = this.#process
    return process !== undefined && process.exitCode === null && process.signalCode === null
  }

  /** Starts it; returns when it says that it is ready. */
  async start(): Promise<void> {
    this.launch()
    await this.untilReady()
  }

  /** Starts it and does not wait. */
  launch(): void {
    const child = spawn(
      process.execPath,
      [gatetrailCommand, this.command, '--config', this.configurationFile],
      { stdio: ['ignore', 'pipe', 'pipe'], cwd: this.directory },
    )
    this.#process = child
    const collect = (bytes: Buffer) => {
      this.output += bytes.toString('utf8')
    }
    child.stdout.on('data', collect)
    child.stderr.on('data', collect)
  }

  /** What /readyz says; undefined while nobody answers. */
  async readiness(): Promise<Readiness | undefined> {
    const response = await fetch(`http://127.0.0.1:${this.ports.operations}/readyz`).catch(
      () => undefined,
    )
    return response === undefined ? undefined : ((await response.json()) as Readiness)
  }

  /** Waits until all of its processes are ready. */
  async untilReady(): Promise<void> {
    const until = Date.now() + readyMsMax
    for (;;) {
      if (!this.running) throw new Error(`${this.name} ended:\n${await this.logs()}`)
      const said = await this.readiness()
      const roles = Object.values(said?.roles ?? {})
      if (said?.ready === true && roles.every(({ ready }) => ready)) return
      if (Date.now() > until) {
        throw new Error(`${this.name} is not ready: ${JSON.stringify(said)}\n${await this.logs()}`)
      }
      await sleep(50)
    }
  }

  /** Its /metrics. */
  async metrics(): Promise<string> {
    return (await fetch(`http://127.0.0.1:${this.ports.operations}/metrics`)).text()
  }

  /** The sum of all samples of a metric; 0 if there is none. */
  async metric(name: string): Promise<number> {
    const samples = (await this.metrics())
      .split('\n')
      .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    return samples.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0)
  }

  /** Pids of its child processes of a role: `proxy` (several with workers), `shipper`, `ingest`, `replay`. */
  async rolePids(role: string): Promise<number[]> {
    const found: number[] = []
    for (const pid of await this.#children()) {
      const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
      if (command.includes(`roles/${role}.js`)) found.push(pid)
    }
    return found
  }

  /** kill -9 of the child processes of a role; the supervisor starts them again. Returns how many there were. */
  async killRole(role: string): Promise<number> {
    const pids = await this.rolePids(role)
    for (const pid of pids) signal(pid, 'SIGKILL')
    return pids.length
  }

  /** SIGSTOP or SIGCONT for the child processes of a role. */
  async signalRole(role: string, name: 'SIGSTOP' | 'SIGCONT'): Promise<void> {
    for (const pid of await this.rolePids(role)) signal(pid, name)
  }

  /** kill -9 of all at once, as when a machine is lost: nobody gets to end in order. */
  async kill(): Promise<void> {
    const child = this.#process
    if (child?.pid === undefined || !this.running) return
    const ended = once(child, 'close')
    signal(child.pid, 'SIGSTOP') // It must not start again whom we kill, nor they see it go.
    const children = await this.#children()
    for (const pid of children) signal(pid, 'SIGSTOP')
    for (const pid of [...children, child.pid]) signal(pid, 'SIGKILL')
    await ended
  }

  /** SIGTERM, and its exit code once it has ended. */
  async stop(): Promise<number | null> {
    const child = this.#process
    if (child?.pid === undefined) return null
    if (this.running) {
      const ended = once(child, 'close')
      signal(child.pid, 'SIGTERM')
      await ended
    }
    return child.exitCode
  }

  /** What to read when a test fails. */
  async logs(): Promise<string> {
    const directory = join(this.dataDirectory, 'log')
    const parts = [`--- ${this.name}\n${this.output}`]
    for (const name of await readdir(directory).catch(() => [])) {
      const text = await readFile(join(directory, name), 'utf8')
      parts.push(`--- ${this.name} ${name}\n${text.slice(-4_000)}`)
    }
    return parts.join('\n')
  }

  async #children(): Promise<number[]> {
    const { pid } = this
    const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')
    return text.split(' ').flatMap((part) => (part.trim() === '' ? [] : [Number(part)]))
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // It has ended meanwhile.
  }
}
