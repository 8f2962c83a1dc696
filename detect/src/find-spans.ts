/**
 * The scanner: one pass over a value. Words with digits, bytes and literals that a detector asked for are handed to it
 * (prefilter/); it looks at a bounded number of bytes around them, so that the whole is linear whatever the bytes are.
 */
import type { TouchLevel } from '@gatetrail/schemas'
import { builtInDetectors } from './built-in-detectors.ts'
import type { Detector } from './detector.ts'
import {
  byteBit,
  candidatesMax,
  fillCandidates,
  lengthShift,
  listMask,
  literalBit,
  windowBytes,
} from './prefilter/candidates.ts'
import { Dispatch, type Literal } from './prefilter/dispatch.ts'
import { resolveOverlaps } from './resolve-overlaps.ts'
import { Scan } from './scan.ts'
import type { Span } from './ruleset.ts'

/** What {@link findSpans} returns when there is nothing: always this array, so that nothing is allocated. */
export const noSpans: readonly Span[] = Object.freeze([])

export type FindOptions = {
  /** Findings below are left out. Default: `likely`. */
  readonly levelMin?: TouchLevel
  /** Words of the name of the column or key, as {@link wordsOfName} gives them. */
  readonly names?: readonly string[]
}

const noOptions: FindOptions = {}

/** Of the window that is being scanned. Shared by all: a detector never calls the scanner. */
const candidates = new Int32Array(2 * candidatesMax)

export class Ruleset {
  readonly detectors: readonly Detector[]
  /** Of `detectors`; for streams too (stream/). */
  readonly dispatch: Dispatch

  /** @throws Error if a detector asks for what can't be a candidate: a literal of two bytes, a word of more than 512. */
  constructor(detectors: readonly Detector[]) {
    this.detectors = detectors
    this.dispatch = new Dispatch(detectors)
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
    let scan: Scan | undefined
    for (let from = start; from < end; from += windowBytes) {
      const to = Math.min(end, from + windowBytes)
      const count = fillCandidates(this.dispatch, bytes, start, from, to, end, candidates)
      if (count === 0) continue
      scan ??= new Scan(bytes, start, end, names)
      confirmAll(this.dispatch, scan, count)
    }
    if (scan === undefined || scan.found.length === 0) return noSpans
    return resolveOverlaps(scan.found, levelMin)
  }
}

function confirmAll(dispatch: Dispatch, scan: Scan, count: number): void {
  for (let index = 0; index < count; index += 2) {
    confirmCandidate(dispatch, scan, candidates[index]!, candidates[index + 1]!)
  }
}

/** Hands one candidate to its detectors. `what`: as {@link fillCandidates} wrote it. */
export function confirmCandidate(dispatch: Dispatch, scan: Scan, at: number, what: number): void {
  if (what >= literalBit && what < byteBit) {
    confirmLiterals(dispatch.literals[what ^ literalBit]!, scan, at)
    return
  }
  const list = dispatch.confirms[what & listMask]!
  const end = what >= byteBit ? at + 1 : at + (what >>> lengthShift)
  for (let called = 0; called < list.length; called++) list[called]!(scan, at, end)
}

function confirmLiterals(literals: readonly Literal[], scan: Scan, at: number): void {
  for (let index = 0; index < literals.length; index++) {
    const { text, exact, confirm } = literals[index]!
    if (matches(scan.bytes, at, scan.end, text, exact)) confirm(scan, at, at + text.length)
  }
}

function matches(
  bytes: Uint8Array,
  at: number,
  end: number,
  text: Uint8Array,
  exact: boolean,
): boolean {
  if (at + text.length > end) return false
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
