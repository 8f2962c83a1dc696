/**
 * Damage to a segment of 64 KiB, read by the journal's reader: noticed, named by its positions, and at the cost of no other
 * record. A whole sweep takes minutes: here a sample of the bits and cuts, another one by seed; corruption.nightly.ts has all.
 */
import { copyFile, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  cutAt,
  flipBit,
  followAll,
  makeSegments,
  openForDamage,
  segmentBytes,
  type DamagedSegment,
} from './harness/damaged-segment.ts'
import { chooseSeed, createRandom, type Random } from './harness/random.ts'

/** Prime to 8, so that every bit of a byte has its turn. */
const strideBits = 29
const strideCuts = 7

let random: Random
let segment: DamagedSegment

beforeAll(async () => {
  random = createRandom(chooseSeed())
  segment = await makeSegments(random)
})
afterAll(() => segment?.remove())

test('a flipped bit is noticed and named, wherever it lies, and costs at most the record that it lies in', async () => {
  expect(segment.whole.length).toBe(segmentBytes)
  const bits = new Set<number>()
  for (let bit = Math.floor(random() * strideBits); bit < segmentBytes * 8; bit += strideBits)
    bits.add(bit)
  // Length, CRC, mark and header of the first and the last frames: a field by field look, every bit of it.
  for (const from of [0, ...[0, 1, -1].map((index) => segment.frames.at(index)!.from)])
    for (let bit = from * 8; bit < (from + 80) * 8; bit++) bits.add(bit)
  const file = await openForDamage(segment)
  const faults: string[] = []
  for (const bit of bits) {
    const fault = await flipBit(segment, file, bit)
    if (fault !== undefined) faults.push(`bit ${bit}: ${fault}`)
  }
  await file.close()
  console.log(
    `${bits.size} of ${segmentBytes * 8} bits flipped in ${segment.frames.length} records: ${faults.length} faults`,
  )
  expect(faults).toEqual([])
  expect(bits.size).toBeGreaterThan(18_000)
})

test('a segment cut anywhere gives all whole records before the cut and behind the segment, and names those between', async () => {
  const lengths = new Set<number>()
  for (let at = Math.floor(random() * strideCuts); at < segmentBytes; at += strideCuts)
    lengths.add(at)
  // Where a frame ends nothing is damaged: only the positions tell.
  for (const { from, to } of segment.frames)
    for (const at of [from - 1, from, from + 1, to - 1]) lengths.add(at)
  const file = await openForDamage(segment)
  const faults: string[] = []
  for (const length of lengths) {
    const fault = await cutAt(segment, file, length)
    if (fault !== undefined) faults.push(`cut at ${length}: ${fault}`)
  }
  await file.close()
  console.log(`cut at ${lengths.size} of ${segmentBytes} places: ${faults.length} faults`)
  expect(faults).toEqual([])
  expect(lengths.size).toBeGreaterThan(9_000)
})

test('swapped segments are named, and every record still comes, in order', async () => {
  for (const [one, other] of [
    [1, 2],
    [2, 3],
    [1, 3],
  ] as const) {
    await swap(one, other)
    const { positions, damage } = await followAll(segment.directory)
    await swap(one, other)
    console.log(
      `segments ${one} and ${other} swapped: ${damage.map(({ reason }) => reason).join()}`,
    )
    expect(damage.length).toBeGreaterThan(0)
    expect(positions).toEqual(segment.all.map((_, position) => position))
  }
})

test('a deleted segment is named with its positions, be it the first, in the middle or the last', async () => {
  for (const deleted of [1, 2, 3]) {
    const away = `${segment.fileOf(deleted)}.away`
    await rename(segment.fileOf(deleted), away)
    const { positions, damage } = await followAll(segment.directory)
    await rename(away, segment.fileOf(deleted))
    const missing = segment.all
      .map((_, position) => position)
      .filter((at) => !positions.includes(at))
    console.log(`segment ${deleted} deleted: ${JSON.stringify(damage)}`)
    expect(missing.length).toBeGreaterThan(3)
    expect(damage).toHaveLength(1)
    expect(damage[0]).toMatchObject({ fromPosition: missing[0], toPosition: missing.at(-1) })
  }
})

test('a segment that is there twice is named, and no record comes twice', async () => {
  await copyFile(segment.file, segment.fileOf(4))
  const { positions, damage } = await followAll(segment.directory)
  await rm(segment.fileOf(4))
  expect(damage.length).toBeGreaterThan(0)
  expect(positions).toEqual(segment.all.map((_, position) => position))
})

test("a segment of another journal, or of zeros, in the place of one's own costs its records, and they are named", async () => {
  const other = await makeSegments(random)
  const foreign = await readFile(other.file)
  await other.remove()
  for (const bytes of [foreign, Buffer.alloc(segmentBytes)]) {
    await writeFile(segment.file, bytes)
    const { positions, damage } = await followAll(segment.directory)
    await writeFile(segment.file, segment.whole)
    expect(positions).toEqual(
      segment.all
        .map((_, position) => position)
        .filter((at) => at < segment.firstPosition || at > segment.lastPosition),
    )
    expect(damage).toHaveLength(1)
    expect(damage[0]).toMatchObject({
      fromPosition: segment.firstPosition,
      toPosition: segment.lastPosition,
    })
  }
})

async function swap(one: number, other: number): Promise<void> {
  const away = `${segment.fileOf(one)}.away`
  await rename(segment.fileOf(one), away)
  await rename(segment.fileOf(other), segment.fileOf(one))
  await rename(away, segment.fileOf(other))
}
