/**
 * RowBinary, the format in which rows go to ClickHouse: the only one that takes arbitrary bytes without escaping, and
 * twenty times faster into chDB than text (docs/store.md). https://clickhouse.com/docs/interfaces/formats/RowBinary
 */
const initialBytes = 64 * 1024

/** A growing buffer of values, one after the other. Reused: `clear` keeps the memory. */
export class RowWriter {
  #buffer: Buffer = Buffer.allocUnsafe(initialBytes)
  #length = 0

  get length(): number {
    return this.#length
  }

  /** What was written so far: a view, until the next write. */
  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length)
  }

  clear(): void {
    this.#length = 0
  }

  uint8(value: number): void {
    this.#reserve(1)
    this.#buffer[this.#length++] = value
  }

  uint16(value: number): void {
    this.#reserve(2)
    this.#length = this.#buffer.writeUInt16LE(value, this.#length)
  }

  uint32(value: number): void {
    this.#reserve(4)
    this.#length = this.#buffer.writeUInt32LE(value, this.#length)
  }

  /** Up to 2^53: an integer that a number holds exactly. */
  uint64(value: number): void {
    this.#reserve(8)
    this.#length = this.#buffer.writeUInt32LE(value % twoTo32, this.#length)
    this.#length = this.#buffer.writeUInt32LE(Math.floor(value / twoTo32), this.#length)
  }

  varint(value: number): void {
    this.#reserve(8)
    let rest = value
    while (rest > 127) {
      this.#buffer[this.#length++] = (rest % 128) | 128
      rest = Math.floor(rest / 128)
    }
    this.#buffer[this.#length++] = rest
  }

  /** Exactly these bytes, without a length. */
  fixed(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.#buffer.set(bytes, this.#length)
    this.#length += bytes.length
  }

  /** A String column: arbitrary bytes. */
  string(bytes: Uint8Array): void {
    this.varint(bytes.length)
    this.fixed(bytes)
  }

  text(value: string): void {
    if (value.length === 0) return this.uint8(0)
    const lengthMax = value.length * 3
    if (lengthMax < 128) {
      this.#reserve(lengthMax + 1)
      const written = this.#buffer.write(value, this.#length + 1)
      this.#buffer[this.#length] = written
      this.#length += written + 1
      return
    }
    this.varint(Buffer.byteLength(value))
    this.#reserve(lengthMax)
    this.#length += this.#buffer.write(value, this.#length)
  }

  /** A UUID from its 16 bytes in the order of its text: ClickHouse keeps it as two little-endian halves. */
  uuid(bytes: Uint8Array): void {
    this.#reserve(16)
    for (let index = 0; index < 8; index++) {
      this.#buffer[this.#length + index] = bytes[7 - index]!
      this.#buffer[this.#length + 8 + index] = bytes[15 - index]!
    }
    this.#length += 16
  }

  #reserve(count: number): void {
    const lengthMin = this.#length + count
    if (lengthMin <= this.#buffer.length) return
    const larger = Buffer.allocUnsafe(Math.max(lengthMin, this.#buffer.length * 2))
    this.#buffer.copy(larger, 0, 0, this.#length)
    this.#buffer = larger
  }
}

const twoTo32 = 2 ** 32
