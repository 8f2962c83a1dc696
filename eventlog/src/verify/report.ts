/** What verification says. Made by record-verifier.ts and verify-journal.ts, printed by `gatetrail verify`. */

export const verifyFailureKinds = [
  /** The bytes are no record, or of a format that this release does not know. */
  'record_invalid',
  /** The bytes do not give the leaf hash that was stored or expected for them. */
  'record_edited',
  /** A record stands where another one should: its header names another writer, position, session or seq. */
  'record_misplaced',
  /** Positions of the writer are missing. */
  'records_missing',
  /** Records of a session are missing. */
  'session_records_missing',
  /** The writer's records end before the position that it is known to have reached. */
  'tail_missing',
  /** A signed head does not follow from the records that it covers. */
  'chain_broken',
  /** A heartbeat is not signed by a trusted key. */
  'signature_invalid',
  /** Bytes of the journal could not be read as records. */
  'journal_damaged',
] as const
export type VerifyFailureKind = (typeof verifyFailureKinds)[number]

export type VerifyFailure = {
  kind: VerifyFailureKind
  writer: string
  /** First position concerned. */
  position?: number
  /** Last position concerned, where it is a range. */
  toPosition?: number
  session?: string
  seq?: number
  /** Kind of the record concerned, such as gatetrail.statement.decided. */
  recordKind?: string
  /** A sentence for people. */
  reason: string
}

export type VerifiedWriter = {
  writer: string
  firstPosition: number
  lastPosition: number
  records: number
  /** Records whose bytes were not there; their leaf hashes were. */
  expired: number
  /** Last position that a valid signature covers; -1: none. Behind it there are at most some seconds of records. */
  signedThrough: number
  /** It closed in order: a final heartbeat covers all of it. */
  closed: boolean
}

export type VerifyReport = {
  /** At most `failuresMax` of them; `failureCount` counts all. */
  failures: VerifyFailure[]
  failureCount: number
  /** Records whose bytes a record.redacted explains. */
  redacted: number
  records: number
  writers: VerifiedWriter[]
}

export const failuresMax = 10_000
