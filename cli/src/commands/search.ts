/** gatetrail search: words in everything on record. */
import {
  searchApi,
  type SearchAnswer,
  type SearchHit,
  type SearchKind,
} from '@gatetrail/replay-api'
import { GatetrailError } from '@gatetrail/schemas'
import type { Command } from 'commander'
import { openApi, type ApiOptions } from './api-client.ts'
import type { CommandContext } from './context.ts'
import { instantOf } from './dates.ts'
import { oneLine } from './tables.ts'

type SearchOptions = ApiOptions & {
  since?: string
  until?: string
  connection?: string
  principal?: string
  run?: string
  kind?: string
  limit: string
  json?: true
}

const hitsPerPage = 200

export function registerSearch(program: Command, context: CommandContext): void {
  program
    .command('search')
    .description('words in statements, what results showed, errors and claims, newest first')
    .argument(
      '<words...>',
      'all of which must occur; "a phrase" in quotes; the beginning of a word*',
    )
    .option('--since <time>', '2h, 7d, today, or an ISO 8601 time')
    .option('--until <time>', 'the same')
    .option('--connection <name>', 'only of this connection')
    .option('--principal <name>', 'only of this principal: issuer#subject, or the subject')
    .option('--run <id>', 'only of this run')
    .option('--kind <kind>', `only ${searchApi.searchKinds.join(', ')}`)
    .option('--limit <hits>', 'at most', '100')
    .option('--json', 'one JSON object per hit')
    .option('--config <file>', 'gatetrail.yaml of the platform; left out: the demo')
    .option('--data-dir <directory>', 'where the platform keeps its data')
    .action(async (words: string[], options: SearchOptions) => {
      const limit = hitsWanted(options.limit)
      const api = await openApi(context, options)
      const now = new Date()
      const question = {
        q: words.join(' '),
        from: options.since === undefined ? undefined : instantOf(options.since, now),
        to: options.until === undefined ? undefined : instantOf(options.until, now),
        connection: options.connection,
        principal: options.principal,
        run: options.run,
        ...(options.kind !== undefined && { kind: kindOf(options.kind) }),
      }
      let left = limit
      let cursor: string | undefined
      do {
        const answer = await api.ask(searchApi.search, {
          query: { ...question, cursor, limit: Math.min(left, hitsPerPage) },
        })
        for (const hit of answer.hits)
          for (const line of options.json === true ? [JSON.stringify(hit)] : linesOf(hit, context))
            context.print(line)
        left -= answer.hits.length
        const isFirst = cursor === undefined
        cursor = answer.nextCursor ?? undefined
        for (const note of notesOf(answer, { isFirst, more: left <= 0 && cursor !== undefined }))
          context.note(note)
      } while (cursor !== undefined && left > 0)
    })
}

function hitsWanted(text: string): number {
  const limit = Number(text)
  if (Number.isInteger(limit) && limit > 0) return limit
  throw new GatetrailError('REQUEST_INVALID', `--limit ${text} is no number of hits`, {
    hint: 'Give a whole number from 1 on.',
  })
}

/** @throws GatetrailError USAGE */
function kindOf(text: string): SearchKind {
  const kind = searchApi.searchKinds.find((one) => one === text)
  if (kind !== undefined) return kind
  throw new GatetrailError('USAGE', `--kind is one of ${searchApi.searchKinds.join(', ')}`)
}

function linesOf(hit: SearchHit, { colors }: CommandContext): string[] {
  const { time, session, seq, statement, kind, principal, connection, excerpt, marks } = hit
  let at = 0
  let text = ''
  for (const { from, to } of marks) {
    text += plain(excerpt.slice(at, from)) + colors.bold(plain(excerpt.slice(from, to)))
    at = to
  }
  return [
    `${time.slice(0, 19).replace('T', ' ')}  ${session}:${statement ?? seq}  ${kind}  ${oneLine(principal.id, 60)}  ${oneLine(connection)}`,
    `    ${text}${plain(excerpt.slice(at))}`,
  ]
}

/** As `oneLine`, with the spaces around it, which stand between it and what is marked. */
function plain(text: string): string {
  const [, before = '', inner = '', after = ''] = /^(\s?)[^]*?(\S[^]*?)?(\s?)$/.exec(text) ?? []
  return `${before && ' '}${oneLine(inner)}${after && ' '}`
}

function* notesOf(
  { personal, stopped, searchedFrom, unsearched, hits }: SearchAnswer,
  { isFirst, more }: { isFirst: boolean; more: boolean },
): Generator<string> {
  if (isFirst && personal.length > 0)
    yield `The question itself holds ${personal.join(', ')}: ask for such a value with gatetrail audit subject, which keeps it out of addresses.`
  if (isFirst && hits.length === 0 && stopped === null) yield 'Nothing was found.'
  if (stopped !== null)
    yield `The search ended before all was searched: nothing before ${searchedFrom} has been looked at. Ask with --until, or more narrowly.`
  if (unsearched > 0)
    yield `${unsearched} records of that time have no texts to search yet: gatetrail ingest rebuild makes them.`
  if (more) yield 'There is more: ask with a higher --limit.'
}
