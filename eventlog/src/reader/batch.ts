/** What readers hand out: consecutive records of one writer, and what they had to skip to get them. */
import { hash } from 'node:crypto'
import type { EventBody, ReaderPosition } from '@gatetrail/schemas'

export type GapReason = EventBody<'gatetrail.gap.found'>['reason']

/**
 * Positions of a writer that cannot be read. `toPosition` is `fromPosition - 1` where bytes were damaged and yet no
 * position is missing (a damaged segment header, bytes between records).
 */
export type Damage = {
  writer: string
  fromPosition: number
  toPosition: number
  segment: number
  /** In the segment file, where the unreadable bytes begin. */
  offset: number
  reason: GapReason
}

export type JournalBatch = {
  writer: string
  /** Record bytes (without the 0x00), in order of position. Views into one buffer: keep none of them longer than needed. */
  records: Uint8Array[]
  /** What they lie in, where there are any. */
  block?: Buffer
  /** Of the first record; where the writer goes on if there is none. */
  firstPosition: number
  /** Of the last record; one less than firstPosition if there is none. */
  lastPosition: number
  /** Found before or between these records. */
  damage: Damage[]
  /** Where to go on after this batch. */
  end: ReaderPosition
}

/**
 * What the leaf hash of a record covers, 0x00 and the record bytes, without copying. Only for a record as a reader of
 * this package handed it out: it lies in its frame.
 */
export function leafInputOf(record: Uint8Array): Uint8Array {
  return new Uint8Array(record.buffer, record.byteOffset - 1, record.length + 1)
}

/** Leaf hash, 32 bytes, of a record as a reader of this package handed it out. */
export function leafHashInFrame(record: Uint8Array): Buffer {
  return Buffer.from(hash('sha256', leafInputOf(record), 'binary'), 'latin1')
}
