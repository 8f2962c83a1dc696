/** Disk full, I/O errors, short writes, failed fsync: nothing that was forwarded is missing, no position is given twice. */
import { rm } from 'node:fs/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createSessionStamp } from '../session-stamp.ts'
import {
  createFaultyFileSystem,
  systemError,
  type FaultyFileSystem,
} from '../testing/faulty-file-system.ts'
import {
  appendEvent,
  idsOf,
  makeTestDirectory,
  openTestJournal,
  readBack,
  written,
  type TestDirectory,
} from '../testing/test-journal.ts'
import { verifyJournal } from '../verify/verify-journal.ts'

let directory: TestDirectory
let fileSystem: FaultyFileSystem
beforeEach(async () => {
  directory = await makeTestDirectory()
  fileSystem = createFaultyFileSystem()
})
afterEach(() => directory.remove())

async function until(condition: () => boolean, timeoutMs: number): Promise<number> {
  const startedMs = performance.now()
  while (!condition()) {
    if (performance.now() - startedMs > timeoutMs) throw new Error('it did not happen in time')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  return performance.now() - startedMs
}

async function expectSound(publicKey: string): Promise<void> {
  const report = await verifyJournal(directory.journal, { publicKeys: [publicKey] })
  expect(report.failures).toEqual([])
  const { records, damage } = await readBack(directory.journal)
  expect(damage).toEqual([])
  expect(records.map(({ header }) => header.position)).toEqual(records.map((_, index) => index))
}

test('writes that take a few bytes at a time make the same journal', async () => {
  fileSystem.faults.shortWriteBytes = 7
  const journal = await openTestJournal(directory, { fileSystem })
  const stamp = createSessionStamp()
  for (let index = 0; index < 40; index++) appendEvent(journal, stamp, 'x'.repeat(index))
  expect(await written(journal, stamp)).toBeUndefined()
  await journal.close('shutdown')
  await expectSound(journal.key.publicKey)
})

// Cut at every kind of place: within a header, a body, and between records.
test.each([0, 1, 8, 100, 500, 777, 1200, 1600])(
  'disk full after %i more bytes: who waits is told so, and all is there, once, when space returns',
  async (roomBytes) => {
    const journal = await openTestJournal(directory, { fileSystem })
    const stamp = createSessionStamp()
    journal.append('gatetrail.session.opened', stamp, '{}')
    expect(await written(journal, stamp)).toBeUndefined()
    fileSystem.faults.roomBytes = roomBytes
    for (let index = 0; index < 20; index++) appendEvent(journal, stamp)
    expect(await written(journal, stamp)).toMatchObject({ code: 'JOURNAL_UNWRITABLE' })
    expect(journal.accepting).toBe(false)
    expect(journal.stats()).toMatchObject({ failed: true, failures: 1 })
    expect(() => appendEvent(journal, stamp)).toThrow(
      expect.objectContaining({ code: 'JOURNAL_UNWRITABLE' }),
    )
    journal.append('gatetrail.session.closed', stamp, '{}')
    expect(await written(journal, stamp)).toMatchObject({ code: 'JOURNAL_UNWRITABLE' })
    fileSystem.faults.roomBytes = undefined
    await until(() => journal.accepting, 3_000)
    const next = createSessionStamp()
    appendEvent(journal, next)
    expect(await written(journal, next)).toBeUndefined()
    await journal.close('shutdown')
    const { records } = await readBack(directory.journal)
    const seqs = records.filter(({ header }) => header.session === stamp.id)
    expect(seqs.map(({ header }) => header.seq)).toEqual(Array.from({ length: 22 }, (_, i) => i))
    await expectSound(journal.key.publicKey)
  },
)

test('a partial record that cannot be cut off is skipped by readers, without damage or duplicates', async () => {
  const journal = await openTestJournal(directory, { fileSystem })
  const stamp = createSessionStamp()
  fileSystem.faults.truncate = systemError('EIO')
  for (const roomBytes of [1000, 333]) {
    fileSystem.faults.roomBytes = roomBytes
    for (let index = 0; index < 20; index++) appendEvent(journal, stamp)
    expect(await written(journal, stamp)).toMatchObject({ code: 'JOURNAL_UNWRITABLE' })
    fileSystem.faults.roomBytes = undefined
    await until(() => journal.accepting, 3_000)
  }
  await journal.close('shutdown')
  await expectSound(journal.key.publicKey)
})

test('it recovers within 10 s although creating the fresh segment fails for a while', async () => {
  const journal = await openTestJournal(directory, { fileSystem })
  const stamp = createSessionStamp()
  fileSystem.faults.write = systemError('EIO')
  fileSystem.faults.create = systemError('EMFILE')
  appendEvent(journal, stamp)
  expect(await written(journal, stamp)).toMatchObject({ code: 'JOURNAL_UNWRITABLE' })
  await new Promise((resolve) => setTimeout(resolve, 300))
  fileSystem.faults.create = undefined
  await new Promise((resolve) => setTimeout(resolve, 1_000))
  fileSystem.faults.write = undefined
  expect(await until(() => journal.accepting, 10_000)).toBeLessThan(5_000)
  await journal.close('shutdown')
  await expectSound(journal.key.publicKey)
})

test('while it fails the memory that it takes is bounded', async () => {
  const journal = await openTestJournal(directory, { fileSystem })
  fileSystem.faults.write = systemError('ENOSPC')
  const stamp = createSessionStamp()
  const flood = (): void => {
    for (;;) journal.append('gatetrail.session.closed', stamp, '"' + 'x'.repeat(60_000) + '"')
  }
  expect(flood).toThrow(expect.objectContaining({ code: 'JOURNAL_UNWRITABLE' }))
  expect(journal.stats().waitingBytes).toBeLessThan(4 * 1024 * 1024)
  fileSystem.faults.write = undefined
  await journal.close('shutdown')
  await expectSound(journal.key.publicKey)
})

test('fsync: commands wait for the sync, share it, and output runs ahead by its bound only', async () => {
  const journal = await openTestJournal(directory, { fileSystem, durability: 'fsync' })
  const [a, b] = [createSessionStamp(), createSessionStamp()]
  await written(journal, journal.system)
  fileSystem.faults.holdSyncs = true
  const syncs = fileSystem.calls.sync
  const done: string[] = []
  for (const [name, stamp] of [
    ['a', a],
    ['b', b],
  ] as const) {
    appendEvent(journal, stamp)
    journal.afterWrite(stamp, 'command', () => done.push(`${name} command`))
    journal.afterWrite(stamp, 'output', () => done.push(`${name} output`))
  }
  await new Promise((resolve) => setImmediate(resolve))
  expect(done).toEqual(['a output', 'b output'])
  appendEvent(journal, a, 'x'.repeat(300 * 1024))
  journal.afterWrite(a, 'output', () => done.push('a too much'))
  appendEvent(journal, a)
  journal.afterWrite(a, 'output', () => done.push('a after it'))
  await new Promise((resolve) => setTimeout(resolve, 30))
  expect(done).toEqual(['a output', 'b output'])
  expect(fileSystem.calls.sync - syncs).toBe(1)
  fileSystem.releaseSyncs()
  await until(() => done.includes('b command'), 2_000)
  expect(done).not.toContain('a too much')
  await until(() => fileSystem.calls.sync - syncs === 2, 2_000)
  fileSystem.faults.holdSyncs = false
  fileSystem.releaseSyncs()
  await until(() => done.includes('a after it'), 2_000)
  expect(done.slice(2)).toEqual(['a command', 'b command', 'a too much', 'a after it'])
  await journal.close('shutdown')
  await expectSound(journal.key.publicKey)
})

test('fsync: output older than 10 ms without a sync waits', async () => {
  const journal = await openTestJournal(directory, { fileSystem, durability: 'fsync' })
  const stamp = createSessionStamp()
  await written(journal, journal.system)
  fileSystem.faults.holdSyncs = true
  const done: number[] = []
  for (let index = 0; index < 2; index++) {
    appendEvent(journal, stamp)
    journal.afterWrite(stamp, 'output', () => done.push(index))
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  expect(done).toEqual([0])
  fileSystem.faults.holdSyncs = false
  fileSystem.releaseSyncs()
  await until(() => done.length === 2, 2_000)
  await journal.close('shutdown')
})

test('a failed fsync abandons the segment, fails the commands that wait, and marks what may be lost', async () => {
  const journal = await openTestJournal(directory, { fileSystem, durability: 'fsync' })
  const stamp = createSessionStamp()
  appendEvent(journal, stamp)
  expect(await written(journal, stamp)).toBeUndefined()
  const segment = journal.stats().segment
  fileSystem.faults.sync = systemError('EIO')
  appendEvent(journal, stamp)
  expect(await written(journal, stamp)).toMatchObject({ code: 'JOURNAL_UNWRITABLE' })
  const syncs = fileSystem.calls.sync
  fileSystem.faults.sync = undefined
  await until(() => journal.accepting, 3_000)
  expect(journal.stats().segment).toBeGreaterThan(segment)
  expect(fileSystem.calls.sync).toBeGreaterThan(syncs)
  appendEvent(journal, stamp)
  expect(await written(journal, stamp)).toBeUndefined()
  await journal.close('shutdown')
  await expectSound(journal.key.publicKey)
  const { records } = await readBack(directory.journal)
  const gap = records.find(({ header }) => header.kind === 'gatetrail.gap.found')
  const second = records.find(({ header }) => header.session === stamp.id && header.seq === 1)
  expect(JSON.parse(Buffer.from(gap!.body).toString())).toMatchObject({
    reason: 'lost_tail',
    fromPosition: second!.header.position,
    toPosition: second!.header.position,
  })
})

test('fsync with rolling segments: what was acknowledged is there', async () => {
  const journal = await openTestJournal(directory, {
    fileSystem,
    durability: 'fsync',
    segmentBytesMax: 2048,
  })
  const stamps = Array.from({ length: 5 }, () => createSessionStamp())
  const acknowledged: string[] = []
  const waits: Promise<unknown>[] = []
  for (let index = 0; index < 200; index++) {
    const stamp = stamps[index % 5]!
    const seq = appendEvent(journal, stamp, 'x'.repeat(50))
    waits.push(
      written(journal, stamp).then((error) => {
        if (error === undefined) acknowledged.push(`${stamp.id}:${seq}`)
      }),
    )
    if (index % 4 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  await Promise.all(waits)
  expect(acknowledged).toHaveLength(200)
  await journal.close('shutdown')
  await expectSound(journal.key.publicKey)
  const ids = new Set(idsOf((await readBack(directory.journal)).records))
  expect(acknowledged.filter((id) => !ids.has(id))).toEqual([])
})

test('below 500 MiB no new sessions are let in, and again above it', async () => {
  fileSystem.faults.freeBytes = 499 * 1024 * 1024
  const journal = await openTestJournal(directory, { fileSystem })
  expect(journal.accepting).toBe(false)
  appendEvent(journal, journal.system)
  expect(await written(journal, journal.system)).toBeUndefined()
  delete fileSystem.faults.freeBytes
  await until(() => journal.accepting, 5_000)
  await journal.close('shutdown')
})

test('close ends although the directory was taken away', async () => {
  const journal = await openTestJournal(directory, { fileSystem })
  await rm(directory.journal, { recursive: true })
  await journal.close('shutdown')
})
