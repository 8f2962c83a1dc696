/**
 * One statement of a session → the text that a person at psql would have seen, one page of rows at a time. Step 3 of a
 * replay, from session-reader.ts. Only the page is kept in memory. The text has `\r\n` line ends and no control character
 * but our own colours (SGR): whatever comes from data is escaped by visible-text.ts.
 */
import { unreachable } from '@gatetrail/schemas'
import type { ColumnDescription } from './backend-messages.ts'
import type { RecordedFrame } from './frame-assembler.ts'
import { frameHeaderBytes } from './frames.ts'
import { reportLines } from './render-report.ts'
import { rowCountText, tableLines, type TableCell } from './render-table.ts'
import { rowValues, type RecordedValue } from './session-messages.ts'
import type { SessionSink, StatementStep } from './session-reader.ts'
import { hexText } from './values-binary.ts'
import { valueText } from './values.ts'
import { visibleLine, visibleLines, visibleText } from './visible-text.ts'

export type TranscriptRequest = {
  /** seq of the statement.decided. */
  seq: number
  /** Shown before `=>`: what the client connected to. */
  prompt: string
  /** Used where the frames of the statement are not there any more. */
  recordedText: string
  /** Values of the answer were masked: cells of nothing but stars are counted and coloured. */
  touched: boolean
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
type Column = { name: string; typeOid: number; binary: boolean }
type Item = Table | { kind: 'lines'; lines: string[] }

const valueBytesMax = 4_096
const copyLineBytesMax = 8_192
const sqlBytesMax = 64 * 1024
const reportsMax = 200

/** Collects one page of one statement. Feed it through a {@link SessionReader} until `enough`. */
export class StatementTranscript implements SessionSink {
  readonly #request: TranscriptRequest
  readonly #firstRow: number
  readonly #endRow: number
  readonly #items: Item[] = []
  #step: StatementStep | undefined
  #table: Table | undefined
  #rows = 0
  #reports = 0
  #maskedCells = 0
  /** The client saw more of a row than the record keeps. */
  #revealed = false
  #complete = false
  #copyBinary = false
  #copyCarry = new Uint8Array(0)

  constructor(request: TranscriptRequest) {
    this.#request = request
    this.#firstRow = request.page * request.rowsPerPage
    this.#endRow = this.#firstRow + request.rowsPerPage
  }

  /** Nothing that is still to come can change the page. */
  get enough(): boolean {
    return this.#complete || this.#rows > this.#endRow
  }

  /** How far it has come: for who wants to jump over rows of earlier pages. */
  get progress(): { rows: number; found: boolean } {
    return { rows: this.#rows, found: this.#step !== undefined }
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
    if (index < this.#firstRow || index >= this.#endRow) return
    const values = rowValues(frame.bytes)
    const columns =
      table.columns.length > 0 || values.length === 0 ? table.columns : unknownColumns(step, values)
    table.columns = columns
    table.rows.push(columns.map((column, at) => this.#cell(column, values[at], frame.masked)))
  }

  complete(step: StatementStep, tag: string): void {
    if (!this.#wanted(step)) return
    this.#flushCopy()
    if (step.kind === 'execute' && this.#table === undefined) {
      const columns = executeColumns(step)
      if (columns.length > 0) this.#openTable(columns)
    }
    const table = this.#table
    this.#table = undefined
    if (table !== undefined) {
      const rows = this.#rows - table.firstRow
      if (this.#onPage()) {
        table.shown = true
        this.#lines([rowCountText(rows), ''])
      }
    }
    if (!this.#onPage() || tag === '') return
    if (tag === 'PORTAL SUSPENDED') this.#note('The client asked for no more rows here.')
    else if (table === undefined || /^(INSERT|UPDATE|DELETE|MERGE) /.test(tag)) {
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
      this.#flushCopy()
      this.#table = undefined
    }
    if (!this.#onPage() || this.#reports++ >= reportsMax) return
    const [first = '', ...rest] = reportLines(fields, sqlOf(step))
    const colored = first.replace(/^[^ ]+:/, (label) =>
      this.#color(kind === 'error' ? 31 : 33, label),
    )
    this.#lines([colored, ...rest])
    if (kind === 'error' && this.#request.refusal !== undefined) this.#note(this.#request.refusal)
  }

  copy(step: StatementStep, direction: 'in' | 'out', binary: boolean): void {
    if (!this.#wanted(step)) return
    this.#copyBinary = binary
    if (direction === 'in' && this.#onPage()) this.#note('The client sent:')
  }

  copyBytes(step: StatementStep, direction: 'in' | 'out', frame: RecordedFrame): void {
    if (!this.#wanted(step)) return
    const bytes = frame.bytes.subarray(frameHeaderBytes)
    const cut = frame.totalLength - frame.bytes.length
    if (this.#copyBinary) this.#copyLine(bytes, cut, frame.masked)
    else if (direction === 'out') this.#copyLine(withoutLineEnd(bytes), cut, frame.masked)
    else this.#copyIn(bytes, frame.masked)
  }

  done(step: StatementStep): void {
    if (this.#wanted(step)) this.#complete = true
  }

  /** The page as it stands. */
  transcript(): Transcript {
    const { page, rowsPerPage } = this.#request
    const lines = page === 0 ? this.#promptLines() : []
    for (const item of this.#items) {
      if (item.kind === 'lines') lines.push(...item.lines)
      else if (item.shown || item.rows.length > 0)
        lines.push(...tableLines(item.columns, item.rows))
    }
    if (this.#revealed) {
      lines.push(this.#noteText('The client saw values of this page that the record keeps masked.'))
    }
    if (this.#step === undefined) {
      if (this.#request.refusal !== undefined) lines.push(this.#noteText(this.#request.refusal))
      else lines.push(this.#noteText('The frames of this statement are not on record here.'))
    } else if (this.#rows > this.#endRow) {
      lines.push(
        this.#noteText(`Rows ${page * rowsPerPage + 1} to ${this.#endRow}; more on the next page.`),
      )
    } else if (!this.#complete && this.#items.length === 0) {
      lines.push(this.#noteText('No answer is on record yet.'))
    }
    return {
      text: lines.map((line) => `${line}\r\n`).join(''),
      rows: this.#rows,
      maskedCells: this.#maskedCells,
      complete: this.#complete,
      found: this.#step !== undefined,
    }
  }

  #wanted(step: StatementStep): boolean {
    if (step.decision?.seq !== this.#request.seq) return false
    this.#step ??= step
    return true
  }

  #openTable(columns: readonly Column[]): Table {
    const table: Table = { kind: 'table', columns, rows: [], firstRow: this.#rows, shown: false }
    this.#table = table
    this.#items.push(table)
    return table
  }

  /** Whether what comes now, after the rows so far, is on the page. */
  #onPage(): boolean {
    const before = this.#rows - 1
    return this.#rows === 0
      ? this.#firstRow === 0
      : before >= this.#firstRow && before < this.#endRow
  }

  #cell(column: Column, value: RecordedValue | undefined, masked: boolean): TableCell {
    if (value?.bytes === undefined) return { text: undefined }
    const text = shownValue(column, value.bytes, value.cut)
    if (masked) this.#revealed = true
    if (!this.#request.touched || !looksMasked(text)) return { text }
    this.#maskedCells++
    return { text, paint: this.#paintMasked }
  }

  readonly #paintMasked = (text: string): string =>
    text.replace(/\*[*\-. ]*\*|\*/g, (stars) => this.#color(33, stars))

  #copyIn(bytes: Uint8Array, masked: boolean): void {
    let start = 0
    for (;;) {
      const end = bytes.indexOf(0x0a, start)
      if (end === -1) break
      const line = joined(this.#copyCarry, bytes.subarray(start, end))
      this.#copyCarry = new Uint8Array(0)
      this.#copyLine(line, 0, masked)
      start = end + 1
    }
    if (this.#copyCarry.length < copyLineBytesMax) {
      this.#copyCarry = joined(this.#copyCarry, bytes.subarray(start, start + copyLineBytesMax))
    }
  }

  #flushCopy(): void {
    if (this.#copyCarry.length > 0) this.#copyLine(this.#copyCarry, 0, false)
    this.#copyCarry = new Uint8Array(0)
  }

  #copyLine(bytes: Uint8Array, cut: number, masked: boolean): void {
    const index = this.#rows++
    if (index < this.#firstRow || index >= this.#endRow) return
    const column = { name: '', typeOid: this.#copyBinary ? 17 : 25, binary: this.#copyBinary }
    const text = visibleLine(shownValue(column, bytes, cut)).text
    if (masked) this.#revealed = true
    const stars = this.#request.touched && text.includes('***')
    if (stars) this.#maskedCells++
    this.#lines([stars ? this.#paintMasked(text) : text])
  }

  #promptLines(): string[] {
    const sql =
      (this.#step === undefined ? undefined : sqlOf(this.#step)) ?? this.#request.recordedText
    const name = visibleLine(this.#request.prompt).text
    const shown = sql.slice(0, sqlBytesMax)
    const lines = visibleLines(shown).map(
      ({ text }, index) => `${this.#color(1, `${name}${index === 0 ? '=>' : '->'}`)} ${text}`,
    )
    if (shown.length < sql.length)
      lines.push(this.#noteText(`${sql.length - shown.length} more characters of the statement.`))
    const parameters = this.#step?.kind === 'execute' ? parameterTexts(this.#step) : []
    if (parameters.length > 0) lines.push(this.#noteText(`Parameters: ${parameters.join(', ')}`))
    return lines
  }

  #lines(lines: string[]): void {
    const last = this.#items.at(-1)
    if (last?.kind === 'lines') last.lines.push(...lines)
    else this.#items.push({ kind: 'lines', lines })
  }

  #note(text: string): void {
    this.#lines([this.#noteText(text)])
  }

  #noteText(text: string): string {
    return this.#color(2, `-- ${visibleText(text).replaceAll('\n', ' ')}`)
  }

  #color(code: number, text: string): string {
    return this.#request.colors ? `\u001b[${code}m${text}\u001b[0m` : text
  }
}

/** Masking keeps what separates: not a letter nor a digit is left. */
function looksMasked(text: string): boolean {
  return text.includes('***') && !/[\p{L}\p{N}]/u.test(text)
}

function columnOf(column: ColumnDescription): Column {
  return { name: column.name, typeOid: column.typeOid, binary: column.format === 1 }
}

/** Columns of an Execute: described by portal or by statement, then in the formats that Bind asked for. */
function executeColumns(step: StatementStep): Column[] {
  if (step.kind !== 'execute') return []
  const { portal } = step
  if (portal?.columns !== undefined) return portal.columns.map(columnOf)
  const formats = portal?.bind.resultFormats ?? []
  return (portal?.prepared?.columns ?? []).map(({ name, typeOid }, index) => ({
    name,
    typeOid,
    binary: formatAt(formats, index) === 1,
  }))
}

/** Nobody asked for the description: names and types are not known. */
function unknownColumns(step: StatementStep, values: readonly RecordedValue[]): Column[] {
  const formats = step.kind === 'execute' ? (step.portal?.bind.resultFormats ?? []) : []
  return values.map((_, index) => {
    const binary = formatAt(formats, index) === 1
    return { name: `column ${index + 1}`, typeOid: binary ? 17 : 25, binary }
  })
}

function formatAt(formats: readonly number[], index: number): number {
  return formats.length === 1 ? formats[0]! : (formats[index] ?? 0)
}

function shownValue(column: Column, bytes: Uint8Array, cutBefore: number): string {
  let end = bytes.length
  if (end > valueBytesMax) {
    end = valueBytesMax
    // Not within a character.
    while (end > valueBytesMax - 4 && (bytes[end]! & 0xc0) === 0x80) end--
  }
  const whole = end === bytes.length && cutBefore === 0
  if (whole) return valueText(column.typeOid, column.binary ? 'binary' : 'text', bytes)
  const note = ` … (${bytes.length - end + cutBefore} more bytes)`
  const beginning = bytes.subarray(0, end)
  if (column.binary && !textTypes.has(column.typeOid)) return hexText(beginning) + note
  return valueText(25, 'text', beginning) + note
}

const textTypes: ReadonlySet<number> = new Set([19, 25, 114, 142, 1042, 1043])

function parameterTexts(step: Extract<StatementStep, { kind: 'execute' }>): string[] {
  const { bind, prepared } = step.portal ?? {}
  return (bind?.parameters ?? []).slice(0, 100).map(({ value, format }, index) => {
    if (value.bytes === undefined) return `$${index + 1} = NULL`
    const typeOid = prepared?.parameterTypes[index] ?? 0
    const column = { name: '', typeOid, binary: format === 1 }
    return `$${index + 1} = '${visibleLine(shownValue(column, value.bytes, value.cut)).text}'`
  })
}

function sqlOf(step: StatementStep): string | undefined {
  switch (step.kind) {
    case 'query':
      return step.sql
    case 'parse':
      return step.prepared.sql
    case 'execute':
      return step.portal?.prepared?.sql
    case 'function_call':
      return undefined
    default:
      return unreachable(step)
  }
}

function withoutLineEnd(bytes: Uint8Array): Uint8Array {
  return bytes.at(-1) === 0x0a ? bytes.subarray(0, -1) : bytes
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(first.length + second.length)
  bytes.set(first)
  bytes.set(second, first.length)
  return bytes
}
