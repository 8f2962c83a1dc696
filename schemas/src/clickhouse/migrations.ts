/** All migrations, in the order in which they are applied. New ones go to the end. */
import { createChunks } from './chunks.ts'
import { createEvents } from './events.ts'
import { addLegalHold } from './legal-hold.ts'
import type { Migration } from './migration.ts'
import { mergeMonths } from './merged-months.ts'
import { createPiiFingerprints } from './pii-fingerprints.ts'
import { createPiiTouches } from './pii-touches.ts'
import { createRecords } from './records.ts'
import { createRedrivenLetters } from './redriven-letters.ts'
import { searchPayloads } from './search-payloads.ts'
import { addSearchTexts } from './search-texts.ts'
import { createSessionAborts } from './session-aborts.ts'
import { createSessions } from './sessions.ts'
import { createStatements } from './statements.ts'
import { addTouchKeys } from './touch-keys.ts'
import { addTouchesOfScans } from './touches-of-scans.ts'
import { createWriters } from './writers.ts'

export const migrations: readonly Migration[] = [
  createRecords,
  createEvents,
  createChunks,
  createSessions,
  createStatements,
  createPiiTouches,
  createSessionAborts,
  createWriters,
  createRedrivenLetters,
  addLegalHold,
  createPiiFingerprints,
  addTouchesOfScans,
  addSearchTexts,
  searchPayloads,
  addTouchKeys,
  mergeMonths,
]
