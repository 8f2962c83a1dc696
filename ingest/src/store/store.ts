/** What ingest needs of a store, embedded or a server. */
import type { ClickHouseClient } from '@clickhouse/client'
import { GatetrailError } from '@gatetrail/schemas'
import type { RowBatch } from './table.ts'

export type Store = {
  /** For ingest alone: its calls run one after the other. */
  readonly write: ClickHouseClient
  /** For questions. */
  readonly read: ClickHouseClient
  /** Inserts all rows of the batch as one block. @throws GatetrailError STORE_UNAVAILABLE */
  insert(batch: RowBatch): Promise<void>
  close(): Promise<void>
}

/** Runs a question and gives its rows, as JSONEachRow has them. @throws GatetrailError STORE_UNAVAILABLE */
export async function selectRows(
  client: ClickHouseClient,
  query: string,
): Promise<Record<string, unknown>[]> {
  try {
    const result = await client.query({ query, format: 'JSONEachRow' })
    return await result.json<Record<string, unknown>>()
  } catch (cause) {
    throw unavailable('did not answer', cause)
  }
}

/** Runs a statement without an answer. @throws GatetrailError STORE_UNAVAILABLE */
export async function runCommand(client: ClickHouseClient, query: string): Promise<void> {
  try {
    await client.command({ query })
  } catch (cause) {
    throw unavailable('did not carry out a statement', cause)
  }
}

function unavailable(what: string, cause: unknown): GatetrailError {
  const message = cause instanceof Error ? cause.message.slice(0, 300) : 'unknown error'
  return new GatetrailError('STORE_UNAVAILABLE', `the event store ${what}: ${message}`, { cause })
}

/** A string as a ClickHouse literal. */
export function literal(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}

export function literals(texts: Iterable<string>): string {
  return Array.from(texts, literal).join(', ')
}
