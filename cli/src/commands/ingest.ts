/**
 * gatetrail ingest: the role, from Kafka into the event store. gatetrail ingest rebuild: derives all tables anew from the
 * records; redrive: takes dead letters again. Where ingest is a role of a fleet both work in this process, else in that of ingest.
 */
import { deadLetterReasons, GatetrailError, type DeadLetterReason } from '@gatetrail/schemas'
import type { Command } from 'commander'
import { platformApi, type RebuildLine, type RedriveLine } from '@gatetrail/replay-api'
import { openApi, type ApiOptions } from './api-client.ts'
import type { CommandContext } from './context.ts'
import { fleetOf, rebuildFleet, redriveOfFleet } from './ingest-fleet.ts'
import { runRole, type RunRoleOptions } from './run-role.ts'

type RebuildOptions = ApiOptions & { json?: true }
type RedriveCommandOptions = RebuildOptions & { reason?: string }

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
    .action((options: RebuildOptions) => rebuild(context, options))
  ingest
    .command('redrive')
    .description('take records that were set aside again: after an upgrade, or a repair')
    .option('--reason <reason>', `only those of one reason: ${deadLetterReasons.join(', ')}`)
    .option('--json', 'one JSON object per step')
    .option('--config <file>', 'gatetrail.yaml of the platform; left out: the demo')
    .option('--data-dir <directory>', 'where the platform keeps its data')
    .action((options: RedriveCommandOptions) => redrive(context, options))
}

async function rebuild(context: CommandContext, options: RebuildOptions): Promise<void> {
  let done = false
  const show = (one: RebuildLine) => {
    if (one.type === 'progress' && one.records === undefined) return // The connection is alive.
    done = one.type === 'summary'
    const { records = 0 } = one
    if (options.json === true) return context.print(JSON.stringify(one))
    if (one.type === 'progress')
      return context.note(`${records} of ${one.recordsTotal ?? 0} records`)
    const { sessionsKept = 0 } = one
    context.print(`All tables were derived anew from ${records} records.`)
    if (sessionsKept > 0)
      context.print(`${sessionsKept} sessions were kept as they were: their bytes have expired.`)
  }
  const fleet = await fleetOf(context, options.config)
  if (fleet === undefined) {
    const api = await openApi(context, options)
    for await (const one of api.lines(platformApi.rebuild, {})) show(one)
  } else {
    const progress = (step: object) => show({ type: 'progress', ...step })
    show({ type: 'summary', ok: true, ...(await rebuildFleet(context, fleet, progress)) })
  }
  if (!done) {
    throw new GatetrailError('API_UNREACHABLE', 'the API ended before the rebuild was done', {
      hint: 'The old tables stay in place until it is: try again.',
    })
  }
}

async function redrive(context: CommandContext, options: RedriveCommandOptions): Promise<void> {
  const reason = options.reason === undefined ? undefined : reasonOf(options.reason)
  let done = false
  const show = (one: RedriveLine) => {
    if (one.type === 'progress' && one.taken === undefined) return
    done = one.type === 'summary'
    const { taken = 0, returned = 0 } = one
    if (options.json === true) return context.print(JSON.stringify(one))
    if (!done) return context.note(`${taken} taken again, ${returned} came back`)
    context.print(`${taken} records were taken again; ${returned} of them were set aside again.`)
  }
  const fleet = await fleetOf(context, options.config)
  if (fleet === undefined) {
    const api = await openApi(context, options)
    const query = reason === undefined ? {} : { reason }
    for await (const one of api.lines(platformApi.redrive, { query })) show(one)
  } else {
    const progress = (step: object) => show({ type: 'progress', ...step })
    const only = reason === undefined ? {} : { reason }
    show({ type: 'summary', ok: true, ...(await redriveOfFleet(context, fleet, only, progress)) })
  }
  if (!done) {
    throw new GatetrailError('API_UNREACHABLE', 'the API ended before the redrive was done', {
      hint: 'What was not taken is still set aside: try again.',
    })
  }
}

/** @throws GatetrailError USAGE */
function reasonOf(text: string): DeadLetterReason {
  const reason = deadLetterReasons.find((one) => one === text)
  if (reason !== undefined) return reason
  throw new GatetrailError('USAGE', `--reason is one of ${deadLetterReasons.join(', ')}`)
}
