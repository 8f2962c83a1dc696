/** gatetrail token: a short-lived token of the demo issuer, alone on stdout, so that it fits into $( … ). */
import { requestDemoToken } from '@gatetrail/demo'
import { GatetrailError } from '@gatetrail/schemas'
import type { Command } from 'commander'
import { dataDirectoryOf, type CommandContext } from './context.ts'

const runIdPattern = /^[A-Za-z0-9._-]{1,64}$/

export function registerToken(program: Command, context: CommandContext): void {
  program
    .command('token')
    .description(
      'print a short-lived token of a demo account: PGPASSWORD=$(gatetrail token nightly-train)',
    )
    .argument('<name>', 'nightly-train, backup-agent, report-agent, fraud-analyst, auditor or dba')
    .option('--run <id>', 'the run that the token is for; left out: a new run each time')
    .option('--data-dir <directory>', 'where the demo keeps its data', '.gatetrail')
    .option('--json', 'print token, run and expiry as one JSON object')
    .action(async (name: string, options: { run?: string; dataDir: string; json?: true }) => {
      if (options.run !== undefined && !runIdPattern.test(options.run)) {
        throw new GatetrailError(
          'USAGE',
          'a run id has at most 64 letters, digits, dots, dashes and underscores',
        )
      }
      const directory = dataDirectoryOf(context, options.dataDir)
      const minted = await requestDemoToken(directory, name, options.run)
      context.print(options.json === true ? JSON.stringify(minted) : minted.token)
    })
}
