/** Rows with named columns; on a narrow screen each row is a card with the names beside its values. */
import { useState, type ReactNode } from 'react'
import { count } from '../text/numbers.ts'

const rowsAtOnce = 200

export type Column<Row> = {
  name: string
  cell: (row: Row) => ReactNode
  /** Numbers: aligned at their last digit. */
  right?: boolean
  /** On a narrow screen it takes the whole width. */
  wide?: boolean
}

type DataTableProps<Row> = {
  /** What the rows are: for screen readers. */
  caption: string
  /** The first names the row. */
  columns: readonly Column<Row>[]
  rows: readonly Row[]
  keyOf: (row: Row) => string
}

export function DataTable<Row>({ caption, columns, rows, keyOf }: DataTableProps<Row>) {
  const [rowsShown, setRowsShown] = useState(rowsAtOnce)
  const shown = rows.slice(0, rowsShown)
  const more = rows.length - shown.length
  const classOf = ({ right, wide }: Column<Row>) =>
    [right === true && 'right numeric', wide === true && 'wide'].filter(Boolean).join(' ')
  return (
    <table className="data-table">
      <caption className="visually-hidden">{caption}</caption>
      <thead>
        <tr>
          {columns.map((column) => (
            <th
              key={column.name}
              scope="col"
              className={column.right === true ? 'right' : undefined}
            >
              {column.name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {shown.map((row) => (
          <tr key={keyOf(row)}>
            {columns.map((column, index) =>
              index === 0 ? (
                <th key={column.name} scope="row" className="wide">
                  <div>{column.cell(row)}</div>
                </th>
              ) : (
                <td key={column.name} data-label={column.name} className={classOf(column)}>
                  <div>{column.cell(row)}</div>
                </td>
              ),
            )}
          </tr>
        ))}
      </tbody>
      {more > 0 && (
        <tfoot>
          <tr>
            <td colSpan={columns.length} className="wide">
              <button
                type="button"
                className="button button-small"
                onClick={() => setRowsShown(rowsShown + rowsAtOnce)}
              >
                Show more: {count(more)} are not shown
              </button>
            </td>
          </tr>
        </tfoot>
      )}
    </table>
  )
}
