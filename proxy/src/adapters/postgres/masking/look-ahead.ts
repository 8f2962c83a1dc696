/**
 * Looks at the rows of one piece of input before the first of them goes on, so that what a column holds is clear as early as
 * can be. From relay/result-rows.ts; what is counted goes into ballot.ts. Pure but for the ballots.
 */
import {
  backendTypes,
  frameHeaderBytes,
  readInt32,
  readUint16,
  readUint32,
} from '@gatetrail/protocols'
import type { Ballot } from './ballot.ts'

/** Of one piece of input, so that it waits for some milliseconds at most (10 µs each); of wide rows the next ones tell the rest. */
export const valuesAtOnceMax = 512

/** By column. Undefined: nothing is to be found out. */
export type Ballots = readonly (Ballot | undefined)[]

/**
 * Adds the values of the rows that lie whole between `start` and the end of the input, up to the first message that is no row.
 * `seen` counts them by column. Returns where it stopped.
 */
export function lookAhead(
  ballots: Ballots,
  seen: Int32Array,
  bytes: Uint8Array,
  start: number,
): number {
  let at = start
  let left = valuesAtOnceMax
  while (at + frameHeaderBytes + 2 <= bytes.length && bytes[at] === backendTypes.dataRow) {
    const end = at + 1 + readUint32(bytes, at + 1)
    // A torn row is for row-mask.ts to refuse.
    if (end > bytes.length || readUint16(bytes, at + frameHeaderBytes) !== ballots.length) break
    left = lookAtRow(ballots, seen, bytes, at + frameHeaderBytes + 2, end, left)
    at = end
  }
  return at
}

function lookAtRow(
  ballots: Ballots,
  seen: Int32Array,
  bytes: Uint8Array,
  start: number,
  end: number,
  valuesLeft: number,
): number {
  let at = start
  let left = valuesLeft
  for (let column = 0; column < ballots.length && at + 4 <= end; column++) {
    const length = readInt32(bytes, at)
    const first = at + 4
    at = first + Math.max(0, length)
    if (length <= 0 || at > end) continue
    const ballot = ballots[column]
    if (ballot === undefined) continue
    seen[column]!++
    if (ballot.closed || left === 0) continue
    left--
    ballot.add(bytes, first, at)
  }
  return left
}

/** Whether some of them need no more values: what is to be done with their columns is decided anew then. */
export function anyClosed(ballots: Ballots): boolean {
  let closed = false
  for (const ballot of ballots) {
    if (ballot === undefined) continue
    ballot.count()
    closed ||= ballot.closed
  }
  return closed
}
