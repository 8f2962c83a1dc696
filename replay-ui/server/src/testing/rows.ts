/** Rows as ingest would write them, for tests: what is left out has its default. */
import { randomUUID } from 'node:crypto'

type Row = Readonly<Record<string, unknown>>

/** A UUIDv7 of this moment. */
export function uuidAt(date: Date): string {
  const time = date.getTime().toString(16).padStart(12, '0')
  const rest = randomUUID()
  return `${time.slice(0, 8)}-${time.slice(8)}-7${rest.slice(15)}`
}

export const storedTime = (date: Date): string => date.toISOString().replace('T', ' ').slice(0, -1)

const whoRow = {
  tenant: 'default',
  principal: 'ci#repo:acme/train',
  principal_kind: 'ci_job',
  issuer: 'ci',
  subject: 'repo:acme/train',
  run_provider: 'github',
  run_id: '4711',
  run_workflow: 'nightly',
  connection: 'orders',
}

export function sessionRow(session: string, at: Date, more: Row = {}): Row {
  return {
    ...whoRow,
    session,
    writer: uuidAt(at),
    state: 'open',
    time: storedTime(at),
    last_time: storedTime(at),
    groups: ['ml-training'],
    protocol: 'postgres',
    stored: storedTime(new Date()).slice(0, 19),
    row_version: 1,
    ...more,
  }
}

export function statementRow(session: string, seq: number, at: Date, more: Row = {}): Row {
  return {
    ...whoRow,
    session,
    seq,
    writer: uuidAt(at),
    time: storedTime(at),
    text: `select ${seq}`,
    path: 'simple',
    verdict: 'allow',
    policies: ['reads'],
    complete: true,
    stored: storedTime(new Date()).slice(0, 19),
    row_version: seq + 1,
    ...more,
  }
}

export function eventRow(session: string, seq: number, kind: string, at: Date, body: object): Row {
  return {
    tenant: 'default',
    session,
    seq,
    writer: session,
    position: seq,
    kind,
    version: 1,
    time: storedTime(at),
    body: JSON.stringify(body),
    stored: storedTime(new Date()).slice(0, 19),
    row_version: 1,
  }
}
