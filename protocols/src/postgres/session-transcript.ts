/**
 * One statement of a session → the text that a person at psql would have seen, one page of rows at a time. Step 3 of a
 * replay, from session-reader.ts. Only the page is kept in memory. The text has `\r\n` line ends and no control character
 * but our own colours (SGR): whatever comes from data is escaped by visible-text.ts.
 */
import type { ColumnDescription } from './backend-messages.ts'
import { copyOptions } from './copy-options.ts'
import { copyRows, type CopyRows } from './copy-rows.ts'
import type { RecordedFrame } from './frame-assembler.ts'
import { frameHeaderBytes } from './frames.ts'
import { reportLines } from './render-report.ts'
import { nullText, rowCountText, tableLines, type TableCell } from './render-table.ts'
import { rowValues, type RecordedNotification, type RecordedValue } from './session-messages.ts'
import type { CopyStart, SessionSink, StatementStep } from './session-steps.ts'
import { headLines, sqlOf } from './transcript-head.ts'
import { TranscriptPaint } from './transcript-paint.ts'
import {
  columnOf,
  copyColumn,
  executeColumns,
  hexNotes,
  shownValue,
  unknownColumns,
  type Column,
} from './transcript-values.ts'
import { visibleLine, visibleText } from './visible-text.ts'

export type TranscriptRequest = {
  /** seq of the statement.decided. */
  seq: number
  /** Shown before `=>`: what the client connected to. */
  prompt: string
  /** Used where the frames of the statement are not there any more. */
  recordedText: string
  /** Values of the answer were masked: cells of nothing but stars are counted and coloured. */
  touched: boolean
  /** Sentences below the answer: what was found in it. */
  findings: readonly string[]
  /** Why Gatetrail refused it, in a sentence. */
  refusal: string | undefined
  /** From 0. */
  page: number
  rowsPerPage: number
  colors: boolean
}

export type Transcript = {
  text: string
  /** Rows of the statement that were passed, skipped ones included. All of them once `complete`. */
  rows: number
  /** Cells of this page that hold masked characters. */
  maskedCells: number
  /** Whether the end of the statement was reached: what is after this page is nothing. */
  complete: boolean
  /** Whether any frame of the statement was found. */
  found: boolean
}

type Table = {
  kind: 'table'
  columns: readonly Column[]
  rows: TableCell[][]
  firstRow: number
  shown: boolean
}
type Item = Table | { kind: 'lines'; lines: string[] }

const messagesMax = 200
/** Tables, messages and tags of one page: a text may hold any number of statements. */
const itemsMax = 2_000

/** Collects one page of one statement. Feed it through a {@link SessionReader} until `enough`. */
export class StatementTranscript implements SessionSink {
  readonly #request: TranscriptRequest
  readonly #firstRow: number
  readonly #endRow: number
  readonly #items: Item[] = []
  readonly #paint: TranscriptPaint
  #step: StatementStep | undefined
  #table: Table | undefined
  #rows = 0
  #messages = 0
  #itemCount = 0
  /** The client saw more of a row than the record keeps. */
  #revealed = false
  #complete = false
  #left = false
  #copies = 0
  #copy: CopyRows | undefined
  /** The row of names has not come yet. */
  #copyHeader = false
  #copyMasked = false

  constructor(request: TranscriptRequest) {
    this.#request = request
    this.#paint = new TranscriptPaint(request)
    this.#firstRow = request.page * request.rowsPerPage
    this.#endRow = this.#firstRow + request.rowsPerPage
  }

  /** Nothing that is still to come can change the page. */
  get enough(): boolean {
    const ended = this.#complete && (this.#left || this.#messages > messagesMax)
    return ended || this.#rows > this.#endRow
  }

  /** How far it has come: for who wants to jump over rows of earlier pages, where that can be done. */
  get progress(): { rows: number; found: boolean; betweenRows: boolean } {
    const betweenRows = this.#copy === undefined || (this.#copy.betweenRows && !this.#copyHeader)
    return { rows: this.#rows, found: this.#step !== undefined, betweenRows }
  }

  /** Tells that this many rows of the statement were left out before the next one fed. */
  skipRows(count: number): void {
    this.#rows += count
  }

  columns(step: StatementStep, columns: ColumnDescription[]): void {
    if (this.#wanted(step)) this.#openTable(columns.map(columnOf))
  }

  row(step: StatementStep, frame: RecordedFrame): void {
    if (!this.#wanted(step)) return
    const table = this.#table ?? this.#openTable(executeColumns(step))
    const index = this.#rows++
    if (!this.#isOnPage(index)) return
    const values = rowValues(frame.bytes)
    if (table.columns.length === 0 && values.length > 0) {
      table.columns = unknownColumns(step, values)
    }
    this.#addRow(table, values, frame.masked)
  }

  complete(step: StatementStep, tag: string): void {
    if (!this.#wanted(step)) return
    this.#endCopy()
    if (step.kind === 'execute' && this.#table === undefined) {
      const columns = executeColumns(step)
      if (columns.length > 0) this.#openTable(columns)
    }
    const table = this.#table
    this.#table = undefined
    if (!this.#onPage()) return
    if (table !== undefined) {
      table.shown = true
      this.#lines([rowCountText(this.#rows - table.firstRow), ''])
    }
    if (tag === '') this.#note('The statement was empty.')
    else if (tag === 'PORTAL SUSPENDED') this.#note('Suspended here.')
    else if (table === undefined || /^(INSERT|UPDATE|DELETE|MERGE|COPY) /.test(tag)) {
      this.#lines([visibleLine(tag).text])
    }
  }

  report(
    step: StatementStep | undefined,
    kind: 'error' | 'notice',
    fields: ReadonlyMap<string, string>,
  ): void {
    if (step === undefined || !this.#wanted(step)) return
    if (kind === 'error') {
      this.#endCopy()
      this.#table = undefined
    }
    if (!this.#takesMessage()) return
    const [first = '', ...rest] = reportLines(fields, sqlOf(step))
    const colored = first.replace(/^[^ ]+:/, (label) =>
      this.#paint.color(kind === 'error' ? 31 : 33, label),
    )
    this.#say([colored, ...rest])
    if (kind === 'error' && !this.#complete && this.#request.refusal !== undefined) {
      this.#note(this.#request.refusal)
    }
  }

  resumed(step: StatementStep, rowLimit: number): void {
    if (!this.#wanted(step) || !this.#onPage()) return
    this.#note(`The client asks for ${rowLimit === 0 ? 'the rest' : `${rowLimit} more`}:`)
  }

  copy(step: StatementStep, direction: 'in' | 'out', start: CopyStart): void {
    if (!this.#wanted(step)) return
    const options = copyOptions(sqlOf(step), this.#copies++, start.binary)
    this.#copy = copyRows(options, (fields) => this.#copyRow(fields))
    this.#copyHeader = options.header
    this.#copyMasked = false
    if (this.#onPage()) {
      if (direction === 'in') this.#note('The client sent:')
      if (start.binary) {
        this.#note('A binary COPY carries no types: what reads as text is shown as text, else hex.')
      }
    }
    this.#openTable(
      Array.from({ length: start.columns }, (_, index) =>
        copyColumn(options.columns[index], index, start.binary),
      ),
    )
  }

  copyBytes(step: StatementStep, _direction: 'in' | 'out', frame: RecordedFrame): void {
    if (!this.#wanted(step)) return
    this.#copyMasked ||= frame.masked
    const cut = frame.totalLength - frame.bytes.length
    this.#copy?.push(frame.bytes.subarray(frameHeaderBytes), cut)
  }

  copyFailed(step: StatementStep, reason: string): void {
    if (!this.#wanted(step)) return
    this.#endCopy()
    this.#table = undefined
    if (this.#onPage()) this.#note(`The client gave up the COPY: ${reason}`)
  }

  notification(step: StatementStep | undefined, notification: RecordedNotification): void {
    if (step === undefined || !this.#wanted(step) || !this.#takesMessage()) return
    const { processId, channel, payload } = notification
    const name = visibleLine(channel).text
    const carried = payload === '' ? '' : ` with payload "${visibleText(payload)}"`
    const text = `${this.#paint.color(36, 'Asynchronous notification')} "${name}"${carried} received from server process with PID ${processId}.`
    this.#say(text.split('\n'))
  }

  parameter(step: StatementStep | undefined, name: string, value: string): void {
    if (step === undefined || !this.#wanted(step) || !this.#takesMessage()) return
    this.#say([this.#paint.note(`${name} is now '${value}'.`)])
  }

  functionResult(step: StatementStep, value: RecordedValue): void {
    if (!this.#wanted(step)) return
    const column: Column = { name: 'result', typeOid: undefined, format: 'copy_binary' }
    const text = value.bytes === undefined ? nullText : shownValue(column, value.bytes, value.cut)
    this.#note(`The function returned ${visibleLine(text).text}`)
  }

  skipped(step: StatementStep): void {
    if (this.#wanted(step)) this.#note('Not run: an earlier statement of its pipeline failed.')
  }

  done(step: StatementStep): void {
    if (this.#wanted(step)) this.#complete = true
  }

  left(step: StatementStep): void {
    if (this.#wanted(step)) this.#left = true
  }

  /** The page as it stands. */
  transcript(): Transcript {
    const { page, prompt, recordedText } = this.#request
    const lines =
      page === 0
        ? headLines(this.#step, {
            prompt,
            recordedText,
            bold: (text) => this.#paint.color(1, text),
            note: (text) => this.#paint.note(text),
          })
        : []
    for (const item of this.#items) {
      if (item.kind === 'lines') lines.push(...item.lines)
      else if (item.shown || item.rows.length > 0) {
        lines.push(...tableLines(item.columns, item.rows))
      }
    }
    lines.push(...this.#footNotes().map((note) => this.#paint.note(note)))
    return {
      text: lines.map((line) => `${line}\r\n`).join(''),
      rows: this.#rows,
      maskedCells: this.#paint.maskedCells,
      complete: this.#complete,
      found: this.#step !== undefined,
    }
  }

  #footNotes(): string[] {
    const { page, rowsPerPage, refusal, findings } = this.#request
    const notes: string[] = []
    for (const item of this.#items) {
      if (item.kind === 'table' && item.rows.length > 0) notes.push(...hexNotes(item.columns))
    }
    if (this.#itemCount > itemsMax) notes.push('It gave more answers than are shown.')
    if (this.#messages > messagesMax) {
      notes.push(`Of its messages only the first ${messagesMax} are shown.`)
    }
    if (this.#revealed) {
      notes.push('The client saw values of this page that the record keeps masked.')
    }
    if (page === 0) notes.push(...findings)
    if (this.#step === undefined) {
      notes.push(refusal ?? 'The frames of this statement are not on record here.')
    } else if (this.#rows > this.#endRow) {
      notes.push(`Rows ${page * rowsPerPage + 1} to ${this.#endRow}; more on the next page.`)
    } else if (!this.#complete && this.#items.length === 0) {
      notes.push('No answer is on record yet.')
    }
    return notes
  }

  #wanted(step: StatementStep): boolean {
    if (step.decision?.seq !== this.#request.seq) return false
    this.#step ??= step
    return true
  }

  #openTable(columns: readonly Column[]): Table {
    const table: Table = { kind: 'table', columns, rows: [], firstRow: this.#rows, shown: false }
    this.#table = table
    if (this.#itemCount++ < itemsMax) this.#items.push(table)
    return table
  }

  #isOnPage(row: number): boolean {
    return row >= this.#firstRow && row < this.#endRow
  }

  /** Whether what comes now, after the rows so far, is on the page. */
  #onPage(): boolean {
    return this.#rows === 0 ? this.#firstRow === 0 : this.#isOnPage(this.#rows - 1)
  }

  #takesMessage(): boolean {
    return this.#onPage() && this.#messages++ < messagesMax
  }

  #copyRow(fields: RecordedValue[]): void {
    const table = this.#table
    if (table === undefined) return
    if (this.#copyHeader) {
      this.#copyHeader = false
      table.columns = fields.map((field, index) => {
        const plain = copyColumn(undefined, index, false)
        return field.bytes === undefined
          ? plain
          : { ...plain, name: shownValue(plain, field.bytes, field.cut) }
      })
      return
    }
    const masked = this.#copyMasked
    this.#copyMasked = false
    if (!this.#isOnPage(this.#rows++)) return
    if (fields.length > table.columns.length) {
      const binary = table.columns[0]?.format === 'copy_binary'
      table.columns = fields.map(
        (_, index) => table.columns[index] ?? copyColumn(undefined, index, binary),
      )
    }
    this.#addRow(table, fields, masked)
  }

  #endCopy(): void {
    this.#copy?.end()
    this.#copy = undefined
  }

  #addRow(table: Table, values: readonly RecordedValue[], masked: boolean): void {
    if (masked) this.#revealed = true
    table.rows.push(table.columns.map((column, at) => this.#paint.cell(column, values[at])))
  }

  /** As in psql, which shows a table when it is whole: what is said meanwhile stands above it. */
  #say(lines: string[]): void {
    const at = this.#table === undefined ? -1 : this.#items.indexOf(this.#table)
    if (at === -1) this.#lines(lines)
    else this.#items.splice(at, 0, { kind: 'lines', lines })
  }

  #lines(lines: string[]): void {
    if (this.#itemCount++ >= itemsMax) return
    const last = this.#items.at(-1)
    if (last?.kind === 'lines') last.lines.push(...lines)
    else this.#items.push({ kind: 'lines', lines })
  }

  #note(text: string): void {
    this.#lines([this.#paint.note(text)])
  }
}
