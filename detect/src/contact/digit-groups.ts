/**
 * Reads a number as people write it: groups of digits with single separators, parentheses around one of them. Used by
 * phone.ts; one instance is used again and again, so that nothing is allocated for a candidate.
 */
import { asciiOf, byteClass, byteClasses } from '../byte-classes.ts'

export const digitsMax = 18
export const groupsMax = 8

const classes = byteClasses
const { space, dash, dot, slash, zero } = asciiOf
const [open, close] = [0x28, 0x29]

export class DigitGroups {
  /** The values of the digits of all groups. */
  readonly digits = new Uint8Array(digitsMax)
  /** By group: how many digits it has, how many stand up to its end, and where it ends. */
  readonly sizes = new Uint8Array(groupsMax)
  readonly counts = new Uint8Array(groupsMax)
  readonly ends = new Int32Array(groupsMax)
  /** By group: the ASCII separator before it; of several the last that is no parenthesis, else `(` or `)`. */
  readonly separators = new Uint8Array(groupsMax)
  groups = 0
  count = 0

  /** From the digit at `at` on. The zero of `+44 (0)20` is read over. */
  read(bytes: Uint8Array, at: number, end: number): void {
    this.groups = 0
    this.count = 0
    this.#hasClosed = false
    let position = at
    let separator = 0
    while (this.groups < groupsMax) {
      const next = this.#readGroup(bytes, position, end, separator)
      if (next === -1) return
      position = this.#readSeparator(bytes, next, end)
      if (position === -1) return
      separator = this.#separator
    }
  }

  /** Leaves only the first `groups`. */
  cut(groups: number): void {
    this.groups = groups
    this.count = groups === 0 ? 0 : this.counts[groups - 1]!
  }

  /** Pairs with spaces between: a number of France, or a dump of bytes. */
  isInPairs(): boolean {
    for (let group = 0; group < this.groups; group++) {
      if (this.sizes[group] !== 2 || (group > 0 && this.separators[group] !== space)) return false
    }
    return this.groups > 1
  }

  #separator = 0
  /** Only one group stands in parentheses. */
  #hasClosed = false

  #readGroup(bytes: Uint8Array, at: number, end: number, separator: number): number {
    let position = at
    let count = this.count
    while (position < end && isDigit(bytes[position]!)) {
      if (count === digitsMax) return -1
      this.digits[count++] = bytes[position++]! - zero
    }
    const group = this.groups++
    this.sizes[group] = position - at
    this.counts[group] = this.count = count
    this.ends[group] = position
    this.separators[group] = separator
    return position
  }

  /** Where the next group begins, or -1 if none does. */
  #readSeparator(bytes: Uint8Array, at: number, end: number): number {
    let position = at
    let separator = 0
    if (bytes[position] === close) {
      if (this.#hasClosed) return -1
      separator = bytes[position++]!
      this.#hasClosed = true
    }
    const width = separatorBytes(bytes, position, end)
    if (width > 0) {
      separator = width === 1 ? bytes[position]! : width === 2 ? space : dash
      position += width
    }
    if (position < end && bytes[position] === open && !this.#hasClosed) {
      if (separator === 0 || separator === close) separator = open
      position++
      if (bytes[position] === zero && bytes[position + 1] === close && position + 1 < end) {
        position += 2
        if (position < end && (bytes[position] === space || bytes[position] === dash)) position++
      }
    }
    this.#separator = separator
    return separator !== 0 && position < end && isDigit(bytes[position]!) ? position : -1
  }
}

/** One of space, dash, dot, slash; a no-break space (2 bytes), a Unicode hyphen or dash (3 bytes, U+2010 to U+2013). */
function separatorBytes(bytes: Uint8Array, at: number, end: number): number {
  if (at >= end) return 0
  const byte = bytes[at]!
  if (byte === space || byte === dash || byte === dot || byte === slash) return 1
  if (byte === 0xc2) return bytes[at + 1] === 0xa0 && at + 1 < end ? 2 : 0
  if (byte !== 0xe2 || at + 2 >= end || bytes[at + 1] !== 0x80) return 0
  return bytes[at + 2]! >= 0x90 && bytes[at + 2]! <= 0x93 ? 3 : 0
}

function isDigit(byte: number): boolean {
  return (classes[byte]! & byteClass.digit) !== 0
}
