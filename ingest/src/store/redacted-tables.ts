/** Tables in which a redaction replaces rows: what was replaced is merged away (scan/run-scan.ts), which takes a grant. */
export const redactedTables = [
  'records_rows',
  'chunks_rows',
  'events_rows',
  'statements_rows',
] as const
