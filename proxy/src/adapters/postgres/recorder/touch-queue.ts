/**
 * Makes fingerprints of the values that statements touched, behind the hot path: a slice of them per turn of the event loop, for
 * all sessions of this process, in the order in which statements ended. From session-recorder.ts, which hands over a statement once
 * its answer is recorded, and appends its pii.touched when it gets it back.
 */
import type { Fingerprinter } from '@gatetrail/detect'
import type { TouchCounts } from '../masking/touch-counts.ts'

/** About half a millisecond. */
const valuesPerTurn = 64

type Waiting = { touches: TouchCounts; done: () => void }

export type TouchQueue = {
  /** The id of the key. */
  readonly keyId: string
  /** Makes the fingerprints at once, however many there are. */
  makeNow(touches: TouchCounts): void
  /** Calls back in a later turn, when they are made. Whoever cannot wait calls `makeNow` first, and does not mind the call. */
  add(touches: TouchCounts, done: () => void): void
}

export function createTouchQueue(fingerprinter: Fingerprinter, keyId: string): TouchQueue {
  const waiting: Waiting[] = []
  let scheduled = false

  function turn(): void {
    let left = valuesPerTurn
    while (left > 0 && waiting.length > 0) {
      const { touches, done } = waiting[0]!
      left -= Math.min(left, touches.waiting)
      touches.makeFingerprints(fingerprinter, valuesPerTurn)
      if (touches.waiting > 0) break
      waiting.shift()
      done()
    }
    scheduled = waiting.length > 0
    if (scheduled) setImmediate(turn)
  }

  return {
    keyId,
    makeNow: (touches) => touches.makeFingerprints(fingerprinter, Infinity),
    add(touches, done) {
      waiting.push({ touches, done })
      if (scheduled) return
      scheduled = true
      setImmediate(turn)
    },
  }
}
