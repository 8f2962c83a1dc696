/**
 * What the proxy counts, for /metrics. Its metrics and their labels stand in schemas/src/metrics.ts. What every statement
 * does is counted in plain numbers, and handed over when it is scraped.
 */
import { readJournalMetrics, type Journal, type RoleMetrics } from '@gatetrail/eventlog'
import {
  uninspectedReasons,
  type Coverage,
  type LabelsOf,
  type Touch,
  type TouchOutcome,
  type Verdict,
} from '@gatetrail/schemas'

/** Data classes come from configuration and from comments in targets: more than these are counted as one. */
const entitiesMax = 200
const otherEntities = 'OTHER'

export type SessionFigures = {
  bytesFromClient: number
  bytesToClient: number
  coverage: Coverage
}

/** One open session. */
export type SessionMeter = {
  /** Asked at every scrape, as long as the session is open. */
  follow(figures: () => SessionFigures): void
  touched(touches: readonly Touch[]): void
  closed(reason: string, figures: SessionFigures): void
}

export type Metrics = {
  sessionOpened(connection: string): SessionMeter
  /** A caller was let in or turned away, this long after it was accepted. */
  answered(outcome: 'opened' | 'turned_away', seconds: number): void
  decided(action: 'connect' | 'execute', verdict: Verdict): void
  rejected(reason: string): void
  cancelRequested(outcome: 'passed_on' | 'elsewhere' | 'unknown_key' | 'flood' | 'failed'): void
  policyLoaded(accepted: boolean): void
  catalogueUnmatched(connection: string, count: number): void
}

/** Read at every scrape. */
export type ProxyFigures = {
  journal: Pick<Journal, 'accepting' | 'stats'>
  journalBytesMax: number
  callersBeforeAuthentication(): number
  /** ms since 1970 */
  certificateExpiresAtMs(): number
}

export function createMetrics(role: RoleMetrics, figures: ProxyFigures): Metrics {
  readJournalMetrics(role, figures.journal, figures.journalBytesMax)
  role.read('gatetrail_callers_before_authentication', figures.callersBeforeAuthentication)
  role.read(
    'gatetrail_certificate_expiry_timestamp_seconds',
    () => figures.certificateExpiresAtMs() / 1_000,
  )
  const connects = role.histogram('gatetrail_connect_duration_seconds')
  const rejections = role.counter('gatetrail_rejections_total')
  const cancels = role.counter('gatetrail_cancel_requests_total')
  const policies = role.counter('gatetrail_policy_loads_total')
  const unmatched = role.gauge('gatetrail_catalogue_unmatched_tags')
  const decisions = countDecisions(role)
  const openSession = countSessions(role)
  return {
    sessionOpened: openSession,
    answered(outcome, seconds) {
      connects.observe({ outcome }, seconds)
    },
    decided(action, verdict) {
      decisions[action][verdict]++
    },
    rejected(reason) {
      rejections.inc({ reason })
    },
    cancelRequested(outcome) {
      cancels.inc({ outcome })
    },
    policyLoaded(accepted) {
      policies.inc({ outcome: accepted ? 'loaded' : 'refused' })
    },
    catalogueUnmatched(connection, count) {
      unmatched.set({ connection }, count)
    },
  }
}

function countDecisions(role: RoleMetrics): Record<'connect' | 'execute', Record<Verdict, number>> {
  const counts = {
    connect: { allow: 0, deny: 0, hold: 0 },
    execute: { allow: 0, deny: 0, hold: 0 },
  }
  role.readEach('gatetrail_decisions_total', () =>
    Object.entries(counts).flatMap(([action, verdicts]) =>
      Object.entries(verdicts).map(([verdict, value]) => ({ labels: { action, verdict }, value })),
    ),
  )
  return counts
}

/** What sessions counted that are over, and, when scraped, those that are open. */
function countSessions(role: RoleMetrics): Metrics['sessionOpened'] {
  const sessions = role.gauge('gatetrail_sessions')
  const opened = role.counter('gatetrail_sessions_opened_total')
  const ended = role.counter('gatetrail_sessions_closed_total')
  const touched = countTouches(role)
  const open = new Map<() => SessionFigures, string>()
  /** Of sessions that are over, by connection. */
  const bytes = new Map<string, { from_client: number; to_client: number }>()
  const coverage = {
    inspected: 0,
    uninspected: new Map<string, number>(uninspectedReasons.map((reason) => [reason, 0])),
  }

  role.readEach('gatetrail_session_bytes_total', () => {
    const sums = new Map([...bytes].map(([connection, sum]) => [connection, { ...sum }]))
    for (const [figures, connection] of open) addBytes(sums, connection, figures())
    return [...sums].flatMap(([connection, sum]) =>
      Object.entries(sum).map(([direction, value]) => ({
        labels: { connection, direction },
        value,
      })),
    )
  })
  role.read('gatetrail_inspected_bytes_total', () => {
    let sum = coverage.inspected
    for (const figures of open.keys()) sum += figures().coverage.inspectedBytes
    return sum
  })
  role.readEach('gatetrail_uninspected_bytes_total', () => {
    const sums = new Map(coverage.uninspected)
    for (const figures of open.keys()) addUninspected(sums, figures().coverage)
    return [...sums].map(([reason, value]) => ({ labels: { reason }, value }))
  })

  return (connection) => {
    opened.inc({ connection })
    sessions.inc({ connection })
    let following: (() => SessionFigures) | undefined
    let over = false
    return {
      follow(figures) {
        if (over) return
        following = figures
        open.set(figures, connection)
      },
      touched,
      closed(reason, last) {
        over = true
        if (following !== undefined) open.delete(following)
        ended.inc({ connection, reason })
        sessions.dec({ connection })
        addBytes(bytes, connection, last)
        coverage.inspected += last.coverage.inspectedBytes
        addUninspected(coverage.uninspected, last.coverage)
      },
    }
  }
}

function addBytes(
  sums: Map<string, { from_client: number; to_client: number }>,
  connection: string,
  { bytesFromClient, bytesToClient }: SessionFigures,
): void {
  const sum = sums.get(connection) ?? { from_client: 0, to_client: 0 }
  sum.from_client += bytesFromClient
  sum.to_client += bytesToClient
  sums.set(connection, sum)
}

function addUninspected(sums: Map<string, number>, { uninspectedBytes }: Coverage): void {
  for (const [reason, count] of Object.entries(uninspectedBytes)) {
    sums.set(reason, (sums.get(reason) ?? 0) + count)
  }
}

function countTouches(role: RoleMetrics): SessionMeter['touched'] {
  const counts = new Map<string, Record<TouchOutcome, number>>()
  role.readEach('gatetrail_touched_values_total', () =>
    [...counts].flatMap(([entity, outcomes]) =>
      Object.entries(outcomes).map(([outcome, value]) => {
        const labels: Record<LabelsOf<'gatetrail_touched_values_total'>, string> = {
          entity,
          outcome,
        }
        return { labels, value }
      }),
    ),
  )
  return (touches) => {
    for (const { entity, outcome, count } of touches) {
      const name = counts.has(entity) || counts.size < entitiesMax ? entity : otherEntities
      let outcomes = counts.get(name)
      if (outcomes === undefined) {
        outcomes = { masked: 0, revealed: 0, late: 0, written: 0, filtered: 0 }
        counts.set(name, outcomes)
      }
      outcomes[outcome] += count
    }
  }
}
