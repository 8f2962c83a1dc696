/** What ingest says of itself, for /metrics: read from its status when it is scraped. */
import type { RoleMetrics } from '@gatetrail/eventlog'
import type { IngestStatus } from '@gatetrail/ingest'
import { deadLetterReasons } from '@gatetrail/schemas'

// Each is there from the start: of a counter that comes into being with 1, Prometheus sees no increase.
const noGaps: Record<keyof Required<IngestStatus['gapsByReason']>, number> = {
  missing_positions: 0,
  corrupt_record: 0,
  missing_segment: 0,
  chain_broken: 0,
  lost_tail: 0,
  duplicate_differs: 0,
}
const noDeadLetters = Object.fromEntries(deadLetterReasons.map((reason) => [reason, 0]))

export function readIngestMetrics(metrics: RoleMetrics, status: () => IngestStatus): void {
  metrics.read('gatetrail_ingest_lag_bytes', () => status().lagBytes)
  metrics.read('gatetrail_ingest_lag_messages', () => status().lagMessages)
  metrics.read('gatetrail_ingest_lag_seconds', () => status().lagMs / 1_000)
  metrics.read('gatetrail_ingest_records_total', () => status().records)
  metrics.read('gatetrail_ingest_duplicates_total', () => status().duplicates)
  metrics.read('gatetrail_ingest_late_records_total', () => status().late)
  metrics.read('gatetrail_ingest_missing_records_total', () => status().seqsMissing)
  metrics.read('gatetrail_ingest_unknown_kinds_total', () => status().unknownKinds)
  metrics.readEach('gatetrail_ingest_gaps_total', () =>
    byReason({ ...noGaps, ...status().gapsByReason }),
  )
  metrics.readEach('gatetrail_ingest_dead_letters_total', () =>
    byReason({ ...noDeadLetters, ...status().deadLettersByReason }),
  )
  metrics.read('gatetrail_ingest_partitions', () => status().partitions?.length ?? 0)
  metrics.read('gatetrail_ingest_checks_pending', () => status().checksPending)
  metrics.read('gatetrail_ingest_writers_missed_total', () => status().writersMissed)
  metrics.read(
    'gatetrail_ingest_last_insert_timestamp_seconds',
    () => (status().lastInsertAt ?? 0) / 1_000,
  )
  metrics.read('gatetrail_ingest_store_available', () =>
    status().storeError === undefined ? 1 : 0,
  )
}

/** For `startIngest`: before it, since batches may be stored at once. */
export function observeEndToEnd(metrics: RoleMetrics): (seconds: readonly number[]) => void {
  const lags = metrics.histogram('gatetrail_ingest_end_to_end_seconds')
  return (seconds) => {
    for (const one of seconds) lags.observe(one)
  }
}

function byReason(
  counts: Readonly<Partial<Record<string, number>>>,
): { labels: { reason: string }; value: number }[] {
  return Object.entries(counts).map(([reason, value = 0]) => ({ labels: { reason }, value }))
}
