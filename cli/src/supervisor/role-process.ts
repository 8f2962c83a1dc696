/**
 * One role as a child process: started, watched, started again with back-off when it dies, stopped in order. The child ends
 * by itself when we are gone: its IPC channel closes (see roles/run-role.ts).
 */
import { fork, type ChildProcess } from 'node:child_process'
import type { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { GatetrailError, unreachable } from '@gatetrail/schemas'
import type { RotatingFile } from '../log/rotating-file.ts'
import {
  errorOf,
  fromRoleSchema,
  type FromRole,
  type RoleStart,
  type RoleStatus,
  type ToRole,
} from './messages.ts'
import type { PlannedProcess } from './plan.ts'
import { healthyAfterMs, restartDelayMs } from './restart-delay.ts'

export type RoleProcess = {
  readonly planned: PlannedProcess
  readonly state: RoleState
  readonly pid: number | undefined
  /** Whether it was ready once. */
  readonly everReady: boolean
  /** Resolves at the first ready; rejects with the role's own error if the first start fails. */
  readonly firstReady: Promise<Record<string, string>>
  /** Undefined if it does not answer in time. */
  probe(): Promise<RoleStatus | undefined>
  /** With a socket: a copy of it goes along, ours stays open. Errors are the end of the process, which `onGone` tells. */
  send(message: ToRole, socket?: Socket): void
  /** Asks it to end when its sessions have, or after `drainMs`, and ends it `deadlineMs` later. */
  stop(deadlineMs: number, drainMs?: number): Promise<void>
  /** A stop that waits no longer for sessions. */
  hurry(deadlineMs: number): void
  /** At once. */
  kill(): void
}

export type RoleState = 'starting' | 'ready' | 'waiting' | 'stopping' | 'stopped'

export type RoleOptions = {
  planned: PlannedProcess
  start: RoleStart
  /** The supervisor's own. */
  environment: NodeJS.ProcessEnv
  /** What the role writes to stdout and stderr: crashes, mostly. */
  output: RotatingFile
  /** Lines for the terminal. */
  note(line: string): void
  /** Messages that are not about the life of the process. */
  onMessage?(message: FromRole): void
  onReady?(): void
  /** The process has ended, whether it is started again or not. */
  onGone?(): void
}

const probeMsMax = 2_000

export function startRole(options: RoleOptions): RoleProcess {
  const { planned, output, note } = options
  const { label } = planned
  const entry = fileURLToPath(new URL(`../roles/${planned.role}.js`, import.meta.url))
  let state: RoleState = 'starting'
  let child: ChildProcess | undefined
  let everReady = false
  let readyAtMs = 0
  let failuresInRow = 0
  let restartTimer: NodeJS.Timeout | undefined
  let probeId = 0
  let killTimer: NodeJS.Timeout | undefined
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
      execArgv: [...process.execArgv, ...youngGeneration(planned.role)],
      env: { ...options.environment, ...threads(planned.role) },
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
          if (everReady) note(`the ${label} process is back`)
          everReady = true
          settleFirst(message.details)
          options.onReady?.()
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
        case 'socket-taken':
        case 'sockets-closed':
        case 'cancel':
        case 'cancelled':
        case 'claim':
          options.onMessage?.(message)
          break
        default:
          unreachable(message)
      }
    })
    launched.once('close', (code, signal) => {
      child = undefined
      for (const settle of probes.values()) settle(undefined)
      options.onGone?.()
      if (state === 'stopping' || state === 'stopped') {
        state = 'stopped'
        return
      }
      const how = signal === null ? `exit code ${code ?? '?'}` : signal
      if (!everReady) {
        state = 'stopped'
        settleFirst(
          failed ??
            new GatetrailError('ROLE_FAILED', `the ${label} process ended at its start (${how})`, {
              hint: `its output is in log/${label}.output.log of the data directory`,
            }),
        )
        return
      }
      const healthy = state === 'ready' && performance.now() - readyAtMs >= healthyAfterMs
      failuresInRow = healthy ? 1 : failuresInRow + 1
      const delayMs = restartDelayMs(failuresInRow)
      const why = failed === undefined ? how : failed.message
      note(`the ${label} process died (${why}); starting it again in ${delayMs} ms`)
      state = 'waiting'
      restartTimer = setTimeout(launch, delayMs)
    })
    send({ type: 'start', start: options.start })
  }
  const send = (message: ToRole, socket?: Socket) => {
    // A channel that has closed: the process is ending, and 'close' says what comes next.
    if (child?.connected !== true) return
    if (socket === undefined) child.send(message, () => undefined)
    else child.send(message, socket, { keepOpen: true }, () => undefined)
  }
  const killAfter = (stopping: ChildProcess, ms: number) => {
    clearTimeout(killTimer)
    killTimer = setTimeout(() => {
      note(`the ${label} process did not end in ${ms} ms: killed`)
      stopping.kill('SIGKILL')
    }, ms)
  }

  launch()
  return {
    planned,
    get state() {
      return state
    },
    get pid() {
      return child?.pid
    },
    get everReady() {
      return everReady
    },
    firstReady,
    probe: () => {
      if (child === undefined || (state !== 'ready' && state !== 'stopping'))
        return Promise.resolve(undefined)
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
    stop: async (deadlineMs, drainMs = 0) => {
      clearTimeout(restartTimer)
      const stopping = child
      if (stopping === undefined || state === 'stopped') {
        state = 'stopped'
        return
      }
      state = 'stopping'
      await new Promise<void>((resolve) => {
        killAfter(stopping, drainMs + deadlineMs)
        stopping.once('close', () => {
          clearTimeout(killTimer)
          resolve()
        })
        send({ type: 'stop', drainMs })
      })
    },
    hurry: (deadlineMs) => {
      if (child === undefined || state !== 'stopping') return
      killAfter(child, deadlineMs)
      send({ type: 'stop', drainMs: 0 })
    },
    kill: () => {
      clearTimeout(restartTimer)
      state = 'stopped'
      child?.kill('SIGKILL')
    },
  }
}

/**
 * Frames live for one turn of the event loop: a small young generation costs no time and saves tens of MiB. An answer lives for as long as
 * it is gathered: it would be copied again and again.
 */
function youngGeneration(role: PlannedProcess['role']): string[] {
  return role === 'audit' || role === 'replay' ? [] : ['--max-semi-space-size=4']
}

/**
 * Statements of an embedded store hold a thread of Node's pool each: two questions, two of ingest, two of the read-only endpoint. With the
 * four that there are otherwise, files would wait for them, and answers for the record that they leave.
 */
function threads(role: PlannedProcess['role']): NodeJS.ProcessEnv {
  return role === 'audit' ? { UV_THREADPOOL_SIZE: '8' } : {}
}
