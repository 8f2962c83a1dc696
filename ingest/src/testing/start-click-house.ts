/**
 * A ClickHouse server for tests: chDB (the same engine) behind ClickHouse's HTTP interface, in a process of its own that can be
 * killed, stopped and started again over the same directory.
 */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export type TestUser = { name: string; password: string; readOnly?: boolean }

export type ToClickHouse =
  | {
      type: 'start'
      directory: string
      port: number
      users: readonly TestUser[]
      database: string
      grants: readonly string[] | undefined
      cluster: string | undefined
    }
  | {
      type: 'refuse'
      matching: string | undefined
      code?: number
      name?: string
      sentence?: string
    }

export type ClickHouseOptions = {
  users: readonly TestUser[]
  /** Made if it does not exist. Default: gatetrail. */
  database?: string
  /** Default: a temporary one, removed by `stop`. */
  directory?: string
  /** Default: a free one, which a restart keeps. */
  port?: number
  /** `GRANT …` statements (without `TO`): then all users may do that and no more, by the engine's own access control. */
  grants?: readonly string[]
  /** Known by this name as a cluster of one shard, so that Distributed tables work. */
  cluster?: string
}

export type TestClickHouse = {
  readonly url: string
  readonly port: number
  readonly directory: string
  readonly pid: number
  /** Statements that match are answered with an exception (default: 210, NETWORK_ERROR); none given: no longer. */
  refuse(matching?: RegExp, exception?: { code: number; name: string; sentence?: string }): void
  /** SIGSTOP: connections are taken by the kernel, nothing is answered. */
  pause(): void
  resume(): void
  /** SIGKILL. */
  kill(): Promise<void>
  /** In order; the directory stays. */
  end(): Promise<void>
  /** Over the same directory and port, after `kill` or `end`. */
  restart(options?: Pick<ClickHouseOptions, 'users' | 'grants'>): Promise<void>
  /** Ends it and removes a temporary directory. */
  stop(): Promise<void>
}

/** @throws Error with what the process said, if it does not start */
export async function startClickHouse(options: ClickHouseOptions): Promise<TestClickHouse> {
  const { database = 'gatetrail', cluster } = options
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), 'gatetrail-clickhouse-')))
  await mkdir(directory, { recursive: true, mode: 0o700 })
  let { users, grants } = options
  let running = await launch()

  async function launch(port = options.port ?? 0) {
    return startProcess({ type: 'start', directory, port, users, database, grants, cluster })
  }
  async function signalled(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const { child } = running
    if (child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill('SIGCONT')
    child.kill(signal)
    const patience = setTimeout(() => child.kill('SIGKILL'), 30_000)
    await exited
    clearTimeout(patience)
  }
  return {
    get url() {
      return `http://127.0.0.1:${running.port}`
    },
    get port() {
      return running.port
    },
    get pid() {
      return running.child.pid ?? 0
    },
    directory,
    refuse(matching, exception) {
      send(running.child, { type: 'refuse', matching: matching?.source, ...exception })
    },
    pause: () => void running.child.kill('SIGSTOP'),
    resume: () => void running.child.kill('SIGCONT'),
    kill: () => signalled('SIGKILL'),
    end: () => signalled('SIGTERM'),
    async restart(changed) {
      if (changed !== undefined) ({ users, grants } = { grants: undefined, ...changed })
      await signalled('SIGTERM')
      running = await launch(running.port)
    },
    async stop() {
      await signalled('SIGTERM')
      if (options.directory === undefined) await rm(directory, { recursive: true, force: true })
    },
  }
}

const startMsMax = 60_000

async function startProcess(start: ToClickHouse): Promise<{ child: ChildProcess; port: number }> {
  // From src in the package's own tests, from dist where a built program runs it.
  const file = fileURLToPath(new URL('../../dist/testing/click-house-process.js', import.meta.url))
  const child = fork(file, {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    execArgv: [],
    // Each statement that runs holds a thread of the pool.
    env: { UV_THREADPOOL_SIZE: '16', TZ: 'UTC' },
  })
  let said = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-4_000)
  })
  send(child, start)
  const signal = AbortSignal.timeout(startMsMax)
  const port = await Promise.race([
    once(child, 'message', { signal }).then(([message]) => {
      const port: unknown = Reflect.get(Object(message), 'port')
      if (typeof port !== 'number') throw new Error('the ClickHouse of the tests said no port')
      return port
    }),
    once(child, 'exit', { signal }).then(() => {
      throw new Error(`the ClickHouse of the tests did not start: ${said}`)
    }),
  ]).catch((error: unknown) => {
    child.kill('SIGKILL')
    throw error
  })
  return { child, port }
}

function send(child: ChildProcess, message: ToClickHouse): void {
  child.send(message)
}
