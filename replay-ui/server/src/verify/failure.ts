/** What verification finds, one line each: where, which record, and a sentence for people. */
import { verifyFailureKinds } from '@gatetrail/eventlog'
import type { VerifyFailure, VerifySummary } from '@gatetrail/replay-api'

const failureKinds = [
  ...verifyFailureKinds,
  /** A record of the journal that ingest had taken over is not in the store. */
  'missing_in_store',
  /** A record of the store is not in the journal, though its segment has not been removed. */
  'missing_in_journal',
  /** Journal and store hold different records under the same position. */
  'copies_differ',
  /** The journal of a writer is gone before its time. */
  'journal_removed',
  /** Nobody has signed records in time, and no journal has them. */
  'unsigned',
  /** The bytes are gone though they have not expired. */
  'bytes_missing',
  /** A session and seq that is there twice. */
  'duplicate',
  /** A derived row says something else than the record that it comes from. */
  'derived_differs',
  /** A derived row is missing, or has no record that it comes from. */
  'derived_count_differs',
] as const

export type Failure = Omit<VerifyFailure, 'type' | 'kind'> & { kind: (typeof failureKinds)[number] }
export type Summary = Omit<VerifySummary, 'type'>
