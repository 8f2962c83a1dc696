/** gatetrail revoke, revocations, revocations lift: who may have no sessions any more, until when, and who says so. */
import type { Command } from 'commander'
import { GatetrailError, type RevocationTarget } from '@gatetrail/schemas'
import { controlApi } from '@gatetrail/replay-api'
import { openApi, type ApiOptions } from './api-client.ts'
import type { CommandContext } from './context.ts'
import { secondsOf } from './dates.ts'
import { checkSession } from './kill.ts'
import { printPublished, rowOf } from './revocations.ts'
import { alignColumns } from './tables.ts'

const forSecondsMax = 365 * 86_400

type Json = { json?: true }
type TargetOptions = {
  session?: string
  run?: string
  attempt?: string
  subject?: string
  tokenId?: string
}

export function registerRevoke(program: Command, context: CommandContext): void {
  withPlace(
    program
      .command('revoke')
      .description('end the sessions of a run, a subject or a token, and refuse new ones')
      .option('--session <id>', 'one session')
      .option('--run <provider:id>', 'such as github:8123')
      .option('--attempt <attempt>', 'only this attempt of the run')
      .option('--subject <issuer#subject>', 'also where others act on its behalf')
      .option('--token-id <issuer#jti>', 'one token')
      .requiredOption('--reason <text>', 'for the trail')
      .option(
        '--for <duration>',
        'how long new sessions are refused: 90s, 15m, 24h, 30d; 365d at most',
        '24h',
      ),
  ).action(async (options: ApiOptions & Json & TargetOptions & { reason: string; for: string }) => {
    const body = {
      action: 'revoke' as const,
      target: targetOf(options),
      reason: options.reason,
      forSeconds: durationOf(options.for),
    }
    const api = await openApi(context, options)
    const { revocation } = await api.ask(controlApi.revoke, { body })
    printPublished(revocation, context, options.json === true)
  })

  const revocations = withPlace(
    program.command('revocations').description('what was revoked, newest first'),
  ).action(async (options: ApiOptions & Json) => {
    const api = await openApi(context, options)
    const found = await api.ask(controlApi.revocations, {})
    if (options.json === true) {
      for (const one of found.revocations) context.print(JSON.stringify(one))
      return
    }
    if (found.revocations.length === 0) context.note('Nothing is revoked.')
    for (const line of alignColumns(found.revocations.map(rowOf), [])) context.print(line)
  })

  withPlace(
    revocations
      .command('lift')
      .description('let in again whom a revocation refuses')
      .argument('<id>', 'as gatetrail revocations shows it')
      .option('--reason <text>', 'for the trail', 'lifted by an administrator'),
  ).action(async (id: string, _options: object, command: Command) => {
    // Options of the same name are those of `revocations`, as commander sees them.
    const options = command.optsWithGlobals<ApiOptions & Json & { reason: string }>()
    const name = id.replace(/^revocation\//, '')
    checkRevocation(name)
    const api = await openApi(context, options)
    const { reason, json } = options
    const asked = { params: { id: name }, body: { reason } }
    const { revocation } = await api.ask(controlApi.liftRevocation, asked)
    printPublished(revocation, context, json === true)
  })
}

function withPlace(command: Command): Command {
  return command
    .option('--json', 'one JSON object per revocation')
    .option('--config <file>', 'gatetrail.yaml of the platform; left out: the demo')
    .option('--data-dir <directory>', 'where the platform keeps its data')
}

/** As long as the control log keeps an object. @throws GatetrailError USAGE */
function durationOf(text: string): number {
  const seconds = secondsOf(text)
  if (seconds <= forSecondsMax) return seconds
  throw new GatetrailError('USAGE', `--for ${text} is too long: 365d at most`)
}

/** @throws GatetrailError USAGE unless exactly one is named */
function targetOf(options: TargetOptions): RevocationTarget {
  const { session, run, attempt, subject, tokenId } = options
  const given = [session, run, subject, tokenId].filter((option) => option !== undefined)
  if (given.length !== 1 || (attempt !== undefined && run === undefined)) {
    throw new GatetrailError(
      'USAGE',
      'say what to revoke: one of --session, --run (with or without --attempt), --subject, --token-id',
    )
  }
  if (session !== undefined) {
    checkSession(session)
    return { type: 'session', session: session.toLowerCase() }
  }
  if (run !== undefined) {
    const [provider, id] = split(run, ':', '--run', 'github:8123')
    return { type: 'run', provider, id, ...(attempt !== undefined && { attempt }) }
  }
  if (subject !== undefined) {
    const [issuer, name] = split(subject, '#', '--subject', 'ci#repo:acme/train')
    return { type: 'subject', issuer, subject: name }
  }
  const [issuer, id] = split(tokenId ?? '', '#', '--token-id', 'ci#3f2a')
  return { type: 'token', issuer, id }
}

/** At the first separator: what stands behind it may hold more of them. */
function split(text: string, separator: string, option: string, example: string): [string, string] {
  const at = text.indexOf(separator)
  if (at > 0 && at < text.length - 1) return [text.slice(0, at), text.slice(at + 1)]
  throw new GatetrailError('USAGE', `${option} is given as in ${example}`)
}

function checkRevocation(name: string): void {
  if (/^[0-9a-f-]{36}$/i.test(name)) return
  throw new GatetrailError('USAGE', `"${name}" is no revocation`, {
    hint: 'gatetrail revocations lists their ids.',
  })
}
