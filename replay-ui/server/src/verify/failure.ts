/** What verification finds, one line each: where, which record, and a sentence for people. */
import { verifyFailureKinds } from '@gatetrail/eventlog'
import { z } from 'zod'

export const failureKinds = [
  ...verifyFailureKinds,
  /** A record of the journal that ingest had taken over is not in the store. */
  'missing_in_store',
  /** A record of the store is not in the journal, though its segment has not been removed. */
  'missing_in_journal',
  /** Journal and store hold different records under the same position. */
  'copies_differ',
  /** The journal of a writer is gone before its time. */
  'journal_removed',
  /** The bytes are gone though they have not expired. */
  'bytes_missing',
  /** A session and seq that is there twice. */
  'duplicate',
  /** A derived row says something else than the record that it comes from. */
  'derived_differs',
  /** A derived row is missing, or has no record that it comes from. */
  'derived_count_differs',
] as const

export const failureShape = z.object({
  where: z.enum(['journal', 'store', 'derived']),
  kind: z.enum(failureKinds),
  writer: z.string().optional(),
  position: z.int().optional(),
  toPosition: z.int().optional(),
  session: z.string().optional(),
  seq: z.int().optional(),
  recordKind: z.string().optional(),
  reason: z.string(),
})
export type Failure = z.infer<typeof failureShape>

export const summaryShape = z.object({
  ok: z.boolean(),
  state: z.enum(['intact', 'intact_content_expired', 'failed']),
  failures: z.int(),
  journalRecords: z.int(),
  storeRecords: z.int(),
  expired: z.int().describe('records whose bytes have expired; their leaf hashes are there'),
  redacted: z.int().describe('records whose bytes were masked later, as a record.redacted says'),
  writers: z.int(),
  sessions: z.int(),
  unsignedRecords: z.int().describe('newer than the last signed heartbeat'),
})
export type Summary = z.infer<typeof summaryShape>
