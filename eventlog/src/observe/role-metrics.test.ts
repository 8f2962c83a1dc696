import { afterEach, describe, expect, it } from 'vitest'
import { readJournalMetrics } from './journal-metrics.ts'
import { RoleMetrics } from './role-metrics.ts'

const opened: RoleMetrics[] = []
afterEach(() => opened.splice(0).forEach((metrics) => metrics.close()))

function create(): RoleMetrics {
  const metrics = new RoleMetrics('1.2.3')
  opened.push(metrics)
  return metrics
}

describe('metrics of a role', () => {
  it('begin with its version, its process and its event loop', async () => {
    const text = await create().text()
    expect(text).toContain('gatetrail_build_info{version="1.2.3"} 1')
    expect(text).toContain('gatetrail_event_loop_stall_seconds{quantile="0.999"}')
    expect(text).toContain('gatetrail_process_resident_memory_bytes')
  })

  it('read what is kept elsewhere at every scrape, gauges and counters alike', async () => {
    const metrics = create()
    let age = 3
    let refused = 7
    metrics.read('gatetrail_control_contact_age_seconds', () => age)
    metrics.read('gatetrail_control_refused_total', () => refused)
    expect(await metrics.text()).toContain('gatetrail_control_contact_age_seconds 3')
    age = 1
    refused = 8
    const text = await metrics.text()
    expect(text).toContain('gatetrail_control_contact_age_seconds 1')
    expect(text).toContain('# TYPE gatetrail_control_refused_total counter')
    expect(text).toContain('gatetrail_control_refused_total 8')
  })

  it('show only the sets of labels that there are now', async () => {
    const metrics = create()
    let reasons = ['lost_tail', 'chain_broken']
    metrics.readEach('gatetrail_ingest_gaps_total', () =>
      reasons.map((reason) => ({ labels: { reason }, value: 1 })),
    )
    expect(await metrics.text()).toContain('gatetrail_ingest_gaps_total{reason="chain_broken"} 1')
    reasons = ['lost_tail']
    expect(await metrics.text()).not.toContain('reason="chain_broken"')
  })

  it('say how full the journal is', async () => {
    const metrics = create()
    const stats = {
      records: 10,
      bytesWritten: 5_000,
      writeCalls: 4,
      backlogBytes: 600,
      waitingBytes: 0,
      segment: 1,
      openSessions: 2,
      spaceLow: false,
      failed: true,
      failures: 3,
      lastError: 'ENOSPC',
    }
    readJournalMetrics(metrics, { accepting: false, stats: () => stats }, 1_000)
    const text = await metrics.text()
    expect(text).toContain('gatetrail_journal_fullness_ratio 0.6')
    expect(text).toContain('gatetrail_journal_accepting 0')
    expect(text).toContain('gatetrail_journal_failed 1')
    expect(text).not.toContain('ENOSPC')
  })
})
