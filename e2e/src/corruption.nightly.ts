/** Every bit of a segment of 64 KiB flipped, and the segment cut at every byte: what corruption.e2e.ts samples. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  cutAt,
  flipBit,
  makeSegments,
  openForDamage,
  segmentBytes,
  type DamagedSegment,
} from './harness/damaged-segment.ts'
import { chooseSeed, createRandom } from './harness/random.ts'

/** About eight minutes on an idle machine. */
const sweepMsMax = 3_600_000

let segment: DamagedSegment

beforeAll(async () => {
  segment = await makeSegments(createRandom(chooseSeed()))
})
afterAll(() => segment?.remove())

test(
  'each of the 524,288 bits of a segment, flipped, is noticed and named, and costs at most its own record',
  { timeout: sweepMsMax },
  async () => {
    const file = await openForDamage(segment)
    const faults: string[] = []
    let flips = 0
    for (let bit = 0; bit < segmentBytes * 8; bit++, flips++) {
      const fault = await flipBit(segment, file, bit)
      if (fault !== undefined) faults.push(`bit ${bit}: ${fault}`)
    }
    await file.close()
    console.log(
      `${flips} bits flipped in ${segment.frames.length} records: ${faults.length} faults`,
    )
    expect(faults).toEqual([])
    expect(flips).toBe(524_288)
  },
)

test(
  'a segment cut at each of its 65,536 bytes loses what lies behind the cut, by name, and nothing else',
  { timeout: sweepMsMax },
  async () => {
    const file = await openForDamage(segment)
    const faults: string[] = []
    let cuts = 0
    for (let length = 0; length < segmentBytes; length++, cuts++) {
      const fault = await cutAt(segment, file, length)
      if (fault !== undefined) faults.push(`cut at ${length}: ${fault}`)
    }
    await file.close()
    console.log(`cut at ${cuts} places: ${faults.length} faults`)
    expect(faults).toEqual([])
    expect(cuts).toBe(65_536)
  },
)
