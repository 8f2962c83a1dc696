/** For tests: a journal in a temporary directory, records to put in, and everything that is read back. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { decodeRecord, type GatetrailError, type StoredRecord } from '@gatetrail/schemas'
import type { Journal } from '../journal/journal.ts'
import { openJournal, type OpenJournalOptions } from '../open-journal.ts'
import type { Damage } from '../reader/batch.ts'
import { readJournal } from '../reader/read-journal.ts'
import type { SessionStamp } from '../session-stamp.ts'
import { loadSigningKey, type SigningKey } from '../signing-key.ts'

export type TestDirectory = {
  root: string
  journal: string
  positions: string
  keys: string
  remove(): Promise<void>
}

export async function makeTestDirectory(): Promise<TestDirectory> {
  const root = await mkdtemp(path.join(tmpdir(), 'gatetrail-eventlog-'))
  return {
    root,
    journal: path.join(root, 'journal'),
    positions: path.join(root, 'positions'),
    keys: path.join(root, 'keys'),
    remove: () => rm(root, { recursive: true, force: true }),
  }
}

export async function openTestJournal(
  directory: TestDirectory,
  options: Partial<OpenJournalOptions> = {},
): Promise<Journal & { key: SigningKey }> {
  const key = await loadSigningKey(directory.keys)
  const journal = await openJournal({
    directory: directory.journal,
    signingKey: key,
    role: 'proxy',
    version: '0.0.0',
    tenant: 'default',
    durability: 'write',
    ...options,
  })
  // Not a spread: `accepting` is a getter.
  return Object.defineProperties({ key }, Object.getOwnPropertyDescriptors(journal)) as Journal & {
    key: SigningKey
  }
}

/** An event body that no reader of this package looks into. */
export function eventBody(text = ''): string {
  return JSON.stringify({ text })
}

/** Appends one opaque event; most tests do not care which. */
export function appendEvent(journal: Journal, stamp: SessionStamp, text = ''): number {
  return journal.append('gatetrail.statement.decided', stamp, eventBody(text))
}

export function written(
  journal: Journal,
  stamp: SessionStamp,
  what: 'command' | 'output' = 'command',
): Promise<GatetrailError | undefined> {
  return new Promise((resolve) => journal.afterWrite(stamp, what, resolve))
}

export type ReadBack = { records: StoredRecord[]; damage: Damage[] }

/** Everything that lies in the journal directory. */
export async function readBack(journalDirectory: string, writer?: string): Promise<ReadBack> {
  const all: ReadBack = { records: [], damage: [] }
  const options = writer === undefined ? {} : { writer }
  for await (const batch of readJournal(journalDirectory, options)) {
    all.records.push(...batch.records.map((bytes) => decodeRecord(Buffer.from(bytes))))
    all.damage.push(...batch.damage)
  }
  return all
}

/** `session:seq` of each record of these sessions. */
export function idsOf(records: readonly StoredRecord[]): string[] {
  return records.map(({ header }) => `${header.session}:${header.seq}`)
}
