/** gatetrail deploy kafka: topics with the settings that records need, and the rights of the roles. */
import { dirname } from 'node:path'
import { GatetrailError } from '@gatetrail/schemas'
import type { AclReport, DeployKafkaReport, TopicReport } from '@gatetrail/eventlog'
import type { Command } from 'commander'
import { readKafkaSettings } from '../configuration/kafka-settings.ts'
import { loadConfiguration } from '../configuration/load.ts'
import type { CommandContext } from './context.ts'

type Options = {
  config: string
  dryRun?: true
  json?: true
  proxyUser?: string
  ingestUser?: string
  replayUser?: string
}

export function registerDeployKafka(deploy: Command, context: CommandContext): void {
  deploy
    .command('kafka')
    .description(
      'make the topics of log.kafka, check those that are there, and give users their rights; logs in as log.kafka.sasl',
    )
    .option('--config <file>', 'the configuration', 'gatetrail.yaml')
    .option('--dry-run', 'only say what would be made')
    .option('--proxy-user <name>', 'give this user the rights of proxies')
    .option('--ingest-user <name>', 'give this user the rights of ingest')
    .option('--replay-user <name>', 'give this user the rights of replay')
    .option('--json', 'print one JSON object')
    .action(async (options: Options) => {
      const report = await deployAsAsked(options, context)
      if (options.json === true) context.print(JSON.stringify(report))
      else for (const line of linesOf(report)) context.print(line)
      if (report.right) return
      throw new GatetrailError('KAFKA_TOPIC_INVALID', 'Kafka is not as Gatetrail needs it', {
        hint: 'What differs stands above, with what puts it right. Nothing that was there was changed.',
      })
    })
}

async function deployAsAsked(
  options: Options,
  context: CommandContext,
): Promise<DeployKafkaReport> {
  const { configuration, file } = await loadConfiguration(options.config, context.workingDirectory)
  if (configuration.log === undefined) {
    throw new GatetrailError('CONFIG_INVALID', `${options.config} has no log.kafka`, {
      hint: 'Without it the journals are the log, and there is nothing to deploy.',
    })
  }
  const settings = await readKafkaSettings(configuration.log.kafka, {
    environment: context.environment,
    configurationDirectory: dirname(file),
  })
  const { deployKafka } = await import('@gatetrail/eventlog')
  return deployKafka({
    settings,
    dryRun: options.dryRun === true,
    users: {
      ...(options.proxyUser !== undefined && { proxy: options.proxyUser }),
      ...(options.ingestUser !== undefined && { ingest: options.ingestUser }),
      ...(options.replayUser !== undefined && { replay: options.replayUser }),
    },
  })
}

function linesOf({ topics, acls }: DeployKafkaReport): string[] {
  return [...topics.flatMap(linesOfTopic), ...linesOfAcls(acls)]
}

const topicStates: Record<TopicReport['state'], string> = {
  right: 'as it must be',
  made: 'made',
  missing: 'would be made',
  differs: 'differs:',
}

function linesOfTopic({ topic, state, differences }: TopicReport): string[] {
  return [
    `${topic}: ${topicStates[state]}`,
    ...differences.flatMap(({ setting, is, must, remedy }) => [
      `  ${setting} is ${is}, must be ${must}`,
      `    ${remedy}`,
    ]),
  ]
}

const aclStates: Record<AclReport['state'], string> = {
  right: 'ACLs: as they must be',
  made: 'ACLs: made',
  missing: 'ACLs: would be made',
  off: 'ACLs: the brokers have no authorizer: whoever reaches them may do everything',
  skipped: 'ACLs: not looked at (--proxy-user, --ingest-user, --replay-user)',
}

function linesOfAcls({ state, acls }: AclReport): string[] {
  return [aclStates[state], ...acls.map((acl) => `  ${acl}`)]
}
