/** gatetrail verify: derives the whole trail anew and says what does not fit. */
import { GatetrailError } from '@gatetrail/schemas'
import type { Command } from 'commander'
import { platformApi, type VerifyFailure, type VerifySummary } from '@gatetrail/replay-api'
import { openApi, type ApiOptions } from './api-client.ts'
import type { CommandContext } from './context.ts'
import { instantOf } from './dates.ts'
import { oneLine } from './tables.ts'

type VerifyCommandOptions = ApiOptions & { since?: string; json?: true }

export function registerVerify(program: Command, context: CommandContext): void {
  program
    .command('verify')
    .description(
      'derive the trail anew from its bytes, in journal and store, and name every failure',
    )
    .argument('[session]', 'only what concerns this session')
    .option(
      '--since <time>',
      'only writers that wrote since then: 2h, 7d, today, or an ISO 8601 time',
    )
    .option('--json', 'one JSON object per failure, and a last one with the summary')
    .option('--config <file>', 'gatetrail.yaml of the platform; left out: the demo')
    .option('--data-dir <directory>', 'where the platform keeps its data')
    .action(async (session: string | undefined, options: VerifyCommandOptions) => {
      const api = await openApi(context, options)
      const since = options.since === undefined ? undefined : instantOf(options.since, new Date())
      let result: VerifySummary | undefined
      for await (const one of api.lines(platformApi.verify, { query: { session, since } })) {
        if (one.type === 'progress') continue
        if (one.type === 'summary') result = one
        if (options.json === true) context.print(JSON.stringify(one))
        else
          for (const text of one.type === 'failure'
            ? [describe(one, context)]
            : conclude(one, context))
            context.print(text)
      }
      if (result === undefined) {
        throw new GatetrailError('API_UNREACHABLE', 'the API ended before it was done verifying', {
          hint: 'Try again.',
        })
      }
      if (!result.ok) {
        throw new GatetrailError(
          'VERIFY_FAILED',
          `${result.failures === 1 ? '1 failure was' : `${result.failures} failures were`} found in the trail`,
          {
            hint: 'Keep journal and store as they are, and look at who could write them.',
          },
        )
      }
    })
}

function describe(one: VerifyFailure, context: CommandContext): string {
  const where =
    one.session === undefined ? `writer ${one.writer ?? 'unknown'}` : `session ${one.session}`
  const at =
    one.seq !== undefined
      ? ` seq ${one.seq}`
      : one.position !== undefined
        ? ` position ${range(one.position, one.toPosition)}`
        : ''
  const kind = one.recordKind === undefined ? '' : ` (${one.recordKind})`
  return `${context.colors.red(one.kind)} in ${one.where}: ${where}${at}${kind}: ${oneLine(one.reason)}`
}

function range(from: number, to: number | undefined): string {
  return to === undefined || to === from ? String(from) : `${from} to ${to}`
}

function conclude(one: VerifySummary, context: CommandContext): string[] {
  const { colors } = context
  const counted = `${one.storeRecords} records in the store and ${one.journalRecords} in the journals, of ${one.writers} writers and ${one.sessions} sessions`
  if (!one.ok) return [`${colors.red('not intact')}: ${counted}`]
  const lines = [
    `${colors.green(one.state === 'intact' ? 'intact' : 'intact, content expired')}: ${counted}`,
  ]
  if (one.expired > 0)
    lines.push(`the bytes of ${one.expired} records have expired; their leaf hashes are in place`)
  if (one.redacted > 0)
    lines.push(`${one.redacted} records were redacted later; their leaf hashes are in place`)
  if (one.unsignedRecords > 0)
    lines.push(`the newest ${one.unsignedRecords} records wait for the next signed heartbeat`)
  return lines
}
