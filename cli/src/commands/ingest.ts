/** gatetrail ingest: the role, from Kafka into the event store; gatetrail ingest rebuild: derives all tables anew from the records. */
import { GatetrailError } from '@gatetrail/schemas'
import type { Command } from 'commander'
import { z } from 'zod'
import { openApi, type ApiOptions } from './api-client.ts'
import type { CommandContext } from './context.ts'
import { runRole, type RunRoleOptions } from './run-role.ts'

const progress = z.looseObject({
  type: z.enum(['progress', 'summary']),
  records: z.int().optional(),
  recordsTotal: z.int().optional(),
  sessionsKept: z.int().optional(),
})

export function registerIngest(program: Command, context: CommandContext): void {
  const ingest = program
    .command('ingest')
    .description('run ingest of a fleet: records from Kafka into the event store')
    .option('--config <file>', 'gatetrail.yaml, with log.kafka and store')
    .option('--data-dir <directory>', 'its own journal and keys (default: what the file says)')
    .enablePositionalOptions() // Options after a subcommand are its own.
    .action((options: RunRoleOptions) => runRole('ingest', options, context))
  ingest
    .command('rebuild')
    .description('derive all tables anew from the records; questions are answered meanwhile')
    .option('--json', 'one JSON object per step')
    .option('--config <file>', 'gatetrail.yaml of the platform; left out: the demo')
    .option('--data-dir <directory>', 'where the platform keeps its data')
    .action(async (options: ApiOptions & { json?: true }) => {
      const api = await openApi(context, options)
      let done = false
      for await (const value of api.lines('POST', '/api/ingest/rebuild', {})) {
        const one = progress.parse(value)
        if (one.type === 'progress' && one.records === undefined) continue // The connection is alive.
        done = one.type === 'summary'
        const { records = 0, recordsTotal = 0, sessionsKept = 0 } = one
        if (options.json === true) context.print(JSON.stringify(one))
        else if (!done) context.note(`${records} of ${recordsTotal} records`)
        else {
          context.print(`All tables were derived anew from ${records} records.`)
          if (sessionsKept > 0)
            context.print(
              `${sessionsKept} sessions were kept as they were: their bytes have expired.`,
            )
        }
      }
      if (!done) {
        throw new GatetrailError('API_UNREACHABLE', 'the API ended before the rebuild was done', {
          hint: 'The old tables stay in place until it is: try again.',
        })
      }
    })
}
