/**
 * What a detector is. The scanner (find-spans.ts) reads the text once and hands candidates to the detectors that asked for
 * them; a detector looks at a bounded number of bytes around its candidate, and calls `scan.add` or nothing.
 */
import type { Scan } from './scan.ts'

/** No finding is longer, but for PEM keys and certificates. */
export const findingBytesMax = 4096
export const pemBytesMax = 16 * 1024
/** How far before a candidate a detector may look, for context or for where a word begins. */
export const lookBehindBytesMax = 256
/** No longer word is a candidate. */
export const wordBytesMax = 512

/**
 * `start` and `end` are those of the candidate: the word, the literal or the byte. A finding may begin before and end behind
 * it. Cost: bounded, whatever the bytes are. Never throws.
 */
export type Confirm = (scan: Scan, start: number, end: number) => void

/**
 * word: a maximal run of ASCII letters and digits with at least one digit in it, of `bytes[0]` to `bytes[1]` bytes; of `digits:
 * only` no letter. The letter of an escape (`\n123`) is no part of it. literal: one of these texts, in any case of letters
 * unless `exact`; at least three bytes each. byte: this one, neither letter nor digit.
 *
 * The others are hints: what `confirm` would find out at once and for most words does. `startsWith`, `followedBy` and `after`
 * are sets of ASCII characters of which one must be the word's first byte, stand right behind the candidate, or right before
 * it; the begin or end of the value is none of them. `isFree`: a number may begin there (byte-classes.ts). `beginsRow`: no number
 * and a blank before it. `digitsNext`: so many
 * digits stand behind the byte that follows it, `(` counting as 15. `next`: of that number, and what stands behind these digits:
 * whether it is worth a look. `around`: what must stand around a literal, which is looked at before its text is. `repeats`: the byte that follows it stands again so many bytes further on. They are looked up, so that
 * a detector costs nothing for all other words; without hints every word of the length costs some ten nanoseconds.
 */
export type Detector = {
  /** `us_ssn`, `github_pat`: of the finding's `detector`, lower case. */
  readonly name: string
  readonly confirm: Confirm
  /**
   * For streams, which hold back bytes only while what begins in them may become a finding. A finding begins on the line of its
   * candidate. `within`: what it decides depends on
   * nothing behind the first blank (`token`: a byte up to 0x20) or newline (`line`) after the candidate's begin, and its findings
   * begin in the same token or line. `ahead`: on nothing so many bytes after the candidate's begin; default:
   * {@link findingBytesMax}. `behind`: its findings begin at most so many bytes before the candidate; default:
   * {@link lookBehindBytesMax}. What isn't said may be anywhere within the bounds.
   */
  readonly within?: 'token' | 'line'
  readonly ahead?: number
  readonly behind?: number
} & (
  | {
      readonly on: 'word'
      readonly bytes: readonly [min: number, max: number]
      readonly digits: 'only' | 'some'
      readonly startsWith?: string
      readonly followedBy?: string
      readonly isFree?: true
      readonly beginsRow?: true
      readonly digitsNext?: readonly [min: number, max: number]
      readonly next?: (digits: number, then: ThenStands) => boolean
      readonly repeats?: RepeatsAfter
    }
  | {
      readonly on: 'literal'
      readonly literals: readonly string[]
      readonly exact: boolean
      readonly around?: (literal: string) => Around
    }
  | {
      readonly on: 'byte'
      readonly byte: number
      readonly after?: string
      readonly followedBy?: string
      readonly repeats?: RepeatsAfter
    }
)

/**
 * Of a literal: `after` and `followedBy` as above, in both cases unless it is `exact`; `notAfter`: what must not stand right before it. `tokenBefore`: a token may begin so many bytes before
 * it (secrets/characters.ts).
 */
export type Around = {
  readonly followedBy?: string
  readonly tokenBefore?: number
} & (
  | { readonly after?: string; readonly notAfter?: never }
  | { readonly after?: never; readonly notAfter: string }
)

/** Behind the digits: the byte again that stands before them, a blank, dash or what is no ASCII, or anything else. */
export type ThenStands = 'same' | 'joined' | 'other'
export type RepeatsAfter = 3 | 4 | 5

/** The same detectors, said to look at one line. Tested in stream/reaches.test.ts. */
export function withinLine(
  detectors: readonly Detector[],
  reach: { readonly ahead: number; readonly behind: number },
): Detector[] {
  return detectors.map((detector) => ({ within: 'line', ...reach, ...detector }))
}
