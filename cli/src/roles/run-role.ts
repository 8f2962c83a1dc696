/**
 * What every role does the same: take its start from the supervisor, tell when it is ready, answer probes, and end in order
 * on request, on SIGTERM, and when the supervisor is gone (its IPC channel closes, also by kill -9).
 */
import { Socket } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import type { Configuration } from '@gatetrail/schemas'
import type { Logger } from 'pino'
import { loadConfiguration } from '../configuration/load.ts'
import { openRoleLog } from '../log/role-log.ts'
import {
  failureOf,
  toRoleSchema,
  type FromRole,
  type RoleName,
  type RoleStart,
  type RoleStatus,
  type ToRole,
} from '../supervisor/messages.ts'
import { createWorkerChannel, type WorkerChannel } from './worker-channel.ts'

export type RunningRole = {
  /** Shown by the supervisor: addresses and such. */
  details: Record<string, string>
  status(): RoleStatus | Promise<RoleStatus>
  reload?(): Promise<void>
  play?(proxy: string, tell: (line: string) => void): Promise<void>
  /** Ends in order; with `drainMs` it lets work that is under way end by itself first. Called again with less, it hurries. */
  close(drainMs: number): Promise<void>
}

export type RoleContext = {
  configuration: Configuration
  configurationFile: string
  start: RoleStart
  log: Logger
  environment: NodeJS.ProcessEnv
  /** Only a worker has others. */
  workers: WorkerChannel | undefined
  /** One line for people, on the supervisor's terminal. */
  note(line: string): void
  /** Ends this role so that the supervisor starts it anew. */
  fail(error: unknown): void
}

/** Without a supervisor nobody would kill a role that hangs while it ends. A shipper has the longest way. */
const closeMsMax = 19_000

export function runRole(
  name: RoleName,
  start: (context: RoleContext) => Promise<RunningRole>,
): void {
  // V8 11 (Node 20) aborts the process ("unreachable code" in its Deoptimizer) where it has inlined a call of WebAssembly and
  // gives up the code around it during that call: pgx's own tests ended the proxy so, through the parser. A V8 that no longer
  // knows the option says so in the role's output and goes on.
  setFlagsFromString('--no-turbo-inline-js-wasm-calls')
  let log: Logger | undefined
  let running: RunningRole | undefined
  let channel: WorkerChannel | undefined
  let closing = false
  let drainMs = 0
  let closeTimer: NodeJS.Timeout | undefined

  const send = (message: FromRole) => {
    if (process.connected) process.send?.(message, undefined, undefined, () => undefined)
  }
  const end = (code: number, sessionsMayGoOnMs = 0) => {
    clearTimeout(closeTimer)
    closeTimer = setTimeout(() => process.exit(code || 1), sessionsMayGoOnMs + closeMsMax)
    closeTimer.unref()
    const startedAtMs = performance.now()
    const closed = Promise.resolve(running?.close(sessionsMayGoOnMs))
    if (closing) {
      closed.catch(() => undefined) // The first call tells it.
      return
    }
    closing = true
    closed.then(
      () => {
        log?.info({ ms: Math.round(performance.now() - startedAtMs) }, 'closed')
        process.exit(code)
      },
      (error: unknown) => {
        log?.error({ error: failureOf(error) }, 'did not close in order')
        process.exit(code || 1)
      },
    )
  }
  const fail = (error: unknown) => {
    log?.fatal({ error: failureOf(error), stack: stackOf(error) }, 'the role ends')
    send({ type: 'failed', failure: failureOf(error) })
    end(1)
  }

  // The terminal sends Ctrl-C to the whole group: the order in which roles end is the supervisor's.
  process.on('SIGINT', () => undefined)
  process.on('SIGHUP', () => undefined)
  // A service manager may send it to all processes at once: sessions get the time that they have.
  process.on('SIGTERM', () => end(0, drainMs))
  process.on('disconnect', () => end(0))
  process.on('uncaughtException', fail)
  process.on('unhandledRejection', fail)

  const begin = async (roleStart: RoleStart) => {
    log = openRoleLog(roleStart.dataDirectory, name, roleStart.label)
    const loaded = await loadConfiguration(roleStart.configurationFile, process.cwd())
    drainMs = Math.round(loaded.configuration.proxy.drainSeconds * 1000)
    if (roleStart.worker !== undefined) channel = createWorkerChannel(send)
    running = await start({
      configuration: { ...loaded.configuration, dataDir: roleStart.dataDirectory },
      configurationFile: loaded.file,
      start: roleStart,
      log,
      environment: process.env,
      workers: channel,
      note: (line) => send({ type: 'note', line }),
      fail,
    })
    if (closing) await running.close(0)
    else send({ type: 'ready', details: running.details })
  }
  const handle = async (message: ToRole, socket: Socket | undefined) => {
    switch (message.type) {
      case 'start':
        await begin(message.start)
        return
      case 'stop':
        end(0, message.drainMs)
        return
      case 'probe':
        if (running !== undefined) {
          const status = await running.status()
          const shown = closing
            ? { ...status, ready: false, notes: ['ending', ...status.notes] }
            : status
          send({ type: 'status', id: message.id, status: shown })
        }
        return
      case 'socket':
        if (socket !== undefined) channel?.taken(message.id, socket)
        return
      case 'cancel':
        await channel?.asked(message)
        return
      case 'cancelled':
        channel?.answered(message.id, message.found)
        return
      case 'claimed':
        channel?.claimed(message.id, message.use)
        return
      case 'reload':
        await running?.reload?.()
        return
      case 'story':
        try {
          await running?.play?.(message.proxy, (line) => send({ type: 'told', line }))
          send({ type: 'story-ended' })
        } catch (error) {
          log?.error({ error: failureOf(error) }, 'the story stopped')
          send({ type: 'story-ended', failure: failureOf(error) })
        }
        return
    }
  }
  process.on('message', (raw, handed) => {
    const parsed = toRoleSchema.safeParse(raw)
    const socket = handed instanceof Socket ? handed : undefined
    if (parsed.success) handle(parsed.data, socket).catch(fail)
  })
  if (!process.connected) {
    process.stderr.write(`this is the ${name} role of gatetrail and is started by it\n`)
    process.exitCode = 2
  }
}

function stackOf(error: unknown): string | undefined {
  return error instanceof Error ? error.stack : undefined
}
