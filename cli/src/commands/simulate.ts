/** gatetrail simulate: a year of records straight into the event store, to see how large it gets and how fast it answers. */
import {
  simulate,
  simulatedDaysMax,
  simulatedRecordsMax,
  type SimulationSummary,
  type Store,
} from '@gatetrail/ingest'
import { GatetrailError } from '@gatetrail/schemas'
import type { Command } from 'commander'
import { loadConfiguration } from '../configuration/load.ts'
import { openStore } from '../roles/open-ingest.ts'
import type { CommandContext } from './context.ts'

type Options = {
  config: string
  days: string
  records: string
  seed: string
  from?: string
  json?: true
}

const dayMs = 86_400_000
const progressIntervalMs = 2_000

export function registerSimulate(program: Command, context: CommandContext): void {
  program
    .command('simulate')
    .description(
      'grow a trail of days or years, marked as simulated, straight into the event store',
    )
    .requiredOption(
      '--config <file>',
      'gatetrail.yaml whose event store it goes into; stop `gatetrail up` for it',
    )
    .option('--days <number>', `how many, at most ${simulatedDaysMax}`, '365')
    .option('--records <number>', 'in all', '1000000')
    .option('--seed <number>', 'the same seed makes the same trail', '1')
    .option('--from <date>', 'first day, YYYY-MM-DD; left out: so that the last day is yesterday')
    .option('--json', 'one JSON object per step')
    .addHelpText(
      'after',
      `
It lies in the tenant "simulated", is issued by "simulated", and has no bytes to replay. Stopped, it goes on where it was with the
same options. To look at it, give the configuration "tenant: simulated".`,
    )
    .action(async (options: Options) => {
      const { configuration, file } = await loadConfiguration(
        options.config,
        context.workingDirectory,
      )
      const days = wholeNumber('--days', options.days, 1, simulatedDaysMax)
      const store = await openStore({
        configuration,
        configurationFile: file,
        environment: context.environment,
      })
      try {
        const summary = await run(store, options, days, context)
        if (options.json === true) context.print(JSON.stringify({ type: 'summary', ...summary }))
        else for (const line of describe(summary)) context.print(line)
      } finally {
        await store.close()
      }
    })
}

async function run(
  store: Store,
  options: Options,
  days: number,
  context: CommandContext,
): Promise<SimulationSummary> {
  const steps = simulate(store, {
    days,
    records: wholeNumber('--records', options.records, 4 * days, simulatedRecordsMax),
    seed: wholeNumber('--seed', options.seed, 0, 2 ** 32 - 1),
    from: firstDay(options.from, days),
  })
  const startedMs = performance.now()
  let saidMs = startedMs - progressIntervalMs
  let first: number | undefined
  for (;;) {
    const { value, done } = await steps.next()
    if (done === true) return value
    const nowMs = performance.now()
    if (nowMs - saidMs < progressIntervalMs && value.records < value.recordsTotal) continue
    saidMs = nowMs
    if (options.json === true) {
      context.print(JSON.stringify({ type: 'progress', ...value }))
      continue
    }
    const { date, records, recordsTotal } = value
    const perSecond =
      first === undefined ? undefined : ((records - first) * 1000) / (nowMs - startedMs)
    first ??= records
    const left =
      perSecond === undefined ? '' : `, ${minutes((recordsTotal - records) / perSecond)} left`
    context.note(
      `${date}: ${count(records)} of ${count(recordsTotal)} records (${Math.floor((records * 100) / recordsTotal)} %)${left}`,
    )
  }
}

function describe(summary: SimulationSummary): string[] {
  const { records, recordsMade, sessions, statements, touches, bytes } = summary
  return [
    recordsMade === 0
      ? `All ${count(records)} records were there already.`
      : `${count(recordsMade)} records were simulated, up to ${summary.date}; ${count(records)} are there now.`,
    `${count(sessions)} sessions, ${count(statements)} statements, ${count(touches)} touches; the store takes ${count(bytes / 1e6)} MB.`,
    'They lie in the tenant "simulated": give a configuration `tenant: simulated` to look at them.',
  ]
}

/** @throws GatetrailError USAGE */
function wholeNumber(option: string, text: string, min: number, max: number): number {
  const number = Number(text)
  if (/^\d+$/.test(text) && number >= min && number <= max) return number
  throw new GatetrailError(
    'USAGE',
    `${option} ${text}: give a whole number from ${count(min)} to ${count(max)}`,
  )
}

/** @throws GatetrailError USAGE */
function firstDay(text: string | undefined, days: number): string {
  const date = text ?? new Date(Date.now() - days * dayMs).toISOString().slice(0, 10)
  const time = /^(19[7-9]\d|20\d\d)-\d{2}-\d{2}$/.test(date) ? Date.parse(date) : Number.NaN
  if (!Number.isNaN(time)) return date
  throw new GatetrailError('USAGE', `--from ${date}: give a day as YYYY-MM-DD`)
}

function count(number: number): string {
  return Math.round(number).toLocaleString('en')
}

function minutes(seconds: number): string {
  return seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`
}
