/** Names that other systems see: topics, tables, headers, files below `dataDir`. Changing one is a breaking change. */

export const topics = {
  records: 'gatetrail.records',
  control: 'gatetrail.control',
  deadLetter: 'gatetrail.dead-letter',
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
} as const

export const defaultTenant = 'default'

/** Below `dataDir`. Directories are 0700, files 0600. */
export const dataFiles = {
  journal: 'journal',
  ingest: 'ingest',
  store: 'chdb',
  keys: 'keys',
  tls: 'tls',
  /** The token with which the CLI of this machine's user talks to the API. */
  localToken: 'local-token',
  log: 'log',
} as const
