/**
 * The body of a chunk: consecutive frames of one session as they crossed the client side, as recorded after masking.
 *
 *   u8 protocol · u32 length of the index · index · the bytes of all fragments, one after the other
 *
 * The index has, per fragment: u8 flags (1 to client, 2 first, 4 last, 8 masked, 16 withheld) · u8 frame type (0 if the
 * frame has none) · varint µs since the fragment before (the first: since the record's offset) · varint bytes that
 * follow here · unless first and last and not withheld: varint total length of the frame.
 * `withheld`: authentication; type and total length are kept, no bytes.
 */
import { GatetrailError } from './error.ts'

/** Of `ssh` the frames are those of a terminal. */
export const chunkProtocols = { postgres: 1, ssh: 2 } as const
export type ChunkProtocol = keyof typeof chunkProtocols

export const fragmentFlags = { toClient: 1, first: 2, last: 4, masked: 8, withheld: 16 } as const

export type Fragment = {
  direction: 'to_client' | 'to_target'
  type: number
  first: boolean
  last: boolean
  masked: boolean
  withheld: boolean
  /** µs since the record's own offset in the session. */
  offsetMicros: number
  /** Of the whole frame, header included. */
  totalLength: number
  bytes: Uint8Array
}

export type Chunk = { protocol: ChunkProtocol; fragments: Fragment[] }

const chunkHeaderBytes = 5
const noBytes = new Uint8Array(0)

/** Collects fragments into one chunk. Reused for every chunk of a session: no allocation once it has grown. */
export class ChunkBuilder {
  #index = new Uint8Array(1024)
  #indexLength = 0
  #payload = new Uint8Array(4096)
  #payloadLength = 0
  /** Behind the payload come bytes that are not copied yet. */
  #source: Uint8Array = noBytes
  #sourceStart = 0
  #sourceEnd = 0
  #lastMicros = 0
  readonly #protocol: number

  constructor(protocol: ChunkProtocol) {
    this.#protocol = chunkProtocols[protocol]
  }

  get empty(): boolean {
    return this.#indexLength === 0
  }

  /** Bytes of the body if it were closed now. */
  get length(): number {
    const sourceLength = this.#sourceEnd - this.#sourceStart
    return chunkHeaderBytes + this.#indexLength + this.#payloadLength + sourceLength
  }

  /** Adds bytes of `source` from `start` to `end`, copied. `offsetMicros` counts from the record's offset and never falls. */
  add(
    flags: number,
    type: number,
    offsetMicros: number,
    totalLength: number,
    source: Uint8Array,
    start: number,
    end: number,
  ): void {
    this.#addToIndex(flags, type, offsetMicros, totalLength, end - start)
    this.#copySource()
    this.#copy(source, start, end)
  }

  /** As {@link add}, but the bytes are copied when the chunk is written: until then nobody may change them. */
  addLasting(
    flags: number,
    type: number,
    offsetMicros: number,
    totalLength: number,
    source: Uint8Array,
    start: number,
    end: number,
  ): void {
    this.#addToIndex(flags, type, offsetMicros, totalLength, end - start)
    if (source === this.#source && start === this.#sourceEnd) {
      this.#sourceEnd = end
      return
    }
    this.#copySource()
    this.#source = source
    this.#sourceStart = start
    this.#sourceEnd = end
  }

  #addToIndex(
    flags: number,
    type: number,
    offsetMicros: number,
    totalLength: number,
    length: number,
  ): void {
    if (this.#indexLength + 32 > this.#index.length)
      this.#index = grown(this.#index, this.#indexLength + 32)
    this.#index[this.#indexLength++] = flags
    this.#index[this.#indexLength++] = type
    this.#varint(Math.max(0, offsetMicros - this.#lastMicros))
    this.#varint(length)
    if (hasTotalLength(flags)) this.#varint(totalLength)
    this.#lastMicros = Math.max(this.#lastMicros, offsetMicros)
  }

  /** Copies what is still to be copied, so that more can come behind it. */
  #copySource(): void {
    if (this.#source === noBytes) return
    this.#copy(this.#source, this.#sourceStart, this.#sourceEnd)
    this.#forgetSource()
  }

  #forgetSource(): void {
    this.#source = noBytes
    this.#sourceStart = 0
    this.#sourceEnd = 0
  }

  #copy(source: Uint8Array, start: number, end: number): void {
    const length = end - start
    if (length === 0) return
    if (this.#payloadLength + length > this.#payload.length) {
      this.#payload = grown(this.#payload, this.#payloadLength + length)
    }
    copyBytes(this.#payload, this.#payloadLength, source, start, end)
    this.#payloadLength += length
  }

  /** Writes the body at `at` and empties the builder. Returns the length written (`this.length` before the call). */
  writeTo(target: Uint8Array, at: number): number {
    target[at] = this.#protocol
    target[at + 1] = this.#indexLength >>> 24
    target[at + 2] = this.#indexLength >>> 16
    target[at + 3] = this.#indexLength >>> 8
    target[at + 4] = this.#indexLength
    const indexEnd = at + chunkHeaderBytes + this.#indexLength
    copyBytes(target, at + chunkHeaderBytes, this.#index, 0, this.#indexLength)
    copyBytes(target, indexEnd, this.#payload, 0, this.#payloadLength)
    const sourceAt = indexEnd + this.#payloadLength
    copyBytes(target, sourceAt, this.#source, this.#sourceStart, this.#sourceEnd)
    const written = this.length
    this.#forgetSource()
    this.#indexLength = 0
    this.#payloadLength = 0
    this.#lastMicros = 0
    return written
  }

  #varint(value: number): void {
    let rest = value
    while (rest > 127) {
      this.#index[this.#indexLength++] = (rest % 128) | 128
      rest = Math.floor(rest / 128)
    }
    this.#index[this.#indexLength++] = rest
  }
}

/**
 * The index of a chunk, a column per property of its fragments: `[0, count)` of each array holds. Reused for chunk after
 * chunk: no allocation once it has grown, for who reads many.
 */
export class ChunkIndex {
  count = 0
  protocol: ChunkProtocol = 'postgres'
  /** Of the body: where the bytes of the fragments begin. */
  payloadAt = 0
  /** `fragmentFlags` */
  flags = new Uint8Array(64)
  types = new Uint8Array(64)
  /** µs since the record's own offset in the session, and `baseMicros`. */
  offsets = new Float64Array(64)
  totalLengths = new Float64Array(64)
  lengths = new Uint32Array(64)

  /** @throws GatetrailError RECORD_INVALID: what it holds then is of no use */
  read(body: Uint8Array, baseMicros = 0): void {
    const protocol = (Object.entries(chunkProtocols) as [ChunkProtocol, number][]).find(
      ([, code]) => code === body[0],
    )?.[0]
    if (protocol === undefined || body.length < chunkHeaderBytes)
      throw invalid('has an unknown protocol')
    const indexEnd =
      chunkHeaderBytes + new DataView(body.buffer, body.byteOffset, body.length).getUint32(1)
    if (indexEnd > body.length) throw invalid('has an index longer than itself')
    let at = chunkHeaderBytes
    let payloadAt = indexEnd
    let offsetMicros = baseMicros
    let count = 0
    const varint = (): number => {
      let value = 0
      let scale = 1
      for (;;) {
        if (at >= indexEnd || scale > 2 ** 49) throw invalid('has a torn index')
        const byte = body[at++]!
        value += (byte & 127) * scale
        if (byte < 128) return value
        scale *= 128
      }
    }
    while (at < indexEnd) {
      if (at + 2 > indexEnd) throw invalid('has a torn index')
      if (count === this.flags.length) this.#grow()
      const flags = body[at++]!
      this.flags[count] = flags
      this.types[count] = body[at++]!
      offsetMicros += varint()
      this.offsets[count] = offsetMicros
      const length = varint()
      if (payloadAt + length > body.length) throw invalid('is shorter than its index says')
      this.lengths[count] = length
      this.totalLengths[count] = hasTotalLength(flags) ? varint() : length
      payloadAt += length
      count++
    }
    if (payloadAt !== body.length) throw invalid('is longer than its index says')
    this.count = count
    this.protocol = protocol
    this.payloadAt = indexEnd
  }

  #grow(): void {
    const length = this.flags.length * 2
    const copyInto = <Array_ extends { set(from: ArrayLike<number>): void }>(
      larger: Array_,
      from: ArrayLike<number>,
    ): Array_ => {
      larger.set(from)
      return larger
    }
    this.flags = copyInto(new Uint8Array(length), this.flags)
    this.types = copyInto(new Uint8Array(length), this.types)
    this.offsets = copyInto(new Float64Array(length), this.offsets)
    this.totalLengths = copyInto(new Float64Array(length), this.totalLengths)
    this.lengths = copyInto(new Uint32Array(length), this.lengths)
  }
}

/** Reads the body of a chunk; fragment bytes are views into it. @throws GatetrailError RECORD_INVALID */
export function decodeChunk(body: Uint8Array): Chunk {
  const index = new ChunkIndex()
  index.read(body)
  const fragments: Fragment[] = []
  let payloadAt = index.payloadAt
  for (let at = 0; at < index.count; at++) {
    const flags = index.flags[at]!
    const length = index.lengths[at]!
    fragments.push({
      direction: (flags & fragmentFlags.toClient) === 0 ? 'to_target' : 'to_client',
      type: index.types[at]!,
      first: (flags & fragmentFlags.first) !== 0,
      last: (flags & fragmentFlags.last) !== 0,
      masked: (flags & fragmentFlags.masked) !== 0,
      withheld: (flags & fragmentFlags.withheld) !== 0,
      offsetMicros: index.offsets[at]!,
      totalLength: index.totalLengths[at]!,
      bytes: body.subarray(payloadAt, payloadAt + length),
    })
    payloadAt += length
  }
  return { protocol: index.protocol, fragments }
}

/** Below this a loop is faster than the view that `set` needs. */
const loopedBytesMax = 128

function copyBytes(
  target: Uint8Array,
  at: number,
  source: Uint8Array,
  start: number,
  end: number,
): void {
  const length = end - start
  if (length > loopedBytesMax) target.set(source.subarray(start, end), at)
  else for (let index = 0; index < length; index++) target[at + index] = source[start + index]!
}

function hasTotalLength(flags: number): boolean {
  const whole = fragmentFlags.first | fragmentFlags.last
  return (flags & whole) !== whole || (flags & fragmentFlags.withheld) !== 0
}

function grown(bytes: Uint8Array, lengthMin: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(Math.max(lengthMin, bytes.length * 2))
  larger.set(bytes)
  return larger
}

function invalid(what: string): GatetrailError {
  return new GatetrailError('RECORD_INVALID', `a chunk of frames ${what}`)
}
