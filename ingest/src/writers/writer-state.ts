/**
 * What is kept of one writer whose system session lies in a partition of ours: its row in `writers`, and what is to be
 * checked, in the order of its positions. Pure but for the state that it is given.
 */
import type { KeyObject } from 'node:crypto'
import type { PartitionOffsets } from '@gatetrail/eventlog'
import { emptyHead, type EventBody } from '@gatetrail/schemas'
import type { DecodedRecord } from '../batch.ts'
import { publicKeyOf } from '../steps/check-chain.ts'
import type { WriterRow } from '../tables/writers.ts'
import type { Heartbeat } from './check-link.ts'

export type Check = {
  /** Of the record that says so. */
  position: number
  /** Monotonic: when it was queued. */
  sinceMs: number
  /** Where the log ended when we began to wait for the last time; `waited`: all of it has been taken over. */
  ends?: PartitionOffsets | undefined
  waited?: boolean
  /** How many of its positions were there when it was looked at last. */
  found?: number
} & (
  | { kind: 'heartbeat'; heartbeat: Heartbeat }
  /** A successor says how far the journal of a dead writer went. */
  | { kind: 'recovered'; writer: string; lastPosition: number }
)

export type KeptWriter = {
  row: WriterRow
  key: KeyObject | undefined
  checks: Check[]
  /** Monotonic: when it was heard of, or when we began to listen. */
  heardMs: number
  /** Where the log ended when its silence had been too long. */
  silentEnds: PartitionOffsets | undefined
  /** Its row is to be stored. */
  changed: boolean
}

/** More wait in the store, as events, and are loaded when these are done. */
export const checksMax = 1_000

export function newKeptWriter(row: WriterRow, nowMs: number): KeptWriter {
  const key = row.public_key === '' ? undefined : publicKeyOf(row.public_key)
  return { row, key, checks: [], heardMs: nowMs, silentEnds: undefined, changed: false }
}

export function newWriterRow(record: DecodedRecord, tenant: string): WriterRow {
  const { writer, session, seq, timeMicros } = record.header
  return {
    tenant,
    writer,
    system_session: session,
    log_partition: record.partition ?? 0,
    role: '',
    instance: '',
    host: '',
    public_key: '',
    started: timeMicros,
    heartbeat: timeMicros,
    last_seq: seq,
    checked_next: 0,
    checked_head: Buffer.from(emptyHead).toString('hex'),
    state: 'running',
    stored: record.storedSeconds,
    row_version: 0,
  }
}

/** What a row knows only grows, and a writer that is missed may be heard of again. */
export function versionOf({ last_seq, checked_next, state }: WriterRow): number {
  return (last_seq + checked_next + 2) * 2 + (state === 'missed' ? 1 : 0)
}

export function started(kept: KeptWriter, body: EventBody<'gatetrail.writer.started'>): void {
  const { role, instance, host, publicKey } = body
  Object.assign(kept.row, { role, instance, host, public_key: publicKey })
  kept.key = publicKeyOf(publicKey)
}

export function heard(
  kept: KeptWriter,
  { header }: DecodedRecord,
  heartbeat: Heartbeat,
  nowMs: number,
): void {
  kept.heardMs = nowMs
  kept.silentEnds = undefined
  kept.row.heartbeat = header.timeMicros
  // Its records may still be checked after its end.
  kept.row.state = heartbeat.final ? 'ending' : 'running'
}
