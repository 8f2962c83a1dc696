/**
 * Detectors keep to what they say of themselves (detector.ts): what stands beyond it is changed or cut off, and they must give the
 * same findings. Streams rely on it.
 */
import { expect, it } from 'vitest'
import { lookBehindBytesMax, type Confirm, type Detector } from '../detector.ts'
import { builtInRules } from '../find-spans.ts'
import {
  byteBit,
  candidatesMax,
  fillCandidates,
  lengthShift,
  listMask,
  literalBit,
} from '../prefilter/candidates.ts'
import { Scan } from '../scan.ts'
import { blanksMax, wholeValueBytesMax } from '../whole-value.ts'
import { reachOf, type Reach } from './reaches.ts'
import { randomNumbers, randomText, type RandomNumbers } from './testing/random-text.ts'

const texts = 2_000
const newline = 0x0a
const { dispatch, detectors } = builtInRules
const byConfirm = new Map<Confirm, Detector>(
  detectors.map((detector) => [detector.confirm, detector]),
)

type Call = { confirm: Confirm; at: number; to: number }

function callsFor(bytes: Uint8Array): Call[] {
  const candidates = new Int32Array(2 * candidatesMax)
  const count = fillCandidates(dispatch, bytes, 0, 0, bytes.length, bytes.length, candidates)
  const calls: Call[] = []
  for (let index = 0; index < count; index += 2) {
    const at = candidates[index]!
    const what = candidates[index + 1]!
    if (what >= literalBit && what < byteBit) {
      const text = Buffer.from(bytes.subarray(at, at + 64)).toString('latin1')
      for (const literal of dispatch.literals[what ^ literalBit]!) {
        const wanted = Buffer.from(literal.text).toString('latin1')
        const given = text.slice(0, wanted.length)
        if ((literal.exact ? given : given.replaceAll(/[A-Z]/g, (a) => a.toLowerCase())) === wanted)
          calls.push({ confirm: literal.confirm, at, to: at + wanted.length })
      }
    } else {
      const to = what >= byteBit ? at + 1 : at + (what >>> lengthShift)
      for (const confirm of dispatch.confirms[what & listMask]!) calls.push({ confirm, at, to })
    }
  }
  return calls
}

/** Findings of one call, as if the text reached from `start` to `end`. */
function found({ confirm, at, to }: Call, bytes: Uint8Array, start: number, end: number): string[] {
  const scan = new Scan(bytes, start, end)
  confirm(scan, at, to)
  return scan.found.map((span) => JSON.stringify(span))
}

/** Where what the detector may look at ends. */
function limitOf(bytes: Uint8Array, at: number, { within, ahead }: Reach): number {
  const far = Math.min(bytes.length, at + ahead)
  if (within === 'text') return far
  for (let place = at; place < far; place++) {
    const byte = bytes[place]!
    if (byte === newline || (within === 'token' && byte <= 0x20)) return place + 1
  }
  return far
}

const noiseBytes = 1 << 16

/** Of it pieces are taken: made anew for each call it would take most of the time. */
function noiseOf(random: RandomNumbers): Uint8Array {
  return Uint8Array.from({ length: noiseBytes }, () => (random(0, 3) === 0 ? 0x31 : random(0, 255)))
}

function changedOutside(
  bytes: Uint8Array,
  from: number,
  to: number,
  noise: Uint8Array,
  random: RandomNumbers,
): Uint8Array {
  const at = random(0, noise.length - bytes.length)
  const changed = noise.slice(at, at + bytes.length)
  changed.set(bytes.subarray(from, to), from)
  return changed
}

it('no detector looks further than it says, or begins a finding where it says that none begins', () => {
  const random = randomNumbers(20_261_122)
  const noise = noiseOf(random)
  let checked = 0
  for (let text = 0; text < texts; text++) {
    const bytes = randomText(random, random(1, 14))
    for (const call of callsFor(bytes)) {
      const detector = byConfirm.get(call.confirm)!
      const reach: Reach = reachOf(detector)
      const label = (): string => `${detector.name} at ${call.at} of ${JSON.stringify(Buffer.from(bytes).toString('latin1'))}` // prettier-ignore
      const expected = found(call, bytes, 0, bytes.length)
      const check = (what: string, others: readonly string[]): void => {
        // The label is made of the whole text: only where it is read.
        if (others.join() !== expected.join())
          expect(others, `${what}: ${label()}`).toEqual(expected)
      }
      const isWhole = call.at <= blanksMax ? call.at + wholeValueBytesMax + 2 * blanksMax : 0
      const limit = Math.max(call.to, Math.min(bytes.length, isWhole), limitOf(bytes, call.at, reach)) // prettier-ignore
      const first = Math.max(0, call.at - lookBehindBytesMax)
      check('cut', found(call, bytes, 0, limit))
      const changed = changedOutside(bytes, first, limit, noise, random)
      check('changed', found(call, changed, 0, changed.length))
      for (const json of expected) {
        checked++
        const { start } = JSON.parse(json) as { start: number }
        expect(call.at - start, label()).toBeLessThanOrEqual(reach.behind)
        const before = [...bytes.subarray(start, call.at)]
        expect(before, label()).not.toContain(newline)
        if (reach.within === 'token')
          expect(
            before.every((byte) => byte > 0x20),
            label(),
          ).toBe(true)
      }
    }
  }
  expect(checked).toBeGreaterThan(texts)
})
