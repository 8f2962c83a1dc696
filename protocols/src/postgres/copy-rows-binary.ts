/**
 * The data of a binary COPY → its rows: 11 bytes of signature, u32 flags, u32 length of an extension; then per row i16
 * fields (-1: the end), and per field i32 length (-1: NULL) and bytes. Used by copy-rows.ts. Pure.
 */
import { CopyField, fieldsMax, type CopyRowTarget } from './copy-field.ts'
import { readInt32, readUint16 } from './frames.ts'
import type { RecordedValue } from './session-messages.ts'

const headBytes = 19
const signature = [0x50, 0x47, 0x43, 0x4f, 0x50, 0x59, 0x0a, 0xff, 0x0d, 0x0a, 0x00]

type State = 'head' | 'extension' | 'count' | 'length' | 'value' | 'ended'

export class CopyBinaryRows {
  readonly #target: CopyRowTarget
  readonly #numbers = new Uint8Array(headBytes)
  #have = 0
  #state: State = 'head'
  /** Of the extension or the value. */
  #rest = 0
  #columns = 0
  readonly #field = new CopyField()
  #fields: RecordedValue[] = []

  constructor(target: CopyRowTarget) {
    this.#target = target
  }

  get betweenRows(): boolean {
    return this.#state === 'count' && this.#have === 0
  }

  push(bytes: Uint8Array, cut: number): void {
    for (const byte of bytes) this.#byte(byte)
    if (cut === 0 || this.#state === 'ended') return
    // The target sends a row per message: the next one begins anew. Of a client nothing after this could be read.
    this.#field.miss(cut)
    this.#fields.push(this.#field.take())
    this.#endRow()
  }

  end(): void {
    if (this.#fields.length > 0) this.#endRow()
    this.#state = 'ended'
  }

  #byte(byte: number): void {
    switch (this.#state) {
      case 'head':
        if (this.#number(byte, headBytes)) this.#head()
        return
      case 'extension':
        if (--this.#rest === 0) this.#state = 'count'
        return
      case 'count':
        if (this.#number(byte, 2)) this.#count(readUint16(this.#numbers, 0))
        return
      case 'length':
        if (this.#number(byte, 4)) this.#length(readInt32(this.#numbers, 0))
        return
      case 'value':
        this.#field.add(byte)
        if (--this.#rest === 0) this.#endField(this.#field.take())
        return
      case 'ended':
        return
    }
  }

  /** Whether all `length` bytes of a number are there. */
  #number(byte: number, length: number): boolean {
    this.#numbers[this.#have++] = byte
    if (this.#have < length) return false
    this.#have = 0
    return true
  }

  #head(): void {
    if (signature.some((byte, index) => this.#numbers[index] !== byte)) this.#state = 'ended'
    else {
      this.#rest = readInt32(this.#numbers, 15)
      this.#state = this.#rest > 0 ? 'extension' : 'count'
    }
  }

  #count(columns: number): void {
    this.#columns = columns
    if (columns > fieldsMax) this.#state = 'ended'
    else if (columns === 0) this.#endRow()
    else this.#state = 'length'
  }

  #length(length: number): void {
    if (length < 0) this.#endField({ bytes: undefined, cut: 0 })
    else if (length === 0) this.#endField({ bytes: new Uint8Array(0), cut: 0 })
    else {
      this.#rest = length
      this.#state = 'value'
    }
  }

  #endField(value: RecordedValue): void {
    this.#fields.push(value)
    if (this.#fields.length === this.#columns) this.#endRow()
    else this.#state = 'length'
  }

  #endRow(): void {
    const fields = this.#fields
    this.#fields = []
    this.#have = 0
    this.#state = 'count'
    this.#target(fields)
  }
}
