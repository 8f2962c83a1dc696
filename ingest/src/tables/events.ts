/** Rows of `events`. */
import {
  bytes,
  nullable,
  seconds,
  text,
  time,
  uint32,
  uint64,
  uint8,
  uuid,
} from '../store/columns.ts'
import { defineTable } from '../store/table.ts'

export const eventsTable = defineTable('events_rows', {
  tenant: text,
  session: uuid,
  seq: uint32,
  writer: uuid,
  position: uint64,
  kind: text,
  version: uint8,
  time,
  offset_micros: uint64,
  principal: text,
  connection: text,
  statement: nullable(uint32),
  description: text,
  body: bytes,
  claims: text,
  searched: uint8,
  stored: seconds,
  row_version: uint64,
})
