/**
 * One page of one statement as a person at psql would have seen it. Reads from the quiet point before the statement to the
 * end of the page, jumps over rows of earlier pages, and keeps one page in memory. The rendering is protocols/.
 */
import {
  FrameAssembler,
  frontendTypes,
  SessionReader,
  StatementTranscript,
} from '@gatetrail/protocols'
import {
  decodeChunk,
  decodeEventBody,
  GatetrailError,
  isChunk,
  type StoredRecord,
} from '@gatetrail/schemas'
import { replayBytesMax, replayRowsPerPage } from '../limits.ts'
import { findStart, rowsToSkip, type ChunkPlaces } from './find-start.ts'
import { findingsOf } from './findings.ts'
import type { KeptStatement, KeptStatements } from './kept-statements.ts'
import { readPreparations, recordsFrom, transactionAfter, type Skipped } from './read-records.ts'

/** Where the records of a session are, and what its statements are. */
export type ReplayPlaces = ChunkPlaces & { kept: KeptStatements }

export type StatementPage = {
  page: number
  pages: number
  rows: number
  rowsPerPage: number
  maskedCells: number
  complete: boolean
  text: string
}

/** @throws GatetrailError NOT_FOUND if there is no such statement, or no such page */
export async function replayStatement(
  places: ReplayPlaces,
  seq: number,
  page: number,
  colors: boolean,
): Promise<StatementPage> {
  const { questions, session, kept } = places
  const statement = await kept.of(questions, session, seq)
  const replay = new Replay(places, { seq, page, colors, statement })
  const transcript = await replay.run()
  const rows = transcript.complete
    ? transcript.rows
    : Math.max(transcript.rows, statement.rows ?? 0)
  const pages = Math.max(1, Math.ceil(rows / replayRowsPerPage), transcript.complete ? 1 : page + 1)
  if (page >= pages && page > 0) {
    throw new GatetrailError('NOT_FOUND', `the statement has ${pages} pages`, {
      hint: 'Pages count from 0.',
    })
  }
  const { maskedCells, complete, text } = transcript
  return { page, pages, rows, rowsPerPage: replayRowsPerPage, maskedCells, complete, text }
}

class Replay {
  readonly #places: ChunkPlaces
  readonly #seq: number
  readonly #firstRow: number
  readonly #transcript: StatementTranscript
  #reader: SessionReader
  #frames = new FrameAssembler()
  #bytes = 0

  constructor(
    places: ChunkPlaces,
    wanted: { seq: number; page: number; colors: boolean; statement: KeptStatement },
  ) {
    this.#places = places
    this.#seq = wanted.seq
    this.#firstRow = wanted.page * replayRowsPerPage
    const { touches } = wanted.statement
    this.#transcript = new StatementTranscript({
      seq: wanted.seq,
      prompt: places.session.connection,
      recordedText: wanted.statement.text,
      touched: touches.length > 0,
      findings: findingsOf(touches),
      refusal: refusalOf(wanted.statement),
      page: wanted.page,
      rowsPerPage: replayRowsPerPage,
      colors: wanted.colors,
    })
    this.#reader = new SessionReader(this.#transcript)
  }

  async run(): Promise<ReturnType<StatementTranscript['transcript']>> {
    const { questions, session } = this.#places
    const start = await findStart(this.#places, this.#seq)
    let prepared = start === 0
    let skipped: Skipped | undefined
    // With the record before it, which says what transaction it begins in.
    const reads = recordsFrom(questions, session, Math.max(0, start - 1))
    while (!this.#transcript.enough && this.#bytes < replayBytesMax) {
      const { value, done } = await reads.next(skipped)
      if (done === true) break
      const [first] = value.records
      const isBefore = first !== undefined && first.header.seq < start
      if (isBefore) this.#reader = new SessionReader(this.#transcript, transactionAfter(first))
      const records = isBefore ? value.records.slice(1) : value.records
      // Before anything of the exchange is read, or not at all.
      if (!prepared && usesPrepared(records)) await this.#prepare(start)
      prepared = true
      skipped = await this.#feed(records)
    }
    return this.#transcript.transcript()
  }

  async #prepare(beforeSeq: number): Promise<void> {
    for (const frames of await readPreparations(this.#places, beforeSeq)) {
      for (const frame of frames) this.#reader.frame(frame)
      this.#reader.settle()
    }
  }

  /** Returns where to read on, if it is not just behind them. */
  async #feed(records: readonly StoredRecord[]): Promise<Skipped | undefined> {
    for (const record of records) {
      const { seq } = record.header
      this.#bytes += record.bytes.length
      if (!isChunk(record.header)) {
        const { path } = decodeEventBody(
          'gatetrail.statement.decided',
          record.body,
          record.header.version,
        )
        this.#reader.decision({ seq, path })
        continue
      }
      for (const fragment of decodeChunk(record.body).fragments) {
        const frame = this.#frames.add(fragment)
        if (frame !== undefined) this.#reader.frame(frame)
      }
      if (this.#transcript.enough) return undefined
      const skipped = await this.#skip(seq)
      if (skipped !== undefined) return skipped
    }
    return undefined
  }

  async #skip(after: number): Promise<Skipped | undefined> {
    const { rows, found, betweenRows } = this.#transcript.progress
    const rowsMax = this.#firstRow - rows
    if (!found || !betweenRows || rowsMax < replayRowsPerPage) return undefined
    const skip = await rowsToSkip(this.#places, after, rowsMax)
    if (skip === undefined) return undefined
    this.#transcript.skipRows(skip.rows)
    this.#frames = new FrameAssembler()
    // As many rows to a record as in those that were skipped; what is left of the pages before is read too.
    const rowsPerRecord = skip.rows / (skip.seq - after)
    const wanted = rowsMax - skip.rows + replayRowsPerPage + 1
    return { toSeq: skip.seq + 1, records: Math.ceil(wanted / rowsPerRecord) }
  }
}

const usesTypes: ReadonlySet<number> = new Set([frontendTypes.bind, frontendTypes.execute])

function usesPrepared(records: readonly StoredRecord[]): boolean {
  return records.some(
    (record) =>
      isChunk(record.header) &&
      decodeChunk(record.body).fragments.some(
        ({ direction, type }) => direction === 'to_target' && usesTypes.has(type),
      ),
  )
}

/** Why it was refused, in a sentence; undefined if it was not. */
export function refusalOf(statement: {
  verdict: string
  policies: string[]
  code: string | null
}): string | undefined {
  if (statement.verdict === 'allow') return undefined
  const policies =
    statement.policies.length > 0 ? statement.policies.join(', ') : 'no policy allows it'
  const code = statement.code || statement.verdict
  return `Refused by Gatetrail (${code}; ${policies}): the target never saw it.`
}
