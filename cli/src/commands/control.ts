/** gatetrail control key: the public key with which this machine's replay instance signs what proxies obey. */
import { join, resolve } from 'node:path'
import { loadControlKey } from '@gatetrail/eventlog'
import { dataFiles } from '@gatetrail/schemas'
import type { Command } from 'commander'
import { loadConfiguration } from '../configuration/load.ts'
import { dataDirectoryOf, type CommandContext } from './context.ts'

export function registerControl(program: Command, context: CommandContext): void {
  program
    .command('control')
    .description('how proxies are told what to end')
    .command('key')
    .description('print the key for control.trustedKeys of proxies; made, if there is none yet')
    .option('--config <file>', 'gatetrail.yaml of the replay instance')
    .option('--data-dir <directory>', 'where the replay instance keeps its data')
    .action(async (options: { config?: string; dataDir?: string }) => {
      const directory = await directoryOf(options, context)
      const { publicKey } = await loadControlKey(join(directory, dataFiles.keys))
      context.print(publicKey)
    })
}

async function directoryOf(
  { config, dataDir }: { config?: string; dataDir?: string },
  context: CommandContext,
): Promise<string> {
  if (dataDir !== undefined || config === undefined) return dataDirectoryOf(context, dataDir)
  const { configuration } = await loadConfiguration(config, context.workingDirectory)
  return resolve(context.workingDirectory, configuration.dataDir)
}
