/** Readers: following live writers, restarting anywhere, damage, half-written frames, removal. */
import {
  appendFile,
  mkdir,
  open,
  readFile,
  rename,
  rm,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises'
import path from 'node:path'
import fc from 'fast-check'
import { uuidText } from '@gatetrail/schemas'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { listWriters, writeFinishedMarker } from '../list-writers.ts'
import { removeSegments } from '../removal.ts'
import { segmentFileName } from '../segment.ts'
import { createSessionStamp } from '../session-stamp.ts'
import {
  appendEvent,
  makeTestDirectory,
  openTestJournal,
  readBack,
  written,
  type TestDirectory,
} from '../testing/test-journal.ts'
import { uuidVersion7 } from '../uuid.ts'
import type { JournalBatch } from './batch.ts'
import { openJournalReader, type JournalReader } from './journal-reader.ts'

let directory: TestDirectory
let readers: JournalReader[] = []
beforeEach(async () => {
  directory = await makeTestDirectory()
})
afterEach(async () => {
  for (const reader of readers.splice(0)) await reader.close()
  await directory.remove()
})

async function openReader(options: { keepHours?: number } = {}): Promise<JournalReader> {
  const reader = await openJournalReader({
    directory: directory.journal,
    positionsDirectory: directory.positions,
    ...options,
  })
  readers.push(reader)
  return reader
}

/** A finished journal of `count` small records; returns the one writer. */
async function makeJournal(count: number, segmentBytesMax?: number): Promise<string> {
  const journal = await openTestJournal(
    directory,
    segmentBytesMax === undefined ? {} : { segmentBytesMax },
  )
  const stamp = createSessionStamp()
  for (let index = 0; index < count; index++) {
    appendEvent(journal, stamp, `${index}`)
    if (segmentBytesMax !== undefined) await written(journal, stamp)
  }
  await journal.close('shutdown')
  return journal.writer
}

function segmentPath(writer: string, segment: number): string {
  return path.join(directory.journal, writer, segmentFileName(segment))
}

async function drain(reader: JournalReader, waitMs = 0): Promise<JournalBatch[]> {
  const batches: JournalBatch[] = []
  for (;;) {
    const batch = await reader.next(waitMs)
    if (batch === undefined) return batches
    batches.push(batch)
  }
}

test('a live writer, and one that begins later, are followed within 100 ms', async () => {
  const reader = await openReader()
  const first = await openTestJournal(directory)
  await drain(reader, 100)
  const second = await openTestJournal(directory)
  for (const journal of [first, second, first]) {
    let best = Infinity
    // The machine of the tests stalls now and then: once in time says that it needs no more.
    for (let round = 0; round < 10 && best >= 100; round++) {
      await drain(reader)
      appendEvent(journal, createSessionStamp(), 'x')
      await written(journal, journal.system)
      const startedMs = performance.now()
      const batch = await reader.next(5_000)
      best = Math.min(best, performance.now() - startedMs)
      expect(batch?.writer).toBe(journal.writer)
    }
    expect(best).toBeLessThan(100)
  }
  await first.close('shutdown')
  await second.close('shutdown')
})

test('long after it caught up, a reader finds every record, segment and writer that comes', async () => {
  const reader = await openReader()
  const positions = new Map<string, number[]>()
  const take = async () => {
    for (const { writer, firstPosition, lastPosition, damage } of await drain(reader)) {
      expect(damage).toEqual([])
      const taken = positions.get(writer) ?? []
      for (let at = firstPosition; at <= lastPosition; at++) taken.push(at)
      positions.set(writer, taken)
    }
  }
  /** Nothing came or went for so long that what was listed is not listed again. */
  const becomeQuiet = async () => {
    const longAgo = new Date(Date.now() - 60_000)
    const writers = Array.from(positions.keys(), (name) => path.join(directory.journal, name))
    for (const place of [directory.journal, ...writers]) await utimes(place, longAgo, longAgo)
    for (let look = 0; look < 3; look++) await take()
  }
  for (let begun = 1; begun <= 2; begun++) {
    const journal = await openTestJournal(directory, { segmentBytesMax: 1_000 })
    await take()
    expect(positions.size).toBe(begun)
    for (let index = 0; index < 30; index++) {
      await becomeQuiet()
      appendEvent(journal, createSessionStamp(), 'x'.repeat(index * 40))
      await written(journal, journal.system)
      await take()
      expect(positions.get(journal.writer)?.length).toBeGreaterThanOrEqual(index + 1)
    }
    await becomeQuiet()
    const last = Math.max(...positions.get(journal.writer)!)
    await journal.close('shutdown')
    await take()
    expect(positions.get(journal.writer)!.at(-1)).toBeGreaterThan(last)
  }
  for (const taken of positions.values()) expect(taken).toEqual(taken.map((_, index) => index))
})

test('a writer whose position could not be read at first is followed once it can', async () => {
  const reader = await openReader()
  const writer = await makeJournal(3)
  const longAgo = new Date(Date.now() - 60_000)
  await utimes(directory.journal, longAgo, longAgo)
  const obstacle = path.join(directory.positions, `${writer}.json`)
  await mkdir(obstacle)
  await expect(reader.next(0)).rejects.toThrow('EISDIR')
  await rm(obstacle, { recursive: true })
  const [batch] = await drain(reader)
  expect(batch).toMatchObject({ writer, firstPosition: 0, damage: [] })
})

test('while one of two writers has more to read, the reader has not caught up', async () => {
  const many = await openTestJournal(directory)
  const none = await openTestJournal(directory)
  const reader = await openReader()
  await drain(reader)
  for (let index = 0; index < 50_000; index++) appendEvent(many, createSessionStamp())
  await written(many, many.system)
  let read = 0
  while (read < 50_000) {
    const batch = await reader.next(0)
    if (batch === undefined) expect.fail(`nothing to read after ${read} records`)
    expect(reader.caughtUp).toBe(false)
    read += batch.records.length
  }
  await many.close('shutdown')
  await none.close('shutdown')
})

test('however the bytes of a live writer arrive, only whole records come out, all of them, once', async () => {
  const writer = await makeJournal(12)
  const bytes = await readFile(segmentPath(writer, 1))
  await rm(path.join(directory.journal, writer), { recursive: true })
  await mkdir(path.join(directory.journal, writer))
  const reader = await openReader()
  const expected: number[] = []
  const seen: number[] = []
  await fc.assert(
    fc.asyncProperty(fc.infiniteStream(fc.integer({ min: 1, max: 200 })), async (sizes) => {
      await writeFile(segmentPath(writer, 1), '')
      await rm(directory.positions, { recursive: true, force: true })
      const one = await openJournalReader({
        directory: directory.journal,
        positionsDirectory: path.join(directory.positions, 'one'),
      })
      try {
        expected.length = 0
        seen.length = 0
        for (let at = 0; at < bytes.length;) {
          const size = sizes.next().value as number
          await appendFile(segmentPath(writer, 1), bytes.subarray(at, at + size))
          at += size
          for (const batch of await drain(one)) {
            expect(batch.damage).toEqual([])
            batch.records.forEach((_, index) => seen.push(batch.firstPosition + index))
          }
        }
      } finally {
        await one.close()
      }
      expect(seen).toEqual(Array.from({ length: 15 }, (_, index) => index))
    }),
    { numRuns: 15 },
  )
  await reader.close()
})

test('a reader that restarts anywhere gets every record after its last commit, none before, none twice', async () => {
  await makeJournal(400, 3_000)
  await fc.assert(
    fc.asyncProperty(fc.infiniteStream(fc.integer({ min: 0, max: 3 })), async (choices) => {
      await rm(directory.positions, { recursive: true, force: true })
      const committed: number[] = []
      for (let life = 0; life < 30; life++) {
        const reader = await openJournalReader({
          directory: directory.journal,
          positionsDirectory: directory.positions,
        })
        const take = choices.next().value as number
        let taken: number[] = []
        for (let index = 0; index <= take; index++) {
          const batch = await reader.next(0)
          if (batch === undefined) break
          expect(batch.damage).toEqual([])
          for (let at = batch.firstPosition; at <= batch.lastPosition; at++) taken.push(at)
          if ((choices.next().value as number) === 0) continue
          await reader.commit(batch)
          committed.push(...taken)
          taken = []
        }
        await reader.close()
      }
      const last = await openReader()
      for (const batch of await drain(last))
        for (let at = batch.firstPosition; at <= batch.lastPosition; at++) committed.push(at)
      await last.close()
      expect(committed).toEqual(Array.from({ length: 403 }, (_, index) => index))
    }),
    { numRuns: 5 },
  )
})

test('a second reader of the same positions is refused', async () => {
  await openReader()
  await expect(openReader()).rejects.toMatchObject({ code: 'DIRECTORY_IN_USE' })
})

test('a segment cut at any byte gives all whole records before the cut and names the positions behind it', async () => {
  const writer = await makeJournal(6)
  const file = segmentPath(writer, 1)
  const whole = await readFile(file)
  const all = (await readBack(directory.journal)).records
  for (let length = whole.length - 1; length >= 0; length--) {
    await truncate(file, length)
    const { records, damage } = await readBack(directory.journal)
    const isWhole = records.every(
      ({ bytes }, index) => all[index]!.bytes.toString() === bytes.toString(),
    )
    const [gap] = damage
    if (!isWhole || damage.length !== 1) expect.fail(`cut at ${length}`)
    if (gap!.fromPosition !== records.length || gap!.toPosition !== all.length - 1)
      expect.fail(`cut at ${length}: ${JSON.stringify(gap)}`)
  }
})

test('every flipped bit of a segment is detected, and every other record is still delivered as it was', async () => {
  const writer = await makeJournal(3)
  const file = segmentPath(writer, 1)
  const whole = await readFile(file)
  const all = (await readBack(directory.journal)).records.map(({ bytes }) => bytes)
  const handle = await open(file, 'r+')
  let flips = 0
  for (let at = 0; at < whole.length; at++) {
    // One bit of each byte, another one from byte to byte: all eight are covered in every field.
    const flipped = Buffer.of(whole[at]! ^ (1 << ((at + Math.floor(at / 8)) % 8)))
    await handle.write(flipped, 0, 1, at)
    const { records, damage } = await readBack(directory.journal)
    await handle.write(whole, at, 1, at)
    flips++
    if (damage.length === 0) expect.fail(`a flip at byte ${at} was not detected`)
    const missing = damage.reduce((sum, gap) => sum + gap.toPosition - gap.fromPosition + 1, 0)
    if (missing > 1) expect.fail(`a flip at byte ${at} cost ${missing} records`)
    expect(records.length).toBe(all.length - missing)
    for (const { bytes } of records)
      expect(all.some((other) => Buffer.compare(other, bytes) === 0)).toBe(true)
  }
  await handle.close()
  expect(flips).toBe(whole.length)
})

test('damage over many records, longer than a read, costs only them', async () => {
  const writer = await makeJournal(3_000)
  const file = segmentPath(writer, 1)
  const whole = await readFile(file)
  whole.fill(0xab, 50_000, 150_000)
  await writeFile(file, whole)
  const { records, damage } = await readBack(directory.journal)
  expect(damage).toHaveLength(1)
  const [gap] = damage
  expect(gap).toMatchObject({ reason: 'corrupt_record', writer })
  expect(records.length + gap!.toPosition - gap!.fromPosition + 1).toBe(3_003)
  expect((gap!.toPosition - gap!.fromPosition) * 90).toBeGreaterThan(90_000)
  expect((gap!.toPosition - gap!.fromPosition) * 90).toBeLessThan(110_000)
})

test('swapped segments are noticed, and their records still come in order', async () => {
  const writer = await makeJournal(100, 2_000)
  const before = await readBack(directory.journal)
  await rename(segmentPath(writer, 2), `${segmentPath(writer, 2)}.away`)
  await rename(segmentPath(writer, 3), segmentPath(writer, 2))
  await rename(`${segmentPath(writer, 2)}.away`, segmentPath(writer, 3))
  const { records, damage } = await readBack(directory.journal)
  expect(damage.length).toBeGreaterThan(0)
  expect(records).toEqual(before.records)
})

test('a copy of a segment under a further number is named, and ends no reader in a loop', async () => {
  const writer = await makeJournal(100, 2_000)
  const before = await readBack(directory.journal)
  const last = (await listWriters(directory.journal))[0]!.segments.at(-1)!.number
  await writeFile(segmentPath(writer, last + 1), await readFile(segmentPath(writer, 2)))
  const { records, damage } = await readBack(directory.journal)
  expect(damage.map(({ reason }) => reason)).toContain('duplicate_differs')
  expect(records).toEqual(before.records)
})

test('a deleted segment is named with its positions; what stands around it is delivered', async () => {
  const writer = await makeJournal(100, 2_000)
  const before = await readBack(directory.journal)
  await rm(segmentPath(writer, 2))
  const { records, damage } = await readBack(directory.journal)
  expect(damage).toHaveLength(1)
  const { fromPosition, toPosition, reason } = damage[0]!
  expect(reason).toBe('missing_segment')
  expect(records).toEqual(
    before.records.filter(
      ({ header }) => header.position < fromPosition || header.position > toPosition,
    ),
  )
})

test('records of another writer in the journal are not passed off as its own', async () => {
  const writer = await makeJournal(5)
  const other = uuidText(uuidVersion7())
  const foreign = path.join(directory.journal, other)
  await rename(path.join(directory.journal, writer), foreign)
  await writeFinishedMarker(foreign, {
    format: 1,
    writer: other,
    state: 'closed',
    by: other,
    lastPosition: 7,
  })
  const { records, damage } = await readBack(directory.journal)
  expect(records).toEqual([])
  expect(damage).toMatchObject([{ writer: other, fromPosition: 0, toPosition: 7 }])
})

test('a live writer with a damaged record goes on to be read behind it, after a second look', async () => {
  const journal = await openTestJournal(directory)
  const stamp = createSessionStamp()
  for (let index = 0; index < 5; index++) appendEvent(journal, stamp, 'x'.repeat(100))
  await written(journal, stamp)
  const file = segmentPath(journal.writer, 1)
  const handle = await open(file, 'r+')
  const at = (await readFile(file)).indexOf('xxxx')
  await handle.write(Buffer.of(0), 0, 1, at)
  await handle.close()
  const reader = await openReader()
  const batches = await drain(reader, 200)
  expect(batches.flatMap(({ damage }) => damage)).toMatchObject([
    { reason: 'corrupt_record', fromPosition: 1, toPosition: 1 },
  ])
  expect(batches.flatMap(({ records }) => records)).toHaveLength(5)
  await journal.close('shutdown')
})

test('segments go once taken over and old, never before, and with the last one the writer', async () => {
  const writer = await makeJournal(100, 2_000)
  const count = (await listWriters(directory.journal))[0]!.segments.length
  const reader = await openReader()
  const remove = (keepHours: number, freeBytes = Infinity): Promise<string[]> =>
    removeSegments({
      directory: directory.journal,
      positionsDirectory: directory.positions,
      keepHours,
      fileSystem: { freeSpace: () => Promise.resolve({ freeBytes, totalBytes: 1 }) },
    })
  expect(await remove(0)).toEqual([])
  const [first, ...rest] = await drain(reader)
  await reader.commit(first!)
  expect(await remove(1)).toEqual([])
  expect(await remove(0)).toEqual([])
  await reader.commit(rest[1]!)
  expect(await remove(0)).toEqual([segmentPath(writer, 1), segmentPath(writer, 2)])
  expect((await readBack(directory.journal)).damage).toEqual([])
  await reader.commit(rest.at(-1)!)
  expect(await remove(1)).toEqual([])
  expect(await remove(1, 0)).toHaveLength(count - 2 + 1)
  expect(await listWriters(directory.journal)).toEqual([])
})

test('the memory of a batch that is released is read into again, that of others is not', async () => {
  const text = 'x'.repeat(60_000)
  const journal = await openTestJournal(directory)
  const stamp = createSessionStamp()
  for (let index = 0; index < 300; index++) {
    appendEvent(journal, stamp, `${index} ${text}`)
    if (index % 20 === 0) await written(journal, stamp)
  }
  await journal.close('shutdown')
  const reader = await openReader()
  const blocks = new Set<ArrayBufferLike>()
  const kept: { records: Uint8Array[]; copies: Buffer[] }[] = []
  let positions = 0
  for (let turn = 0; ; turn++) {
    const batch = await reader.next(0)
    if (batch === undefined) break
    positions += batch.records.length
    const buffer = batch.records[0]!.buffer
    if (turn === 2) expect(blocks.has(buffer)).toBe(true)
    blocks.add(buffer)
    if (turn === 1) reader.release(batch)
    else kept.push({ records: batch.records, copies: batch.records.map((one) => Buffer.from(one)) })
  }
  expect(positions).toBeGreaterThan(300)
  for (const { records, copies } of kept)
    for (const [index, record] of records.entries())
      expect(copies[index]!.equals(record)).toBe(true)
  await reader.close()
})
