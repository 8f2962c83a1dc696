/**
 * gatetrail scan: looks at what was recorded with today's detectors; what they find becomes late touches and is masked in the store.
 * Where ingest is a role of a fleet it works in this process (scan-fleet.ts), else in that of ingest.
 */
import { GatetrailError } from '@gatetrail/schemas'
import type { Command } from 'commander'
import { platformApi, type ScanLine } from '@gatetrail/replay-api'
import { openApi, type ApiOptions } from './api-client.ts'
import type { CommandContext } from './context.ts'
import { instantOf } from './dates.ts'
import { fleetOf } from './ingest-fleet.ts'
import { scanOfFleet } from './scan-fleet.ts'

type ScanCommandOptions = ApiOptions & {
  since: string
  until?: string
  connection?: string
  dryRun?: true
  json?: true
}

/** A line per so much time: a scan of a year goes on for long. */
const shownIntervalMs = 1_000

export function registerScan(program: Command, context: CommandContext): void {
  program
    .command('scan')
    .description(
      "find personal data in recorded sessions with today's detectors, and mask it in the store",
    )
    .requiredOption('--since <time>', 'recorded then or later: 30d, today, or an ISO 8601 time')
    .option('--until <time>', 'sessions that began before')
    .option('--connection <name>', 'only its sessions')
    .option('--dry-run', 'say what would be found, and change nothing')
    .option('--json', 'one JSON object per step, and a last one with the summary')
    .option('--config <file>', 'gatetrail.yaml of the platform; left out: the demo')
    .option('--data-dir <directory>', 'where the platform keeps its data')
    .action((options: ScanCommandOptions) => scan(context, options))
}

async function scan(context: CommandContext, options: ScanCommandOptions): Promise<void> {
  const now = new Date()
  const { connection, dryRun = false, json = false } = options
  const query = {
    since: instantOf(options.since, now),
    until: options.until === undefined ? undefined : instantOf(options.until, now),
    connection,
    dryRun: dryRun ? ('true' as const) : ('false' as const),
  }
  let done = false
  let shownAtMs = -Infinity
  const show = (one: ScanLine) => {
    if (one.type === 'progress' && one.sessions === undefined) return // The connection is alive.
    done = one.type === 'summary' && one.interrupted !== true
    if (json) context.print(JSON.stringify(one))
    else if (one.type === 'summary') for (const text of conclude(one, dryRun)) context.print(text)
    else if (performance.now() - shownAtMs > shownIntervalMs) {
      shownAtMs = performance.now()
      const values = total(one.found)
      context.note(`${one.sessions} of ${one.sessionsTotal} sessions, ${values} values found`)
    }
  }
  const fleet = await fleetOf(context, options.config)
  if (fleet === undefined) {
    const api = await openApi(context, options)
    for await (const one of api.lines(platformApi.scan, { query })) show(one)
  } else {
    const interrupted = new AbortController()
    process.once('SIGINT', () => interrupted.abort())
    const what = {
      ...{ since: new Date(query.since), dryRun },
      ...(query.until !== undefined && { until: new Date(query.until) }),
      ...(connection !== undefined && { connection }),
    }
    const progress = (step: object) => show({ type: 'progress', ...step })
    const summary = await scanOfFleet(context, fleet, what, progress, interrupted.signal)
    show({ type: 'summary', ...summary })
  }
  if (!done) {
    throw new GatetrailError('API_UNREACHABLE', 'the scan was ended before it was done', {
      hint: 'What was done stays done: run it again, and it goes on from there.',
    })
  }
}

function total(found: ScanLine['found']): number {
  return Object.values(found ?? {}).reduce((sum, count) => sum + count, 0)
}

function conclude(one: ScanLine & { type: 'summary' }, dryRun: boolean): string[] {
  const { sessions = 0, records = 0, found = {}, recordsRedacted = 0, uninspectedBytes = 0 } = one
  const values = Object.entries(found).map(([entity, count]) => `${count} ${entity}`)
  const lines = [
    `${sessions} sessions with ${records} records were scanned: ${values.length === 0 ? 'nothing was found' : `${values.join(', ')} in ${recordsRedacted} records`}.`,
  ]
  if (recordsRedacted > 0)
    lines.push(
      dryRun
        ? 'Nothing was changed.'
        : `They are masked in the store now; journals and Kafka may hold the original bytes until ${one.originalsUntil ?? 'they expire'}.`,
    )
  if (uninspectedBytes > 0)
    lines.push(`${uninspectedBytes} bytes are no text that can be searched.`)
  const skipped = [
    ...((one.sessionsOpen ?? 0) > 0 ? [`${one.sessionsOpen} are still open`] : []),
    ...((one.sessionsHeld ?? 0) > 0 ? [`${one.sessionsHeld} are under a legal hold`] : []),
    ...((one.sessionsExpired ?? 0) > 0 ? [`of ${one.sessionsExpired} bytes have expired`] : []),
  ]
  if (skipped.length > 0) lines.push(`Sessions that were left as they are: ${skipped.join(', ')}.`)
  return lines
}
