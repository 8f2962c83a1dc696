/** Rows of a question, page by page → the bytes of a file. Holds one page. */
import type { Evidence, ExportFormat } from '@gatetrail/replay-api'
import { unreachable } from '@gatetrail/schemas'
import { exportPageBytes, exportPageRowsMax, exportPageRowsMin } from '../limits.ts'
import type { Column } from './columns.ts'
import { byteOrderMark, csvLine } from './csv.ts'

export type Page<Row> = { rows: readonly Row[]; next: string | undefined }

/** The rows behind a cursor, at most so many. */
export type ReadPage<Row> = (cursor: string | undefined, limit: number) => Promise<Page<Row>>

export type FileOf<Row> = {
  format: ExportFormat
  withMark: boolean
  columns: readonly Column<Row>[]
  evidence: Evidence
  /** Read already: what fails before the first byte is an answer of its own. */
  first: Page<Row>
  read: ReadPage<Row>
  /** Called with the rows of each page before they go. */
  onRows(count: number): void
}

export async function* piecesOf<Row>(file: FileOf<Row>): AsyncGenerator<Buffer, void, void> {
  const { format, columns, evidence } = file
  let page = file.first
  let rows = 0
  let text = beginning(file)
  for (;;) {
    file.onRows(page.rows.length)
    for (const row of page.rows) {
      if (format === 'csv') text += csvLine(columns.map((column) => column.of(row)))
      else if (format === 'jsonl') text += `${JSON.stringify(row)}\n`
      else text += `${rows === 0 ? '' : ','}\n${JSON.stringify(row)}`
      rows++
    }
    if (page.next === undefined) break
    const piece = Buffer.from(text)
    text = ''
    const limit = nextLimit(page.rows.length, piece.length)
    yield piece
    page = await file.read(page.next, limit)
  }
  // The number at the end tells a whole file from one that was cut.
  if (format === 'json')
    text += `\n],\n"count":${rows},\n"release":${JSON.stringify(evidence.release)}}\n`
  if (format === 'jsonl') text += `${JSON.stringify({ count: rows })}\n`
  yield Buffer.from(text)
}

function beginning<Row>({ format, withMark, columns, evidence }: FileOf<Row>): string {
  switch (format) {
    case 'csv':
      return `${withMark ? byteOrderMark : ''}${csvLine(columns.map(({ name }) => name))}`
    case 'json':
      return `{"evidence":${JSON.stringify(evidence)},\n"rows":[`
    case 'jsonl':
      return `${JSON.stringify({ evidence })}\n`
    default:
      return unreachable(format)
  }
}

/** As many rows as keep a page at its size, whatever the rows of this one are like. */
function nextLimit(rows: number, bytes: number): number {
  const fitting = Math.floor((rows * exportPageBytes) / Math.max(bytes, 1))
  return Math.min(Math.max(fitting, exportPageRowsMin), exportPageRowsMax)
}
