/** Rows of `chunks`: a chunk of frames, an array element per fragment. */
import {
  arrayOf,
  bool,
  bytes,
  direction,
  seconds,
  text,
  time,
  uint32,
  uint64,
  uint8,
  uuid,
} from '../store/columns.ts'
import { defineTable } from '../store/table.ts'

export const chunksTable = defineTable('chunks_rows', {
  tenant: text,
  session: uuid,
  seq: uint32,
  writer: uuid,
  protocol: text,
  time,
  offset_micros: uint64,
  offsets: arrayOf(uint64),
  directions: arrayOf(direction),
  types: arrayOf(uint8),
  first: arrayOf(bool),
  last: arrayOf(bool),
  masked: arrayOf(bool),
  withheld: arrayOf(bool),
  total_lengths: arrayOf(uint64),
  lengths: arrayOf(uint32),
  payload: bytes,
  stored: seconds,
  row_version: uint64,
})
