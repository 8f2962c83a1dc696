/**
 * Masks one value of a row that is too large to be held, same length, because its length is sent already: a short value
 * by its mask, filled up with blanks; of a long one only what is text-like or bytes has a mask, others lose letters and
 * digits. From row-stream.ts.
 */
import { maskWhole } from '@gatetrail/detect'
import { maskSameLength } from './row-mask.ts'
import type { RowPlan } from './row-plan.ts'

const heldBytesMax = 64 * 1024
const asterisk = 0x2a
const quote = 0x22
const noBytes = Buffer.alloc(0)

export class ValueStream {
  readonly #plan: RowPlan
  readonly #column: number
  readonly #length: number
  readonly #held: Buffer[] = []
  #at = 0

  constructor(plan: RowPlan, column: number, length: number) {
    this.#plan = plan
    this.#column = column
    this.#length = length
  }

  /** The next bytes of the value; returns what may go on, masked. Nothing is left behind the last ones. */
  push(piece: Buffer): Buffer {
    const at = this.#at
    this.#at += piece.length
    if (this.#length <= heldBytesMax) {
      this.#held.push(Buffer.from(piece))
      if (this.#at < this.#length) return noBytes
      const value = Buffer.concat(this.#held)
      maskSameLength(this.#plan, this.#column, value, 0, value.length)
      return value
    }
    switch (this.#plan.shapes[this.#column]!) {
      case 'json':
        this.#json(piece, at, 0)
        break
      case 'json_binary':
        this.#json(piece, at, 1)
        break
      case 'bytes':
        piece.fill(asterisk)
        break
      case 'bytes_text':
        for (let index = 0; index < piece.length; index++) {
          // Behind the \x of hex, 2a is an asterisk; in escape format it is two characters.
          if (at + index > 1) piece[index] = (at + index) % 2 === 0 ? 0x32 : 0x61
          else if (!isHexPrefix(piece[index]!)) piece[index] = asterisk
        }
        break
      default:
        if (this.#plan.binary[this.#column]! && this.#plan.shapes[this.#column] !== 'text') {
          piece.fill(0)
        } else maskWhole(piece, 0, piece.length)
    }
    return piece
  }

  /** A JSON string; `version`: bytes in front of it that stay. */
  #json(piece: Buffer, at: number, version: number): void {
    for (let index = 0; index < piece.length; index++) {
      const place = at + index
      if (place < version) continue
      piece[index] = place === version || place === this.#length - 1 ? quote : asterisk
    }
  }
}

function isHexPrefix(byte: number): boolean {
  return byte === 0x5c || byte === 0x78
}
