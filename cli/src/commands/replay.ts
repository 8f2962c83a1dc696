/** gatetrail replay: the role, or with a session: it, statement by statement, as a person at psql would have seen it. The same text as in the web app. */
import { onlyColours } from '@gatetrail/protocols'
import { GatetrailError } from '@gatetrail/schemas'
import type { Command } from 'commander'
import {
  sessionsApi,
  type AnswerOf,
  type Client,
  type TimelineStatement,
  type Transcript,
} from '@gatetrail/replay-api'
import { openApi, type ApiOptions } from './api-client.ts'
import type { CommandContext } from './context.ts'
import { checkSession } from './kill.ts'
import { runRole } from './run-role.ts'

type ReplayOptions = ApiOptions & { statement?: string; json?: true }

type Page = AnswerOf<typeof sessionsApi.timeline>

const statementsPerRead = 500

export function registerReplay(program: Command, context: CommandContext): void {
  program
    .command('replay')
    .description('a session as psql would have shown it; without one: run the web app of a fleet')
    .argument('[session]', 'id of the session; left out: the API and the web app run here')
    .option('--statement <seq>', 'only this statement: its seq, see gatetrail statements')
    .option('--json', 'one JSON object per statement and page of rows')
    .option('--config <file>', 'gatetrail.yaml of the platform; left out: the demo')
    .option('--data-dir <directory>', 'where the platform keeps its data')
    .action(async (session: string | undefined, options: ReplayOptions) => {
      if (session === undefined) {
        refuseOptionsOfASession(options)
        await runRole('replay', options, context)
        return
      }
      const api = await openApi(context, options)
      checkSession(session)
      const wanted = options.statement === undefined ? undefined : seqOf(options.statement)
      for await (const { seq, time } of statementsOf(api, session, wanted)) {
        if (options.json !== true) context.print(context.colors.dim(`-- ${headOf(seq, time)}`))
        for await (const page of pagesOf(api, { session, seq }, context)) {
          if (options.json === true) context.print(JSON.stringify(page))
          else context.print(textOf(page))
        }
      }
    })
}

function refuseOptionsOfASession({ statement, json }: ReplayOptions): void {
  if (statement === undefined && json === undefined) return
  throw new GatetrailError('USAGE', 'which session? gatetrail replay <session>', {
    hint: 'See the sessions: gatetrail sessions. Without one, gatetrail replay --config FILE runs the web app.',
  })
}

async function* statementsOf(
  api: Client,
  session: string,
  wanted: number | undefined,
): AsyncGenerator<TimelineStatement, void, void> {
  const limit = wanted === undefined ? statementsPerRead : 1
  let from: number | null = wanted ?? 0
  while (from !== null) {
    const page: Page = await api.ask(sessionsApi.timeline, {
      params: { session },
      query: { from, limit },
    })
    if (wanted !== undefined && page.statements[0]?.seq !== wanted) {
      throw new GatetrailError('NOT_FOUND', `the session has no statement ${wanted}`, {
        hint: 'See the statements of the session: gatetrail statements --session <id> --json',
      })
    }
    yield* page.statements
    from = wanted === undefined ? page.nextFrom : null
  }
}

async function* pagesOf(
  api: Client,
  params: { session: string; seq: number },
  context: CommandContext,
): AsyncGenerator<Transcript, void, void> {
  const colors = context.colors.isColorSupported ? 'true' : 'false'
  let pages = 1
  // Each page says whether there is another: rows of a statement are never all in memory.
  for (let page = 0; page < pages; page++) {
    const answer = await api.ask(sessionsApi.transcript, { params, query: { page, colors } })
    pages = answer.pages
    yield answer
  }
}

/** With the line ends of a file; nothing of it can drive a terminal, whatever the server sent. */
function textOf({ text }: Transcript): string {
  return onlyColours(text).replaceAll('\r\n', '\n').replace(/\n$/, '')
}

function headOf(seq: number, time: string): string {
  return `${seq} at ${onlyColours(time.slice(0, 23).replace('T', ' '))}`
}

function seqOf(text: string): number {
  const seq = Number(text)
  if (Number.isSafeInteger(seq) && seq >= 0 && text.trim() !== '') return seq
  throw new GatetrailError('USAGE', `--statement takes the seq of a statement, not ${text}`)
}
