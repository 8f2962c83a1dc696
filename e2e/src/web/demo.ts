/** The demo as `npm start` runs it, on ports of its own, with a session of escape sequences and one that sees values in clear. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { gatetrailCommand } from '../harness/platform.ts'
import { freePorts } from '../harness/ports.ts'
import { runProcess } from '../harness/run-process.ts'

const readyMsMax = 150_000

export class WebDemo {
  readonly directory: string
  readonly #ports: { postgres: number; replay: number; operations: number }
  readonly #process: ChildProcess
  #output = ''

  private constructor(directory: string, ports: WebDemo['ports']) {
    this.directory = directory
    this.#ports = ports
    const args = [
      ...['up', '--data-dir', directory, '--port-postgres', String(ports.postgres)],
      ...['--port-web', String(ports.replay), '--port-operations', String(ports.operations)],
    ]
    this.#process = spawn(process.execPath, [gatetrailCommand, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const collect = (bytes: Buffer) => {
      this.#output += bytes.toString('utf8')
    }
    this.#process.stdout?.on('data', collect)
    this.#process.stderr?.on('data', collect)
  }

  static async start(): Promise<WebDemo> {
    const directory = await mkdtemp(join(tmpdir(), 'gatetrail-e2e-web-'))
    const [postgres = 0, replay = 0, operations = 0] = await freePorts(3)
    const demo = new WebDemo(directory, { postgres, replay, operations })
    const until = Date.now() + readyMsMax
    while (!demo.#output.includes('Gatetrail is running')) {
      if (demo.#process.exitCode !== null || Date.now() > until) {
        throw new Error(`the demo does not run:\n${demo.#output}\n${await demo.#logs()}`)
      }
      await sleep(100)
    }
    return demo
  }

  get ports() {
    return this.#ports
  }

  get url(): string {
    return `http://127.0.0.1:${this.#ports.replay}`
  }

  /** Sends statements one after the other as this account; refusals and errors are part of it. Returns the rows of all, as shown. */
  async play(account: string, statements: readonly string[]): Promise<Record<string, unknown>[]> {
    const client = await this.connect(account)
    const rows: Record<string, unknown>[] = []
    for (const sql of statements) {
      const answer = await client.query(sql).catch(() => undefined)
      rows.push(...(answer?.rows ?? []))
    }
    await client.end()
    return rows
  }

  /** A session that goes on until the caller ends it. */
  async connect(account: string): Promise<pg.Client> {
    const { code, stdout, stderr } = await runProcess(process.execPath, [
      ...[gatetrailCommand, 'token', account, '--data-dir', this.directory],
    ])
    if (code !== 0) throw new Error(`no token for ${account}: ${stderr}`)
    const client = new pg.Client({
      host: '127.0.0.1',
      port: this.#ports.postgres,
      database: 'orders',
      user: account,
      password: stdout.trim(),
    })
    client.on('error', () => undefined)
    await client.connect()
    return client
  }

  /** Waits until everything on record is in the store. */
  async stored(): Promise<void> {
    const token = (await readFile(join(this.directory, 'local-token'), 'utf8')).trim()
    const response = await fetch(`${this.url}/api/ingest/idle`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
    })
    if (!response.ok) throw new Error(`ingest answered ${response.status}`)
  }

  async stop(): Promise<void> {
    const { pid } = this.#process
    if (pid !== undefined && this.#process.exitCode === null) {
      const closed = once(this.#process, 'close')
      process.kill(pid, 'SIGINT')
      await closed
    }
    const outside = /PostgreSQL: (\/var\/tmp\/gatetrail-demo-[0-9a-f]+)/.exec(this.#output)?.[1]
    if (outside !== undefined) await rm(outside, { recursive: true, force: true })
    await rm(this.directory, { recursive: true, force: true })
  }

  async #logs(): Promise<string> {
    const directory = join(this.directory, 'log')
    const names = await readdir(directory).catch(() => [])
    const texts = await Promise.all(
      names.map(async (name) => (await readFile(join(directory, name), 'utf8')).slice(-2_000)),
    )
    return texts.join('\n')
  }
}
