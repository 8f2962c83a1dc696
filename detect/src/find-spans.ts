/**
 * The scanner: one pass over a value. Words with digits, bytes and literals that a detector asked for are handed to it; it
 * looks at a bounded number of bytes around them, so that the whole is linear whatever the bytes are.
 */
import type { TouchLevel } from '@gatetrail/schemas'
import { builtInDetectors } from './built-in-detectors.ts'
import type { Confirm, Detector } from './detector.ts'
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

export class Ruleset {
  readonly #onlyDigits: Confirm[][] = []
  readonly #someDigits: Confirm[][] = []
  readonly #bytes: (Confirm[] | undefined)[] = []
  readonly #literals: { text: Uint8Array; exact: boolean; confirm: Confirm }[] = []

  constructor(detectors: readonly Detector[]) {
    for (const detector of detectors) this.#take(detector)
  }

  #take(detector: Detector): void {
    switch (detector.on) {
      case 'word': {
        const [min, max] = detector.bytes
        const lists = [this.#onlyDigits, detector.digits === 'only' ? [] : this.#someDigits]
        for (const list of lists) {
          for (let length = min; length <= max; length++) {
            ;(list[length] ??= []).push(detector.confirm)
          }
        }
        return
      }
      case 'byte':
        ;(this.#bytes[detector.byte] ??= []).push(detector.confirm)
        return
      case 'literal':
        for (const literal of detector.literals) {
          const text = new TextEncoder().encode(detector.exact ? literal : literal.toLowerCase())
          this.#literals.push({ text, exact: detector.exact, confirm: detector.confirm })
        }
    }
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
    const scan = new Scan(bytes, start, end, names)
    let at = start
    while (at < end) {
      const byte = bytes[at]!
      for (const confirm of this.#bytes[byte] ?? []) confirm(scan, at, at + 1)
      for (const { text, exact, confirm } of this.#literals) {
        if (matches(bytes, at, end, text, exact)) confirm(scan, at, at + text.length)
      }
      if (!isWordByte(byte) || (at > start && isWordByte(bytes[at - 1]!))) {
        at++
        continue
      }
      let to = at
      let digits = 0
      while (to < end && isWordByte(bytes[to]!)) if (isDigit(bytes[to++]!)) digits++
      const lists = digits === to - at ? this.#onlyDigits : this.#someDigits
      if (digits > 0) for (const confirm of lists[to - at] ?? []) confirm(scan, at, to)
      at++
    }
    return scan.found.length === 0 ? noSpans : resolveOverlaps(scan.found, levelMin)
  }
}

function isDigit(byte: number): boolean {
  return (byte - 0x30) >>> 0 < 10
}

function isWordByte(byte: number): boolean {
  return isDigit(byte) || ((byte | 0x20) - 0x61) >>> 0 < 26
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
    const isUpper = byte >= 0x41 && byte <= 0x5a
    if ((exact || !isUpper ? byte : byte | 0x20) !== text[index]) return false
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
