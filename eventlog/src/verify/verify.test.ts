/** Tampering, in the journal and in rows of the store: each kind is found, and named; an untouched trail verifies. */
import { hash } from 'node:crypto'
import { readFile, rm, truncate, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { leafHash, linkHead, type Sha256 } from '@gatetrail/schemas'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { crc32 } from '../crc32.ts'
import { ChainBuilder } from '../journal/chain-builder.ts'
import { RecordBuffer } from '../journal/record-buffer.ts'
import { listWriters } from '../list-writers.ts'
import { openJournalReader } from '../reader/journal-reader.ts'
import { segmentFileName } from '../segment.ts'
import { createSessionStamp } from '../session-stamp.ts'
import { loadSigningKey } from '../signing-key.ts'
import {
  appendEvent,
  makeTestDirectory,
  openTestJournal,
  readBack,
  written,
  type TestDirectory,
} from '../testing/test-journal.ts'
import { uuidVersion7 } from '../uuid.ts'
import { verifyRecords, type VerifyRow } from './record-verifier.ts'
import type { VerifyFailure, VerifyReport } from './report.ts'
import { verifyJournal } from './verify-journal.ts'

const sha256: Sha256 = (parts) => hash('sha256', Buffer.concat(parts), 'buffer')

let directory: TestDirectory
let writer: string
let publicKeys: string[]
let sessions: string[]

/** One writer, three sessions, several heartbeats; a fixture of everything below. */
beforeEach(async () => {
  directory = await makeTestDirectory()
  const journal = await openTestJournal(directory, {
    heartbeatIntervalMs: 20,
    segmentBytesMax: 4_000,
  })
  const stamps = [createSessionStamp(), createSessionStamp(), createSessionStamp()]
  for (const stamp of stamps) journal.append('gatetrail.session.opened', stamp, '{}')
  for (let index = 0; index < 60; index++) {
    appendEvent(journal, stamps[index % 3]!, `record ${String(index).padStart(3, '0')}`)
    await written(journal, journal.system)
    if (index % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 25))
  }
  for (const stamp of stamps) journal.append('gatetrail.session.closed', stamp, '{}')
  await journal.close('shutdown')
  writer = journal.writer
  publicKeys = [journal.key.publicKey]
  sessions = stamps.map(({ id }) => id)
})
afterEach(() => directory.remove())

type Row = {
  writer: string
  bytes: Uint8Array
  leafHash: Uint8Array
  position: number
  session: string
  seq: number
}

async function rowsOfStore(): Promise<Row[]> {
  return (await readBack(directory.journal)).records.map(({ header, bytes }) => ({
    writer: header.writer,
    bytes,
    leafHash: leafHash(sha256, bytes),
    position: header.position,
    session: header.session,
    seq: header.seq,
  }))
}

function kinds(report: VerifyReport): string[] {
  return [...new Set(report.failures.map(({ kind }) => kind))].sort()
}

function find(report: VerifyReport, kind: VerifyFailure['kind']): VerifyFailure {
  const failure = report.failures.find((failure) => failure.kind === kind)
  if (failure === undefined) throw new Error(`${kind} was not found: ${JSON.stringify(report)}`)
  return failure
}

function edited(bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes)
  // Never what stood there: of a short body this byte is the clock's, which takes every value.
  const at = copy.length - 3
  copy[at] = copy[at]! ^ 0xff
  return copy
}

test('an untouched trail verifies, in the journal and in the store, and is signed to its end', async () => {
  const rows = await rowsOfStore()
  const journal = await verifyJournal(directory.journal, { publicKeys })
  const store = await verifyRecords(rows, { publicKeys })
  for (const report of [journal, store]) {
    expect(report.failures).toEqual([])
    expect(report.records).toBe(rows.length)
    expect(report.writers).toMatchObject([
      { writer, firstPosition: 0, signedThrough: rows.length - 2, closed: true },
    ])
  }
})

test('the chain of the writer is the one that the schemas define', () => {
  const id = uuidVersion7()
  const buffer = new RecordBuffer(id, 1024 * 1024)
  const chain = new ChainBuilder()
  const stamp = createSessionStamp()
  let previousHead: Uint8Array = Buffer.alloc(32)
  for (const count of [3, 0, 2_500, 1]) {
    const leaves: Uint8Array[] = []
    for (let index = 0; index < count; index++) {
      const start = buffer.end
      buffer.add(41, 1, stamp, index, 1, 2, `{"text":"${index}"}`)
      leaves.push(leafHash(sha256, buffer.bytes.subarray(start + 9, buffer.end)))
    }
    chain.hash(buffer, buffer.end, Infinity)
    const link = chain.seal()
    expect(link.previousHead).toEqual(Buffer.from(previousHead))
    expect(link.head).toEqual(linkHead(sha256, previousHead, leaves))
    expect(link.toPosition - link.fromPosition + 1).toBe(count)
    previousHead = link.head
  }
})

test('store: an edited row is named by session, seq and kind', async () => {
  const rows = await rowsOfStore()
  const target = rows[20]!
  target.bytes = edited(target.bytes)
  const report = await verifyRecords(rows, { publicKeys })
  expect(report.failures).toHaveLength(1)
  expect(report.failures[0]).toMatchObject({
    kind: 'record_edited',
    session: target.session,
    seq: target.seq,
    position: 20,
    recordKind: expect.stringMatching(/^gatetrail\./) as string,
  })
})

test('store: an edited row whose leaf hash was edited too breaks the signed chain', async () => {
  const rows = await rowsOfStore()
  const target = rows.find(({ session }) => session === sessions[0])!
  target.bytes = edited(target.bytes)
  target.leafHash = leafHash(sha256, target.bytes)
  const failure = find(await verifyRecords(rows, { publicKeys }), 'chain_broken')
  expect(failure.position).toBeLessThanOrEqual(target.position)
  expect(failure.toPosition).toBeGreaterThan(target.position)
  // The journal's leaf hashes name the record.
  const originals = await rowsOfStore()
  const leafOf = (_: string, position: number): Uint8Array => originals[position]!.leafHash
  const named = await verifyRecords(
    rows.map(({ writer, bytes }) => ({ writer, bytes })),
    { publicKeys, leafOf },
  )
  expect(find(named, 'record_edited')).toMatchObject({ session: target.session, seq: target.seq })
})

test('store: a deleted row is named by position, and by session and seq', async () => {
  const rows = await rowsOfStore()
  const index = rows.findIndex(({ session, seq }) => session === sessions[1] && seq === 5)
  rows.splice(index, 1)
  const report = await verifyRecords(rows, { publicKeys })
  expect(find(report, 'records_missing')).toMatchObject({ position: index, toPosition: index })
  expect(find(report, 'session_records_missing')).toMatchObject({ session: sessions[1], seq: 5 })
})

test('store: two swapped rows are both named', async () => {
  const rows = await rowsOfStore()
  const [a, b] = rows.filter(({ session }) => session === sessions[1]).slice(3, 5)
  ;[a!.bytes, b!.bytes] = [b!.bytes, a!.bytes]
  const report = await verifyRecords(rows, { publicKeys })
  const misplaced = report.failures.filter(({ kind }) => kind === 'record_misplaced')
  expect(misplaced.map(({ position }) => position)).toEqual([a!.position, b!.position])
})

test('store: a removed session leaves named gaps, a removed writer a missing tail', async () => {
  const rows = await rowsOfStore()
  const last = rows.length - 1
  const without = rows.filter(({ session }) => session !== sessions[2])
  expect(kinds(await verifyRecords(without, { publicKeys }))).toEqual(['records_missing'])
  const expectedLastPositions = new Map([[writer, last]])
  const nothing = await verifyRecords([], { publicKeys, expectedLastPositions })
  expect(nothing.failures).toMatchObject([{ kind: 'tail_missing', position: 0, toPosition: last }])
})

test('store: a cut tail is found from the position that is known from elsewhere', async () => {
  const rows = await rowsOfStore()
  const report = await verifyRecords(rows.slice(0, -4), {
    publicKeys,
    expectedLastPositions: new Map([[writer, rows.length - 1]]),
  })
  expect(find(report, 'tail_missing')).toMatchObject({ position: rows.length - 4 })
})

test('store: expired bytes verify by their leaf hashes, a redaction by its record', async () => {
  const rows: VerifyRow[] = await rowsOfStore()
  const expired = rows.map((row, index) =>
    index > 5 && index < 9 && row.session !== undefined && sessions.includes(row.session)
      ? { ...row, bytes: undefined }
      : row,
  )
  const report = await verifyRecords(expired, { publicKeys })
  expect(report.failures).toEqual([])
  expect(report.writers[0]!.expired).toBeGreaterThan(0)
})

test('a redacted record verifies once its record.redacted is on record, and only then', async () => {
  const rows = await rowsOfStore()
  const target = rows.find(({ session }) => session === sessions[0])!
  target.bytes = edited(target.bytes)
  expect(kinds(await verifyRecords(rows, { publicKeys }))).toEqual(['record_edited'])
  const journal = await openTestJournal(directory)
  journal.appendSystem('gatetrail.record.redacted', {
    session: target.session,
    seq: target.seq,
    entity: 'US_SSN',
    count: 1,
    leafHash: Buffer.from(target.leafHash).toString('hex'),
  })
  await journal.close('shutdown')
  const all = [...rows, ...(await rowsOfStore()).filter(({ writer: w }) => w === journal.writer)]
  expect((await verifyRecords(all, { publicKeys })).failures).toEqual([])
})

test('a key that is not trusted signs nothing', async () => {
  const other = await loadSigningKey(path.join(directory.root, 'other keys'))
  const report = await verifyJournal(directory.journal, { publicKeys: [other.publicKey] })
  expect(kinds(report)).toEqual(['signature_invalid'])
  expect(report.writers[0]!.signedThrough).toBe(-1)
})

// ---- the journal, with the tools of somebody who knows the format: every CRC is made right again

type Frame = { file: string; at: number; length: number; record: Buffer }

async function framesOfJournal(): Promise<Frame[]> {
  const frames: Frame[] = []
  const [journal] = await listWriters(directory.journal)
  for (const { path: file } of journal!.segments) {
    const bytes = await readFile(file)
    for (let at = 0; at < bytes.length;) {
      const length = bytes.readUInt32BE(at)
      if (bytes[at + 8] === 0)
        frames.push({
          file,
          at,
          length: 8 + length,
          record: bytes.subarray(at + 9, at + 8 + length),
        })
      at += 8 + length
    }
  }
  return frames
}

async function rewrite(frame: Frame, change: (bytes: Buffer) => Buffer): Promise<void> {
  const bytes = await readFile(frame.file)
  const changed = change(Buffer.from(bytes.subarray(frame.at, frame.at + frame.length)))
  if (changed.length > 0) changed.writeUInt32BE(crc32(changed, 8, changed.length), 4)
  const rest = [bytes.subarray(0, frame.at), changed, bytes.subarray(frame.at + frame.length)]
  await writeFile(frame.file, Buffer.concat(rest))
}

test('journal: an edited record with a right CRC breaks the chain; the store names it', async () => {
  const store = await rowsOfStore()
  const frame = (await framesOfJournal())[30]!
  await rewrite(frame, (bytes) => {
    bytes[bytes.length - 3] = 0x58
    return bytes
  })
  const report = await verifyJournal(directory.journal, { publicKeys })
  const failure = find(report, 'chain_broken')
  expect(failure.position! <= 30 && failure.toPosition! > 30).toBe(true)
  const leafOf = (_: string, position: number): Uint8Array => store[position]!.leafHash
  const named = await verifyJournal(directory.journal, { publicKeys, leafOf })
  expect(find(named, 'record_edited')).toMatchObject({
    position: 30,
    session: store[30]!.session,
    seq: store[30]!.seq,
  })
})

test('journal: a deleted record and two swapped ones are found', async () => {
  const frames = await framesOfJournal()
  await rewrite(frames[30]!, () => Buffer.alloc(0))
  const deleted = await verifyJournal(directory.journal, { publicKeys })
  expect(find(deleted, 'records_missing')).toMatchObject({ position: 30, toPosition: 30 })
  expect(deleted.failures.filter(({ kind }) => kind === 'records_missing')).toHaveLength(1)
})

test('journal: two swapped records are found', async () => {
  const frames = await framesOfJournal()
  const index = frames.findIndex(
    (frame, at) => frame.file === frames[at + 1]?.file && frame.length === frames[at + 1]?.length,
  )
  const [a, b] = [frames[index]!, frames[index + 1]!]
  const bytes = await readFile(a.file)
  const first = Buffer.from(bytes.subarray(a.at, a.at + a.length))
  bytes.copyWithin(a.at, b.at, b.at + b.length)
  first.copy(bytes, b.at)
  await writeFile(a.file, bytes)
  expect((await verifyJournal(directory.journal, { publicKeys })).failures.length).toBeGreaterThan(
    0,
  )
})

test('journal: a cut tail is found from the marker, and without it from what ingest took over', async () => {
  const reader = await openJournalReader({
    directory: directory.journal,
    positionsDirectory: directory.positions,
  })
  for (let batch = await reader.next(0); batch !== undefined; batch = await reader.next(0))
    await reader.commit(batch)
  await reader.close()
  const last = (await framesOfJournal()).at(-2)!
  await truncate(last.file, last.at)
  expect(kinds(await verifyJournal(directory.journal, { publicKeys }))).toContain('tail_missing')
  await rm(path.join(directory.journal, writer, 'finished.json'))
  expect(kinds(await verifyJournal(directory.journal, { publicKeys }))).toEqual([])
  const { positions: positionsDirectory } = directory
  expect(
    kinds(await verifyJournal(directory.journal, { publicKeys, positionsDirectory })),
  ).toContain('tail_missing')
})

test('journal: a first segment that is gone is found unless ingest has taken it over', async () => {
  await rm(path.join(directory.journal, writer, segmentFileName(1)))
  expect(kinds(await verifyJournal(directory.journal, { publicKeys }))).toContain('records_missing')
})

test('it takes no more than some times as long as the hashes that it has to make', async () => {
  const journal = await openTestJournal(directory)
  const stamp = createSessionStamp()
  for (let index = 0; index < 60_000; index++) {
    appendEvent(journal, stamp, 'x'.repeat(200))
    if (index % 1000 === 0) await written(journal, stamp)
  }
  await journal.close('shutdown')
  const record = Buffer.alloc(280)
  let best = Infinity
  for (let round = 0; round < 5 && best > timesMax; round++) {
    const startedMs = performance.now()
    const report = await verifyJournal(directory.journal, { publicKeys })
    const verifiedMs = performance.now() - startedMs
    expect(report.failures).toEqual([])
    for (let index = 0; index < report.records; index++) leafHash(sha256, record)
    const hashedMs = performance.now() - startedMs - verifiedMs
    best = Math.min(best, verifiedMs / hashedMs)
    process.stdout.write(`verify: ${(verifiedMs / hashedMs).toFixed(1)} times the hashes\n`)
  }
  expect(best).toBeLessThan(timesMax)
})

/** Seen: 2 to 4. */
const timesMax = 10
