/** A field of a COPY as it grows: its beginning is kept, the rest is counted. Used by copy-rows.ts. Pure. */
import type { RecordedValue } from './session-messages.ts'

/** Called with each row that has ended. */
export type CopyRowTarget = (fields: RecordedValue[]) => void

/** PostgreSQL's own limit of columns (MaxTupleAttributeNumber). */
export const fieldsMax = 1_664
const fieldBytesMax = 8 * 1024

export class CopyField {
  #bytes = new Uint8Array(256)
  #kept = 0
  #cut = 0

  add(byte: number): void {
    if (this.#kept === this.#bytes.length) {
      if (this.#kept >= fieldBytesMax) {
        this.#cut++
        return
      }
      const larger = new Uint8Array(Math.min(fieldBytesMax, this.#kept * 2))
      larger.set(this.#bytes)
      this.#bytes = larger
    }
    this.#bytes[this.#kept++] = byte
  }

  /** Bytes that are not on record. */
  miss(count: number): void {
    this.#cut += count
  }

  is(text: string): boolean {
    return (
      this.#cut === 0 &&
      this.#kept === text.length &&
      [...text].every((character, index) => this.#bytes[index] === character.charCodeAt(0))
    )
  }

  dropLast(byte: number): void {
    if (this.#cut === 0 && this.#kept > 0 && this.#bytes[this.#kept - 1] === byte) this.#kept--
  }

  /** What has come in, and begins anew. */
  take(): RecordedValue & { bytes: Uint8Array } {
    const value = { bytes: this.#bytes.slice(0, this.#kept), cut: this.#cut }
    this.#kept = 0
    this.#cut = 0
    return value
  }
}
