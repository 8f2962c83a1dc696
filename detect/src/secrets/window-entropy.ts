/**
 * Entropy of long tokens. Where one begins every few bytes, each is looked at: what was counted last is carried on, so that every byte is
 * counted once, not once for each.
 */
import type { Scan } from '../scan.ts'
import { findingBytesMax } from '../detector.ts'
import { entropy } from './characters.ts'

/** Of shorter ones counting anew costs less. */
const bytesMin = 96
/** n · log2 n, in whole numbers: their sum doesn't depend on the order in which they are added. */
const unit = 2 ** 24
const weights = Float64Array.from({ length: findingBytesMax + 1 }, (_, count) =>
  count === 0 ? 0 : Math.round(count * Math.log2(count) * unit),
)

/** Of the window from `heldFrom` to `heldTo` of one scan: how often each byte is in it, and the sum of their weights. */
const counts = new Uint16Array(256)
let scanNumber = 0
let heldFrom = 0
let heldTo = 0
/** A number of this size is an object each time it is written to a variable. */
const sum = new Float64Array(1)

/** As `entropy` (characters.ts), of at most so many bytes as findings have. */
export function windowEntropy({ number, bytes }: Scan, from: number, end: number): number {
  const to = Math.min(end, from + findingBytesMax)
  const length = to - from
  if (length < bytesMin) return entropy(bytes, from, to)
  const steps = Math.abs(from - heldFrom) + Math.abs(to - heldTo)
  if (number !== scanNumber || from < heldFrom || steps > length) {
    counts.fill(0)
    sum[0] = 0
    scanNumber = number
    heldFrom = from
    heldTo = from
  }
  // Both edges together: what goes and comes is often the same.
  for (; heldTo < to && heldFrom < from; heldTo++, heldFrom++) {
    if (bytes[heldTo] === bytes[heldFrom]) continue
    change(bytes[heldTo]!, 1)
    change(bytes[heldFrom]!, -1)
  }
  for (; heldTo < to; heldTo++) change(bytes[heldTo]!, 1)
  for (; heldTo > to; heldTo--) change(bytes[heldTo - 1]!, -1)
  for (; heldFrom < from; heldFrom++) change(bytes[heldFrom]!, -1)
  return (weights[length]! - sum[0]!) / (length * unit)
}

function change(byte: number, by: 1 | -1): void {
  const count = counts[byte]!
  sum[0]! += weights[count + by]! - weights[count]!
  counts[byte] = count + by
}
