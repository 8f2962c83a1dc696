/**
 * `gatetrail up` from its first check to its last line: data directory, (demo:) configuration, roles, story, banner, and
 * the orderly end. The proxy ends first, so that the audit process takes in the last records of its sessions.
 */
import { resolve } from 'node:path'
import { prepareDemo, demoPolicies, type PreparedDemo } from '@gatetrail/demo'
import { lockDirectory } from '@gatetrail/eventlog'
import { type Configuration } from '@gatetrail/schemas'
import { defaultDataDirectory, type CommandContext } from '../commands/context.ts'
import { loadConfiguration } from '../configuration/load.ts'
import { describeError } from '../errors.ts'
import { logFile } from '../log/role-log.ts'
import { openRotatingFile } from '../log/rotating-file.ts'
import { banner } from './banner.ts'
import { prepareDataDirectory } from './data-directory.ts'
import { errorOf, type FromRole, type RoleName, type RoleStart } from './messages.ts'
import { startOperations } from './operations.ts'
import { assertPortsFree } from './ports.ts'
import { startRole, type RoleProcess } from './role-process.ts'
import { waitForStop } from './wait-for-stop.ts'

export type UpRequest = {
  /** Undefined: the demo. */
  configurationFile: string | undefined
  dataDirectory: string | undefined
  story: boolean
  /** Of the demo; with a configuration file they stand there. */
  ports: { postgres: number; replay: number; operations: number }
}

/** Each less than what is left of ten seconds. */
const proxyStopMsMax = 5_300
const othersStopMsMax = 4_000
const storyMsMax = 60_000

/** Runs until a signal. @throws what keeps it from starting, with everything it started ended. */
export async function superviseUntilStopped(
  request: UpRequest,
  context: CommandContext,
): Promise<void> {
  const startedAtMs = performance.now()
  const { colors } = context
  const step = (line: string) => context.print(`${colors.dim('·')} ${line}`)
  const { configuration, file, demo, lock } = await prepare(request, context)
  const dataDirectory = configuration.dataDir
  try {
    await assertPortsFree(configuration.listen, demo !== undefined)
  } catch (error) {
    await lock.release()
    throw error
  }
  const roles: RoleProcess[] = []
  let operations: { close(): Promise<void> } | undefined
  let storyEnded: (message: FromRole & { type: 'story-ended' }) => void = () => undefined
  const stopped = waitForStop({
    reload: () => roles.find(({ name }) => name === 'proxy')?.send({ type: 'reload' }),
    killAll: () => roles.forEach((role) => role.kill()),
  })

  const start: RoleStart = {
    configurationFile: file,
    dataDirectory,
    ...(demo && { demo: { ports: demo.ports, redirectUris: redirectUris(configuration) } }),
  }
  const launch = (name: RoleName) => {
    const role = startRole({
      name,
      start,
      output: openRotatingFile(logFile(dataDirectory, `${name}.output`)),
      note: (line) => context.note(`${colors.yellow('!')} ${line}`),
      onMessage: (message) => {
        if (message.type === 'told') step(message.line)
        else if (message.type === 'story-ended') storyEnded(message)
      },
    })
    roles.push(role)
    return role
  }
  const stopAll = async () => {
    await operations?.close()
    await roles.find(({ name }) => name === 'proxy')?.stop(proxyStopMsMax)
    await Promise.all(roles.map((role) => role.stop(othersStopMsMax)))
    await lock.release()
  }

  try {
    const names: RoleName[] = demo === undefined ? ['audit', 'proxy'] : ['demo', 'audit', 'proxy']
    step(`starting ${names.join(', ')}`)
    for (const name of names) launch(name)
    operations = await startOperations(configuration.listen.operations, roles)
    const readyAll = Promise.all(
      roles.map(async (role) => {
        const details = await role.firstReady
        step(`${role.name} is ready ${colors.dim(seconds(startedAtMs))}`)
        return [role.name, details] as const
      }),
    )
    const outcome = await Promise.race([readyAll, stopped.then(() => undefined)])
    if (outcome === undefined) return
    if (demo !== undefined && request.story) {
      const ended = new Promise<FromRole & { type: 'story-ended' }>((resolve, reject) => {
        storyEnded = resolve
        setTimeout(() => reject(new Error('the story took too long')), storyMsMax).unref()
      })
      roles
        .find(({ name }) => name === 'demo')
        ?.send({
          type: 'story',
          proxy: configuration.listen.postgres,
        })
      const message = await Promise.race([ended, stopped.then(() => undefined)])
      if (message?.failure !== undefined) {
        describeError(errorOf(message.failure), colors).forEach((line) => context.note(line))
      }
    }
    const details = Object.fromEntries(outcome)
    for (const line of banner({
      configuration,
      configurationFile: file,
      demo: demo !== undefined,
      dataDirectoryOption: request.dataDirectory,
      postgresDirectory: details['demo']?.['postgresDirectory'],
      colors,
    })) {
      context.print(line)
    }
    step(`ready ${colors.dim(seconds(startedAtMs))}`)
    await stopped
    step('stopping')
  } finally {
    await stopAll()
  }
  step('stopped')
}

type Prepared = {
  configuration: Configuration
  file: string
  demo: PreparedDemo | undefined
  lock: { release(): Promise<void> }
}

/** The directory is locked before anything in it is written: the running `up` of it must not be disturbed. */
async function prepare(request: UpRequest, context: CommandContext): Promise<Prepared> {
  const own = (directory: string) => resolve(context.workingDirectory, directory)
  if (request.configurationFile !== undefined) {
    const loaded = await loadConfiguration(request.configurationFile, context.workingDirectory)
    const dataDir =
      request.dataDirectory === undefined
        ? loaded.configuration.dataDir
        : own(request.dataDirectory)
    await prepareDataDirectory(dataDir)
    const lock = await lockDirectory(dataDir)
    const configuration = { ...loaded.configuration, dataDir }
    return { configuration, file: loaded.file, demo: undefined, lock }
  }
  const dataDir = own(request.dataDirectory ?? defaultDataDirectory)
  await prepareDataDirectory(dataDir)
  const lock = await lockDirectory(dataDir)
  try {
    const { postgres, replay, operations } = request.ports
    const local = (port: number) => `127.0.0.1:${port}`
    const listen = {
      postgres: local(postgres),
      replay: local(replay),
      operations: local(operations),
    }
    const demo = await prepareDemo(dataDir, listen, await demoPolicies())
    const loaded = await loadConfiguration(demo.paths.configuration, context.workingDirectory)
    return { configuration: loaded.configuration, file: loaded.file, demo, lock }
  } catch (error) {
    await lock.release()
    throw error
  }
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
