/** A day at a terminal, written into the journal of a running Gatetrail as a proxy writes it. */
import { join } from 'node:path'
import { loadSigningKey, openJournal } from '@gatetrail/eventlog'
import { simulateTerminal } from '@gatetrail/ingest'
import { dataFiles } from '@gatetrail/schemas'

const MiB = 1_024 * 1_024

/** Returns the session; it is in the store a little later. */
export async function recordTerminal(
  dataDirectory: string,
  plan: Parameters<typeof simulateTerminal>[1],
): Promise<string> {
  const journal = await openJournal({
    directory: join(dataDirectory, dataFiles.journal),
    signingKey: await loadSigningKey(join(dataDirectory, dataFiles.keys)),
    ...{ role: 'proxy', instance: 'terminals', tenant: 'default', durability: 'write' },
    ...{ version: '0.0.0', bytesMax: 256 * MiB, sessionBytesMax: 256 * MiB },
  })
  try {
    return await simulateTerminal(journal, plan)
  } finally {
    await journal.close('shutdown')
  }
}
