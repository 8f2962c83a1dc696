/** gatetrail hold add, list, remove: what does not expire, whatever is retained. */
import type { Command } from 'commander'
import { GatetrailError } from '@gatetrail/schemas'
import { controlApi, type Hold } from '@gatetrail/replay-api'
import { z } from 'zod'
import { openApi, type ApiOptions } from './api-client.ts'
import type { CommandContext } from './context.ts'
import { instantOf } from './dates.ts'
import { alignColumns, oneLine } from './tables.ts'

type Json = { json?: true }
type Add = {
  reason: string
  session?: string
  principal?: string
  run?: string
  from?: string
  to?: string
}

export function registerHold(program: Command, context: CommandContext): void {
  const group = program.command('hold').description('legal holds: rows that do not expire')
  withPlace(
    group
      .command('add')
      .description('hold the sessions for which all that is given is true')
      .option('--session <id>', 'one session')
      .option('--principal <issuer#subject>', 'its sessions')
      .option('--run <provider:id>', 'such as github:8123')
      .option('--from <time>', 'sessions that lived then or later')
      .option('--to <time>', 'sessions that began before')
      .requiredOption('--reason <text>', 'for the trail'),
  ).action(async (options: ApiOptions & Json & Add) => {
    const now = new Date()
    const { reason, session, principal, run, from, to } = options
    const body = {
      reason,
      ...(session !== undefined && { session }),
      ...(principal !== undefined && { principal }),
      ...(run !== undefined && runOf(run)),
      ...(from !== undefined && { from: instantOf(from, now) }),
      ...(to !== undefined && { to: instantOf(to, now) }),
    }
    const api = await openApi(context, options)
    print(context, options, (await api.ask(controlApi.placeHold, { body })).hold)
  })
  withPlace(group.command('list').description('holds, newest first; lifted ones too')).action(
    async (options: ApiOptions & Json) => {
      const api = await openApi(context, options)
      const { holds } = await api.ask(controlApi.holds, {})
      if (options.json === true) for (const hold of holds) context.print(JSON.stringify(hold))
      else {
        if (holds.length === 0) context.note('Nothing is held.')
        for (const line of alignColumns(holds.map(rowOf), [])) context.print(line)
      }
    },
  )
  withPlace(
    group
      .command('remove')
      .description('let the rows expire again, those that no other hold names')
      .argument('<hold>', 'as gatetrail hold list shows it')
      .requiredOption('--reason <text>', 'for the trail'),
  ).action(async (hold: string, options: ApiOptions & Json & { reason: string }) => {
    if (!z.uuid().safeParse(hold).success)
      throw new GatetrailError(
        'USAGE',
        `"${oneLine(hold)}" is no hold: gatetrail hold list shows them`,
      )
    const api = await openApi(context, options)
    const { reason } = options
    const asked = { params: { hold }, body: { reason } }
    print(context, options, (await api.ask(controlApi.liftHold, asked)).hold)
  })
}

function withPlace(command: Command): Command {
  return command
    .option('--json', 'one JSON object per hold')
    .option('--config <file>', 'gatetrail.yaml of the platform; left out: the demo')
    .option('--data-dir <directory>', 'where the platform keeps its data')
}

function runOf(text: string): { runProvider: string; runId: string } {
  const colon = text.indexOf(':')
  if (colon < 1 || colon === text.length - 1)
    throw new GatetrailError('USAGE', '--run is provider:id, such as github:8123')
  return { runProvider: text.slice(0, colon), runId: text.slice(colon + 1) }
}

function print(context: CommandContext, { json }: Json, hold: Hold): void {
  if (json === true) context.print(JSON.stringify(hold))
  else
    context.print(
      `${oneLine(whatOf(hold))}: ${hold.lifted === null ? 'held from within a minute on' : 'no longer held'} (${hold.hold}).`,
    )
}

function rowOf(hold: Hold): string[] {
  const state = hold.lifted === null ? 'in force' : `lifted ${hold.lifted.slice(0, 10)}`
  return [
    hold.hold,
    hold.placed.slice(0, 10),
    state,
    oneLine(whatOf(hold)),
    oneLine(hold.by),
    oneLine(hold.reason),
  ]
}

function whatOf({ session, principal, run, from, to }: Hold): string {
  return [
    session === null ? '' : `session ${session}`,
    principal === null ? '' : `sessions of ${principal}`,
    run === null ? '' : `run ${run.provider ?? ''}:${run.id}`,
    from === null ? '' : `from ${from}`,
    to === null ? '' : `to ${to}`,
  ]
    .filter((part) => part !== '')
    .join(', ')
}
