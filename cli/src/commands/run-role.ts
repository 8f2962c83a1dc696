/** gatetrail proxy, ingest and replay: one role on this machine, against Kafka and a ClickHouse server. The work is in supervisor/. */
import type { StandaloneRole } from '../configuration/require-settings.ts'
import { superviseUntilStopped } from '../supervisor/supervise.ts'
import type { CommandContext } from './context.ts'

export type RunRoleOptions = { config?: string; dataDir?: string }

/** A demo's; a role alone has none. */
const noPorts = { postgres: 0, replay: 0, operations: 0 }

export async function runRole(
  command: StandaloneRole,
  { config, dataDir }: RunRoleOptions,
  context: CommandContext,
): Promise<void> {
  await superviseUntilStopped(
    {
      command,
      configurationFile: config,
      dataDirectory: dataDir,
      story: false,
      ports: noPorts,
    },
    context,
  )
}
