/** gatetrail deploy: makes what Gatetrail needs in the systems beside it, and holds what is there against it. */
import type { Command } from 'commander'
import type { CommandContext } from './context.ts'
import { registerDeployClickhouse } from './deploy-clickhouse.ts'
import { registerDeployKafka } from './deploy-kafka.ts'

export function registerDeploy(program: Command, context: CommandContext): void {
  const deploy = program
    .command('deploy')
    .description('make and check what is needed in Kafka and ClickHouse')
  registerDeployKafka(deploy, context)
  registerDeployClickhouse(deploy, context)
}
