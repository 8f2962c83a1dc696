/** What ingest needs of a store, embedded or a server. */
import type { ClickHouseClient } from '@clickhouse/client'
import type { ClickHouseTarget } from '@gatetrail/schemas'
import { storeError } from './store-error.ts'
import type { RowBatch } from './table.ts'

export type Store = {
  /** For ingest alone: its calls run one after the other. */
  readonly write: ClickHouseClient
  /** For questions. */
  readonly read: ClickHouseClient
  /** What its tables are: of one server, or of a cluster; and how long they keep what. */
  readonly target: ClickHouseTarget
  /** Inserts all rows of the batch as one block. @throws GatetrailError STORE_UNAVAILABLE, STORE_REFUSED */
  insert(batch: RowBatch): Promise<void>
  close(): Promise<void>
}

/** Runs a question and gives its rows, as JSONEachRow has them. @throws GatetrailError STORE_UNAVAILABLE, STORE_REFUSED */
export async function selectRows(
  client: ClickHouseClient,
  query: string,
): Promise<Record<string, unknown>[]> {
  try {
    const result = await client.query({ query, format: 'JSONEachRow' })
    return await result.json<Record<string, unknown>>()
  } catch (cause) {
    throw storeError(cause, 'did not answer')
  }
}

/** Runs a statement without an answer. @throws GatetrailError STORE_UNAVAILABLE, STORE_REFUSED */
export async function runCommand(client: ClickHouseClient, query: string): Promise<void> {
  try {
    await client.command({ query })
  } catch (cause) {
    throw storeError(cause, 'did not carry out a statement')
  }
}

/** A string as a ClickHouse literal. */
export function literal(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}

export function literals(texts: Iterable<string>): string {
  return Array.from(texts, literal).join(', ')
}

/**
 * `session IN (…)`, with the times that these ids begin with: so do the keys of our tables, so that no more is read than can
 * hold them. By the session alone a question would look at all years.
 */
export function inSessions(sessions: Iterable<string>): string {
  const all = [...sessions]
  let from = Infinity
  let to = 0
  for (const session of all) {
    const ms = beganAtMs(session)
    from = Math.min(from, ms)
    to = Math.max(to, ms)
  }
  if (all.length === 0) return '0'
  const time = (ms: number) => `fromUnixTimestamp64Milli(${ms}, 'UTC')`
  return `session IN (${literals(all)}) AND UUIDv7ToDateTime(session, 'UTC') >= ${time(from)} AND UUIDv7ToDateTime(session, 'UTC') <= ${time(to)}`
}

/** As UUIDv7ToDateTime has it: of an id that is no UUIDv7, 1970. */
function beganAtMs(session: string): number {
  return session[14] === '7' ? Number.parseInt(session.slice(0, 8) + session.slice(9, 13), 16) : 0
}
