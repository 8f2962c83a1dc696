/** The layouts of record.ts, chunk.ts and the journal's frame as tables, for docs/events.md. Checked against the codec by a test. */

export type LayoutRow = { offset: number | string; bytes: number | string; what: string }

export const recordHeaderLayout: readonly LayoutRow[] = [
  { offset: 0, bytes: 1, what: 'format, 1' },
  { offset: 1, bytes: 2, what: 'kind (the number in the headings below)' },
  { offset: 3, bytes: 1, what: 'version of the body' },
  { offset: 4, bytes: 16, what: 'session (UUIDv7)' },
  { offset: 20, bytes: 16, what: 'writer (UUIDv7)' },
  { offset: 36, bytes: 4, what: 'seq in the session, dense from 0' },
  { offset: 40, bytes: 8, what: 'position in the writer, dense from 0' },
  { offset: 48, bytes: 8, what: 'wall clock, µs since 1970' },
  { offset: 56, bytes: 8, what: 'monotonic offset in the session, µs' },
  { offset: 64, bytes: '…', what: 'body: JSON in UTF-8, or a chunk' },
]

export const frameLayout: readonly LayoutRow[] = [
  { offset: 0, bytes: 4, what: 'length of what follows the CRC' },
  { offset: 4, bytes: 4, what: 'CRC-32 (zlib) of what follows it' },
  { offset: 8, bytes: 1, what: '0x00 for a record, 0x01 for the header of the segment' },
  { offset: 9, bytes: '…', what: 'the record, or the header of the segment as JSON' },
]

export const chunkLayout: readonly LayoutRow[] = [
  { offset: 0, bytes: 1, what: 'protocol: 1 PostgreSQL' },
  { offset: 1, bytes: 4, what: 'length of the index' },
  { offset: 5, bytes: '…', what: 'index: one entry per fragment, see below' },
  { offset: '…', bytes: '…', what: 'the bytes of all fragments, one after the other' },
]
