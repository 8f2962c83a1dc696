/**
 * `gatetrail up`, and `proxy`, `ingest`, `replay` on machines of their own, from the first check to the last line: roles, story,
 * banner, and the orderly end, in stages, so that what takes records in gets the last ones of what makes them.
 */
import type { Configuration } from '@gatetrail/schemas'
import type { CommandContext } from '../commands/context.ts'
import { describeError } from '../errors.ts'
import { logFile } from '../log/role-log.ts'
import { openRotatingFile } from '../log/rotating-file.ts'
import { banner } from './banner.ts'
import { firstLink } from './first-link.ts'
import { errorOf, type FromRole, type RoleStart } from './messages.ts'
import { startOperations, type Operations } from './operations.ts'
import type { PlannedProcess } from './plan.ts'
import { prepare, type PlatformRequest, type Prepared } from './prepare.ts'
import { startRole, type RoleProcess } from './role-process.ts'
import { waitForStop } from './wait-for-stop.ts'
import { createWorkerPool, type WorkerPool } from './worker-pool.ts'

const storyMsMax = 60_000
/** Beyond the deadlines of the stages. */
const patienceSpareMs = 400

/** Runs until a signal. @throws what keeps it from starting, with everything it started ended. */
export async function superviseUntilStopped(
  request: PlatformRequest,
  context: CommandContext,
): Promise<void> {
  const startedAtMs = performance.now()
  const prepared = await prepare(request, context)
  const supervisor = new Supervisor(prepared, request, context)
  try {
    const details = await supervisor.start(startedAtMs)
    if (details === undefined) return
    for (const line of banner({
      command: request.command,
      configuration: prepared.configuration,
      configurationFile: prepared.file,
      demo: prepared.demo !== undefined,
      dataDirectoryOption: request.dataDirectory,
      postgresDirectory: details['demo']?.['postgresDirectory'],
      colors: context.colors,
      link: await firstLink(request.command, prepared.configuration),
    })) {
      context.print(line)
    }
    supervisor.step(`ready ${context.colors.dim(seconds(startedAtMs))}`)
    await supervisor.stopped
    supervisor.step('stopping')
  } finally {
    await supervisor.stop()
  }
  supervisor.step('stopped')
}

type Details = Record<string, Record<string, string>>

class Supervisor {
  /** Resolves at the first signal to end. */
  readonly stopped: Promise<void>
  readonly #prepared: Prepared
  readonly #request: PlatformRequest
  readonly #context: CommandContext
  readonly #roles: RoleProcess[] = []
  readonly #pool: WorkerPool | undefined
  readonly #start: Omit<RoleStart, 'label' | 'worker'>
  readonly #drainMs: number
  #ending = false
  #operations: Operations | undefined
  #draining = false
  #storyEnded: (message: FromRole & { type: 'story-ended' }) => void = () => undefined

  constructor(prepared: Prepared, request: PlatformRequest, context: CommandContext) {
    this.#prepared = prepared
    this.#request = request
    this.#context = context
    const { plan, configuration } = prepared
    this.#pool = plan.workers > 1 ? createWorkerPool(plan.workers) : undefined
    this.#drainMs = drainMsOf(prepared)
    const stagesMs = plan.stopStages.reduce((sum, { deadlineMs }) => sum + deadlineMs, 0)
    const hurried = stagesMs + patienceSpareMs
    this.stopped = waitForStop({
      reload: () => this.#of('proxy').forEach((role) => role.send({ type: 'reload' })),
      hurry: () => this.#hurry(),
      killAll: () => this.#roles.forEach((role) => role.kill()),
      patienceMs: { orderly: this.#drainMs + hurried, hurried },
    })
    this.#start = {
      configurationFile: prepared.file,
      dataDirectory: configuration.dataDir,
      workers: plan.workers,
      ...(prepared.demo && {
        demo: { ports: prepared.demo.ports, redirectUris: redirectUris(configuration) },
      }),
    }
  }

  step(line: string): void {
    this.#context.print(`${this.#context.colors.dim('·')} ${line}`)
  }

  /** Undefined if a signal came before all was ready. @throws the error of a role that did not start */
  async start(startedAtMs: number): Promise<Details | undefined> {
    const { plan, configuration, demo } = this.#prepared
    const { colors } = this.#context
    this.step(`starting ${plan.processes.map(({ label }) => label).join(', ')}`)
    const onError = (error: Error) => this.#note(`the PostgreSQL listener failed: ${error.message}`)
    await this.#pool?.open(configuration.listen.postgres, onError)
    const launched = plan.processes.filter(({ worker }) => worker === undefined || worker === 1)
    const roles = launched.map((planned) => this.#launch(planned))
    this.#operations = await startOperations(
      configuration.listen.operations,
      this.#roles,
      plan.processes.length,
    )
    const ready = async (role: RoleProcess) => {
      const details = await role.firstReady
      this.step(`${role.planned.label} is ready ${colors.dim(seconds(startedAtMs))}`)
      return [role.planned.label, details] as const
    }
    const all = async () => {
      const first = roles.map(ready)
      // The first worker makes keys and certificate; the others find them.
      await Promise.race([this.#of('proxy')[0]?.firstReady, Promise.all(first)])
      if (this.#ending) return {}
      const further = plan.processes.filter((planned) => !launched.includes(planned))
      const others = further.map((planned) => ready(this.#launch(planned)))
      return Object.fromEntries(await Promise.all([...first, ...others]))
    }
    const readyAll = all()
    readyAll.catch(() => undefined) // After a signal nobody waits for it.
    const details = await this.#orStopped(readyAll)
    if (details !== undefined && demo !== undefined && this.#request.story) await this.#story()
    return details
  }

  async stop(): Promise<void> {
    const { plan, lock } = this.#prepared
    this.#ending = true
    for (const { roles: names, deadlineMs } of plan.stopStages) {
      const roles = this.#roles.filter(({ planned }) => names.includes(planned.role))
      const drainMs = names.includes('proxy') ? this.#drainMs : 0
      this.#draining = drainMs > 0
      await Promise.all(roles.map((role) => role.stop(deadlineMs, drainMs)))
      this.#draining = false
      // Workers that drain go on to answer cancel requests; now there is none left.
      if (names.includes('proxy')) this.#pool?.close()
    }
    await this.#operations?.close()
    await lock.release()
  }

  #hurry(): boolean {
    if (!this.#draining) return false
    this.#draining = false
    this.step('ending the sessions that are left')
    const stage = this.#prepared.plan.stopStages.find(({ roles }) => roles.includes('proxy'))
    for (const role of this.#of('proxy')) role.hurry(stage?.deadlineMs ?? 0)
    return true
  }

  #launch(planned: PlannedProcess): RoleProcess {
    const { label, worker } = planned
    const pool = worker === undefined ? undefined : this.#pool
    const role: RoleProcess = startRole({
      planned,
      start: { ...this.#start, label, ...(worker !== undefined && { worker }) },
      environment: this.#context.environment,
      output: openRotatingFile(logFile(this.#start.dataDirectory, `${label}.output`)),
      note: (line) => this.#note(line),
      onMessage: (message) => {
        if (message.type === 'told') this.step(message.line)
        else if (message.type === 'story-ended') this.#storyEnded(message)
        else pool?.onMessage(role, message)
      },
      onReady: () => pool?.ready(role),
      onGone: () => pool?.gone(role),
    })
    pool?.add(role)
    this.#roles.push(role)
    return role
  }

  async #story(): Promise<void> {
    const ended = new Promise<FromRole & { type: 'story-ended' }>((resolve, reject) => {
      this.#storyEnded = resolve
      setTimeout(() => reject(new Error('the story took too long')), storyMsMax).unref()
    })
    const proxy = this.#prepared.configuration.listen.postgres
    this.#of('demo').forEach((role) => role.send({ type: 'story', proxy }))
    const message = await this.#orStopped(ended)
    if (message?.failure === undefined) return
    const { colors, note } = this.#context
    describeError(errorOf(message.failure), colors).forEach((line) => note(line))
  }

  #of(name: PlannedProcess['role']): RoleProcess[] {
    return this.#roles.filter(({ planned }) => planned.role === name)
  }

  #orStopped<Result>(result: Promise<Result>): Promise<Result | undefined> {
    return Promise.race([result, this.stopped.then(() => undefined)])
  }

  #note(line: string): void {
    this.#context.note(`${this.#context.colors.yellow('!')} ${line}`)
  }
}

function drainMsOf({ plan, configuration }: Prepared): number {
  const hasProxy = plan.processes.some(({ role }) => role === 'proxy')
  return hasProxy ? Math.round(configuration.proxy.drainSeconds * 1000) : 0
}

/** Where the demo issuer may send people back to. */
function redirectUris(configuration: Configuration): string[] {
  const { publicUrl } = configuration.web
  const port = configuration.listen.replay.slice(configuration.listen.replay.lastIndexOf(':') + 1)
  const bases = [publicUrl ?? `http://${configuration.listen.replay}`, `http://localhost:${port}`]
  return bases.map((base) => new URL(callbackPath, base).href)
}

const callbackPath = '/api/login/callback'

function seconds(sinceMs: number): string {
  return `(${((performance.now() - sinceMs) / 1000).toFixed(1)} s)`
}
