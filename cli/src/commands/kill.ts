/** gatetrail kill: ends one session, wherever it is. */
import type { Command } from 'commander'
import { controlApi } from '@gatetrail/replay-api'
import { GatetrailError } from '@gatetrail/schemas'
import { openApi, type ApiOptions } from './api-client.ts'
import type { CommandContext } from './context.ts'
import { printPublished } from './revocations.ts'

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

export function registerKill(program: Command, context: CommandContext): void {
  program
    .command('kill')
    .description('end a session at once; its statement at the target is cancelled')
    .argument('<session>', 'its id, as gatetrail sessions shows it')
    .option('--reason <text>', 'for the trail', 'killed by an administrator')
    .option('--json', 'one JSON object')
    .option('--config <file>', 'gatetrail.yaml of the platform; left out: the demo')
    .option('--data-dir <directory>', 'where the platform keeps its data')
    .action(async (session: string, options: ApiOptions & { reason: string; json?: true }) => {
      checkSession(session)
      const body = {
        action: 'kill' as const,
        target: { type: 'session' as const, session: session.toLowerCase() },
        reason: options.reason,
      }
      const api = await openApi(context, options)
      const { revocation } = await api.ask(controlApi.revoke, { body })
      printPublished(revocation, context, options.json === true)
    })
}

/** @throws GatetrailError USAGE */
export function checkSession(session: string): void {
  if (!uuid.test(session)) {
    throw new GatetrailError('USAGE', `"${session}" is no session`, {
      hint: 'gatetrail sessions lists their ids.',
    })
  }
}
