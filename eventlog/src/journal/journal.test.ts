/** The writer as its callers see it: order, seq and position, one write per turn, chunks, segments, bounds. */
import { ChunkBuilder, decodeChunk, type GatetrailError } from '@gatetrail/schemas'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { listWriters } from '../list-writers.ts'
import { createSessionStamp } from '../session-stamp.ts'
import { createFaultyFileSystem } from '../testing/faulty-file-system.ts'
import {
  appendEvent,
  makeTestDirectory,
  openTestJournal,
  readBack,
  written,
  type TestDirectory,
} from '../testing/test-journal.ts'

let directory: TestDirectory
beforeEach(async () => {
  directory = await makeTestDirectory()
})
afterEach(() => directory.remove())

test('records come back in order with dense positions and a dense seq per session', async () => {
  const journal = await openTestJournal(directory)
  const [a, b] = [createSessionStamp(), createSessionStamp()]
  for (let index = 0; index < 300; index++) {
    expect(appendEvent(journal, index % 3 === 0 ? b : a, `${index}`)).toBe(
      index % 3 === 0 ? index / 3 : index - 1 - Math.floor(index / 3),
    )
    if (index % 7 === 0) await written(journal, a)
  }
  await journal.close('shutdown')
  const { records, damage } = await readBack(directory.journal)
  expect(damage).toEqual([])
  expect(records.map(({ header }) => header.position)).toEqual(records.map((_, index) => index))
  for (const { id } of [a, b, journal.system]) {
    const own = records.filter(({ header }) => header.session === id)
    expect(own.map(({ header }) => header.seq)).toEqual(own.map((_, index) => index))
  }
  expect(records.map(({ header }) => header.kind).slice(-2)).toEqual([
    'gatetrail.writer.stopped',
    'gatetrail.writer.heartbeat',
  ])
})

test('everything appended in one turn goes to disk in one write, before any callback, which keep their order', async () => {
  const fileSystem = createFaultyFileSystem()
  const journal = await openTestJournal(directory, { fileSystem })
  await written(journal, journal.system)
  const before = fileSystem.calls.write
  const stamp = createSessionStamp()
  const order: number[] = []
  const onDisk: number[] = []
  for (let index = 0; index < 50; index++) {
    appendEvent(journal, stamp)
    journal.afterWrite(stamp, index % 2 === 0 ? 'command' : 'output', (error) => {
      expect(error).toBeUndefined()
      order.push(index)
      onDisk.push(journal.stats().waitingBytes)
    })
  }
  expect(order).toEqual([])
  await written(journal, stamp)
  expect(fileSystem.calls.write - before).toBe(1)
  expect(order).toEqual(Array.from({ length: 50 }, (_, index) => index))
  expect(new Set(onDisk)).toEqual(new Set([0]))
  await journal.close('shutdown')
})

test('a chunk is recorded as it was built, and the builder is empty again', async () => {
  const journal = await openTestJournal(directory)
  const stamp = createSessionStamp()
  const builder = new ChunkBuilder('postgres')
  const frame = Buffer.from('Q\0\0\0\rselect 1\0')
  builder.add(1 | 2 | 4, 81, 5, frame.length, frame, 0, frame.length)
  journal.append('gatetrail.frames.recorded', stamp, builder)
  expect(builder.empty).toBe(true)
  await journal.close('shutdown')
  const { records } = await readBack(directory.journal)
  const chunk = records.find(({ header }) => header.kind === 'gatetrail.frames.recorded')
  expect(Buffer.from(decodeChunk(chunk!.body).fragments[0]!.bytes)).toEqual(frame)
})

test('texts of any size and script come back, across many times the size of the buffer', async () => {
  const journal = await openTestJournal(directory)
  const stamp = createSessionStamp()
  const texts: string[] = []
  for (let index = 0; index < 120; index++) {
    const text = ['a', 'ß', '€', '😀'][index % 4]!.repeat((index * 977) % 90_000)
    texts.push(text)
    appendEvent(journal, stamp, text)
    if (index % 50 === 0) await written(journal, stamp)
  }
  await journal.close('shutdown')
  const { records, damage } = await readBack(directory.journal)
  const bodies = records
    .filter(({ header }) => header.session === stamp.id)
    .map(({ body }) => (JSON.parse(Buffer.from(body).toString()) as { text: string }).text)
  expect(damage).toEqual([])
  expect(bodies).toEqual(texts)
})

test('a record above the limit is refused and takes neither seq nor position', async () => {
  const journal = await openTestJournal(directory)
  const stamp = createSessionStamp()
  expect(() => appendEvent(journal, stamp, 'x'.repeat(1024 * 1024))).toThrow(
    expect.objectContaining({ code: 'RECORD_INVALID' }),
  )
  expect(appendEvent(journal, stamp, 'x'.repeat(1024 * 1024 - 200))).toBe(0)
  await journal.close('shutdown')
  expect((await readBack(directory.journal)).damage).toEqual([])
})

test('segments roll at their bound, between turns, and read back as one journal', async () => {
  const journal = await openTestJournal(directory, { segmentBytesMax: 4096 })
  const stamp = createSessionStamp()
  for (let index = 0; index < 200; index++) {
    appendEvent(journal, stamp, 'x'.repeat(100))
    if (index % 3 === 0) await written(journal, stamp)
  }
  await journal.close('shutdown')
  const [writer] = await listWriters(directory.journal)
  expect(writer!.segments.length).toBeGreaterThan(5)
  const { records, damage } = await readBack(directory.journal)
  expect(damage).toEqual([])
  expect(records.filter(({ header }) => header.session === stamp.id)).toHaveLength(200)
})

test('a session at its bound is ended alone, and can still be closed', async () => {
  const journal = await openTestJournal(directory, { sessionBytesMax: 10_000 })
  const [large, small] = [createSessionStamp(), createSessionStamp()]
  const fill = (): void => {
    for (let index = 0; index < 1000; index++) appendEvent(journal, large, 'x'.repeat(100))
  }
  expect(fill).toThrow(expect.objectContaining({ code: 'JOURNAL_FULL' }))
  expect(() => journal.append('gatetrail.session.closed', large, '{}')).not.toThrow()
  expect(() => appendEvent(journal, small)).not.toThrow()
  expect(journal.accepting).toBe(true)
  await journal.close('shutdown')
})

test('an invalid system event is refused; after close nothing is taken any more', async () => {
  const journal = await openTestJournal(directory)
  // @ts-expect-error -- a body that does not fit
  expect(() => journal.appendSystem('gatetrail.policy.loaded', { policySet: 1 })).toThrow(
    expect.objectContaining({ code: 'RECORD_INVALID' }),
  )
  await journal.close('error', 'for the test')
  expect(journal.accepting).toBe(false)
  expect(() => appendEvent(journal, createSessionStamp())).toThrow(
    expect.objectContaining({ code: 'JOURNAL_UNWRITABLE' }),
  )
  const error = await Promise.race([
    written(journal, journal.system),
    new Promise<GatetrailError | 'never'>((resolve) => setTimeout(() => resolve('never'), 500)),
  ])
  expect(error).toMatchObject({ code: 'JOURNAL_UNWRITABLE' })
})

test("one caller's exception does not keep the others from being called", async () => {
  const journal = await openTestJournal(directory)
  const bugs: unknown[] = []
  const listeners = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  process.once('uncaughtException', (bug) => bugs.push(bug))
  try {
    journal.afterWrite(journal.system, 'command', () => {
      throw new Error('a bug')
    })
    expect(await written(journal, journal.system)).toBeUndefined()
    await new Promise((resolve) => setImmediate(resolve))
  } finally {
    process.removeAllListeners('uncaughtException')
    for (const listener of listeners) process.on('uncaughtException', listener)
  }
  expect(bugs).toHaveLength(1)
  await journal.close('shutdown')
})
