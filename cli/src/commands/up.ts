/** gatetrail up: the whole platform on one machine; without --config the demo. The work is in supervisor/. */
import { GatetrailError } from '@gatetrail/schemas'
import type { Command } from 'commander'
import { superviseUntilStopped } from '../supervisor/supervise.ts'
import type { CommandContext } from './context.ts'

type UpOptions = {
  config?: string
  dataDir?: string
  story: boolean
  portPostgres?: number
  portWeb?: number
  portOperations?: number
}

export function registerUp(program: Command, context: CommandContext): void {
  program
    .command('up')
    .description('run the platform on this machine; without --config: the demo')
    .option(
      '--config <file>',
      'gatetrail.yaml; left out: the demo with its own PostgreSQL and issuer',
    )
    .option(
      '--data-dir <directory>',
      'where everything is kept (default: .gatetrail, or what the file says)',
    )
    .option('--no-story', 'demo: do not play the story')
    .option('--port-postgres <port>', 'demo: where psql connects (15432)', port)
    .option('--port-web <port>', 'demo: the web app (8090)', port)
    .option('--port-operations <port>', 'demo: /healthz, /readyz, /metrics (8091)', port)
    .action(async (options: UpOptions) => {
      const { portPostgres, portWeb, portOperations } = options
      const anyPort = portPostgres ?? portWeb ?? portOperations
      if (options.config !== undefined && anyPort !== undefined) {
        throw new GatetrailError('USAGE', '--port-… is for the demo', {
          hint: 'with --config, set the addresses below "listen" in the file',
        })
      }
      await superviseUntilStopped(
        {
          command: 'up',
          configurationFile: options.config,
          dataDirectory: options.dataDir,
          story: options.story,
          ports: {
            postgres: portPostgres ?? 15_432,
            replay: portWeb ?? 8090,
            operations: portOperations ?? 8091,
          },
        },
        context,
      )
    })
}

function port(text: string): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < 1 || value > 65_535) {
    throw new GatetrailError('USAGE', `"${text}" is not a port: 1 to 65535`)
  }
  return value
}
