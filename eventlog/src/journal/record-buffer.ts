/**
 * The memory of a writer: one buffer, allocated once. Records are framed at its end, written to disk from `written` on,
 * and hashed where they lie from `hashed` on; when all is written and hashed it begins anew at 0.
 *
 *   0 ── hashed ── written ── end ── capacity          (hashed ≤ written ≤ end, all at frame boundaries)
 */
import { assert, limits, recordHeaderBytes, writeRecordHeader } from '@gatetrail/schemas'
import type { ChunkBuilder } from '@gatetrail/schemas'
import { crc32 } from '../crc32.ts'
import { frameHeaderBytes, frameOverheadBytes, recordMark } from '../frame.ts'
import type { SessionStamp } from '../session-stamp.ts'

/** Bytes of a frame besides the body. */
export const bodyOverheadBytes = frameOverheadBytes + recordHeaderBytes

export class RecordBuffer {
  readonly bytes: Buffer
  readonly view: DataView
  readonly #writer: Uint8Array
  hashed = 0
  written = 0
  end = 0

  constructor(writer: Uint8Array, capacity: number = limits.journal.bufferBytes) {
    this.bytes = Buffer.allocUnsafeSlow(capacity)
    this.view = new DataView(this.bytes.buffer, this.bytes.byteOffset, capacity)
    this.#writer = writer
  }

  get waitingBytes(): number {
    return this.end - this.written
  }

  /** Whether a frame with a body of at most this many bytes fits behind `end`. */
  fits(bodyBytes: number): boolean {
    return this.end + bodyOverheadBytes + bodyBytes <= this.bytes.length
  }

  /** Frames one record. The caller has made sure that it fits. Returns the length of the frame. */
  add(
    kindCode: number,
    version: number,
    stamp: SessionStamp,
    position: number,
    timeMicros: number,
    offsetMicros: number,
    body: string | ChunkBuilder,
  ): number {
    const start = this.end
    const recordAt = start + frameOverheadBytes
    const bytes = this.bytes
    writeRecordHeader(
      bytes,
      this.view,
      recordAt,
      kindCode,
      version,
      stamp.idBytes,
      this.#writer,
      stamp.nextSeq,
      position,
      timeMicros,
      offsetMicros,
    )
    const bodyAt = recordAt + recordHeaderBytes
    const bodyBytes =
      typeof body === 'string' ? bytes.write(body, bodyAt, 'utf8') : body.writeTo(bytes, bodyAt)
    const end = bodyAt + bodyBytes
    const marked = start + frameHeaderBytes
    bytes[marked] = recordMark
    this.view.setUint32(start, end - marked)
    this.view.setUint32(start + 4, crc32(bytes, marked, end))
    this.end = end
    return end - start
  }

  /** Begins anew at 0 when nothing is left to write or to hash. */
  rewindIfDone(): void {
    if (this.hashed !== this.end || this.written !== this.end) return
    this.hashed = 0
    this.written = 0
    this.end = 0
  }

  /** Moves what waits to the front. All that is written must be hashed. */
  compact(): void {
    assert(this.hashed >= this.written, 'what is overwritten has been hashed')
    this.bytes.copyWithin(0, this.written, this.end)
    this.hashed -= this.written
    this.end -= this.written
    this.written = 0
  }

  /** The last frame boundary at or before `limit`, counted from `written`. */
  frameBoundaryBefore(limit: number): number {
    let at = this.written
    while (at + frameHeaderBytes <= limit) {
      const next = at + frameHeaderBytes + this.view.getUint32(at)
      if (next > limit) break
      at = next
    }
    return at
  }
}
