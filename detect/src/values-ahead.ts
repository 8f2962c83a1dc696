/**
 * Many short values that lie in one piece, as those of rows: their candidates are found at once, and each value then has only its own
 * confirmed. It finds what {@link Ruleset.find} finds in each. Between find-spans.ts and callers with rows.
 */
import { confirmCandidate, noSpans, type FindOptions, type Ruleset } from './find-spans.ts'
import { literalBit, byteBit, windowBytes } from './prefilter/candidates.ts'
import { Scan } from './scan.ts'
import type { Span } from './ruleset.ts'

const noOptions: FindOptions = {}
const noNames: readonly string[] = []
const noBytes = new Uint8Array(0)
const numbersAtFirst = 256
/** So much is looked at by one {@link ValuesAhead.begin}. */
export const aheadBytesMax: number = windowBytes

export class ValuesAhead {
  readonly #rules: Ruleset
  /** Begin and end of each value that {@link add} was given. */
  #values = new Int32Array(numbersAtFirst)
  #valueNumbers = 0
  /** Pairs of numbers (prefilter/candidates.ts): literals up to `#words`, then words and bytes; each in order. */
  #candidates = new Int32Array(numbersAtFirst)
  #words = 0
  #count = 0
  /** Up to where of either the values before had theirs. */
  #literal = 0
  #word = 0
  readonly #scan = new Scan(noBytes, 0, 0)
  #bytes: Uint8Array | undefined
  #by: object | undefined
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

  /** Whether {@link begin} looked at the row from `start` to `end` for `by`, and at no row behind it since. */
  knows(bytes: Uint8Array, start: number, end: number, by: object): boolean {
    if (bytes !== this.#bytes || by !== this.#by || start < this.#next || end > this.#end)
      return false
    this.#go(end)
    return true
  }

  /** A value that the next {@link begin} is to look at. In order, and at least one byte is between two of them. */
  add(start: number, end: number): void {
    if (this.#valueNumbers === this.#values.length) {
      const larger = new Int32Array(2 * this.#values.length)
      larger.set(this.#values)
      this.#values = larger
    }
    this.#values[this.#valueNumbers++] = start
    this.#values[this.#valueNumbers++] = end
  }

  /**
   * Finds the candidates of all values that were added, of rows from `start` to `end` of which the first ends at `rowEnd`. `by`: who decided
   * which values those are. False: there are too many, or none can be told.
   */
  begin(bytes: Uint8Array, start: number, rowEnd: number, end: number, by: object): boolean {
    const rules = this.#rules
    let values = this.#valueNumbers
    this.#valueNumbers = 0
    // Of a row that turned out to be torn.
    while (values > 0 && this.#values[values - 1]! > end) values -= 2
    this.#bytes = undefined
    if (end - start > aheadBytesMax || rules.linePatterns.length > 0) return false
    const count = rules.fillApart(bytes, start, end, this.#values, values)
    if (this.#candidates.length < count) this.#candidates = new Int32Array(2 * count)
    const candidates = this.#candidates
    const { filled } = rules
    let words = count
    for (let index = 0; index < count; index += 2) {
      const what = filled[index + 1]!
      candidates[index] = filled[index]! + start
      candidates[index + 1] = what
      if (words === count && (what < literalBit || what >= byteBit)) words = index
    }
    this.#count = count
    this.#words = words
    this.#literal = 0
    this.#word = words
    this.#bytes = bytes
    this.#by = by
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
    const from = start + moved
    const to = end + moved
    const candidates = this.#candidates
    while (this.#literal < this.#words && candidates[this.#literal]! < from) this.#literal += 2
    while (this.#word < this.#count && candidates[this.#word]! < from) this.#word += 2
    const hasLiteral = this.#literal < this.#words && candidates[this.#literal]! < to
    const hasWord = this.#word < this.#count && candidates[this.#word]! < to
    if (!hasLiteral && !hasWord) return noSpans
    const { dispatch } = this.#rules
    const scan = this.#scan.of(bytes, start, end, options.names ?? noNames, options.levelMin ?? 'likely') // prettier-ignore
    for (let at = this.#literal; at < this.#words && candidates[at]! < to; at += 2)
      confirmCandidate(dispatch, scan, candidates[at]! - moved, candidates[at + 1]!)
    for (let at = this.#word; at < this.#count && candidates[at]! < to; at += 2)
      confirmCandidate(dispatch, scan, candidates[at]! - moved, candidates[at + 1]!)
    scan.bytes = noBytes
    return this.#rules.settled(scan)
  }
}
