/**
 * Rows of `chunks`: a chunk of frames, an array element per fragment. The arrays are written from the chunk's index as it
 * was read: a value per fragment and column would cost more than all else that ingest does.
 */
import { fragmentFlags, type ChunkIndex } from '@gatetrail/schemas'
import {
  bytes,
  direction,
  bool,
  seconds,
  text,
  time,
  uint32,
  uint64,
  uint8,
  uuid,
  type Column,
} from '../store/columns.ts'
import type { RowWriter } from '../store/row-writer.ts'
import { defineTable } from '../store/table.ts'

function perFragment(
  item: { type: string },
  writeAll: (writer: RowWriter, index: ChunkIndex) => void,
): Column<ChunkIndex> {
  return {
    type: `Array(${item.type})`,
    write(writer, index) {
      writer.varint(index.count)
      writeAll(writer, index)
    },
    read: () => {
      throw new Error('a column of fragments is not read back')
    },
  }
}

const flag = (item: { type: string }, bit: number) =>
  perFragment(item, (writer, { flags, count }) => writer.bits(flags, count, bit))

export const chunksTable = defineTable('chunks_rows', {
  tenant: text,
  session: uuid,
  seq: uint32,
  writer: uuid,
  protocol: text,
  time,
  offset_micros: uint64,
  offsets: perFragment(uint64, (writer, { offsets, count }) => writer.uint64s(offsets, count)),
  directions: flag(direction, fragmentFlags.toClient),
  types: perFragment(uint8, (writer, { types, count }) => writer.fixed(types.subarray(0, count))),
  first: flag(bool, fragmentFlags.first),
  last: flag(bool, fragmentFlags.last),
  masked: flag(bool, fragmentFlags.masked),
  withheld: flag(bool, fragmentFlags.withheld),
  total_lengths: perFragment(uint64, (writer, { totalLengths, count }) =>
    writer.uint64s(totalLengths, count),
  ),
  lengths: perFragment(uint32, (writer, { lengths, count }) => writer.uint32s(lengths, count)),
  payload: bytes,
  shown: bytes,
  sent: bytes,
  errors: bytes,
  text_before: text,
  text_rest: text,
  searched: uint8,
  stored: seconds,
  row_version: uint64,
})
