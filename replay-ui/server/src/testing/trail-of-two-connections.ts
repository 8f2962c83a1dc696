/** A store with a session each of two connections: one that a caller of some connections may see, and one that they may not. */
import type { ClickHouseClient } from '@clickhouse/client'

const day = '2026-03-12'

/** By the names that operations have for them. */
const namesOf = (where: 'eu' | 'us', session: string) => ({
  session,
  connection: `orders-${where}`,
  principal: `corp#${where}-agent`,
  subject: `${where}-agent`,
  provider: 'github',
  run: `${where}-run`,
  runId: `${where}-run`,
  workflow: `${where}-workflow`,
  place: `public.${where}table.ssn`,
  entity: 'US_SSN',
  q: `${where}word`,
  from: `${day}T00:00:00Z`,
  to: '2026-03-13T00:00:00Z',
  since: `${day}T00:00:00Z`,
  until: '2026-03-13T00:00:00Z',
})

/** 2026-03-12 10:00 UTC. */
export const own = namesOf('eu', '019ce17d-2100-7001-8000-000000000001')
export const foreign = namesOf('us', '019ce17d-2100-7002-8000-000000000002')
export const secrets: readonly string[] = [
  foreign.session, foreign.connection, 'us-agent', 'us-run', 'us-workflow', 'ustable', 'usword', 'us-application', 'us-claim',
] // prettier-ignore

type Row = Record<string, unknown>

export async function fillTrail(client: ClickHouseClient): Promise<void> {
  const tables = await columnsOf(client)
  for (const [where, names] of [
    ['eu', own],
    ['us', foreign],
  ] as const)
    // prettier-ignore
    for (const [table, columns] of tables)
      for (const row of rowsOf(table, where, names)) {
        const values = Object.fromEntries(
          Object.entries(row).filter(([name]) => columns.includes(name)),
        )
        await client.insert({ table, values: [values], format: 'JSONEachRow' })
      }
}

async function columnsOf(client: ClickHouseClient): Promise<Map<string, string[]>> {
  const answer = await client.query({
    query: `SELECT table, groupArray(name) AS names FROM system.columns WHERE database = currentDatabase() AND table LIKE '%\\_rows'
      GROUP BY table HAVING has(names, 'session')`,
    format: 'JSONEachRow',
  })
  const rows = await answer.json<{ table: string; names: string[] }>()
  return new Map(rows.map(({ table, names }) => [table, names]))
}

/** Columns that a table does not have are left out. */
function rowsOf(table: string, where: 'eu' | 'us', names: typeof own): Row[] {
  if (table === 'session_aborts_rows') return []
  const time = `${day} 10:00:01.000000`
  const payload = `${where}word`
  const common: Row = {
    tenant: 'default', session: names.session, writer: '019ce17d-0000-7000-8000-000000000009', stored: now(), row_version: 1,
    time, ended: time, last_time: time, state: 'closed', principal: names.principal, principal_kind: 'agent', issuer: 'corp',
    subject: names.subject, run_provider: names.provider, run_id: names.run, run_attempt: '1', run_workflow: names.workflow,
    connection: names.connection, protocol: 'postgres', application_name: `${where}-application`, requested_user: `${where}-agent`,
    groups: [], policies: [], last_seq: 9, statements: 1, touched_values: 3, entities: [names.entity], inspected_bytes: 5,
    place: names.place, entity: names.entity, outcome: 'revealed', level: 'certain', count: 3, ordinal: 0, statement: 2,
    text: `select ${where}word from ${where}table`, text_bytes: 30, verdict: 'deny', completed: true, rows: 1, kinds: ['select'],
    reads: [`public.${where}table`], touches: '[]', fingerprint: 'abcdefghijkl', key_id: 'test', path: 'simple',
    offset_micros: 1_000, seq: 2, error_sqlstate: '42501', error_message: `no ${where}word`,
  } // prettier-ignore
  if (table === 'events_rows')
    return [
      event(common, 0, 'gatetrail.identity.verified', { claims: { note: `${where}-claim` } }),
      event(common, 1, 'gatetrail.session.opened', { connection: names.connection }),
      event(common, 2, 'gatetrail.statement.decided', { text: `${where}word` }),
    ]
  if (table !== 'chunks_rows') return [common]
  return [
    {
      ...common, seq: 3, offsets: [1_000], directions: ['to_client'], types: [68], first: [true], last: [true], masked: [false],
      withheld: [false], total_lengths: [payload.length], lengths: [payload.length], payload, shown: payload, searched: 1,
    },
  ] // prettier-ignore
}

function event(common: Row, seq: number, kind: string, body: object): Row {
  return { ...common, seq, position: seq, kind, version: 1, body: JSON.stringify(body) }
}

/** Rows expire by when they were stored. */
function now(): string {
  return new Date().toISOString().slice(0, 19).replace('T', ' ')
}
