/** For tests: a journal in memory that keeps the promise of the real one, and a decoded view of what is on it. */
import {
  chunkKind,
  decodeChunk,
  decodeEventBody,
  GatetrailError,
  type ChunkBuilder,
  type EventKind,
  type RecordKind,
} from '@gatetrail/schemas'
import type { RecordSink, SessionClock } from '../../recorder/record-sink.ts'

export type TestStamp = SessionClock & { nextSeq: number }

export type MemoryRecord = { seq: number; kind: RecordKind; body: unknown }

/** A frame put together from its fragments. */
export type RecordedFrame = {
  direction: 'to_client' | 'to_target'
  type: string
  masked: boolean
  withheld: boolean
  bytes: Buffer
}

export function createStamp(): TestStamp {
  const startedAt = performance.now()
  return {
    id: '01900000-0000-7000-8000-000000000001',
    startedAtMicros: 1_790_000_000_000_000,
    offsetMicros: () => Math.round((performance.now() - startedAt) * 1000),
    nextSeq: 0,
  }
}

export class MemoryJournal implements RecordSink<TestStamp> {
  readonly records: MemoryRecord[] = []
  failing = false
  pause = 0
  /** Records of the last write. */
  written = 0
  #callbacks: ((error: GatetrailError | undefined) => void)[] = []

  append(kind: RecordKind, stamp: TestStamp, body: string | ChunkBuilder): number {
    if (this.failing && kind !== 'gatetrail.session.closed') throw unwritable()
    const seq = stamp.nextSeq++
    if (typeof body === 'string') {
      const event = decodeEventBody(kind as EventKind, Buffer.from(body))
      this.records.push({ seq, kind, body: event })
    } else {
      const bytes = new Uint8Array(body.length)
      body.writeTo(bytes, 0)
      this.records.push({ seq, kind, body: decodeChunk(bytes) })
    }
    return seq
  }

  afterWrite(
    _stamp: TestStamp,
    _what: 'command' | 'output',
    callback: (error: GatetrailError | undefined) => void,
  ): void {
    if (this.#callbacks.length === 0) setImmediate(() => this.#write())
    this.#callbacks.push(callback)
  }

  pauseMs(): number {
    return this.pause
  }

  events<Body = Record<string, unknown>>(kind: EventKind): Body[] {
    return this.records.filter((record) => record.kind === kind).map(({ body }) => body as Body)
  }

  frames(): RecordedFrame[] {
    const frames: RecordedFrame[] = []
    const open = new Map<string, RecordedFrame>()
    for (const { kind, body } of this.records) {
      if (kind !== chunkKind.name) continue
      for (const fragment of (body as ReturnType<typeof decodeChunk>).fragments) {
        let frame = open.get(fragment.direction)
        if (fragment.first || frame === undefined) {
          frame = {
            direction: fragment.direction,
            type: String.fromCharCode(fragment.type),
            masked: fragment.masked,
            withheld: fragment.withheld,
            bytes: Buffer.alloc(0),
          }
          open.set(fragment.direction, frame)
          frames.push(frame)
        }
        frame.masked ||= fragment.masked
        frame.bytes = Buffer.concat([frame.bytes, fragment.bytes])
      }
    }
    return frames
  }

  /** Everything on record as one run of bytes: for searching what must not be there. */
  text(): string {
    const chunks = this.frames().map(({ bytes }) => bytes.toString('latin1'))
    return (
      chunks.join('\n') + JSON.stringify(this.records.filter(({ kind }) => kind !== chunkKind.name))
    )
  }

  #write(): void {
    const callbacks = this.#callbacks
    this.#callbacks = []
    this.written = this.records.length
    for (const callback of callbacks) callback(this.failing ? unwritable() : undefined)
  }
}

function unwritable(): GatetrailError {
  return new GatetrailError('JOURNAL_UNWRITABLE', 'a test took the disk away')
}
