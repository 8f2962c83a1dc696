/** A session as a file, piece by piece: asciicast, text or JSON; of statements, or of a terminal. */
import {
  onlyColours,
  TerminalFilter,
  terminalSizeDefault,
  visibleLine,
  withoutColours,
} from '@gatetrail/protocols'
import type { replayApi, SessionDetail } from '@gatetrail/replay-api'
import { unreachable } from '@gatetrail/schemas'
import { castColumns, castRows } from '../limits.ts'
import type { ReplayPlaces } from '../replay/replay-statement.ts'
import { isTerminalProtocol } from '../replay/terminal-protocol.ts'
import { terminalFrames } from '../terminal/read-terminal.ts'
import { terminalEvent } from '../terminal/terminal-slice.ts'
import { Asciicast, safeJson } from './asciicast.ts'
import { statementTexts } from './statement-texts.ts'

export type ExportFormat = (typeof replayApi.exportFormats)[number]

export const fileOf = {
  cast2: { type: 'application/x-asciicast', ending: 'v2.cast' },
  cast3: { type: 'application/x-asciicast', ending: 'v3.cast' },
  text: { type: 'text/plain; charset=utf-8', ending: 'txt' },
  json: { type: 'application/json; charset=utf-8', ending: 'json' },
} as const satisfies Record<ExportFormat, { type: string; ending: string }>

export async function* sessionFile(
  places: ReplayPlaces,
  detail: SessionDetail,
  format: ExportFormat,
): AsyncGenerator<string, void, void> {
  const isTerminal = isTerminalProtocol(detail.protocol)
  switch (format) {
    case 'cast2':
    case 'cast3':
      if (isTerminal) yield* terminalCast(places, detail, format)
      else yield* statementsCast(places, detail, format)
      break
    case 'text':
      yield headOf(detail)
      if (isTerminal) yield* terminalText(places)
      else yield* statementsText(places, detail)
      break
    case 'json':
      yield `{"session":${safeJson(detail)},\n`
      if (isTerminal) yield* terminalJson(places)
      else yield* statementsJson(places, detail)
      break
    default:
      unreachable(format)
  }
}

const labelCharacters = 100

async function* statementsCast(
  places: ReplayPlaces,
  detail: SessionDetail,
  format: 'cast2' | 'cast3',
): AsyncGenerator<string, void, void> {
  const cast = new Asciicast(format === 'cast2' ? 2 : 3)
  yield cast.header({
    ...{ columns: castColumns, rows: castRows, title: titleOf(detail) },
    startedMs: Date.parse(detail.time),
  })
  for await (const { statement, page, text } of statementTexts(places, detail.connection, true)) {
    const { offsetMicros: atMicros, verdict } = statement
    const refused = verdict === 'allow' ? '' : `${verdict}: `
    if (page === 0)
      yield cast.event({ kind: 'marker', atMicros, label: `${refused}${oneLine(statement.text)}` })
    yield cast.event({ kind: 'output', atMicros, text: onlyColours(text) })
  }
}

async function* terminalCast(
  { questions, session }: ReplayPlaces,
  detail: SessionDetail,
  format: 'cast2' | 'cast3',
): AsyncGenerator<string, void, void> {
  const cast = new Asciicast(format === 'cast2' ? 2 : 3)
  yield cast.header({
    ...terminalSizeDefault,
    ...{ startedMs: Date.parse(detail.time), title: titleOf(detail) },
  })
  for await (const event of allTerminalEvents({ questions, session })) {
    const { offsetMicros: atMicros, ...rest } = event
    yield cast.event({ atMicros, ...rest })
  }
}

async function* statementsText(
  places: ReplayPlaces,
  { connection }: SessionDetail,
): AsyncGenerator<string, void, void> {
  for await (const { statement, page, text } of statementTexts(places, connection, false)) {
    if (page === 0) yield `\n-- ${statement.time} · ${statement.verdict} · seq ${statement.seq}\n`
    yield onlyColours(text).split('\r\n').map(withoutColours).join('\n')
  }
}

async function* terminalText({
  questions,
  session,
}: ReplayPlaces): AsyncGenerator<string, void, void> {
  let open = ''
  for await (const event of allTerminalEvents({ questions, session })) {
    if (event.kind !== 'output') continue
    const lines = `${open}${event.text.replace(sequences, '')}`.split('\n')
    open = lines.pop() ?? ''
    for (const line of lines) yield `${shownLine(line)}\n`
    if (open.length > lineCharactersMax) {
      yield shownLine(open)
      open = ''
    }
  }
  if (open !== '') yield `${shownLine(open)}\n`
}

const lineCharactersMax = 64 * 1024
// The sequences that the filter leaves; a sequence is whole in what it gives.
const sequences = /\u001b(?:\[[?!]?[0-9;:]*[@-~]|[()*+].|.)/g // eslint-disable-line no-control-regex

/** What stood last in the line: a carriage return writes over it. */
function shownLine(line: string): string {
  return visibleLine(line.replace(/\r+$/, '').split('\r').at(-1) ?? '').text
}

async function* statementsJson(
  places: ReplayPlaces,
  { connection }: SessionDetail,
): AsyncGenerator<string, void, void> {
  yield '"statements":['
  let first = true
  let open = false
  for await (const { statement, page, text } of statementTexts(places, connection, false)) {
    if (page === 0) {
      const { touches, ...rest } = statement
      const shown = touches.map(({ fingerprints: _fingerprints, ...touch }) => touch)
      yield `${open ? ']}' : ''}${first ? '' : ','}\n${safeJson({ ...rest, touches: shown }).slice(0, -1)},"shown":[`
    }
    yield `${page === 0 ? '' : ','}${safeJson(text)}`
    first = false
    open = true
  }
  yield `${open ? ']}' : ''}\n]}\n`
}

async function* terminalJson({
  questions,
  session,
}: ReplayPlaces): AsyncGenerator<string, void, void> {
  yield '"events":['
  let first = true
  for await (const event of allTerminalEvents({ questions, session })) {
    yield `${first ? '' : ','}\n${safeJson(event)}`
    first = false
  }
  yield '\n]}\n'
}

async function* allTerminalEvents({
  questions,
  session,
}: Pick<ReplayPlaces, 'questions' | 'session'>) {
  const filter = new TerminalFilter()
  for await (const frames of terminalFrames(questions, session, 0)) {
    for (const frame of frames) {
      const event = terminalEvent(frame, filter)
      if (event !== undefined) yield event
    }
  }
}

function headOf({ session, time, principal, connection, run, state }: SessionDetail): string {
  const lines = [
    `-- Gatetrail, session ${session}`,
    `-- ${time}, ${connection}, ${state}`,
    `-- ${oneLine(principal.id)}${run === null ? '' : `, run ${oneLine(`${run.provider} ${run.id}`)}`}`,
  ]
  return `${lines.join('\n')}\n`
}

function titleOf({ session, principal, connection }: SessionDetail): string {
  return `${connection}: ${oneLine(principal.id)} (${session})`
}

function oneLine(text: string): string {
  const { text: shown } = visibleLine(text.replace(/\s+/g, ' ').trim())
  return shown.length <= labelCharacters ? shown : `${shown.slice(0, labelCharacters - 1)}…`
}
