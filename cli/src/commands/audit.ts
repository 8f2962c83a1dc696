/** gatetrail audit pii: which runs touched personal data on a day; and, in audit-subject.ts, who touched a value. */
import type { Command } from 'commander'
import { z } from 'zod'
import { openApi, type ApiOptions } from './api-client.ts'
import { registerAuditSubject } from './audit-subject.ts'
import type { CommandContext } from './context.ts'
import { dayOf } from './dates.ts'
import { alignColumns, bytesText, oneLine } from './tables.ts'

type AuditOptions = ApiOptions & { on: string; tz: string; json?: true }

const run = z.looseObject({
  run: z
    .looseObject({
      provider: z.string(),
      id: z.string(),
      attempt: z.string().nullable(),
      workflow: z.string().nullable(),
      url: z.string().nullable(),
    })
    .nullable(),
  principal: z.looseObject({ id: z.string(), kind: z.string() }),
  onBehalfOf: z.array(z.string()),
  connections: z.array(z.string()),
  sessions: z.array(z.looseObject({ session: z.string() })),
  columns: z.array(
    z.object({
      place: z.string(),
      entity: z.string(),
      outcome: z.string(),
      level: z.string(),
      retrospective: z.boolean().default(false),
      count: z.int(),
    }),
  ),
  values: z.int(),
  uninspectedBytes: z.int(),
  firstTime: z.string(),
  lastTime: z.string(),
})
type Run = z.infer<typeof run>

const answer = z.looseObject({
  on: z.string(),
  tz: z.string(),
  runs: z.array(run),
  truncated: z.boolean(),
  coverage: z.looseObject({
    inspectedBytes: z.int(),
    uninspectedBytes: z.int(),
    uninspected: z.record(z.string(), z.int()),
  }),
  gaps: z.array(z.looseObject({ writer: z.string(), reason: z.string() })),
  ingest: z.looseObject({ lagMs: z.number().optional() }),
})
type Answer = z.infer<typeof answer>

export function registerAudit(program: Command, context: CommandContext): void {
  const audit = program.command('audit').description('questions to the audit trail')
  registerAuditSubject(audit, context)
  audit
    .command('pii')
    .description('which runs touched personal data on a day')
    .requiredOption('--on <day>', 'YYYY-MM-DD, today or yesterday')
    .option('--tz <zone>', 'where the day begins and ends', 'UTC')
    .option('--json', 'one JSON object per run')
    .option('--config <file>', 'gatetrail.yaml of the platform; left out: the demo')
    .option('--data-dir <directory>', 'where the platform keeps its data')
    .action(async (options: AuditOptions) => {
      const api = await openApi(context, options)
      const on = dayOf(options.on, options.tz, new Date())
      const found = await api.get('/api/pii', { on, tz: options.tz }, answer)
      if (options.json === true) for (const one of found.runs) context.print(JSON.stringify(one))
      else for (const line of describe(found, context)) context.print(line)
    })
}

function describe(found: Answer, context: CommandContext): string[] {
  const { colors } = context
  const lines = found.runs.flatMap((one) => [...describeRun(one, context), ''])
  const title = `${found.runs.length === 1 ? '1 run' : `${found.runs.length} runs`} touched personal data on ${found.on} (${found.tz})`
  return [
    colors.bold(
      found.runs.length === 0 ? `No run touched personal data on ${found.on} (${found.tz})` : title,
    ),
    '',
    ...lines,
    ...footer(found, context),
  ]
}

function describeRun(one: Run, context: CommandContext): string[] {
  const { colors } = context
  const { run: job, principal } = one
  const name =
    job === null
      ? 'no run'
      : `${job.workflow ?? 'run'} · ${job.provider} ${job.id}${job.attempt === null ? '' : `, attempt ${job.attempt}`}`
  const lines = [
    `${colors.bold(oneLine(name))}  ${colors.dim(`${clock(one.firstTime)} to ${clock(one.lastTime)}`)}`,
  ]
  const who = `  who          ${oneLine(principal.id)} (${principal.kind})`
  lines.push(
    one.onBehalfOf.length > 0 ? `${who}, on behalf of ${oneLine(one.onBehalfOf.join(', '))}` : who,
  )
  if (job?.url !== null && job?.url !== undefined) lines.push(`  run          ${oneLine(job.url)}`)
  lines.push(`  connections  ${oneLine(one.connections.join(', '))}`)
  lines.push(
    `  sessions     ${one.sessions
      .slice(0, 3)
      .map(({ session }) => session)
      .join(', ')}${one.sessions.length > 3 ? ', …' : ''}`,
  )
  const rows = one.columns.map(({ place, entity, outcome, retrospective, count }) => [
    `  ${String(count)}`,
    retrospective ? `${outcome} (found later)` : outcome,
    entity,
    oneLine(place),
  ])
  for (const [index, line] of alignColumns(rows, [0]).entries()) {
    lines.push(`  ${one.columns[index]?.outcome === 'revealed' ? colors.yellow(line) : line}`)
  }
  if (one.uninspectedBytes > 0)
    lines.push(`  ${bytesText(one.uninspectedBytes)} could not be inspected`)
  return lines
}

function footer(found: Answer, context: CommandContext): string[] {
  const { coverage, gaps, ingest } = found
  const reasons = Object.entries(coverage.uninspected).map(
    ([reason, bytes]) => `${reason} ${bytesText(bytes)}`,
  )
  const lines = [
    `Inspected ${bytesText(coverage.inspectedBytes)}; not inspected ${bytesText(coverage.uninspectedBytes)}${reasons.length > 0 ? ` (${reasons.join(', ')})` : ''}.`,
  ]
  if (gaps.length > 0)
    lines.push(
      context.colors.red(
        `${gaps.length} gaps were found in the trail on this day: gatetrail verify says which.`,
      ),
    )
  if ((ingest.lagMs ?? 0) > 2_000)
    lines.push(
      `The newest ${Math.round((ingest.lagMs ?? 0) / 1_000)} s are not in this answer yet.`,
    )
  if (found.truncated) lines.push('There is more than this answer holds.')
  return lines
}

function clock(time: string): string {
  return `${time.slice(11, 19)} UTC`
}
