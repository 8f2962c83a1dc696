/** gatetrail audit pii: which runs touched personal data on a day; and, in audit-subject.ts, who touched a value. */
import type { Command } from 'commander'
import { piiApi, type PiiAnswer, type PiiRun } from '@gatetrail/replay-api'
import { openApi, type ApiOptions } from './api-client.ts'
import { registerAuditSubject } from './audit-subject.ts'
import type { CommandContext } from './context.ts'
import { dayOf } from './dates.ts'
import { alignColumns, bytesText, oneLine } from './tables.ts'

const pageRuns = 500

type AuditOptions = ApiOptions & { on: string; tz: string; json?: true }

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
      let cursor: string | undefined
      do {
        const query = { on, tz: options.tz, cursor, limit: pageRuns }
        const page = await api.ask(piiApi.pii, { query })
        if (options.json === true) for (const one of page.runs) context.print(JSON.stringify(one))
        else for (const line of describe(page, cursor === undefined, context)) context.print(line)
        cursor = page.nextCursor ?? undefined
      } while (cursor !== undefined)
    })
}

/** Runs are printed as they come: a busy day has many pages of them. */
function describe(page: PiiAnswer, isFirst: boolean, context: CommandContext): string[] {
  const lines = page.runs.flatMap((one) => [...describeRun(one, context), ''])
  return [
    ...(isFirst ? [context.colors.bold(titleOf(page)), ''] : []),
    ...lines,
    ...(page.nextCursor === null ? footer(page, context) : []),
  ]
}

function titleOf({ on, tz, totals: { runs } }: PiiAnswer): string {
  const which = runs === 0 ? 'No run' : runs === 1 ? '1 run' : `${runs} runs`
  return `${which} touched personal data on ${on} (${tz})`
}

function describeRun(one: PiiRun, context: CommandContext): string[] {
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

function footer(found: PiiAnswer, context: CommandContext): string[] {
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
