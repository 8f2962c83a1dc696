/** The row of a chunk of frames: part of step 6, shape-rows.ts. The one decoder of chunks is in schemas. */
import { ChunkIndex, isGatetrailError } from '@gatetrail/schemas'
import type { DecodedRecord } from '../batch.ts'
import { recordRowVersion } from '../tables/records.ts'
import type { Shaping } from './shape-rows.ts'
import { chunkTexts, searchedVersion } from './shape-texts.ts'

/** Of the chunk in hand: written into the row before the next one is read. */
const index = new ChunkIndex()

export function addChunk(
  record: DecodedRecord,
  tenant: string,
  { rows, findings, state }: Shaping,
): void {
  const { header, body, bytes } = record
  try {
    index.read(body, header.offsetMicros)
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
  rows.chunks.add({
    tenant,
    session: header.session,
    seq: header.seq,
    writer: header.writer,
    protocol: index.protocol,
    time: header.timeMicros,
    offset_micros: header.offsetMicros,
    offsets: index,
    directions: index,
    types: index,
    first: index,
    last: index,
    masked: index,
    withheld: index,
    total_lengths: index,
    lengths: index,
    // The fragments lie one after the other at the end of the body (chunk.ts).
    payload: body.subarray(index.payloadAt),
    ...chunkTexts(header.session, body, index, state.textRests),
    searched: searchedVersion,
    stored: record.storedSeconds,
    // Its texts say again the end of the chunk before: they change with redactions of other records, too.
    row_version: Math.max(recordRowVersion(record), 1 + (record.sessionRedactions ?? 0)),
  })
}
