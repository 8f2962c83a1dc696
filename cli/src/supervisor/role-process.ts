/**
 * One role as a child process: started, watched, started again with back-off when it dies, stopped in order. The child ends
 * by itself when we are gone: its IPC channel closes (see roles/run-role.ts).
 */
import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { GatetrailError, unreachable } from '@gatetrail/schemas'
import type { RotatingFile } from '../log/rotating-file.ts'
import {
  errorOf,
  fromRoleSchema,
  type FromRole,
  type RoleName,
  type RoleStart,
  type RoleStatus,
  type ToRole,
} from './messages.ts'
import { healthyAfterMs, restartDelayMs } from './restart-delay.ts'

export type RoleProcess = {
  readonly name: RoleName
  readonly state: RoleState
  readonly pid: number | undefined
  /** Resolves at the first ready; rejects with the role's own error if the first start fails. */
  readonly firstReady: Promise<Record<string, string>>
  /** Undefined if it does not answer in time. */
  probe(): Promise<RoleStatus | undefined>
  send(message: ToRole): void
  /** Asks it to end, and ends it after `deadlineMs`. */
  stop(deadlineMs: number): Promise<void>
  /** At once. */
  kill(): void
}

export type RoleState = 'starting' | 'ready' | 'waiting' | 'stopping' | 'stopped'

export type RoleOptions = {
  name: RoleName
  start: RoleStart
  /** What the role writes to stdout and stderr: crashes, mostly. */
  output: RotatingFile
  /** Lines for the terminal. */
  note(line: string): void
  /** Messages that are not about the life of the process. */
  onMessage?(message: FromRole): void
}

const probeMsMax = 2_000

export function startRole(options: RoleOptions): RoleProcess {
  const { name, output, note } = options
  const entry = fileURLToPath(new URL(`../roles/${name}.js`, import.meta.url))
  let state: RoleState = 'starting'
  let child: ChildProcess | undefined
  let everReady = false
  let readyAtMs = 0
  let failuresInRow = 0
  let restartTimer: NodeJS.Timeout | undefined
  let probeId = 0
  const probes = new Map<number, (status: RoleStatus | undefined) => void>()
  let settleFirst: (result: Record<string, string> | Error) => void = () => undefined
  const firstReady = new Promise<Record<string, string>>((resolve, reject) => {
    settleFirst = (result) => (result instanceof Error ? reject(result) : resolve(result))
  })
  // Whoever starts a role awaits this; until then a rejection is not unhandled.
  firstReady.catch(() => undefined)

  const launch = () => {
    state = 'starting'
    let failed: Error | undefined
    const launched = fork(entry, [], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      serialization: 'json',
      // Frames live for one turn of the event loop: a small young generation costs no time here and saves tens of MiB.
      execArgv: [...process.execArgv, '--max-semi-space-size=4'],
    })
    child = launched
    launched.stdout?.on('data', (bytes: Buffer) => output.write(bytes.toString('utf8')))
    launched.stderr?.on('data', (bytes: Buffer) => output.write(bytes.toString('utf8')))
    launched.on('error', (error) => {
      failed ??= error
    })
    launched.on('message', (raw) => {
      const parsed = fromRoleSchema.safeParse(raw)
      if (!parsed.success) return
      const message = parsed.data
      switch (message.type) {
        case 'ready':
          state = 'ready'
          readyAtMs = performance.now()
          if (everReady) note(`the ${name} process is back`)
          everReady = true
          settleFirst(message.details)
          break
        case 'failed':
          failed = errorOf(message.failure)
          break
        case 'status':
          probes.get(message.id)?.(message.status)
          break
        case 'note':
          note(message.line)
          break
        case 'told':
        case 'story-ended':
          options.onMessage?.(message)
          break
        default:
          unreachable(message)
      }
    })
    launched.once('close', (code, signal) => {
      child = undefined
      for (const settle of probes.values()) settle(undefined)
      if (state === 'stopping' || state === 'stopped') {
        state = 'stopped'
        return
      }
      const how = signal === null ? `exit code ${code ?? '?'}` : signal
      if (!everReady) {
        state = 'stopped'
        settleFirst(
          failed ??
            new GatetrailError('DEMO_FAILED', `the ${name} process ended at its start (${how})`, {
              hint: `its output is in log/${name}.output.log of the data directory`,
            }),
        )
        return
      }
      const healthy = state === 'ready' && performance.now() - readyAtMs >= healthyAfterMs
      failuresInRow = healthy ? 1 : failuresInRow + 1
      const delayMs = restartDelayMs(failuresInRow)
      const why = failed === undefined ? how : failed.message
      note(`the ${name} process died (${why}); starting it again in ${delayMs} ms`)
      state = 'waiting'
      restartTimer = setTimeout(launch, delayMs)
    })
    send({ type: 'start', start: options.start })
  }
  const send = (message: ToRole) => {
    // A channel that has closed: the process is ending, and 'close' says what comes next.
    if (child?.connected === true) child.send(message, () => undefined)
  }

  launch()
  return {
    name,
    get state() {
      return state
    },
    get pid() {
      return child?.pid
    },
    firstReady,
    probe: () => {
      if (child === undefined || state !== 'ready') return Promise.resolve(undefined)
      const id = probeId++
      return new Promise((resolve) => {
        const settle = (status: RoleStatus | undefined) => {
          clearTimeout(timer)
          probes.delete(id)
          resolve(status)
        }
        const timer = setTimeout(() => settle(undefined), probeMsMax)
        probes.set(id, settle)
        send({ type: 'probe', id })
      })
    },
    send,
    stop: async (deadlineMs) => {
      clearTimeout(restartTimer)
      const stopping = child
      if (stopping === undefined || state === 'stopped') {
        state = 'stopped'
        return
      }
      state = 'stopping'
      await new Promise<void>((resolve) => {
        const timer = setTimeout(() => {
          note(`the ${name} process did not end in ${deadlineMs} ms: killed`)
          stopping.kill('SIGKILL')
        }, deadlineMs)
        stopping.once('close', () => {
          clearTimeout(timer)
          resolve()
        })
        send({ type: 'stop' })
      })
    },
    kill: () => {
      clearTimeout(restartTimer)
      state = 'stopped'
      child?.kill('SIGKILL')
    },
  }
}
