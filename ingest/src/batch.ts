/** What travels through the steps of the pipeline. See pipeline.ts. */
import type { DeadLetterReason, EventBody, EventKind, RecordHeader } from '@gatetrail/schemas'

/** A record as the journal gave it. */
export type ReadRecord = {
  writer: string
  position: number
  /** Without the leaf prefix: what `records.bytes` holds. */
  bytes: Uint8Array
  /** Of the log; left out: from a journal. */
  partition?: number
}

export type DecodedEvent = {
  [Kind in EventKind]: { kind: Kind; body: EventBody<Kind> }
}[EventKind]

/**
 * `event`: of a kind and version that we know. `chunk`: frames. `opaque`: of a newer release, or with a body that does not
 * fit its schema (then there is a dead letter too): kept in `records`, never interpreted.
 */
export type DecodedBody =
  { type: 'event'; event: DecodedEvent } | { type: 'chunk' } | { type: 'opaque' }

export type DecodedRecord = {
  header: RecordHeader
  /** Of the log; undefined: from a journal. */
  partition: number | undefined
  /** Of the rows that this record changes: set by drop-duplicates.ts, see `rowVersionOf` there. */
  rowVersion: number
  bytes: Uint8Array
  /** A view into `bytes`. */
  body: Uint8Array
  leaf: Uint8Array
  decoded: DecodedBody
  /** How often its stored bytes were replaced by a masked form; left out: they are as they were written. */
  redactions?: number
  /** The same of its whole session: rows that say more of it must win over those of before. */
  sessionRedactions?: number
  /** When it is stored, or, in a rebuild, was: what retention counts from. */
  storedSeconds: number
}

/** What the source hands out at once. */
export type ReadBatch = {
  records: ReadRecord[]
  /** Damage that the reader met. */
  gaps: Gap[]
  /** Messages that are no records. */
  malformed: DeadLetter[]
  /** Partitions of the log came or went: what memory holds of sessions and writers may be stale. Left out: the same ones. */
  assigned?: readonly number[]
  /** Dead letters that are taken again: what is stored of them was not understood. */
  redriven?: true
  /** Makes the cursor durable behind this batch: a restart goes on after it. The bytes of its records are not to be looked at any more. */
  commit(): Promise<void>
}

export type DeadLetter = {
  writer: string
  position: number
  reason: DeadLetterReason
  message: string
  bytes: Uint8Array
}

export type Gap = EventBody<'gatetrail.gap.found'>

/** What a step found besides the records that go on. */
export type Findings = {
  gaps: Gap[]
  deadLetters: DeadLetter[]
  /** Records that are stored already, byte for byte, by writer. */
  duplicates: Duplicates
  unknownKinds: number
  /** Records that came after later ones of their session. */
  late: number
  /** Sessions that went on with a higher seq than the next one: what is missing may still come, or is a named gap. */
  seqsMissing: number
}

export type Duplicates = Map<string, { fromPosition: number; toPosition: number; count: number }>

export function noFindings(): Findings {
  return {
    gaps: [],
    deadLetters: [],
    duplicates: new Map(),
    unknownKinds: 0,
    late: 0,
    seqsMissing: 0,
  }
}

export function countDuplicates({ duplicates }: Findings): number {
  let count = 0
  for (const one of duplicates.values()) count += one.count
  return count
}
