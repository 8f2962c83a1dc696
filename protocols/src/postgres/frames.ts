/**
 * Frames of protocol 3 after the start-up: u8 type · u32 length (itself included) · body. PostgreSQL documentation,
 * "Message Formats". Cuts a stream into frames wherever the network cut it. Pure; no allocation for a frame that lies
 * whole in one piece of input.
 */
import { GatetrailError } from '@gatetrail/schemas'

export const frameHeaderBytes = 5
/** PostgreSQL itself takes none longer (MaxAllocSize, with the header). */
export const frameBytesMax = 0x3fff_ffff + frameHeaderBytes
/** Frames above this are asked about first (PQ_SMALL_MESSAGE_LIMIT in PostgreSQL's pqcomm.h). */
export const smallFrameBytesMax = 10_000

export const frontendTypes = {
  bind: 0x42, // B
  close: 0x43, // C
  copyData: 0x64, // d
  copyDone: 0x63, // c
  copyFail: 0x66, // f
  describe: 0x44, // D
  execute: 0x45, // E
  flush: 0x48, // H
  functionCall: 0x46, // F
  parse: 0x50, // P
  query: 0x51, // Q
  sync: 0x53, // S
  terminate: 0x58, // X
} as const

export const backendTypes = {
  bindComplete: 0x32, // 2
  closeComplete: 0x33, // 3
  commandComplete: 0x43, // C
  copyBoth: 0x57, // W
  copyData: 0x64, // d
  copyDone: 0x63, // c
  copyIn: 0x47, // G
  copyOut: 0x48, // H
  dataRow: 0x44, // D
  emptyQuery: 0x49, // I
  error: 0x45, // E
  functionCallResponse: 0x56, // V
  noData: 0x6e, // n
  notice: 0x4e, // N
  notification: 0x41, // A
  parameterDescription: 0x74, // t
  parameterStatus: 0x53, // S
  parseComplete: 0x31, // 1
  portalSuspended: 0x73, // s
  readyForQuery: 0x5a, // Z
  rowDescription: 0x54, // T
} as const

/** `whole`: wait until all of it is there. `parts`: hand it on as it comes. */
export type FrameTreatment = 'whole' | 'parts'

/** Where frames go. May throw: what was pushed is then lost, and the splitter must not be used any more. */
export type FrameTarget<Bytes extends Uint8Array> = {
  /** Asked once for each frame above {@link smallFrameBytesMax}, before anything is allocated for it. */
  treat(type: number, totalLength: number): FrameTreatment
  /** A whole frame, header included, from `start` to `end`. The bytes may be changed in place. */
  frame(type: number, bytes: Bytes, start: number, end: number): void
  /** A part of a frame for which `treat` said `parts`; the first one holds at least the header. */
  part(
    type: number,
    bytes: Bytes,
    start: number,
    end: number,
    first: boolean,
    last: boolean,
    totalLength: number,
  ): void
}

const growBytesMin = 64 * 1024

/** Cuts one direction of a stream into frames. */
export class FrameSplitter<Bytes extends Uint8Array> {
  readonly #target: FrameTarget<Bytes>
  readonly #allocate: (length: number) => Bytes
  /** A frame that is not complete yet, from its first byte. */
  #partial: Bytes | undefined
  #partialLength = 0
  /** Of the frame in `#partial`; 0 as long as its header is not complete. */
  #totalLength = 0
  #streamType = 0
  #streamTotal = 0
  #streamRest = 0
  #held = false
  #waiting: Bytes[] = []

  constructor(target: FrameTarget<Bytes>, allocate: (length: number) => Bytes) {
    this.#target = target
    this.#allocate = allocate
  }

  /** No frame is handed on until {@link resume}; what is pushed meanwhile waits. May be called from within `frame`. */
  hold(): void {
    this.#held = true
  }

  get held(): boolean {
    return this.#held
  }

  /** Bytes that wait here: of an incomplete frame, and behind a hold. */
  get bufferedBytes(): number {
    let bytes = this.#partialLength
    for (const piece of this.#waiting) bytes += piece.length
    return bytes
  }

  /** @throws GatetrailError FRAME_LENGTH_INVALID, and whatever the target throws. */
  push(bytes: Bytes): void {
    if (this.#held) this.#waiting.push(bytes)
    else this.#consume(bytes, 0)
  }

  /** Goes on with what waits. @throws as {@link push} */
  resume(): void {
    this.#held = false
    while (!this.#held) {
      const bytes = this.#waiting.shift()
      if (bytes === undefined) return
      this.#consume(bytes, 0)
    }
  }

  #consume(bytes: Bytes, from: number): void {
    let at = from
    if (this.#streamRest > 0) at = this.#stream(bytes, at, false)
    else if (this.#partial !== undefined) at = this.#complete(bytes, at)
    const end = bytes.length
    while (at < end) {
      if (this.#held) {
        this.#waiting.unshift(subarray(bytes, at, end))
        return
      }
      if (end - at < frameHeaderBytes) break
      const type = bytes[at]!
      const totalLength = frameLength(bytes, at)
      if (totalLength > smallFrameBytesMax) {
        if (this.#target.treat(type, totalLength) === 'parts') {
          this.#beginStream(type, totalLength)
          at = this.#stream(bytes, at, true)
          continue
        }
      }
      if (end - at < totalLength) {
        this.#keep(bytes, at, end, totalLength)
        return
      }
      this.#target.frame(type, bytes, at, at + totalLength)
      at += totalLength
    }
    if (at < end) this.#keep(bytes, at, end, 0)
  }

  #keep(bytes: Bytes, at: number, end: number, totalLength: number): void {
    const capacity =
      totalLength === 0 ? frameHeaderBytes : Math.min(totalLength, Math.max(growBytesMin, end - at))
    this.#partial = this.#allocate(capacity)
    this.#partial.set(bytes.subarray(at, end))
    this.#partialLength = end - at
    this.#totalLength = totalLength
  }

  /** Fills the incomplete frame. Returns where the input goes on. */
  #complete(bytes: Bytes, from: number): number {
    let at = from
    if (this.#totalLength === 0) {
      at += this.#fill(bytes, at, frameHeaderBytes)
      if (this.#partialLength < frameHeaderBytes) return at
      const header = this.#partial!
      this.#totalLength = frameLength(header, 0)
      const type = header[0]!
      if (
        this.#totalLength > smallFrameBytesMax &&
        this.#target.treat(type, this.#totalLength) === 'parts'
      ) {
        this.#partial = undefined
        this.#partialLength = 0
        this.#beginStream(type, this.#totalLength)
        this.#totalLength = 0
        this.#stream(header, 0, true)
        return this.#stream(bytes, at, false)
      }
    }
    at += this.#fill(bytes, at, this.#totalLength)
    if (this.#partialLength < this.#totalLength) return at
    const frame = this.#partial!
    const totalLength = this.#totalLength
    this.#partial = undefined
    this.#partialLength = 0
    this.#totalLength = 0
    this.#target.frame(frame[0]!, frame, 0, totalLength)
    return at
  }

  /** Copies up to `length` bytes of the frame in all; the buffer grows with what has come, not with what was announced. */
  #fill(bytes: Bytes, at: number, length: number): number {
    const count = Math.min(bytes.length - at, length - this.#partialLength)
    const needed = this.#partialLength + count
    let partial = this.#partial!
    if (needed > partial.length) {
      const larger = this.#allocate(
        Math.min(length, Math.max(needed, partial.length * 2, growBytesMin)),
      )
      larger.set(partial.subarray(0, this.#partialLength))
      this.#partial = larger
      partial = larger
    }
    partial.set(bytes.subarray(at, at + count), this.#partialLength)
    this.#partialLength = needed
    return count
  }

  #beginStream(type: number, totalLength: number): void {
    this.#streamType = type
    this.#streamTotal = totalLength
    this.#streamRest = totalLength
  }

  #stream(bytes: Bytes, from: number, first: boolean): number {
    const count = Math.min(bytes.length - from, this.#streamRest)
    if (count === 0) return from
    this.#streamRest -= count
    this.#target.part(
      this.#streamType,
      bytes,
      from,
      from + count,
      first,
      this.#streamRest === 0,
      this.#streamTotal,
    )
    return from + count
  }
}

/** Whole length of the frame at `at`. @throws GatetrailError FRAME_LENGTH_INVALID */
export function frameLength(bytes: Uint8Array, at: number): number {
  const length = readUint32(bytes, at + 1)
  if (length < 4 || length > frameBytesMax - 1) {
    throw new GatetrailError(
      'FRAME_LENGTH_INVALID',
      `a message of type ${typeName(bytes[at]!)} declares a length of ${length}`,
    )
  }
  return length + 1
}

export function readUint32(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
  )
}

/** Lengths of values: -1 is NULL. */
export function readInt32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!
}

export function readUint16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!
}

/** A type byte for messages: the letter, or its number if it is none. */
export function typeName(type: number): string {
  return type > 0x20 && type < 0x7f ? `'${String.fromCharCode(type)}'` : String(type)
}

function subarray<Bytes extends Uint8Array>(bytes: Bytes, start: number, end: number): Bytes {
  // A subarray is made by the species of its array: of a Buffer it is a Buffer.
  return bytes.subarray(start, end) as Bytes
}
