/**
 * A question with its whole answer as a file, and the evidence that a report prints. A file is read from the store page by page while
 * it is sent: its size is not bounded, the memory is. It is on record before its first row leaves, and again with how many left.
 */
import { Readable } from 'node:stream'
import {
  exportApi,
  type Evidence,
  type ExportedQuestion,
  type ExportFormat,
} from '@gatetrail/replay-api'
import { GatetrailError, unreachable } from '@gatetrail/schemas'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { permissionsFor } from '../access/roles.ts'
import {
  piiColumns,
  sessionColumns,
  statementColumns,
  touchColumns,
  type Column,
} from '../export/columns.ts'
import { piecesOf, type ReadPage } from '../export/file-pieces.ts'
import {
  addressOfQuestion,
  parametersOf,
  sentenceOf,
  type Asked,
} from '../export/question-words.ts'
import { exportPageRowsMin, exportsAtOnceMax } from '../limits.ts'
import { coverageOf, gapsOf, type WhoFilter } from '../store/coverage-question.ts'
import { chainOf, policySetsOf } from '../store/evidence-question.ts'
import { listPiiRows } from '../store/pii-rows-question.ts'
import { rangeOf, shownRange, type Range } from '../store/range.ts'
import { listSessions } from '../store/sessions-question.ts'
import { listStatements } from '../store/statements-question.ts'
import { listTouchGroups } from '../store/touches-question.ts'
import { version } from '../version.ts'
import { audited, type App, type RouteContext } from './context.ts'
import { route } from './route.ts'

/** Of which question, with what, over which time, and whose sessions it is about. */
type Question = { of: ExportedQuestion; asked: Asked; range: Range; who: WhoFilter }

type File<Row> = Question & {
  format: ExportFormat
  bom: 'true' | 'false'
  columns: readonly Column<Row>[]
  read: ReadPage<Row>
}

export function registerExport(app: App, context: RouteContext): void {
  const { ingest, log, nowMs = Date.now } = context.options
  let running = 0

  const evidenceOf = async (request: FastifyRequest, question: Question): Promise<Evidence> => {
    const { of, asked, range, who } = question
    const { caller, role } = request
    if (caller === undefined || role === undefined) throw new Error('this asks for a permission')
    const questions = context.questionsOf(request)
    const gaps = await gapsOf(questions, range)
    // Who writes and what they sign is about no connection; who else looked is told to who may read the log of looks.
    const { verified, ...chain } = await chainOf(context.wholeTrail, range, gaps)
    const mayKnowWho = permissionsFor(caller).includes('read_all')
    return {
      question: {
        sentence: sentenceOf(of, asked, range),
        operation: addressOfQuestion(of, asked, range),
        parameters: parametersOf(asked),
      },
      asked: { time: new Date(nowMs()).toISOString(), by: caller.name, role },
      range: shownRange(range),
      coverage: await coverageOf(questions, range, who),
      gaps,
      chain: { ...chain, verified: verified && { ...verified, ...(!mayKnowWho && { by: null }) } },
      policySets: await policySetsOf(context.wholeTrail, range),
      ingest: { ...ingest.status() },
      release: version,
    }
  }

  const sendFile = async <Row>(
    request: FastifyRequest,
    reply: FastifyReply,
    file: File<Row>,
  ): Promise<FastifyReply> => {
    const { of, asked, format, bom, columns, read } = file
    if (running >= exportsAtOnceMax) {
      throw new GatetrailError('STORE_UNAVAILABLE', `${running} exports are running already`, {
        hint: 'Ask again when one of them is done.',
      })
    }
    running++
    let rows = 0
    let stream: Readable
    try {
      const parameters = { ...parametersOf(asked), format }
      const evidence = await evidenceOf(request, file)
      const first = await read(undefined, exportPageRowsMin)
      // First: not a row leaves that is not on record. How many there are is known at the end only.
      await audited(context, request, `export.${of}`, parameters, 0)
      const pieces = piecesOf({
        ...{ format, withMark: bom === 'true', columns, evidence, first, read },
        onRows: (count) => void (rows += count),
      })
      const sent = (complete: boolean) =>
        audited(
          context,
          request,
          `export.${of}.sent`,
          { ...parameters, complete: String(complete) },
          rows,
        )
      stream = Readable.from(recordedAtEnd(pieces, sent), { highWaterMark: 1 })
    } catch (error) {
      running--
      throw error
    }
    stream.once('error', (error) => log.warn({ err: error }, 'an export was cut off'))
    stream.once('close', () => void running--)
    return reply
      .header('content-disposition', `attachment; filename="${fileName(file)}"`)
      .type(types[format])
      .send(stream)
  }

  route(app, exportApi.exportPii, (request, reply) => {
    const { format, bom, ...asked } = request.query
    const questions = context.questionsOf(request)
    const range = rangeOf(asked, nowMs())
    return sendFile(request, reply, {
      ...{ of: 'pii', asked, range, who: {}, format, bom, columns: piiColumns },
      async read(cursor, limit) {
        const { rows, after } = await listPiiRows(questions, range, asked.group, cursor, limit)
        return { rows, next: after }
      },
    })
  })

  route(app, exportApi.exportTouches, (request, reply) => {
    const { format, bom, ...asked } = request.query
    const { by, ...filter } = asked
    const questions = context.questionsOf(request)
    const range = rangeOf(asked, nowMs())
    return sendFile(request, reply, {
      ...{ of: 'touches', asked, range, who: filter, format, bom, columns: touchColumns(by) },
      async read(cursor, limit) {
        const page = await listTouchGroups(questions, { by, range, filter }, { cursor, limit })
        return { rows: page.rows, next: page.nextCursor ?? undefined }
      },
    })
  })

  route(app, exportApi.exportSessions, (request, reply) => {
    const { format, bom, ...asked } = request.query
    const questions = context.questionsOf(request)
    const { range, who } = ofSessions(asked, nowMs())
    return sendFile(request, reply, {
      ...{ of: 'sessions', asked, range, who, format, bom, columns: sessionColumns },
      async read(cursor, limit) {
        const page = await listSessions(questions, { ...asked, cursor, limit, byKey: true })
        return { rows: page.sessions, next: page.nextCursor ?? undefined }
      },
    })
  })

  route(app, exportApi.exportStatements, (request, reply) => {
    const { format, bom, ...asked } = request.query
    const questions = context.questionsOf(request)
    const { range, who } = ofStatements(asked, nowMs())
    return sendFile(request, reply, {
      ...{ of: 'statements', asked, range, who, format, bom, columns: statementColumns },
      async read(cursor, limit) {
        const page = await listStatements(questions, { ...asked, cursor, limit, byKey: true })
        return { rows: page.statements, next: page.nextCursor ?? undefined }
      },
    })
  })

  route(app, exportApi.evidence, async (request) => {
    const { of, ...asked } = request.query
    const evidence = await evidenceOf(request, questionOf(of, asked, nowMs()))
    context.requireStill(request)
    await audited(context, request, 'evidence', { of, ...parametersOf(asked) }, 1)
    return evidence
  })
}

const types: Record<ExportFormat, string> = {
  csv: 'text/csv; charset=utf-8; header=present',
  json: 'application/json; charset=utf-8',
  jsonl: 'application/x-ndjson; charset=utf-8',
}

/** Also of one that was cut off: by its reader, or by a page that could not be read. */
async function* recordedAtEnd(
  pieces: AsyncIterable<Buffer>,
  sent: (complete: boolean) => Promise<void>,
): AsyncGenerator<Buffer, void, void> {
  let complete = false
  let last: Buffer | undefined
  try {
    for await (const piece of pieces) {
      if (last !== undefined) yield last
      last = piece
    }
    complete = true
  } finally {
    await sent(complete)
  }
  // Behind the record: who has the end of the file is on record with its number.
  if (last !== undefined) yield last
}

function questionOf(
  of: ExportedQuestion,
  given: Parameters<typeof rangeOf>[0] &
    WhoFilter & { since?: Date | undefined; until?: Date | undefined },
  nowMs: number,
): Question {
  const asked = partsOf(of, given)
  switch (of) {
    case 'pii': {
      if (given.on === undefined) {
        throw new GatetrailError('REQUEST_INVALID', 'on: a day is asked for', {
          hint: 'Give it as YYYY-MM-DD.',
        })
      }
      return { of, asked, range: rangeOf(given, nowMs), who: {} }
    }
    case 'touches':
      return { of, asked, range: rangeOf(given, nowMs), who: given }
    case 'sessions':
      return { of, asked, ...ofSessions(given, nowMs) }
    case 'statements':
      return { of, asked, ...ofStatements(given, nowMs) }
    default:
      return unreachable(of)
  }
}

const operations = {
  pii: exportApi.exportPii,
  touches: exportApi.exportTouches,
  sessions: exportApi.exportSessions,
  statements: exportApi.exportStatements,
} as const

/** What belongs to that question: evidence is asked for with the filters of all of them. */
function partsOf(of: ExportedQuestion, given: object): Asked {
  const names = Object.keys(operations[of].query.shape)
  return Object.fromEntries(Object.entries(given).filter(([name]) => names.includes(name)))
}

/** Lists without a beginning are of all there is. */
const always = new Date(0)

function ofSessions(
  {
    from = always,
    to,
    connection,
    principal,
  }: { from?: Date | undefined; to?: Date | undefined } & WhoFilter,
  nowMs: number,
): { range: Range; who: WhoFilter } {
  // A subject alone names no principal of the other tables: then coverage is that of all.
  const who = principal?.includes('#') === true ? { connection, principal } : { connection }
  return { range: rangeOf({ from, to, tz: 'UTC' }, nowMs), who }
}

function ofStatements(
  {
    since = always,
    until,
    session,
  }: { since?: Date | undefined; until?: Date | undefined; session?: string | undefined },
  nowMs: number,
): { range: Range; who: WhoFilter } {
  return { range: rangeOf({ from: since, to: until, tz: 'UTC' }, nowMs), who: { session } }
}

/** Of nothing but our own words and times. */
function fileName<Row>({ of, range, format }: File<Row>): string {
  const day = (time: Date) => time.toISOString().slice(0, 16).replace(':', '')
  return `gatetrail-${of}-${day(range.from)}-${day(range.to)}.${format}`
}
