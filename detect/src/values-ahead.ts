/**
 * Many short values that lie in one piece, as those of a row: their candidates are found at once, and each value then has only its own
 * confirmed. It finds what {@link Ruleset.find} finds in each. Between find-spans.ts and callers with rows.
 */
import { asciiOf } from './byte-classes.ts'
import { confirmCandidate, noSpans, type FindOptions, type Ruleset } from './find-spans.ts'
import { literalBit, byteBit, windowBytes } from './prefilter/candidates.ts'
import { Scan } from './scan.ts'
import type { Span } from './ruleset.ts'

const noOptions: FindOptions = {}
const numbersAtFirst = 256
/** So much is looked at by one {@link ValuesAhead.begin}. */
export const aheadBytesMax: number = windowBytes

export class ValuesAhead {
  readonly #rules: Ruleset
  /** Pairs of numbers (prefilter/candidates.ts): literals up to `#words`, then words and bytes; each in order. */
  #candidates = new Int32Array(numbersAtFirst)
  #words = 0
  #count = 0
  /** Up to where of either the values before had theirs. */
  #literal = 0
  #word = 0
  #bytes: Uint8Array | undefined
  /** Where the next row begins, or one behind it. */
  #next = 0
  #end = 0

  constructor(rules: Ruleset) {
    this.#rules = rules
  }

  /** Whether candidates can be told at all by these rules. */
  get isOfUse(): boolean {
    return this.#rules.linePatterns.length === 0
  }

  /** Whether {@link begin} looked at the row from `start` to `end`, and at no row behind it since. */
  knows(bytes: Uint8Array, start: number, end: number): boolean {
    if (bytes !== this.#bytes || start < this.#next || end > this.#end) return false
    this.#go(end)
    return true
  }

  /**
   * Finds the candidates of all values from `start` to `end`, of rows of which the first ends at `rowEnd`. False: there are too many, or
   * none can be told.
   */
  begin(bytes: Uint8Array, start: number, rowEnd: number, end: number): boolean {
    const rules = this.#rules
    if (end - start > aheadBytesMax || rules.linePatterns.length > 0) return false
    const count = rules.fill(bytes, start, start, end, end)
    if (this.#candidates.length < count) this.#candidates = new Int32Array(2 * count)
    const candidates = this.#candidates
    const { filled } = rules
    let words = count
    for (let index = 0; index < count; index += 2) {
      const what = filled[index + 1]!
      candidates[index] = filled[index]!
      candidates[index + 1] = what
      if (words === count && (what < literalBit || what >= byteBit)) words = index
    }
    this.#count = count
    this.#words = words
    this.#literal = 0
    this.#word = words
    this.#bytes = bytes
    this.#end = end
    this.#go(rowEnd)
    return true
  }

  /** What is over is not kept. */
  #go(next: number): void {
    this.#next = next
    if (next === this.#end) this.#bytes = undefined
  }

  /**
   * One of the values, in the order in which they lie there. `moved`: so many bytes before where it lay, when {@link begin} was called;
   * from where it lay then on, nothing has changed.
   */
  find(
    bytes: Uint8Array,
    start: number,
    end: number,
    moved: number,
    options: FindOptions = noOptions,
  ): readonly Span[] {
    const to = end + moved
    // What stands around would have been taken for a part of it.
    if (!this.#standsApart(bytes[start - 1]!) || (to < this.#end && bytes[to] !== 0))
      return this.#rules.find(bytes, start, end, options)
    const from = start + moved
    const candidates = this.#candidates
    while (this.#literal < this.#words && candidates[this.#literal]! < from) this.#literal += 2
    while (this.#word < this.#count && candidates[this.#word]! < from) this.#word += 2
    const hasLiteral = this.#literal < this.#words && candidates[this.#literal]! < to
    const hasWord = this.#word < this.#count && candidates[this.#word]! < to
    if (!hasLiteral && !hasWord) return noSpans
    const { dispatch } = this.#rules
    const scan = new Scan(bytes, start, end, options.names, options.levelMin ?? 'likely')
    for (let at = this.#literal; at < this.#words && candidates[at]! < to; at += 2)
      confirmCandidate(dispatch, scan, candidates[at]! - moved, candidates[at + 1]!)
    for (let at = this.#word; at < this.#count && candidates[at]! < to; at += 2)
      confirmCandidate(dispatch, scan, candidates[at]! - moved, candidates[at + 1]!)
    return this.#rules.settled(scan)
  }

  /** Whether a value behind this byte begins as if nothing stood before it. */
  #standsApart(byte: number): boolean {
    const { kinds, firstClasses } = this.#rules.dispatch
    return kinds[byte] === 0 && firstClasses[byte] === 0 && byte !== asciiOf.backslash
  }
}
