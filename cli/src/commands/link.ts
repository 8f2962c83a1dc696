/** gatetrail link: an address that opens the web app in one browser, once. For machines without an issuer to sign in with. */
import { platformApi } from '@gatetrail/replay-api'
import type { Command } from 'commander'
import { openApi, type ApiOptions } from './api-client.ts'
import type { CommandContext } from './context.ts'

export function registerLink(program: Command, context: CommandContext): void {
  program
    .command('link')
    .description('print a one-time link: it signs one browser in as administrator of this machine')
    .option('--json', 'the link and its end as one JSON object')
    .option('--config <file>', 'gatetrail.yaml of the platform; left out: the demo')
    .option('--data-dir <directory>', 'where the platform keeps its data')
    .action(async (options: ApiOptions & { json?: true }) => {
      const api = await openApi(context, options)
      const made = await api.ask(platformApi.makeLink, {})
      context.print(options.json === true ? JSON.stringify(made) : made.url)
      context.note(`Good once, until ${made.expires.slice(11, 16)} UTC. Give it to nobody else.`)
    })
}
