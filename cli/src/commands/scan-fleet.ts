/**
 * What `gatetrail scan` does for a fleet: with the configuration of an ingest process, in this one. What it finds is on record in a
 * journal of its own below dataDir/scans, which it ships to Kafka itself; ingest processes store it, and then it masks.
 */
import { dirname, join } from 'node:path'
import { loadSigningKey, openJournal, startShipper } from '@gatetrail/eventlog'
import { runScan, type ScanOptions, type ScanProgress } from '@gatetrail/ingest'
import { assert, dataFiles } from '@gatetrail/schemas'
import { pino } from 'pino'
import { readKafkaSettings } from '../configuration/kafka-settings.ts'
import { openStore } from '../roles/open-ingest.ts'
import { createOpened } from '../roles/opened.ts'
import { scanRules } from '../roles/scan-rules.ts'
import { version } from '../version.ts'
import type { CommandContext } from './context.ts'
import type { Fleet } from './ingest-fleet.ts'

const lastRecordsMsMax = 12_000
const hourMs = 3_600_000

/** `signal` ends it after what is in hand. */
export async function scanOfFleet(
  { environment }: CommandContext,
  { configuration, file }: Fleet,
  options: ScanOptions,
  onProgress: (progress: ScanProgress) => void,
  signal: AbortSignal,
): Promise<ScanProgress & { originalsUntil: string }> {
  const context = { configuration, configurationFile: file, environment }
  const kafka = configuration.log?.kafka
  assert(kafka !== undefined, 'a fleet has Kafka')
  const { dataDir, tenant, journal: journalSettings } = configuration
  const scans = join(dataDir, dataFiles.scans)
  const directory = join(scans, dataFiles.journal)
  const positionsDirectory = join(scans, dataFiles.shipped)
  const log = pino({ level: 'silent' }) // What goes wrong ends the command, and is told there.
  const opened = createOpened()
  try {
    const journal = await openJournal({
      ...{ directory, positionsDirectory, version, tenant, log },
      signingKey: await loadSigningKey(join(dataDir, dataFiles.keys)),
      role: 'ingest',
      durability: journalSettings.durability,
      bytesMax: journalSettings.bytesMax,
      sessionBytesMax: journalSettings.sessionBytesMax,
    })
    opened.atEnd(() => journal.close('error'))
    const shipper = await startShipper({
      ...{ directory, positionsDirectory, journal, log },
      keepHours: journalSettings.keepHours,
      kafka: await readKafkaSettings(kafka, {
        environment,
        configurationDirectory: dirname(file),
      }),
    })
    opened.atEnd(() => shipper.close(lastRecordsMsMax))
    opened.atEnd(() => journal.close('shutdown'))
    const store = opened.keep(await openStore(context))
    const progress = await runScan(
      {
        ...{ store, tenant, journal, signal, directory: scans, rules: await scanRules(context) },
        exclusively: (work) => work(), // Nobody writes into sessions that have ended.
      },
      options,
      onProgress,
    )
    const keptMs = Math.max(journalSettings.keepHours, kafka.retentionHours) * hourMs
    return { ...progress, originalsUntil: new Date(Date.now() + keptMs).toISOString() }
  } finally {
    await opened.closeAll()
  }
}
