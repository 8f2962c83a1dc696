import { RoleMetrics } from '@gatetrail/eventlog'
import { afterEach, describe, expect, it } from 'vitest'
import { createMetrics, type Metrics, type SessionFigures } from './metrics.ts'
import { watchSession } from './session-watch.ts'

const opened: RoleMetrics[] = []
afterEach(() => opened.splice(0).forEach((metrics) => metrics.close()))

function create(): { role: RoleMetrics; metrics: Metrics } {
  const role = new RoleMetrics('test')
  opened.push(role)
  const metrics = createMetrics(role, {
    journal: {
      accepting: true,
      stats: () => ({
        records: 0,
        bytesWritten: 0,
        writeCalls: 0,
        backlogBytes: 0,
        waitingBytes: 0,
        segment: 0,
        openSessions: 0,
        spaceLow: false,
        failed: false,
        failures: 0,
        lastError: undefined,
      }),
    },
    journalBytesMax: 1,
    callersBeforeAuthentication: () => 2,
    certificateExpiresAtMs: () => 5_000,
  })
  return { role, metrics }
}

const figures = (bytes: number): SessionFigures => ({
  bytesFromClient: bytes,
  bytesToClient: 2 * bytes,
  coverage: { inspectedBytes: bytes, uninspectedBytes: { binary_value: 3 } },
})

const touch = (entity: string, count: number) =>
  ({ place: 'a.b.c', entity, outcome: 'masked', level: 'certain', count }) as const

describe('bytes of sessions', () => {
  it('count while the session is open, and neither fall nor double when it ends', async () => {
    const { role, metrics } = create()
    let now = 10
    const meter = metrics.sessionOpened('orders')
    meter.follow(() => figures(now))
    const sample = 'gatetrail_session_bytes_total{connection="orders",direction="to_client"}'
    expect(await role.text()).toContain(`${sample} 20`)
    now = 50
    expect(await role.text()).toContain(`${sample} 100`)
    meter.closed('client_closed', figures(50))
    const text = await role.text()
    expect(text).toContain(`${sample} 100`)
    expect(text).toContain('gatetrail_sessions{connection="orders"} 0')
    expect(text).toContain('gatetrail_uninspected_bytes_total{reason="binary_value"} 3')
    expect(text).toContain('gatetrail_uninspected_bytes_total{reason="encoding"} 0')
    expect(text).toContain('gatetrail_inspected_bytes_total 50')
  })

  it('of a session that ended before it was followed are counted once', async () => {
    const { role, metrics } = create()
    const meter = metrics.sessionOpened('orders')
    meter.closed('protocol_violation', figures(7))
    meter.follow(() => figures(7))
    expect(await role.text()).toContain(
      'gatetrail_session_bytes_total{connection="orders",direction="from_client"} 7',
    )
  })
})

describe('touched values', () => {
  it('are counted by data class and outcome, over all sessions', async () => {
    const { role, metrics } = create()
    metrics.sessionOpened('orders').touched([touch('US_SSN', 2), touch('EMAIL', 1)])
    metrics.sessionOpened('crm').touched([touch('US_SSN', 3)])
    const text = await role.text()
    expect(text).toContain('gatetrail_touched_values_total{entity="US_SSN",outcome="masked"} 5')
    expect(text).toContain('gatetrail_touched_values_total{entity="US_SSN",outcome="revealed"} 0')
  })

  it('of more data classes than 200 are counted as one: a target can name as many as it likes', async () => {
    const { role, metrics } = create()
    const meter = metrics.sessionOpened('orders')
    for (let n = 0; n < 1_000; n++) meter.touched([touch(`CLASS_${n}`, 1)])
    const text = await role.text()
    const classes = new Set(
      [...text.matchAll(/touched_values_total\{entity="(\w+)"/g)].map(([, name]) => name),
    )
    expect(classes.size).toBe(201)
    expect(text).toContain('gatetrail_touched_values_total{entity="OTHER",outcome="masked"} 800')
  })
})

describe('a watched session', () => {
  it('follows no statements while no tracer records', () => {
    const { metrics } = create()
    const session = {
      id: '01900000-0000-7000-8000-000000000000',
      connection: 'orders',
      principal: { kind: 'ci_job', issuer: 'ci', subject: 'job', groups: [] },
      applicationName: 'psql',
    } as const
    const watched = watchSession(
      { ...session, principal: { ...session.principal, groups: [] } },
      metrics.sessionOpened('orders'),
    )
    expect(watched.watch.answered).toBeUndefined()
    watched.ended('client_closed')
  })
})
