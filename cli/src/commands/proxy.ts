/** gatetrail proxy: the proxies of this machine, and the shipper of their journals to Kafka. */
import type { Command } from 'commander'
import type { CommandContext } from './context.ts'
import { runRole, type RunRoleOptions } from './run-role.ts'

export function registerProxy(program: Command, context: CommandContext): void {
  program
    .command('proxy')
    .description('run the proxy of a fleet: sessions here, their records to Kafka')
    .option('--config <file>', 'gatetrail.yaml, with log.kafka')
    .option('--data-dir <directory>', 'journals and keys (default: what the file says)')
    .action((options: RunRoleOptions) => runRole('proxy', options, context))
}
