/** A record as a message of `gatetrail.records`: CloudEvents 1.0, Kafka binding, binary mode. Pure. */
import { decodeRecord, messageHeaders, type RecordHeader } from '@gatetrail/schemas'
import { partitionOf, type PartitionPlan } from './partition-plan.ts'

export type RecordMessage = {
  key: string
  value: Buffer
  partition: number
  headers: Record<string, string>
}

/** What a message adds to its record at most, within a batch. Held by ship.test.ts. */
export const messageOverheadBytes = 512

const contentType = 'application/octet-stream'

/**
 * The message of one record. Its value is a view of the record's bytes.
 * @throws GatetrailError RECORD_INVALID for a record of a format that this release doesn't know
 */
export function messageOfRecord(bytes: Uint8Array, plan: PartitionPlan): RecordMessage {
  const { header } = decodeRecord(bytes)
  return {
    key: header.session,
    value: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length),
    partition: partitionOf(plan, bytes),
    headers: headersOf(header),
  }
}

function headersOf(header: RecordHeader): Record<string, string> {
  return {
    [messageHeaders.specversion]: '1.0',
    [messageHeaders.id]: `${header.session}:${header.seq}`,
    [messageHeaders.type]: header.kind ?? `gatetrail.kind-${header.kindCode}`,
    [messageHeaders.source]: header.writer,
    [messageHeaders.time]: timeText(header.timeMicros),
    [messageHeaders.dataversion]: String(header.version),
    [messageHeaders.contentType]: contentType,
  }
}

/** RFC 3339 in UTC, to the microsecond. */
function timeText(micros: number): string {
  const text = new Date(Math.floor(micros / 1_000)).toISOString()
  return `${text.slice(0, -1)}${String(micros % 1_000).padStart(3, '0')}Z`
}
