/** Names that other systems see: topics, tables, headers, files below `dataDir`. Changing one is a breaking change. */

export const topics = {
  records: 'gatetrail.records',
  control: 'gatetrail.control',
  deadLetter: 'gatetrail.dead-letter',
} as const

/** CloudEvents 1.0, Kafka binding, binary mode: what every message of `topics.records` has besides key and value. */
export const messageHeaders = {
  specversion: 'ce_specversion',
  id: 'ce_id',
  type: 'ce_type',
  source: 'ce_source',
  time: 'ce_time',
  dataversion: 'ce_dataversion',
  contentType: 'content-type',
} as const

/** What questions are asked of. All but `migrations` are deduplicated at every moment, without FINAL or settings. */
export const tables = {
  records: 'records',
  events: 'events',
  chunks: 'chunks',
  frames: 'frames',
  sessions: 'sessions',
  statements: 'statements',
  piiTouches: 'pii_touches',
  piiFingerprints: 'pii_fingerprints',
} as const

/** Why ingest put a record aside. A closed list, so that they become metrics. */
export const deadLetterReasons = [
  'record_invalid',
  'body_invalid',
  'chunk_invalid',
  'duplicate_differs',
  'message_malformed',
  'store_refused',
] as const
export type DeadLetterReason = (typeof deadLetterReasons)[number]

export const defaultTenant = 'default'

/** Below `dataDir`. Directories are 0700, files 0600. */
export const dataFiles = {
  journal: 'journal',
  ingest: 'ingest',
  /** How far scans of recorded sessions have come. */
  scans: 'scans',
  /** How far the shipper to Kafka is. */
  shipped: 'shipped',
  /** The control log, where there is no Kafka. */
  control: 'control',
  store: 'chdb',
  keys: 'keys',
  tls: 'tls',
  /** The token with which the CLI of this machine's user talks to the API. */
  localToken: 'local-token',
  log: 'log',
} as const
