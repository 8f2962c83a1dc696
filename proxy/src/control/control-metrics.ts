/** What the control log means for this process, for /metrics. */
import type { ControlLog, RoleMetrics } from '@gatetrail/eventlog'
import type { SessionControl } from './session-control.ts'

export function readControlMetrics(
  metrics: RoleMetrics,
  control: ControlLog,
  sessions: SessionControl,
): void {
  metrics.read('gatetrail_control_contact_age_seconds', () => control.contactAgeMs() / 1_000)
  metrics.read('gatetrail_control_objects', () => control.status().objects)
  metrics.read('gatetrail_control_refused_total', () => {
    // Those that are over lie there until they are taken away: no reason for an alarm.
    const { expired: _, ...refused } = control.status().refused
    return Object.values(refused).reduce((sum, count) => sum + count, 0)
  })
  metrics.read('gatetrail_control_lease_expired', () => (sessions.leaseExpired ? 1 : 0))
  metrics.read('gatetrail_sessions_revoked_total', () => sessions.sessionsRevoked)
}
