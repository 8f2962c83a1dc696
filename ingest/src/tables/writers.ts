/** Rows of `writers`: how far a writer's positions and chain have been checked. Kept by writers/keep-writers.ts. */
import { seconds, text, time, uint32, uint64, uuid, type Row } from '../store/columns.ts'
import { defineTable } from '../store/table.ts'

export const writersTable = defineTable('writers_rows', {
  tenant: text,
  writer: uuid,
  system_session: uuid,
  log_partition: uint32,
  role: text,
  instance: text,
  host: text,
  public_key: text,
  started: time,
  heartbeat: time,
  last_seq: uint32,
  checked_next: uint64,
  checked_head: text,
  state: text,
  stored: seconds,
  row_version: uint64,
})

export type WriterRow = Row<typeof writersTable.columns>
