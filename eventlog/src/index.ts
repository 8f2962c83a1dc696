/** @gatetrail/eventlog: the journal, its readers and its verification. See docs/ARCHITECTURE.md, "eventlog". */
export type {
  ControlDraft,
  ControlLog,
  ControlPublisher,
  ControlStatus,
  PreparedObject,
} from './control/control-log.ts'
export {
  openControlLog,
  openControlPublisher,
  type OpenControlLogOptions,
} from './control/open-control-log.ts'
export { createClock, systemClock, type Clock } from './clock.ts'
export { isLocked, lockDirectory, type DirectoryLock } from './directory-lock.ts'
export { writeDurably } from './durable-file.ts'
export { nodeFileSystem, type FileSystem } from './file-system.ts'
export type { Durability, WrittenCallback } from './journal/commit-queue.ts'
export type { Journal, JournalStats } from './journal/journal.ts'
export { createKafka } from './kafka/client.ts'
export type { AclReport } from './kafka/deploy-acls.ts'
export { deployKafka, type DeployKafkaReport } from './kafka/deploy-kafka.ts'
export type { TopicReport } from './kafka/deploy-topics.ts'
export {
  openGroupProgress,
  type GroupProgress,
  type PartitionOffsets,
} from './kafka/group-progress.ts'
export { openRecordConsumer, type ConsumerTimings } from './kafka/open-record-consumer.ts'
export type {
  ConsumedBatch,
  ConsumedRecord,
  MalformedMessage,
  RecordConsumer,
} from './kafka/record-consumer.ts'
export type { KafkaSettings } from './kafka/settings.ts'
export { listWriters, type WriterJournal } from './list-writers.ts'
export type { Log } from './log.ts'
export { readJournalMetrics } from './observe/journal-metrics.ts'
export { RoleMetrics } from './observe/role-metrics.ts'
export {
  inSpan,
  linkedTrace,
  spanOfPast,
  startSpan,
  type Attributes,
  type Span,
  type SpanName,
} from './observe/tracing.ts'
export { openJournal, type OpenJournalOptions } from './open-journal.ts'
export {
  leafHashInFrame,
  leafInputOf,
  type Damage,
  type GapReason,
  type JournalBatch,
} from './reader/batch.ts'
export {
  openJournalReader,
  type JournalReader,
  type OpenJournalReaderOptions,
} from './reader/journal-reader.ts'
export { readJournal, type ReadJournalOptions } from './reader/read-journal.ts'
export { openDeadLetterTopic, type DeadLetterTopic } from './ship/dead-letters.ts'
export { openRecordSender, type RecordSender } from './ship/send-records.ts'
export {
  startShipper,
  type Shipper,
  type ShipperStatus,
  type StartShipperOptions,
} from './ship/start-shipper.ts'
export { removeSegments, type RemoveSegmentsOptions } from './removal.ts'
export { createSessionStamp, type SessionStamp } from './session-stamp.ts'
export { loadControlKey, loadPublicKeys, loadSigningKey, type SigningKey } from './signing-key.ts'
export { uuidVersion7 } from './uuid.ts'
export {
  RecordVerifier,
  verifyRecords,
  type VerifyOptions,
  type VerifyRow,
} from './verify/record-verifier.ts'
export {
  verifyFailureKinds,
  type VerifiedWriter,
  type VerifyFailure,
  type VerifyFailureKind,
  type VerifyReport,
} from './verify/report.ts'
export { Redactions } from './verify/redactions.ts'
export { verifyJournal, type VerifyJournalOptions } from './verify/verify-journal.ts'
