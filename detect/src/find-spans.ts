/**
 * The scanner: one pass over a value. Words with digits, bytes and literals that a detector asked for are handed to it
 * (prefilter/); it looks at a bounded number of bytes around them, so that the whole is linear whatever the bytes are.
 */
import type { TouchLevel } from '@gatetrail/schemas'
import { builtInDetectors } from './built-in-detectors.ts'
import { stretchEnd, type LinePattern } from './custom/line-stretches.ts'
import type { Detector } from './detector.ts'
import { blankBetween } from './prefilter/blank-between.ts'
import {
  byteBit,
  candidatesMax,
  fillCandidates,
  lengthShift,
  listMask,
  literalBit,
  windowBytes,
} from './prefilter/candidates.ts'
import { caseBit, Dispatch, literalBytesMin, noByte } from './prefilter/dispatch.ts'
import { WasmPrefilter } from './prefilter/wasm-prefilter.ts'
import { resolveOverlaps } from './resolve-overlaps.ts'
import { Scan } from './scan.ts'
import { tokenMayBegin } from './secrets/characters.ts'
import { rulesetVersion, type Span } from './ruleset.ts'

/** What {@link findSpans} returns when there is nothing: always this array, so that nothing is allocated. */
export const noSpans: readonly Span[] = Object.freeze([])

export type FindOptions = {
  /** Findings below are left out. Default: `likely`. */
  readonly levelMin?: TouchLevel
  /** Words of the name of the column or key, as {@link wordsOfName} gives them. */
  readonly names?: readonly string[]
}

const noOptions: FindOptions = {}

export type RulesetOptions = {
  /** Entities that are not looked for. */
  readonly off?: readonly string[]
  /** Patterns that are tried on every line (custom/). */
  readonly linePatterns?: readonly LinePattern[]
  /** Default: of the built-in rules. */
  readonly version?: string
}

/** Of the window that is being scanned. Shared by all: a detector never calls the scanner. */
const plainCandidates = new Int32Array(2 * candidatesMax)
/** Values with zeros between them. */
const plainWindow = new Uint8Array(windowBytes)
/** Of shorter values the copy into the other memory takes as long as the plain way (measured: docs/decisions/0041-prefilter.md). */
const wasmBytesMin = 64

export class Ruleset {
  readonly detectors: readonly Detector[]
  /** Of `detectors`; for streams too (stream/). */
  readonly dispatch: Dispatch
  readonly linePatterns: readonly LinePattern[]
  /** Changes whenever the same bytes may give other findings than before. */
  readonly version: string
  readonly #off: ReadonlySet<string>
  /** Made when the first long value comes; null where there can be none. */
  #wasm: WasmPrefilter | null | undefined

  /** What {@link fill} found: pairs of numbers (prefilter/candidates.ts). */
  filled: Int32Array = plainCandidates

  /** @throws Error if a detector asks for what can't be a candidate: a literal of two bytes, a word of more than 512. */
  constructor(
    detectors: readonly Detector[],
    { off = [], linePatterns = [], version = rulesetVersion }: RulesetOptions = {},
  ) {
    this.detectors = detectors
    this.dispatch = new Dispatch(detectors)
    this.linePatterns = linePatterns
    this.version = version
    this.#off = new Set(off)
  }

  /**
   * Finds personal data and secrets in `bytes` from `start` to `end` (one value: what lies outside is never looked at).
   * Returns spans in order, not overlapping, and never cutting a UTF-8 character; {@link noSpans} if there are none.
   */
  find(
    bytes: Uint8Array,
    start: number,
    end: number,
    { levelMin = 'likely', names }: FindOptions = noOptions,
  ): readonly Span[] {
    const scan = new Scan(bytes, start, end, names, levelMin)
    this.#confirmCandidates(scan)
    if (this.linePatterns.length > 0) this.#tryLines(scan)
    return this.settled(scan)
  }

  /** Of what was found, once all candidates are confirmed, what counts. */
  settled({ found, levelMin }: Scan): readonly Span[] {
    if (found.length === 0) return noSpans
    const wanted = this.wanted(found)
    return wanted.length === 0 ? noSpans : resolveOverlaps(wanted, levelMin)
  }

  /** Findings of entities that are not off. */
  wanted(found: readonly Span[]): readonly Span[] {
    return this.#off.size === 0 ? found : found.filter(({ entity }) => !this.#off.has(entity))
  }

  #confirmCandidates(scan: Scan): void {
    const { bytes, start, end } = scan
    for (let from = start; from < end; from += windowBytes) {
      const to = Math.min(end, from + windowBytes)
      const count = this.fill(bytes, start, from, to, end)
      const candidates = this.filled
      for (let index = 0; index < count; index += 2)
        confirmCandidate(this.dispatch, scan, candidates[index]!, candidates[index + 1]!)
    }
  }

  /**
   * As {@link fillCandidates}, by WebAssembly where that is faster; at most `windowBytes` from `from` to `to`. The candidates are
   * in {@link filled} until the next call.
   */
  fill(bytes: Uint8Array, start: number, from: number, to: number, end: number): number {
    const wasm = to - from < wasmBytesMin ? null : this.#wasmOnce()
    if (wasm !== null) {
      this.filled = wasm.candidates
      return wasm.fillCandidates(bytes, start, from, to, end)
    }
    this.filled = plainCandidates
    return fillCandidates(this.dispatch, bytes, start, from, to, end, plainCandidates)
  }

  /**
   * The candidates of many values at once: `values` are pairs of begin and end, in order, at least one byte between two of them, all
   * between `from` and `to`, at most `windowBytes`. What stands between them is not looked at. Places in {@link filled} count from `from`.
   */
  fillApart(
    bytes: Uint8Array,
    from: number,
    to: number,
    values: Int32Array,
    numbers: number,
  ): number {
    const wasm = to - from < wasmBytesMin ? null : this.#wasmOnce()
    if (wasm !== null) {
      this.filled = wasm.candidates
      return wasm.fillApart(bytes, from, to, values, numbers)
    }
    this.filled = plainCandidates
    plainWindow.set(bytes.subarray(from, to))
    blankBetween(plainWindow, -from, from, to, values, numbers)
    const length = to - from
    return fillCandidates(this.dispatch, plainWindow, 0, 0, length, length, plainCandidates)
  }

  #tryLines(scan: Scan): void {
    const { bytes, start, end } = scan
    for (let from = start; from < end;) {
      const to = stretchEnd(bytes, -start, from, end)
      for (const pattern of this.linePatterns) pattern(scan, from, to)
      from = to
    }
  }

  #wasmOnce(): WasmPrefilter | null {
    if (this.#wasm === undefined) this.#wasm = WasmPrefilter.of(this.dispatch) ?? null
    return this.#wasm
  }
}

/** Hands one candidate to its detectors. `what`: as {@link fillCandidates} wrote it. */
export function confirmCandidate(dispatch: Dispatch, scan: Scan, at: number, what: number): void {
  if (what >= literalBit && what < byteBit) {
    confirmLiterals(dispatch, what ^ literalBit, scan, at)
    return
  }
  const list = what & listMask
  const end = what >= byteBit ? at + 1 : at + (what >>> lengthShift)
  const narrowed = dispatch.narrowed[list]
  const called =
    narrowed === undefined
      ? dispatch.confirms[list]!
      : narrowed.by(scan.bytes, scan.start, scan.end, at, what >= byteBit ? at : end)
  for (let index = 0; index < called.length; index++) called[index]!(scan, at, end)
}

function confirmLiterals(dispatch: Dispatch, slot: number, scan: Scan, at: number): void {
  const fourth = at + literalBytesMin < scan.end ? scan.bytes[at + literalBytesMin]! : 0
  const literals = dispatch.literalsByFourth[slot * 8 + (fourth & 7)]
  if (literals === undefined) return
  const { bytes, start, end } = scan
  const byteBefore = at > start ? bytes[at - 1]! : noByte
  for (let index = 0; index < literals.length; index++) {
    const literal = literals[index]!
    const to = at + literal.bytes
    // Most that begin alike end otherwise.
    if (to > end || (bytes[to - 1]! | caseBit) !== literal.last) continue
    if (literal.before[byteBefore] === 0) continue
    if (literal.behind[to < end ? bytes[to]! : noByte] === 0) continue
    const { tokenBefore } = literal
    const token = at - tokenBefore
    if (tokenBefore !== -1 && (token < start || !tokenMayBegin(bytes, start, token))) continue
    if (matches(bytes, at, literal.text, literal.exact)) literal.confirm(scan, at, to)
  }
}

function matches(bytes: Uint8Array, at: number, text: Uint8Array, exact: boolean): boolean {
  for (let index = 0; index < text.length; index++) {
    const byte = bytes[at + index]!
    if (byte === text[index]) continue
    if (exact || byte < 0x41 || byte > 0x5a || (byte | 0x20) !== text[index]) return false
  }
  return true
}

export const builtInRules: Ruleset = new Ruleset(builtInDetectors)

/** {@link Ruleset.find} of the built-in detectors. */
export function findSpans(
  bytes: Uint8Array,
  start: number,
  end: number,
  options?: FindOptions,
): readonly Span[] {
  return builtInRules.find(bytes, start, end, options)
}
