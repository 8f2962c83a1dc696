/**
 * A journal of three segments of which the middle one, of exactly 64 KiB, is damaged in every way, and what a reader makes
 * of it. What must hold in each case: the damage is noticed and named, and no other record is lost, changed or moved.
 */
import { mkdtemp, open, readFile, rm, stat, type FileHandle } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createSessionStamp,
  loadSigningKey,
  openJournal,
  openJournalReader,
  readJournal,
  type Damage,
  type SessionStamp,
} from '@gatetrail/eventlog'
import { limits } from '@gatetrail/schemas'
import type { Random } from './random.ts'

export const segmentBytes: number = 64 * limits.KiB

export type DamagedSegment = {
  readonly directory: string
  /** The middle segment's file, and its bytes as they were written. */
  readonly file: string
  readonly whole: Buffer
  /** Every record of the journal, in order of position. */
  readonly all: readonly Buffer[]
  /** Positions of the records that lie in the middle segment. */
  readonly firstPosition: number
  readonly lastPosition: number
  /** Where the frame of each of those records begins and ends in the file. */
  readonly frames: readonly { position: number; from: number; to: number }[]
  fileOf(segment: number): string
  remove(): Promise<void>
}

export type Reading = { records: Buffer[]; positions: number[]; damage: Damage[] }

/** Reads everything that lies in the journal now. */
export async function readAll(directory: string): Promise<Reading> {
  const reading: Reading = { records: [], positions: [], damage: [] }
  for await (const batch of readJournal(directory)) {
    for (const bytes of batch.records) {
      const record = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
      reading.records.push(record)
      reading.positions.push(positionOf(record))
    }
    reading.damage.push(...batch.damage)
  }
  return reading
}

/** As ingest and the shipper read it: every position from the first one on is expected. */
export async function followAll(directory: string): Promise<Reading> {
  const positionsDirectory = await mkdtemp(join(tmpdir(), 'gatetrail-corruption-positions-'))
  const reader = await openJournalReader({ directory, positionsDirectory })
  const reading: Reading = { records: [], positions: [], damage: [] }
  try {
    for (;;) {
      const batch = await reader.next(0)
      if (batch === undefined) return reading
      for (const bytes of batch.records) {
        reading.records.push(Buffer.from(bytes))
        reading.positions.push(positionOf(Buffer.from(bytes)))
      }
      reading.damage.push(...batch.damage)
    }
  } finally {
    await reader.close()
    await rm(positionsDirectory, { recursive: true, force: true })
  }
}

/** Makes the journal. Its records are of the sizes that a proxy writes: many short ones, some of a few KiB. */
export async function makeSegments(random: Random): Promise<DamagedSegment> {
  const root = await mkdtemp(join(tmpdir(), 'gatetrail-corruption-'))
  const directory = join(root, 'journal')
  const journal = await openJournal({
    directory,
    signingKey: await loadSigningKey(join(root, 'keys')),
    role: 'proxy',
    version: '0.0.0',
    tenant: 'default',
    durability: 'write',
    segmentBytesMax: segmentBytes,
    // No record that these tests did not ask for may come between.
    heartbeatIntervalMs: 3_600_000,
  })
  const fileOf = (segment: number) =>
    join(directory, journal.writer, `${String(segment).padStart(8, '0')}.segment`)
  const write = (stamp: SessionStamp, textBytes: number) =>
    new Promise<void>((resolve, reject) => {
      const text = Array.from({ length: textBytes }, () => letter(random)).join('')
      journal.append('gatetrail.statement.decided', stamp, JSON.stringify({ text }))
      journal.afterWrite(stamp, 'command', (error) =>
        error === undefined ? resolve() : reject(error),
      )
    })
  const sessions = Array.from({ length: 4 }, () => createSessionStamp())
  const session = () => sessions[Math.floor(random() * sessions.length)]!
  await write(session(), 0)
  const before = (await stat(fileOf(1))).size
  await write(session(), 100)
  const overheadBytes = (await stat(fileOf(1))).size - before - 100
  for (const segment of [1, 2]) {
    for (;;) {
      const left = segmentBytes - (await stat(fileOf(segment)).catch(() => ({ size: 0 }))).size
      if (left <= 0) break
      const size = random() < 0.9 ? 20 + random() * 400 : 2_000 + random() * 6_000
      // The last one fills the segment to the byte.
      if (left < 9_000 + 2 * overheadBytes && segment === 1) await write(session(), 9_000)
      else if (left < size + 2 * overheadBytes + 60) await write(session(), left - overheadBytes)
      else await write(session(), Math.floor(size))
    }
  }
  for (let index = 0; index < 5; index++) await write(session(), 200)
  await journal.close('shutdown')

  const whole = await readFile(fileOf(2))
  const frames = []
  // u32 length · u32 crc · what the length covers. The first frame is the segment's header.
  for (let at = 8 + whole.readUInt32BE(0); at < whole.length; at += 8 + whole.readUInt32BE(at)) {
    const to = at + 8 + whole.readUInt32BE(at)
    frames.push({ position: positionOf(whole.subarray(at + 9, to)), from: at, to })
  }
  const { records, damage } = await readAll(directory)
  const [firstFrame, lastFrame] = [frames[0], frames.at(-1)]
  if (damage.length > 0 || firstFrame === undefined || lastFrame === undefined)
    throw new Error('the journal was not sound to begin with')
  return {
    ...{
      directory,
      whole,
      frames,
      fileOf,
      file: fileOf(2),
      all: records.map((one) => Buffer.from(one)),
    },
    ...{ firstPosition: firstFrame.position, lastPosition: lastFrame.position },
    remove: () => rm(root, { recursive: true, force: true }),
  }
}

/**
 * Flips one bit of the segment and reads all. Returns what is wrong with what the reader made of it, or undefined.
 * A flip costs at most the record that it hits, and the reader names its position; one in the segment's header costs none.
 */
export async function flipBit(
  segment: DamagedSegment,
  file: FileHandle,
  bit: number,
): Promise<string | undefined> {
  const at = bit >> 3
  const original = segment.whole[at]!
  await file.write(Buffer.of(original ^ (1 << (bit & 7))), 0, 1, at)
  const reading = await readAll(segment.directory)
  await file.write(Buffer.of(original), 0, 1, at)
  const hit = segment.frames.find(({ from, to }) => at >= from && at < to)
  return hit === undefined
    ? findFault(segment, reading, { from: segment.firstPosition, to: segment.firstPosition - 1 })
    : findFault(segment, reading, { from: hit.position, to: hit.position })
}

/** Compares a reading with what was written, but for the positions that the damage may have cost. */
export function findFault(
  { all }: DamagedSegment,
  { records, positions, damage }: Reading,
  lost: { from: number; to: number },
): string | undefined {
  const [gap] = damage
  if (gap === undefined) return 'not noticed'
  if (damage.length > 1) return `named as ${damage.length} gaps: ${JSON.stringify(damage)}`
  if (gap.fromPosition !== lost.from || gap.toPosition !== lost.to)
    return `named as ${gap.fromPosition} to ${gap.toPosition}`
  if (records.length !== all.length - (lost.to - lost.from + 1))
    return `${records.length} of ${all.length} records came`
  let position = 0
  for (let index = 0; index < records.length; index++, position++) {
    if (position === lost.from && lost.to >= lost.from) position = lost.to + 1
    if (positions[index] !== position) return `position ${positions[index]} came for ${position}`
    if (!all[position]!.equals(records[index]!))
      return `the record at ${position} is not as written`
  }
  return undefined
}

/** Cuts the segment to `length` bytes and reads all: everything up to the cut comes, everything behind it is named. */
export async function cutAt(
  segment: DamagedSegment,
  file: FileHandle,
  length: number,
): Promise<string | undefined> {
  await file.truncate(length)
  const reading = await readAll(segment.directory)
  await file.write(segment.whole, length, segment.whole.length - length, length)
  const first = segment.frames.find(({ to }) => to > length)
  if (first === undefined) return 'nothing was cut'
  return findFault(segment, reading, { from: first.position, to: segment.lastPosition })
}

export async function openForDamage(segment: DamagedSegment): Promise<FileHandle> {
  return open(segment.file, 'r+')
}

function positionOf(record: Buffer): number {
  return Number(record.readBigUInt64BE(40))
}

function letter(random: Random): string {
  return String.fromCharCode(97 + Math.floor(random() * 26))
}
