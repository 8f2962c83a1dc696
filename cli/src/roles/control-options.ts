/** How a role opens the control log: the topic with Kafka, else the files below `dataDir`. For the roles proxy, audit and replay. */
import { dirname, join } from 'node:path'
import type { OpenControlLogOptions } from '@gatetrail/eventlog'
import { dataFiles } from '@gatetrail/schemas'
import { readKafkaSettings } from '../configuration/kafka-settings.ts'
import type { RoleContext } from './run-role.ts'

/** @throws GatetrailError CONFIG_INVALID, CREDENTIAL_UNAVAILABLE */
export async function controlOptions({
  configuration,
  configurationFile,
  environment,
  log,
}: Pick<
  RoleContext,
  'configuration' | 'configurationFile' | 'environment' | 'log'
>): Promise<OpenControlLogOptions> {
  const { dataDir, control } = configuration
  const kafka = configuration.log?.kafka
  return {
    trustedKeys: control.trustedKeys,
    keysDirectory: join(dataDir, dataFiles.keys),
    directory: join(dataDir, dataFiles.control),
    ...(kafka && {
      kafka: await readKafkaSettings(kafka, {
        environment,
        configurationDirectory: dirname(configurationFile),
      }),
    }),
    log,
  }
}
