/** What the pages about operation ask, over rows as ingest writes them. */
import type { Health, Now, PrincipalDetail } from '@gatetrail/replay-api'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventRow, sessionRow, statementRow, storedTime, uuidAt } from '../testing/rows.ts'
import { startTestReplay, type TestReplay } from '../testing/test-replay.ts'

let replay: TestReplay
let status: Record<string, unknown> = { lagMs: 0, lagBytes: 0 }
const now = Date.now()
const ago = (seconds: number) => new Date(now - seconds * 1_000)
const running = uuidAt(ago(300))
const closed = uuidAt(ago(600))
const proxy = uuidAt(ago(5_000))
const gone = uuidAt(ago(4_000))
const [set, olderSet] = ['a'.repeat(64), 'b'.repeat(64)]
const mara = { principal: 'corp#mara', principal_kind: 'human', issuer: 'corp', subject: 'mara', run_provider: '', run_id: '', run_workflow: '', groups: ['fraud-desk'] } // prettier-ignore

beforeAll(async () => {
  replay = await startTestReplay(() => status)
  await replay.insert(
    'sessions_rows',
    sessionRow(running, ago(300), { statements: 2, last_time: storedTime(ago(2)), policy_set: set, policies: ['connects'] }),
    sessionRow(closed, ago(600), {
      ...{ ...mara, state: 'closed', connection: 'payroll', statements: 5, denied: 2, touched_values: 9 },
      ...{ inspected_bytes: 100, uninspected_bytes: 40, uninspected: { binary_value: 40 } },
    }),
    sessionRow(uuidAt(ago(60)), ago(60), { ...mara, state: 'refused', error: 'CONNECT_DENIED' }),
  ) // prettier-ignore
  await replay.insert(
    'statements_rows',
    statementRow(running, 4, ago(200), { completed: true, bytes: 1_000, policy_set: set }),
    statementRow(running, 9, ago(100), { text: 'select pg_sleep(600)', policy_set: set }),
    statementRow(closed, 4, ago(500), { ...mara, verdict: 'deny', policies: [], policy_set: set }),
    statementRow(closed, 6, ago(490), { ...mara, verdict: 'deny', policies: ['no-schema'], policy_set: set }),
  ) // prettier-ignore
  const started = { role: 'proxy', instance: 'edge/1', host: 'edge', version: '0.1.0' }
  const loaded = (policySet: string) => ({
    policySet,
    policies: [{ id: 'connects', file: 'a.cedar' }],
  })
  const withTexts = {
    policySet: set,
    policies: [{ id: 'connects', file: 'a.cedar', text: 'permit (', textBytes: 70, annotations: { id: 'connects' } }],
  } // prettier-ignore
  const read = (question: string, session: string) => ({ who: 'corp#mara', role: 'auditor', question, parameters: { session }, rows: 3 }) // prettier-ignore
  const refused = { reason: 'TOKEN_EXPIRED', clientAddress: '192.0.2.7', count: 12 }
  await replay.insert(
    'events_rows',
    eventRow(proxy, 0, 'gatetrail.writer.started', ago(5_000), started),
    eventRow(proxy, 1, 'gatetrail.policy.loaded', ago(4_999), loaded(olderSet)),
    { ...eventRow(proxy, 2, 'gatetrail.policy.loaded', ago(1_000), withTexts), version: 2 },
    eventRow(proxy, 3, 'gatetrail.policy.refused', ago(900), { file: 'b.cedar', line: 3, column: 1, message: 'no' }),
    eventRow(proxy, 4, 'gatetrail.identity.rejected', ago(30), refused),
    eventRow(proxy, 5, 'gatetrail.identity.rejected', ago(7_200), refused),
    eventRow(proxy, 6, 'gatetrail.audit.read', ago(50), read('session', closed)),
    eventRow(proxy, 7, 'gatetrail.audit.read', ago(40), read('replay', running)),
    eventRow(proxy, 8, 'gatetrail.audit.read', ago(40), { ...read('replay', running), who: 'local' }),
    eventRow(proxy, 9, 'gatetrail.gap.found', ago(40), { writer: gone, fromPosition: 3, toPosition: 4, reason: 'lost_tail' }),
    eventRow(gone, 0, 'gatetrail.writer.started', ago(4_000), { ...started, instance: 'edge/2' }),
  ) // prettier-ignore
  const record = (writer: string, at: Date) => ({
    ...{ tenant: 'default', session: writer, writer, seq: 0, kind: 'gatetrail.writer.heartbeat' },
    ...{ time: storedTime(at), row_version: 1, leaf_hash: 'x'.repeat(32) },
  })
  await replay.insert('records_rows', record(proxy, ago(1)), record(gone, ago(3_600)))
})
afterAll(() => replay?.close())

test('now: open sessions with what they do, and who was refused in the last hour', async () => {
  const answer = (await replay.ask('/api/now')) as Now
  expect(answer).toMatchObject({
    ...{ opened: 1, refusals: 12, truncated: false },
    open: [
      {
        session: { session: running, state: 'open' },
        last: { seq: 9, text: 'select pg_sleep(600)', completed: false },
        answeredBytes: 1_000,
      },
    ],
    refused: [{ step: 'identity', reason: 'TOKEN_EXPIRED', clientAddress: '192.0.2.7', count: 12 }],
  })
})

test('connections: the configured ones and those on record, each with its day', async () => {
  const on = new Date(now).toISOString().slice(0, 10)
  const answer = await replay.ask(`/api/connections/activity?on=${on}`)
  expect(answer).toMatchObject({
    connections: [
      { connection: 'orders', configured: true, open: 1, sessions: 1, refusedCallers: 1 },
      { connection: 'payroll', configured: false, sessions: 1, refused: 2, uninspectedBytes: 40 },
    ],
  })
})

test('principals: found by a part of a name or of a group, page after page', async () => {
  const [all, mine] = (await Promise.all([
    replay.ask('/api/principals'),
    replay.ask('/api/principals?search=FRAUD'),
  ])) as { principals: { id: string }[] }[]
  expect(all?.principals.map(({ id }) => id)).toEqual(['ci#repo:acme/train', 'corp#mara'])
  expect(mine?.principals).toMatchObject([{ id: 'corp#mara', sessions: 1, refused: 3, touched: 9 }])
  const first = (await replay.ask('/api/principals?limit=1')) as { nextCursor: string }
  const next = await replay.ask(`/api/principals?limit=1&cursor=${first.nextCursor}`)
  expect(next).toMatchObject({ principals: [{ id: 'corp#mara' }], nextCursor: null })
})

test('a principal: its runs and connections; none that nobody was', async () => {
  const found = (await replay.ask(
    `/api/principal?id=${encodeURIComponent('ci#repo:acme/train')}`,
  )) as PrincipalDetail
  expect(found.principal).toMatchObject({ open: 1, groups: ['ml-training'] })
  expect(found.runs).toMatchObject([{ run: { id: '4711', workflow: 'nightly' }, statements: 2 }])
  expect(found.connections).toMatchObject([{ connection: 'orders', sessions: 1 }])
  expect(await replay.ask('/api/principal?id=corp%23eve')).toBe('404 NOT_FOUND')
})

test('policies: sets with the one in force, texts where they are on record, and what they decided', async () => {
  expect(await replay.ask('/api/policies')).toMatchObject({
    sets: [
      { policySet: set, inForce: true, loadings: [{ instance: 'edge/1', role: 'proxy' }] },
      { policySet: olderSet, inForce: false },
    ],
    refused: [{ file: 'b.cedar', line: 3 }],
  })
  expect(await replay.ask(`/api/policies/${set}`)).toMatchObject({
    policies: [{ id: 'connects', text: 'permit (', textBytes: 70, textCut: true }],
  })
  expect(await replay.ask(`/api/policies/${olderSet}`)).toMatchObject({
    policies: [{ id: 'connects', text: null, textBytes: null, textCut: false, annotations: {} }],
  })
  expect(await replay.ask(`/api/policies/${'c'.repeat(64)}`)).toBe('404 NOT_FOUND')
  expect(await replay.ask(`/api/policies/${set}/decisions`)).toMatchObject({
    decided: [
      { policy: 'no-schema', deny: 1, last: { session: closed, seq: 6 } },
      { policy: 'reads', allow: 2, sessions: 0, last: { session: running, seq: 9 } },
      { policy: 'connects', allow: 0, sessions: 1, last: null },
    ],
    byDefault: 1,
  })
})

test('the audit log: who looked at what, filtered and page after page; looking at it is on record', async () => {
  const read = (query: string) => replay.ask(`/api/audit-log${query}`) as Promise<{ reads: { question: string; who: string }[]; nextCursor: string }> // prettier-ignore
  const [all, byWho, about] = await Promise.all([
    read(''),
    read('?who=local'),
    read(`?session=${closed}`),
  ])
  expect(all?.reads.map(({ question }) => question)).toEqual(['replay', 'replay', 'session'])
  expect(byWho?.reads).toMatchObject([{ who: 'local', parameters: { session: running } }])
  expect(about?.reads).toMatchObject([{ who: 'corp#mara', question: 'session', rows: 3 }])
  const first = await read('?limit=2')
  const rest = await read(`?limit=2&cursor=${first.nextCursor}`)
  expect([...first.reads, ...rest.reads]).toEqual(all?.reads)
  expect(replay.reads).toContainEqual(expect.objectContaining({ question: 'audit_log', rows: 3 }))
  expect(await replay.ask('/api/audit-log', 'approver')).toBe('403 API_FORBIDDEN')
})

test('health: what each part does, in words what is wrong, and nothing of the trail', async () => {
  status = { lagMs: 700_000, lagBytes: 5_000, storeError: undefined, records: 7 }
  const health = (await replay.ask('/api/health', 'approver')) as Health
  expect(health.writers).toMatchObject([
    { writer: proxy, state: 'running', instance: 'edge/1', version: '0.1.0' },
    { writer: gone, state: 'silent' },
  ])
  expect(health.store?.tables?.find(({ table }) => table === 'sessions_rows')?.rows).toBe(3)
  expect(health).toMatchObject({ gaps: { lastDay: 1 }, ingest: { lagMs: 700_000 }, journal: null })
  expect(health.findings.map(({ part, level }) => `${part} ${level}`)).toEqual(
    expect.arrayContaining(['ingest danger', 'writers danger', 'gaps danger']),
  )
  expect(JSON.stringify(health)).not.toMatch(/mara|acme|select|192\.0\.2/)
  expect(await replay.ask('/api/health', 'nobody')).toBe('403 API_FORBIDDEN')
})
