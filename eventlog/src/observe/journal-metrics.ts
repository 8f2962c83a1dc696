/** What a journal says of itself, for /metrics of the role that writes it. */
import type { Journal } from '../journal/journal.ts'
import type { RoleMetrics } from './role-metrics.ts'

/** @param bytesMax `journal.bytesMax` */
export function readJournalMetrics(
  metrics: RoleMetrics,
  journal: Pick<Journal, 'accepting' | 'stats'>,
  bytesMax: number,
): void {
  const stats = () => journal.stats()
  metrics.read('gatetrail_journal_accepting', () => (journal.accepting ? 1 : 0))
  metrics.read('gatetrail_journal_backlog_bytes', () => stats().backlogBytes)
  metrics.read('gatetrail_journal_backlog_bytes_max', () => bytesMax)
  metrics.read('gatetrail_journal_fullness_ratio', () => stats().backlogBytes / bytesMax)
  metrics.read('gatetrail_journal_waiting_bytes', () => stats().waitingBytes)
  metrics.read('gatetrail_journal_written_bytes_total', () => stats().bytesWritten)
  metrics.read('gatetrail_journal_write_calls_total', () => stats().writeCalls)
  metrics.read('gatetrail_journal_records_total', () => stats().records)
  metrics.read('gatetrail_journal_open_sessions', () => stats().openSessions)
  metrics.read('gatetrail_journal_space_low', () => (stats().spaceLow ? 1 : 0))
  metrics.read('gatetrail_journal_failed', () => (stats().failed ? 1 : 0))
  metrics.read('gatetrail_journal_failures_total', () => stats().failures)
}
