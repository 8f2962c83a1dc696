/** gatetrail audit subject: which runs ever touched a value. The value comes by stdin or a prompt, never by the command line. */
import type { Command } from 'commander'
import { subjectApi, type SubjectAnswer, type SubjectRun } from '@gatetrail/replay-api'
import { openApi, type ApiOptions } from './api-client.ts'
import type { CommandContext } from './context.ts'
import { instantOf } from './dates.ts'
import { readValue, type ValueInput } from './read-value.ts'
import { alignColumns, oneLine } from './tables.ts'

type SubjectOptions = ApiOptions & {
  entity?: string
  since?: string
  until?: string
  json?: true
}

const valueBytesMax = 16 * 1024
const touchesShownMax = 10

export function registerAuditSubject(
  audit: Command,
  context: CommandContext,
  input: ValueInput = process.stdin,
): void {
  audit
    .command('subject')
    .description('which runs ever touched a value; the value is read from stdin')
    .option('--entity <entity>', 'what it is, such as US_SSN; left out: it is looked for as any')
    .option('--since <time>', 'touched then or later: 30d, today, or an ISO 8601 time')
    .option('--until <time>', 'touched before')
    .option('--json', 'one JSON object per run')
    .option('--config <file>', 'gatetrail.yaml of the platform; left out: the demo')
    .option('--data-dir <directory>', 'where the platform keeps its data')
    .action(async (options: SubjectOptions) => {
      const { entity, since, until } = options
      const now = new Date()
      const range = {
        ...(since !== undefined && { since: instantOf(since, now) }),
        ...(until !== undefined && { until: instantOf(until, now) }),
      }
      const api = await openApi(context, options)
      const value = await readValue(input, valueBytesMax, () =>
        context.note(`${entity ?? 'Value'} (it is not shown):`),
      )
      const body = { value, ...(entity !== undefined && { entity }), ...range }
      const found = await api.ask(subjectApi.subject, { body })
      if (options.json === true) for (const one of found.runs) context.print(JSON.stringify(one))
      else {
        const count = found.runs.length
        const title = count === 0 ? 'No run' : count === 1 ? '1 run' : `${count} runs`
        context.print(context.colors.bold(`${title} touched this value`))
        for (const one of found.runs) for (const line of describe(one, context)) context.print(line)
      }
      for (const line of reservations(found)) context.note(line)
    })
}

function describe(one: SubjectRun, { colors }: CommandContext): string[] {
  const { run: job, principal, touches } = one
  const name = job === null ? 'no run' : `${job.workflow ?? 'run'} · ${job.provider} ${job.id}`
  const behalf = one.onBehalfOf.length > 0 ? `, on behalf of ${one.onBehalfOf.join(', ')}` : ''
  const rows = touches
    .slice(0, touchesShownMax)
    .map(({ time, outcome, entity, connection, place, session, statement, retrospective }) => [
      `${time.slice(0, 19)}Z`,
      retrospective ? `${outcome}, found later` : outcome,
      entity,
      oneLine(`${connection}: ${place}`),
      statement === null ? session : `${session} statement ${statement}`,
    ])
  return [
    '',
    colors.bold(oneLine(name)),
    `  who  ${oneLine(`${principal.id} (${principal.kind})${behalf}`)}`,
    ...(job?.url === null || job?.url === undefined ? [] : [`  run  ${oneLine(job.url)}`]),
    ...alignColumns(rows, []).map((line) => `  ${line}`),
    ...(touches.length > touchesShownMax
      ? [`  and ${touches.length - touchesShownMax} more touches`]
      : []),
  ]
}

function reservations({ truncated, coverage }: SubjectAnswer): string[] {
  const lines: string[] = []
  if (truncated) lines.push('There is more than this answer holds: give --since and --until.')
  const { statements, values, keysMissing } = coverage
  if (values > 0)
    lines.push(
      `${values} values of ${statements} statements of that time have no fingerprint: this one may be among them.`,
    )
  if (keysMissing.length > 0)
    lines.push(
      `Fingerprints of that time were made with keys that replay does not have (${keysMissing.join(', ')}): this value may be among them. Add them to fingerprint.keys.`,
    )
  return lines
}
