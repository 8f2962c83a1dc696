/** gatetrail statements: what was asked of the targets, and what came of it. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import { sessionsApi, type Asked, type Client, type StatementAnswer } from '@gatetrail/replay-api'
import { GatetrailError } from '@gatetrail/schemas'
import { openApi, type ApiOptions } from './api-client.ts'
import type { CommandContext } from './context.ts'
import { instantOf } from './dates.ts'
import { alignColumns, oneLine } from './tables.ts'

type StatementsOptions = ApiOptions & {
  since?: string
  session?: string
  verdict?: string
  follow?: true
  json?: true
}

type Filter = Asked<typeof sessionsApi.statements>['query']

const verdicts = ['allow', 'deny', 'hold'] as const
const pageRows = 5_000
const followIntervalMs = 1_000

export function registerStatements(program: Command, context: CommandContext): void {
  program
    .command('statements')
    .description('statements in the order of time')
    .option('--since <time>', '2h, 7d, today, or an ISO 8601 time')
    .option('--session <id>', 'only of this session')
    .option('--verdict <verdict>', 'only allow, deny or hold')
    .option('--follow', 'wait for more')
    .option('--json', 'one JSON object per statement')
    .option('--config <file>', 'gatetrail.yaml of the platform; left out: the demo')
    .option('--data-dir <directory>', 'where the platform keeps its data')
    .action(async (options: StatementsOptions) => {
      const api = await openApi(context, options)
      const filter = {
        since: options.since === undefined ? undefined : instantOf(options.since, new Date()),
        session: options.session,
        verdict: verdictOf(options.verdict),
        limit: pageRows,
      }
      for await (const found of pages(api, filter, options.follow === true)) {
        if (options.json === true) for (const one of found) context.print(JSON.stringify(one))
        else
          for (const line of alignColumns(found.map(rowOf), [1]))
            context.print(paint(line, context))
      }
    })
}

async function* pages(
  api: Client,
  filter: Filter,
  follow: boolean,
): AsyncGenerator<StatementAnswer[], void, void> {
  let cursor: string | undefined
  let since = filter.since
  let seen = new Set<string>()
  for (;;) {
    const answer = await api.ask(sessionsApi.statements, {
      query: { ...filter, since, cursor },
    })
    const fresh = follow
      ? answer.statements.filter((one) => !seen.has(keyOf(one)))
      : answer.statements
    if (fresh.length > 0) yield fresh
    cursor = answer.nextCursor ?? undefined
    if (cursor !== undefined) continue
    if (!follow) return
    // The next look begins at the last moment seen: several statements may bear the same time.
    const last = answer.statements.at(-1)
    if (last !== undefined) {
      since = last.time
      seen = new Set(
        answer.statements.filter(({ time }) => time >= last.time.slice(0, 23)).map(keyOf),
      )
    }
    await sleep(followIntervalMs)
  }
}

/** @throws GatetrailError USAGE */
function verdictOf(text: string | undefined): Filter['verdict'] {
  const verdict = verdicts.find((one) => one === text)
  if (text === undefined || verdict !== undefined) return verdict
  throw new GatetrailError('USAGE', `--verdict is one of ${verdicts.join(', ')}`)
}

function keyOf(one: StatementAnswer): string {
  return `${one.session}:${one.seq}`
}

function rowOf(one: StatementAnswer): string[] {
  const touched = one.touches
    .map(({ count, entity, outcome }) => `${count} ${entity} ${outcome}`)
    .join(', ')
  const end =
    one.error === null
      ? `${one.rows ?? '…'} rows`
      : `${one.error.sqlstate} ${oneLine(one.error.message, 80)}`
  return [
    one.time.slice(0, 23).replace('T', ' '),
    `${one.session}:${one.seq}`,
    one.verdict,
    oneLine(one.principal.id, 60),
    oneLine(one.connection),
    oneLine(one.statement, 120),
    end,
    touched,
  ]
}

function paint(line: string, context: CommandContext): string {
  return / {2}(deny|hold) /.test(line) ? context.colors.red(line) : line
}
