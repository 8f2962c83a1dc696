/**
 * All statements of a session with what was shown for each, in one pass over its records. What is open is kept, nothing else: of a
 * statement with many rows the later pages are read one by one.
 */
import {
  FrameAssembler,
  SessionReader,
  StatementTranscript,
  type SessionSink,
  type StatementStep,
} from '@gatetrail/protocols'
import type { TimelineStatement } from '@gatetrail/replay-api'
import { decodeChunk, decodeEventBody, isChunk, type StoredRecord } from '@gatetrail/schemas'
import { exportOpenMax, exportStatementsPerRead, replayRowsPerPage } from '../limits.ts'
import { recordsFrom } from '../replay/read-records.ts'
import { refusalOf, replayStatement } from '../replay/replay-statement.ts'
import { findingsOf } from '../replay/findings.ts'
import type { ReplayPlaces } from '../replay/replay-statement.ts'
import { timelineOf } from '../store/sessions-question.ts'

type Statement = Omit<TimelineStatement, 'transaction'>
/** `text` of a page; several of one statement with many rows. */
export type StatementText = { statement: Statement; page: number; text: string }

export async function* statementTexts(
  places: ReplayPlaces,
  connection: string,
  colors: boolean,
): AsyncGenerator<StatementText, void, void> {
  const { questions, session } = places
  const pass = new Pass(places, connection, colors)
  for await (const { records } of recordsFrom(questions, session, 0)) {
    await pass.take(records)
    yield* pass.left()
  }
  pass.end()
  yield* pass.left()
}

type Open = { statement: Statement; transcript: StatementTranscript }

class Pass {
  readonly #places: ReplayPlaces
  readonly #connection: string
  readonly #colors: boolean
  readonly #frames = new FrameAssembler()
  readonly #reader: SessionReader
  /** In order; those that were left stand in `#left`. */
  readonly #open = new Map<number, Open>()
  #left: Open[] = []
  #known = new Map<number, Statement>()

  constructor(places: ReplayPlaces, connection: string, colors: boolean) {
    this.#places = places
    this.#connection = connection
    this.#colors = colors
    this.#reader = new SessionReader(
      sinkOf(
        (step) => this.#transcriptOf(step),
        (step) => this.#leave(step.decision?.seq),
      ),
    )
  }

  async take(records: readonly StoredRecord[]): Promise<void> {
    for (const { header, body } of records) {
      if (!isChunk(header)) {
        const { path } = decodeEventBody('gatetrail.statement.decided', body, header.version)
        await this.#decided(header.seq)
        this.#reader.decision({ seq: header.seq, path })
        continue
      }
      for (const fragment of decodeChunk(body).fragments) {
        const frame = this.#frames.add(fragment)
        if (frame !== undefined) this.#reader.frame(frame)
      }
    }
  }

  /** What comes from now on belongs to no statement. */
  end(): void {
    for (const seq of [...this.#open.keys()]) this.#leave(seq)
  }

  async *left(): AsyncGenerator<StatementText, void, void> {
    for (const { statement, transcript } of this.#left.splice(0)) {
      const { text, rows } = transcript.transcript()
      yield { statement, page: 0, text }
      const pages = Math.ceil(Math.max(rows, statement.rows) / replayRowsPerPage)
      // Whether there are rows at all is known by the first page: an UPDATE has a count and none.
      if (rows <= replayRowsPerPage) continue
      for (let page = 1; page < pages; page++) {
        const later = await replayStatement(this.#places, statement.seq, page, this.#colors)
        yield { statement, page, text: later.text }
        if (later.complete) break
      }
    }
  }

  async #decided(seq: number): Promise<void> {
    let statement = this.#known.get(seq)
    if (statement === undefined) {
      const { questions, session } = this.#places
      const page = await timelineOf(questions, session.id, seq, exportStatementsPerRead)
      this.#known = new Map(page.map((one) => [one.seq, one]))
      statement = this.#known.get(seq)
    }
    if (statement === undefined) return
    const transcript = new StatementTranscript({
      seq,
      prompt: this.#connection,
      recordedText: statement.text,
      touched: statement.touches.length > 0,
      findings: findingsOf(statement.touches),
      refusal: refusalOf(statement),
      page: 0,
      rowsPerPage: replayRowsPerPage,
      colors: this.#colors,
    })
    this.#open.set(seq, { statement, transcript })
    const [oldest] = this.#open.keys()
    if (this.#open.size > exportOpenMax) this.#leave(oldest)
  }

  #transcriptOf(step: StatementStep | undefined): StatementTranscript | undefined {
    const seq = step?.decision?.seq
    return seq === undefined ? undefined : this.#open.get(seq)?.transcript
  }

  #leave(seq: number | undefined): void {
    const open = seq === undefined ? undefined : this.#open.get(seq)
    if (seq === undefined || open === undefined) return
    this.#open.delete(seq)
    this.#left.push(open)
  }
}

/** Hands everything to the transcript of its statement. */
function sinkOf(
  of: (step: StatementStep | undefined) => StatementTranscript | undefined,
  leave: (step: StatementStep) => void,
): SessionSink {
  return {
    columns: (step, columns) => of(step)?.columns(step, columns),
    row: (step, frame) => of(step)?.row(step, frame),
    complete: (step, tag) => of(step)?.complete(step, tag),
    resumed: (step, rowLimit) => of(step)?.resumed(step, rowLimit),
    report: (step, kind, fields) => of(step)?.report(step, kind, fields),
    copy: (step, direction, format) => of(step)?.copy(step, direction, format),
    copyBytes: (step, direction, frame) => of(step)?.copyBytes(step, direction, frame),
    copyFailed: (step, reason) => of(step)?.copyFailed(step, reason),
    notification: (step, notification) => of(step)?.notification(step, notification),
    parameter: (step, name, value) => of(step)?.parameter(step, name, value),
    functionResult: (step, value) => of(step)?.functionResult(step, value),
    skipped: (step) => of(step)?.skipped(step),
    done: (step) => of(step)?.done(step),
    left: (step) => {
      of(step)?.left(step)
      leave(step)
    },
  }
}
