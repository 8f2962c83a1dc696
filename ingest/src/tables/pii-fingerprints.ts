/** Rows of `pii_fingerprints`: of one touch as many as it has fingerprints. */
import { fingerprint, text, time, uint16, uint32, uint64, uuid } from '../store/columns.ts'
import { defineTable } from '../store/table.ts'

export const piiFingerprintsTable = defineTable('pii_fingerprints_rows', {
  tenant: text,
  fingerprint,
  key_id: text,
  entity: text,
  time,
  session: uuid,
  seq: uint32,
  ordinal: uint16,
  scan: uuid,
  row_version: uint64,
})
