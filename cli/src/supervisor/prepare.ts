/** What a supervisor checks and makes before it starts anything: data directory, lock, (demo:) configuration, settings, addresses. */
import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { prepareDemo, demoPolicies, type PreparedDemo } from '@gatetrail/demo'
import { lockDirectory, type DirectoryLock } from '@gatetrail/eventlog'
import { GatetrailError, type Configuration } from '@gatetrail/schemas'
import { defaultDataDirectory, type CommandContext } from '../commands/context.ts'
import { loadConfiguration } from '../configuration/load.ts'
import { requireSettings } from '../configuration/require-settings.ts'
import { prepareDataDirectory } from './data-directory.ts'
import { planOf, type Plan, type PlatformCommand } from './plan.ts'
import { assertPortsFree } from './ports.ts'

export type PlatformRequest = {
  command: PlatformCommand
  /** Undefined: the demo, which only `up` has. */
  configurationFile: string | undefined
  dataDirectory: string | undefined
  story: boolean
  /** Of the demo; with a configuration file they stand there. */
  ports: { postgres: number; replay: number; operations: number }
}

export type Prepared = {
  /** With the data directory that is used. */
  configuration: Configuration
  file: string
  demo: PreparedDemo | undefined
  plan: Plan
  lock: DirectoryLock
}

/** @throws GatetrailError what keeps it from starting, with nothing left locked */
export async function prepare(
  request: PlatformRequest,
  context: CommandContext,
): Promise<Prepared> {
  const found = await directoryAndFile(request, context)
  try {
    const { configuration } = found
    const plan = planOf(request.command, configuration, {
      demo: found.demo !== undefined,
      cores: availableParallelism(),
    })
    await assertPortsFree(configuration.listen, found.demo !== undefined, plan.listens)
    return { ...found, plan }
  } catch (error) {
    await found.lock.release()
    throw error
  }
}

/** The directory is locked before anything in it is written: the running process of it must not be disturbed. */
async function directoryAndFile(
  request: PlatformRequest,
  context: CommandContext,
): Promise<Omit<Prepared, 'plan'>> {
  const { command, configurationFile, dataDirectory } = request
  const own = (directory: string) => resolve(context.workingDirectory, directory)
  if (configurationFile !== undefined) {
    const loaded = await loadConfiguration(configurationFile, context.workingDirectory)
    if (command !== 'up') requireSettings(command, loaded.configuration, configurationFile)
    const dataDir = dataDirectory === undefined ? loaded.configuration.dataDir : own(dataDirectory)
    await prepareDataDirectory(dataDir)
    const lock = await lockDirectory(dataDir)
    const configuration = { ...loaded.configuration, dataDir }
    return { configuration, file: loaded.file, demo: undefined, lock }
  }
  if (command !== 'up') {
    throw new GatetrailError('USAGE', `gatetrail ${command} needs --config FILE`, {
      hint: 'Only `gatetrail up` has a demo to run without one.',
    })
  }
  const dataDir = own(dataDirectory ?? defaultDataDirectory)
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
