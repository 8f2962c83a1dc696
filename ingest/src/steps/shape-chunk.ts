/** The row of a chunk of frames: part of step 6, shape-rows.ts. The one decoder of chunks is in schemas. */
import { decodeChunk, isGatetrailError, type Chunk, type Fragment } from '@gatetrail/schemas'
import type { DecodedRecord } from '../batch.ts'
import { recordRowVersion } from '../tables/records.ts'
import type { Shaping } from './shape-rows.ts'

export function addChunk(record: DecodedRecord, tenant: string, { rows, findings }: Shaping): void {
  const { header, body, bytes } = record
  let chunk: Chunk
  try {
    chunk = decodeChunk(body)
  } catch (error) {
    if (!isGatetrailError(error)) throw error
    const { writer, position } = header
    findings.deadLetters.push({
      writer,
      position,
      reason: 'chunk_invalid',
      message: error.message,
      bytes,
    })
    return
  }
  const { fragments } = chunk
  const column = <Value>(value: (fragment: Fragment) => Value) => fragments.map(value)
  const payloadBytes = fragments.reduce((sum, fragment) => sum + fragment.bytes.length, 0)
  rows.chunks.add({
    tenant,
    session: header.session,
    seq: header.seq,
    writer: header.writer,
    protocol: chunk.protocol,
    time: header.timeMicros,
    offset_micros: header.offsetMicros,
    offsets: column((fragment) => header.offsetMicros + fragment.offsetMicros),
    directions: column((fragment) => fragment.direction),
    types: column((fragment) => fragment.type),
    first: column((fragment) => fragment.first),
    last: column((fragment) => fragment.last),
    masked: column((fragment) => fragment.masked),
    withheld: column((fragment) => fragment.withheld),
    total_lengths: column((fragment) => fragment.totalLength),
    lengths: column((fragment) => fragment.bytes.length),
    // The fragments lie one after the other at the end of the body (chunk.ts).
    payload: body.subarray(body.length - payloadBytes),
    stored: record.storedSeconds,
    row_version: recordRowVersion,
  })
}
