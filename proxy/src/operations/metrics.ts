/** What the proxy counts, for /metrics. Labels are closed lists or configured names, never text of a caller. */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client'
import type { Verdict } from '@gatetrail/schemas'

const nanosecondsPerSecond = 1e9
const stallResolutionMs = 20
const stallQuantiles = { '0.5': 50, '0.99': 99, '0.999': 99.9, '1': 100 }

export type Metrics = {
  readonly registry: Registry
  sessionOpened(connection: string): void
  sessionClosed(connection: string, reason: string): void
  decided(action: 'connect' | 'execute', verdict: Verdict): void
  rejected(reason: string): void
  cancelRequested(outcome: 'passed_on' | 'elsewhere' | 'unknown_key' | 'flood' | 'failed'): void
  policyLoaded(accepted: boolean): void
  catalogueUnmatched(connection: string, count: number): void
  /** Stops what watches the event loop. */
  close(): void
}

/** Read at every scrape. */
export type Gauges = {
  journalAccepting(): boolean
  journalStatistics(): Readonly<Record<string, number>>
  callersBeforeAuthentication(): number
}

export function createMetrics(gauges: Gauges): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry, prefix: 'gatetrail_' })
  const counter = <Label extends string>(
    name: string,
    help: string,
    labelNames: Label[],
  ): Counter<Label> => new Counter({ name, help, labelNames, registers })

  const sessions = new Gauge({
    name: 'gatetrail_sessions',
    help: 'Sessions that are open.',
    labelNames: ['connection'],
    registers,
  })
  const opened = counter('gatetrail_sessions_opened_total', 'Sessions opened.', ['connection'])
  const closed = counter('gatetrail_sessions_closed_total', 'Sessions closed, by reason.', [
    'connection',
    'reason',
  ])
  const decisions = decisionCounter(registers)
  const rejections = counter('gatetrail_rejections_total', 'Callers turned away, by reason.', [
    'reason',
  ])
  const cancels = counter('gatetrail_cancel_requests_total', 'Cancel requests, by outcome.', [
    'outcome',
  ])
  const policies = counter('gatetrail_policy_loads_total', 'Policy sets read, by outcome.', [
    'outcome',
  ])
  const unmatched = new Gauge({
    name: 'gatetrail_catalogue_unmatched_tags',
    help: 'Tagged columns of the configuration that the target does not have.',
    labelNames: ['connection'],
    registers,
  })
  gauge(registers, 'gatetrail_journal_accepting', '1 if new sessions can be recorded.', () =>
    gauges.journalAccepting() ? 1 : 0,
  )
  gauge(
    registers,
    'gatetrail_callers_before_authentication',
    'Callers that have not authenticated yet.',
    () => gauges.callersBeforeAuthentication(),
  )
  const journal = new Gauge({
    name: 'gatetrail_journal',
    help: 'What the journal says of itself.',
    labelNames: ['figure'],
    registers,
    collect() {
      for (const [figure, value] of Object.entries(gauges.journalStatistics())) {
        journal.set({ figure }, value)
      }
    },
  })

  const stalls = watchEventLoop(registers)

  return {
    registry,
    sessionOpened(connection) {
      opened.inc({ connection })
      sessions.inc({ connection })
    },
    sessionClosed(connection, reason) {
      closed.inc({ connection, reason })
      sessions.dec({ connection })
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
    close() {
      stalls.stop()
      registry.clear()
    },
  }
}

function watchEventLoop(registers: Registry[]): { stop(): void } {
  const delays = monitorEventLoopDelay({ resolution: stallResolutionMs })
  delays.enable()
  const stall: Gauge<'quantile'> = new Gauge({
    name: 'gatetrail_event_loop_stall_seconds',
    help: 'How late the event loop was since the last scrape.',
    labelNames: ['quantile'],
    registers,
    collect() {
      for (const [quantile, percentile] of Object.entries(stallQuantiles)) {
        // Measured is the time between two ticks of a timer: what is more than its interval is the stall.
        const seconds = delays.percentile(percentile) / nanosecondsPerSecond
        stall.set({ quantile }, Math.max(0, seconds - stallResolutionMs / 1000))
      }
      delays.reset()
    },
  })
  return {
    stop() {
      delays.disable()
    },
  }
}

/** Counted in plain numbers, since every statement does, and handed over when scraped. */
function decisionCounter(
  registers: Registry[],
): Record<'connect' | 'execute', Record<Verdict, number>> {
  const counts = {
    connect: { allow: 0, deny: 0, hold: 0 },
    execute: { allow: 0, deny: 0, hold: 0 },
  }
  const counter: Counter<'action' | 'verdict'> = new Counter({
    name: 'gatetrail_decisions_total',
    help: 'Decisions of policy, by verdict.',
    labelNames: ['action', 'verdict'],
    registers,
    collect() {
      counter.reset()
      for (const [action, verdicts] of Object.entries(counts)) {
        for (const [verdict, count] of Object.entries(verdicts)) {
          counter.inc({ action, verdict }, count)
        }
      }
    },
  })
  return counts
}

function gauge(registers: Registry[], name: string, help: string, read: () => number): void {
  const made: Gauge = new Gauge({
    name,
    help,
    registers,
    collect() {
      made.set(read())
    },
  })
}
