/** What ingest says of itself, as Prometheus text. Pure. */
import type { IngestStatus } from '@gatetrail/ingest'

export function ingestMetrics(status: IngestStatus): string {
  const figures: [name: string, type: 'gauge' | 'counter', help: string, value: number][] = [
    [
      'ingest_lag_bytes',
      'gauge',
      'Bytes in the journals that are not stored yet.',
      status.lagBytes,
    ],
    [
      'ingest_lag_seconds',
      'gauge',
      'How long the oldest of them may have been waiting.',
      status.lagMs / 1000,
    ],
    ['ingest_records_total', 'counter', 'Records stored.', status.records],
    [
      'ingest_duplicates_total',
      'counter',
      'Records that came again and were dropped.',
      status.duplicates,
    ],
    ['ingest_unknown_kinds_total', 'counter', 'Records of a newer release.', status.unknownKinds],
    ['ingest_gaps_total', 'counter', 'Gaps found.', status.gaps],
    [
      'ingest_dead_letters_total',
      'counter',
      'Records that could not be shaped.',
      status.deadLetters,
    ],
    [
      'ingest_store_available',
      'gauge',
      '1 if the event store answers.',
      status.storeError === undefined ? 1 : 0,
    ],
  ]
  return figures
    .map(
      ([name, type, help, value]) =>
        `# HELP gatetrail_${name} ${help}\n# TYPE gatetrail_${name} ${type}\ngatetrail_${name} ${value}\n`,
    )
    .join('')
}
