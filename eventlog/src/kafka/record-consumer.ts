/** One member of the consumer group of `gatetrail.records`, as ingest sees it. */

export type ConsumedRecord = {
  writer: string
  position: number
  /** The bytes of the record, as they lay in the journal. */
  bytes: Uint8Array
  partition: number
  offset: string
}

/** A message that is no record: its value, and where it lies. */
export type MalformedMessage = {
  bytes: Uint8Array
  partition: number
  offset: string
  message: string
}

export type ConsumedBatch = {
  /** Of each partition in the order of offsets. Every message between two committed offsets is here or in `malformed`. */
  records: ConsumedRecord[]
  malformed: MalformedMessage[]
  /** When the oldest message was appended, ms since 1970. */
  oldestMs: number
  /**
   * Commits the offsets behind this batch. A partition that this member has lost meanwhile is left out: its new owner
   * reads these messages again, and the store counts them once. Not to be called again if it fails: it is tried while `next` is called.
   * @throws GatetrailError KAFKA_UNAVAILABLE
   */
  commit(): Promise<void>
}

export interface RecordConsumer {
  /** The next messages of any partitions, waiting at most `waitMs`; undefined if there are none by then. */
  next(waitMs: number): Promise<ConsumedBatch | undefined>
  /**
   * Called, before the first batch of a new assignment is handed out, each time partitions came or went: what was known
   * of their sessions may be stale.
   */
  onAssignment(listener: (partitions: readonly number[]) => void): void
  /** Messages behind the committed offsets of this member's partitions, and how long the oldest of them has waited. */
  lag(): { messages: number; ms: number }
  close(): Promise<void>
}
