/** Rows of `pii_touches`. */
import {
  arrayOf,
  bool,
  nullable,
  text,
  time,
  uint16,
  uint32,
  uint64,
  uuid,
} from '../store/columns.ts'
import { defineTable } from '../store/table.ts'
import { principalColumns } from './principal.ts'

export const piiTouchesTable = defineTable('pii_touches_rows', {
  tenant: text,
  session: uuid,
  seq: uint32,
  ordinal: uint16,
  statement: nullable(uint32),
  time,
  offset_micros: uint64,
  ...principalColumns,
  place: text,
  entity: text,
  outcome: text,
  level: text,
  count: uint64,
  unfingerprinted: uint64,
  ruleset: text,
  scan: uuid,
  policies: arrayOf(text),
  policies_known: bool,
  row_version: uint64,
})
