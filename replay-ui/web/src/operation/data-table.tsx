/** Rows with named columns; on a narrow screen each row is a card with the names beside its values. */
import type { ReactNode } from 'react'

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
        {rows.map((row) => (
          <tr key={keyOf(row)}>
            {columns.map((column, index) =>
              index === 0 ? (
                <th key={column.name} scope="row" className="wide">
                  {column.cell(row)}
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
    </table>
  )
}
