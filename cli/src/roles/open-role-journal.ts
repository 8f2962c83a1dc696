/** The journal of a process: the same directory for all of a machine, a writer of its own for each process run. */
import { hostname } from 'node:os'
import { join } from 'node:path'
import {
  loadSigningKey,
  openJournal,
  type Journal,
  type Log,
  type OpenJournalOptions,
} from '@gatetrail/eventlog'
import { dataFiles, type Configuration } from '@gatetrail/schemas'
import { version } from '../version.ts'

export type JournalDirectories = {
  journalDirectory: string
  keysDirectory: string
  /** Of who takes the journals over: ingest of this machine, or the shipper to Kafka. */
  positionsDirectory: string
}

export function journalDirectories({
  dataDir,
  log,
}: Pick<Configuration, 'dataDir' | 'log'>): JournalDirectories {
  return {
    journalDirectory: join(dataDir, dataFiles.journal),
    keysDirectory: join(dataDir, dataFiles.keys),
    positionsDirectory: join(dataDir, log === undefined ? dataFiles.ingest : dataFiles.shipped),
  }
}

/**
 * @param worker tells several processes of one role on this machine apart
 * @throws DIRECTORY_NOT_WRITABLE, CONFIG_INVALID
 */
export async function openRoleJournal(
  role: OpenJournalOptions['role'],
  configuration: Configuration,
  log: Log,
  worker?: number,
): Promise<Journal> {
  const { journalDirectory, keysDirectory, positionsDirectory } = journalDirectories(configuration)
  const { durability, bytesMax, sessionBytesMax } = configuration.journal
  return openJournal({
    directory: journalDirectory,
    signingKey: await loadSigningKey(keysDirectory),
    positionsDirectory,
    role,
    ...(worker !== undefined && { instance: `${hostname()}/${worker}` }),
    version,
    tenant: configuration.tenant,
    durability,
    bytesMax,
    sessionBytesMax,
    log,
  })
}
