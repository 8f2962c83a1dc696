/** What travels through the steps of the pipeline. See pipeline.ts. */
import type { EventBody, EventKind, RecordHeader } from '@gatetrail/schemas'

/** A record as the journal gave it. */
export type ReadRecord = {
  writer: string
  position: number
  /** Without the leaf prefix: what `records.bytes` holds. */
  bytes: Uint8Array
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
  bytes: Uint8Array
  /** A view into `bytes`. */
  body: Uint8Array
  leaf: Uint8Array
  decoded: DecodedBody
  /** When it is stored, or, in a rebuild, was: what retention counts from. */
  storedSeconds: number
}

/** What the source hands out at once. */
export type ReadBatch = {
  records: ReadRecord[]
  /** Damage that the reader met. */
  gaps: Gap[]
  /** Makes the cursor durable behind this batch: a restart goes on after it. */
  commit(): Promise<void>
}

/** A closed list, so that they become metrics. */
export const deadLetterReasons = [
  'record_invalid',
  'body_invalid',
  'chunk_invalid',
  'duplicate_differs',
] as const
export type DeadLetterReason = (typeof deadLetterReasons)[number]

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
  duplicates: number
  unknownKinds: number
}

export function noFindings(): Findings {
  return { gaps: [], deadLetters: [], duplicates: 0, unknownKinds: 0 }
}
