/**
 * Candidates of a stream in their order: they are found once, wait until nothing that may come can change what their detectors
 * see, and are then confirmed. From finding-stream.ts. The work for each byte is bounded, however small the chunks are.
 */
import { confirmCandidate, type Ruleset } from '../find-spans.ts'
import { reachBytes, stretchBytes, stretchEnd } from '../custom/line-stretches.ts'
import { wordBytesMax } from '../detector.ts'
import { byteBit, listMask, literalBit, windowBytes } from '../prefilter/candidates.ts'
import type { Scan } from '../scan.ts'
import { reachesOf, type Reach, type Reaches } from './reaches.ts'
import { blanksMax, wholeValueBytesMax } from '../whole-value.ts'
import type { StreamWindow } from './stream-window.ts'

const newline = 0x0a

export class OpenCandidates {
  readonly #rules: Ruleset
  readonly #reaches: Reaches
  /** By reach, those that wait: literals apart, because the prefilter gives them in an order of their own. */
  readonly #words: Queue[]
  readonly #literals: Queue[]
  /** Every candidate that begins before is known. */
  #known = 0
  /** Where the run of letters and digits begins that reaches to the end; the end if there is none. */
  #wordFrom = 0
  /** Behind the last newline, and behind the last byte up to a blank. */
  #lineFrom = 0
  #tokenFrom = 0
  /** Patterns were tried on everything before. */
  #stretchFrom = 0

  constructor(rules: Ruleset) {
    this.#rules = rules
    this.#reaches = reachesOf(rules)
    this.#words = this.#reaches.all.map(() => new Queue())
    this.#literals = this.#reaches.all.map(() => new Queue())
  }

  /** Nothing before this place is a candidate any more, or near to what is tried for a pattern. */
  get from(): number {
    let first = this.#known
    for (let reach = 0; reach < this.#words.length; reach++) {
      first = Math.min(first, this.#firstOpen(reach))
    }
    return this.#rules.linePatterns.length === 0
      ? first
      : Math.min(first, this.#stretchFrom - reachBytes)
  }

  /** `chunk` has come to the end of `window`: confirms what it closes. */
  advance(window: StreamWindow, chunk: Uint8Array, scan: Scan): void {
    this.#follow(window, chunk)
    const closed = this.#reaches.all.map((reach) => this.#closedBefore(reach, window.end))
    for (const queues of [this.#words, this.#literals]) {
      queues.forEach((queue, reach) => {
        while (queue.first < closed[reach]! && !mayBeWhole(queue.first, window)) {
          this.#confirm(window, scan, queue.first, queue.take())
        }
      })
    }
    this.#find(window, this.#knowable(window), (at, what) => {
      const reach = this.#reachOf(window, at, what)
      if (reach === -1) return
      if (at < closed[reach]! && !mayBeWhole(at, window)) this.#confirm(window, scan, at, what)
      else (isLiteral(what) ? this.#literals : this.#words)[reach]!.push(at, what)
    })
    if (this.#rules.linePatterns.length > 0) this.#tryLines(window, scan)
  }

  /** Confirms all that is open as if nothing came any more. It stays open. */
  guess(window: StreamWindow, scan: Scan): void {
    for (const queue of [...this.#words, ...this.#literals]) {
      queue.forEach((at, what) => this.#confirm(window, scan, at, what))
    }
    const known = this.#known
    this.#find(window, window.end, (at, what) => this.#confirm(window, scan, at, what))
    this.#known = known
    if (this.#rules.linePatterns.length > 0) this.#guessLines(window, scan)
  }

  /** No finding of what is open, or may still come, begins before this place. */
  findingsFrom(window: StreamWindow): number {
    let first = this.#rules.linePatterns.length === 0 ? window.end : this.#stretchFrom
    this.#reaches.all.forEach(({ within, behind }, reach) => {
      const at = this.#firstOpen(reach)
      first = Math.min(first, breakBefore(window, at, behind, within))
    })
    return first
  }

  /** Where the first candidate of a reach is that isn't confirmed, or may be. */
  #firstOpen(reach: number): number {
    return Math.min(this.#words[reach]!.first, this.#literals[reach]!.first, this.#known)
  }

  #confirm(window: StreamWindow, scan: Scan, at: number, what: number): void {
    confirmCandidate(this.#rules.dispatch, scan, at - window.base, what)
  }

  /** Tries patterns on stretches that are whole and of which it is known what stands behind them. */
  #tryLines(window: StreamWindow, scan: Scan): void {
    const { bytes, base, end } = window
    for (;;) {
      const from = this.#stretchFrom
      const limit = from + stretchBytes - (from % stretchBytes)
      const isFar = end >= limit + reachBytes
      if (!isFar && this.#lineFrom <= from) return
      const to = stretchEnd(bytes, base, from - base, end - base) + base
      if (!isFar && bytes[to - 1 - base] !== newline && this.#lineFrom <= limit) return
      for (const find of this.#rules.linePatterns) find(scan, from - base, to - base)
      this.#stretchFrom = to
    }
  }

  #guessLines(window: StreamWindow, scan: Scan): void {
    const { bytes, base, end } = window
    for (let from = this.#stretchFrom; from < end;) {
      const to = stretchEnd(bytes, base, from - base, end - base) + base
      for (const find of this.#rules.linePatterns) find(scan, from - base, to - base)
      from = to
    }
  }

  /** Where the last word, token and line begin. */
  #follow(window: StreamWindow, chunk: Uint8Array): void {
    const begin = window.end - chunk.length
    let at = chunk.length
    while (at > 0 && isWordByte(chunk[at - 1]!)) at--
    if (at > 0) this.#wordFrom = begin + at
    while (at > 0 && chunk[at - 1]! > 0x20) at--
    if (at > 0) this.#tokenFrom = begin + at
    while (at > 0 && chunk[at - 1] !== newline) at--
    if (at > 0) this.#lineFrom = begin + at
  }

  /** Candidates that begin before are closed: all that their detectors look at is there. */
  #closedBefore({ within, ahead }: Reach, end: number): number {
    const far = end - Math.max(ahead, wordBytesMax + 2)
    if (within === 'text') return far
    return Math.max(far, within === 'token' ? this.#tokenFrom : this.#lineFrom)
  }

  /** Up to where it is certain what is a candidate: not where a word may grow, or a literal may have begun. */
  #knowable({ bytes, base, end }: StreamWindow): number {
    const isLong = end - this.#wordFrom > wordBytesMax
    let to = isLong ? end : Math.min(end, this.#wordFrom)
    if (to === end && end > base && this.#isWanted(bytes[end - 1 - base]!)) to--
    const { literalBytesMax } = this.#reaches
    for (let at = Math.max(this.#known, end - literalBytesMax + 1); at < to; at++) {
      if (this.#reaches.mayBeLiteral(bytes, at - base, end - base)) return at
    }
    return to
  }

  /** A byte that is a candidate by what follows it. */
  #isWanted(byte: number): boolean {
    return this.#rules.dispatch.byteRows[byte] !== 0
  }

  /** Finds candidates up to `to`; each once. */
  #find(window: StreamWindow, to: number, found: (at: number, what: number) => void): void {
    const { base, end } = window
    while (this.#known < to) {
      const from = this.#known
      const upTo = Math.min(to, from + windowBytes)
      const count = this.#rules.fill(window.bytes, 0, from - base, upTo - base, end - base)
      const candidates = this.#rules.filled
      for (let index = 0; index < count; index += 2) {
        found(candidates[index]! + base, candidates[index + 1]!)
      }
      this.#known = upTo
    }
  }

  /** -1: what is hashed as a literal is none. */
  #reachOf({ bytes, base, end }: StreamWindow, at: number, what: number): number {
    return isLiteral(what)
      ? this.#reaches.ofLiteralAt(what ^ literalBit, bytes, at - base, end - base)
      : this.#reaches.ofList[what & listMask]!
  }
}

function isLiteral(what: number): boolean {
  return what >= literalBit && what < byteBit
}

/** Pairs of numbers in order, of which the first goes first. */
class Queue {
  #pairs: number[] = []
  #gone = 0

  /** Its place; Infinity if it is empty. */
  get first(): number {
    return this.#pairs[this.#gone] ?? Infinity
  }

  push(at: number, what: number): void {
    this.#pairs.push(at, what)
  }

  /** The second number of the first pair, which goes. */
  take(): number {
    const what = this.#pairs[this.#gone + 1]!
    this.#gone += 2
    if (2 * this.#gone > this.#pairs.length) {
      this.#pairs = this.#pairs.slice(this.#gone)
      this.#gone = 0
    }
    return what
  }

  forEach(call: (at: number, what: number) => void): void {
    for (let index = this.#gone; index < this.#pairs.length; index += 2) {
      call(this.#pairs[index]!, this.#pairs[index + 1]!)
    }
  }
}

/** Whether something at the begin of a stream may be all there is in it (whole-value.ts): only what comes then tells. */
function mayBeWhole(at: number, { end }: StreamWindow): boolean {
  return at <= blanksMax && end <= at + wholeValueBytesMax + blanksMax
}

/** Where the token or line of `at` begins, at most `behind` bytes before: no finding begins on the line before. */
function breakBefore(
  { bytes, base }: StreamWindow,
  at: number,
  behind: number,
  within: Reach['within'],
): number {
  const first = Math.max(base, at - behind)
  for (let from = at; from > first; from--) {
    const byte = bytes[from - 1 - base]!
    if (byte === newline || (within === 'token' && byte <= 0x20)) return from
  }
  return first
}

function isWordByte(byte: number): boolean {
  return (byte - 0x30) >>> 0 < 10 || ((byte | 0x20) - 0x61) >>> 0 < 26
}
