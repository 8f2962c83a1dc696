/** A table as ingest writes it: its name, its columns in order, and rows collected as RowBinary until they are inserted. */
import type { Column, Columns, Row } from './columns.ts'
import { RowWriter } from './row-writer.ts'

export type Table<C extends Columns> = { name: string; columns: C }

export function defineTable<const C extends Columns>(name: string, columns: C): Table<C> {
  return { name, columns }
}

/** Rows of one table, ready to be inserted. */
export type RowBatch = {
  readonly table: string
  /** `name Type, …`: what the bytes are. */
  readonly structure: string
  readonly names: readonly string[]
  readonly rows: number
  /** One after the other. */
  parts(): readonly Buffer[]
}

export class RowBuffer<C extends Columns> implements RowBatch {
  readonly table: string
  readonly structure: string
  readonly names: readonly string[]
  rows = 0
  readonly #writer = new RowWriter()
  readonly #columns: readonly Column<unknown>[]

  constructor(table: Table<C>, tableSuffix = '') {
    this.table = table.name + tableSuffix
    this.names = Object.keys(table.columns)
    this.#columns = Object.values(table.columns)
    this.structure = Object.entries<Column<unknown>>(table.columns)
      .map(([name, { type }]) => `${name} ${type}`)
      .join(', ')
  }

  add(row: Row<C>): void {
    const values: Readonly<Record<string, unknown>> = row
    for (let index = 0; index < this.#columns.length; index++)
      this.#columns[index]!.write(this.#writer, values[this.names[index]!])
    this.rows++
  }

  parts(): readonly Buffer[] {
    return this.#writer.parts()
  }

  clear(): void {
    this.#writer.clear()
    this.rows = 0
  }
}

/** A row as JSONEachRow gave it. Columns that are missing in it stay missing: select all that the table has. */
export function readRow<C extends Columns>(table: Table<C>, json: Record<string, unknown>): Row<C> {
  const row: Record<string, unknown> = {}
  for (const [name, column] of Object.entries(table.columns)) row[name] = column.read(json[name])
  return row as Row<C>
}
