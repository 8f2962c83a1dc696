/** Zeros between values that are searched at once: to the prefilter they are the begin and the end of each (find-spans.ts). Pure. */

/** Below this a loop is faster than `fill`. */
const loopedBytesMax = 64

/**
 * `bytes` has a copy of what lies from `from` to `to`, `shift` further on. All of it becomes zero but for `values`: as many `numbers`, pairs
 * of begin and end, in order.
 */
export function blankBetween(
  bytes: Uint8Array,
  shift: number,
  from: number,
  to: number,
  values: Int32Array,
  numbers: number,
): void {
  let at = from + shift
  for (let index = 0; index < numbers; index += 2) {
    blank(bytes, at, values[index]! + shift)
    at = values[index + 1]! + shift
  }
  blank(bytes, at, to + shift)
}

function blank(bytes: Uint8Array, from: number, to: number): void {
  if (to - from > loopedBytesMax) bytes.fill(0, from, to)
  else for (let at = from; at < to; at++) bytes[at] = 0
}
