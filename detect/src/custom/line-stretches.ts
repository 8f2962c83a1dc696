/**
 * Where patterns without a text to look for are tried: every line, long ones in stretches. A stretch ends at a newline or where
 * the place in the text is a multiple of its length, so that a stream has the same ones however it is cut. Pure.
 */
import type { Scan } from '../scan.ts'

/** A pattern that is tried on every line: it is handed stretches, and finds what begins in them. */
export type LinePattern = (scan: Scan, from: number, to: number) => void

/** A finding of a pattern has at most so many bytes. */
export const matchBytesMax = 512
/** What stands before and behind a match may decide it (`\b`); how far patterns look around a stretch. */
export const reachBytes = matchBytesMax + 64
/** Of a line, so many bytes at a time. */
export const stretchBytes = 2048
const newline = 0x0a

/**
 * The end of the stretch that begins at `from`, behind its newline if it has one. `base`: the place of `bytes[0]` in the text;
 * `end` in `bytes` is where the text ends, or what is known of it.
 */
export function stretchEnd(bytes: Uint8Array, base: number, from: number, end: number): number {
  const place = base + from
  const last = Math.min(end, from + stretchBytes - (place % stretchBytes))
  for (let at = from; at < last; at++) if (bytes[at] === newline) return at + 1
  return last
}
