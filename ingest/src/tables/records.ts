/** Rows of `records` and `dead_letters`. */
import {
  bytes,
  hash,
  seconds,
  text,
  time,
  uint16,
  uint32,
  uint64,
  uint8,
  uuid,
} from '../store/columns.ts'
import { defineTable } from '../store/table.ts'

export const recordsTable = defineTable('records_rows', {
  tenant: text,
  session: uuid,
  seq: uint32,
  writer: uuid,
  position: uint64,
  kind: text,
  kind_code: uint16,
  version: uint8,
  time,
  offset_micros: uint64,
  leaf_hash: hash,
  length: uint32,
  stored: seconds,
  bytes,
  row_version: uint64,
})

/** As ingested: 1. A redaction stores a higher one, so that a late insert of the original never shows again. */
export function recordRowVersion({ redactions = 0 }: { redactions?: number }): number {
  return 1 + redactions
}

export const redrivenLettersTable = defineTable('redriven_letters_rows', {
  tenant: text,
  writer: uuid,
  position: uint64,
  reason: text,
  time,
  row_version: uint64,
})

export const deadLettersTable = defineTable('dead_letters_rows', {
  tenant: text,
  writer: uuid,
  position: uint64,
  reason: text,
  message: text,
  time,
  bytes,
})
