/** gatetrail policy check: reads policies as the proxy would, and says where they are wrong. */
import { resolve } from 'node:path'
import { GatetrailError } from '@gatetrail/schemas'
import type { Command } from 'commander'
import { loadConfiguration } from '../configuration/load.ts'
import type { CommandContext } from './context.ts'

type CheckOptions = { config?: string; json?: true }

export function registerPolicy(program: Command, context: CommandContext): void {
  const policy = program.command('policy').description('work with Cedar policies')
  policy
    .command('check')
    .description('check that policies parse and fit the schema, without starting anything')
    .argument('[files...]', 'Cedar files or globs; left out: those of the configuration')
    .option('--config <file>', 'the configuration that names the policies', 'gatetrail.yaml')
    .option('--json', 'print one JSON object')
    .action(async (files: string[], options: CheckOptions) => {
      const patterns = await patternsOf(files, options, context)
      // Loaded here: the proxy brings two large WebAssembly modules that no other command needs.
      const { createPolicyStore } = await import('@gatetrail/proxy')
      const store = await createPolicyStore({
        patterns,
        baseDirectory: context.workingDirectory,
        watchFiles: false,
      })
      const { hash, policies, warnings } = store.current()
      store.close()
      for (const warning of warnings) context.note(`warning: ${warning}`)
      if (options.json === true) context.print(JSON.stringify({ hash, policies, warnings }))
      else context.print(`${policies.length} policies are valid (set ${hash.slice(0, 12)})`)
    })
}

async function patternsOf(
  files: readonly string[],
  options: CheckOptions,
  context: CommandContext,
): Promise<string[]> {
  if (files.length > 0) return files.map((file) => resolve(context.workingDirectory, file))
  if (options.config === undefined) throw new GatetrailError('USAGE', 'name files or --config')
  const loaded = await loadConfiguration(options.config, context.workingDirectory)
  return loaded.configuration.policies
}
