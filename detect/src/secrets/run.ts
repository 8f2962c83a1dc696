/**
 * Where a run of characters ends. A text may begin a token every few bytes, each reaching to the same end: so the run that was read
 * last is remembered, and every byte is read once for each kind of characters.
 */
import type { Scan } from '../scan.ts'
import { characters } from './characters.ts'

export class Run {
  /** By byte: 1 if it is within. */
  readonly #within: Uint8Array
  /** Which scan it was, and what all is within: a number, so that no bytes are kept. */
  #scan = 0
  #from = 0
  #to = 0

  /** Of characters with one of these bits (characters.ts), and of `marks`. */
  constructor(bits: number, marks: string = '') {
    this.#within = Uint8Array.from(characters, (of) => Number((of & bits) !== 0))
    for (const mark of marks) this.#within[mark.charCodeAt(0)] = 1
  }

  has(byte: number): boolean {
    return this.#within[byte] === 1
  }

  /** Behind the run from `at` on, at most `bytesMax` on. */
  end({ number, bytes, end }: Scan, at: number, bytesMax: number): number {
    const ceiling = Math.min(end, at + bytesMax)
    const isKnown = number === this.#scan && at >= this.#from && at < this.#to
    let to = isKnown ? this.#to : at
    if (to >= ceiling) return ceiling
    const within = this.#within
    while (to < ceiling && within[bytes[to]!] === 1) to++
    this.#scan = number
    if (!isKnown) this.#from = at
    this.#to = to
    return to
  }
}
