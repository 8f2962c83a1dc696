/** The journal of a role: the same directory for all of them, a writer of its own for each process run. */
import { join } from 'node:path'
import { loadSigningKey, openJournal, type Journal, type Log } from '@gatetrail/eventlog'
import { dataFiles, type Configuration } from '@gatetrail/schemas'
import { version } from '../version.ts'

export type JournalDirectories = {
  journalDirectory: string
  keysDirectory: string
  positionsDirectory: string
}

export function journalDirectories(dataDirectory: string): JournalDirectories {
  return {
    journalDirectory: join(dataDirectory, dataFiles.journal),
    keysDirectory: join(dataDirectory, dataFiles.keys),
    positionsDirectory: join(dataDirectory, dataFiles.ingest),
  }
}

/** @throws DIRECTORY_NOT_WRITABLE, CONFIG_INVALID */
export async function openRoleJournal(
  role: 'proxy' | 'audit',
  { dataDir, tenant, journal }: Configuration,
  log: Log,
): Promise<Journal> {
  const { journalDirectory, keysDirectory, positionsDirectory } = journalDirectories(dataDir)
  const { durability, bytesMax, sessionBytesMax } = journal
  return openJournal({
    directory: journalDirectory,
    signingKey: await loadSigningKey(keysDirectory),
    positionsDirectory,
    role,
    version,
    tenant,
    durability,
    bytesMax,
    sessionBytesMax,
    log,
  })
}
