/** gatetrail sessions: who was connected to what. */
import type { Command } from 'commander'
import { sessionsApi, type Session } from '@gatetrail/replay-api'
import { openApi, type ApiOptions } from './api-client.ts'
import type { CommandContext } from './context.ts'
import { instantOf } from './dates.ts'
import { alignColumns, oneLine } from './tables.ts'

type SessionsOptions = ApiOptions & {
  since?: string
  until?: string
  connection?: string
  principal?: string
  json?: true
}

export function registerSessions(program: Command, context: CommandContext): void {
  program
    .command('sessions')
    .description('sessions, newest first')
    .option('--since <time>', '2h, 7d, today, or an ISO 8601 time')
    .option('--until <time>', 'the same')
    .option('--connection <name>', 'only to this connection')
    .option('--principal <name>', 'only of this principal: issuer#subject, or the subject')
    .option('--json', 'one JSON object per session')
    .option('--config <file>', 'gatetrail.yaml of the platform; left out: the demo')
    .option('--data-dir <directory>', 'where the platform keeps its data')
    .action(async (options: SessionsOptions) => {
      const api = await openApi(context, options)
      const now = new Date()
      const filter = {
        from: options.since === undefined ? undefined : instantOf(options.since, now),
        to: options.until === undefined ? undefined : instantOf(options.until, now),
        connection: options.connection,
        principal: options.principal,
      }
      const rows: string[][] = []
      let cursor: string | undefined
      do {
        const answer = await api.ask(sessionsApi.sessions, { query: { ...filter, cursor } })
        for (const one of answer.sessions) {
          if (options.json === true) context.print(JSON.stringify(one))
          else rows.push(rowOf(one))
        }
        cursor = answer.nextCursor ?? undefined
        // Aligned a page at a time: what was found is shown while more is asked for.
        for (const line of alignColumns(rows.splice(0), [4, 5, 6])) context.print(line)
      } while (cursor !== undefined)
    })
}

function rowOf(one: Session): string[] {
  return [
    one.session,
    one.time.slice(0, 19).replace('T', ' '),
    one.state,
    oneLine(one.connection),
    `${one.statements} statements`,
    `${one.rows} rows`,
    `${one.touchedValues} values`,
    one.denied > 0 ? `${one.denied} refused` : '',
    oneLine(one.principal.id),
    one.run === null ? '' : oneLine(`${one.run.workflow ?? ''} ${one.run.id}`),
  ]
}
