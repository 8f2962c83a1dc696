/** Rows of `statements`: what fold-statement.ts keeps in memory, in the shape in which it is stored and loaded. */
import {
  arrayOf,
  bool,
  seconds,
  text,
  time,
  uint32,
  uint64,
  uuid,
  type Row,
} from '../store/columns.ts'
import { defineTable } from '../store/table.ts'
import { principalColumns } from './principal.ts'

export const statementsTable = defineTable('statements_rows', {
  tenant: text,
  session: uuid,
  seq: uint32,
  writer: uuid,
  time,
  offset_micros: uint64,
  ...principalColumns,
  description: text,
  text,
  text_bytes: uint64,
  path: text,
  verdict: text,
  policies: arrayOf(text),
  policy_set: text,
  code: text,
  reason: text,
  approval_groups: arrayOf(text),
  kinds: arrayOf(text),
  effects: arrayOf(text),
  reads: arrayOf(text),
  writes: arrayOf(text),
  complete: bool,
  completed: bool,
  rows: uint64,
  bytes: uint64,
  duration_micros: uint64,
  command: text,
  error_sqlstate: text,
  error_message: text,
  touches: text,
  touched_values: uint64,
  entities: arrayOf(text),
  stored: seconds,
  row_version: uint64,
})

export type StatementRow = Row<typeof statementsTable.columns>
