/**
 * Removal of segments. Its owner is the process that has the reader (ingest): it alone knows what is durably taken over,
 * and there is one of it. A segment goes when the reader's durable position lies behind it and it is older than
 * `keepHours`, or, when space is needed, at once, oldest first. A segment of a live writer in which the position lies is
 * kept; the directory of a finished writer goes with its last segment. A reader that still has the file open reads on: the
 * file lives until it is closed.
 */
import { rm, stat } from 'node:fs/promises'
import { limits, type ReaderPosition } from '@gatetrail/schemas'
import { isMissing } from './durable-file.ts'
import { nodeFileSystem, type FileSystem } from './file-system.ts'
import { listWriters, type WriterJournal } from './list-writers.ts'
import { readPosition, removePosition, writersWithPosition } from './positions.ts'

export type RemoveSegmentsOptions = {
  directory: string
  positionsDirectory: string
  keepHours: number
  nowMs?: number
  fileSystem?: Pick<FileSystem, 'freeSpace'>
}

/** Removal begins before new sessions are refused for want of space. */
const spaceFactor = 2

/** Removes what may go. Returns the paths. */
export async function removeSegments(options: RemoveSegmentsOptions): Promise<string[]> {
  const { directory, positionsDirectory, keepHours } = options
  const removed: string[] = []
  const olderThanMs = (options.nowMs ?? Date.now()) - keepHours * 3_600_000
  const fileSystem = options.fileSystem ?? nodeFileSystem
  const writers = await listWriters(directory)
  for (const journal of writers) {
    const position = await readPosition(positionsDirectory, journal.writer)
    if (position === undefined) continue
    let left = journal.segments.length
    for (const segment of journal.segments) {
      const age = await fileAge(segment.path)
      if (age === undefined) continue
      if (!isTakenOver(journal, segment.number, age.size, position)) break
      if (age.modifiedMs > olderThanMs && !(await isSpaceNeeded(fileSystem, directory))) break
      await rm(segment.path, { force: true })
      removed.push(segment.path)
      left--
    }
    if (left === 0 && isAllTakenOver(journal, position)) {
      await rm(journal.directory, { recursive: true, force: true })
      removed.push(journal.directory)
    }
  }
  await forgetRemovedWriters(options, writers)
  return removed
}

function isTakenOver(
  journal: WriterJournal,
  segment: number,
  size: number,
  position: ReaderPosition,
): boolean {
  if (segment < position.segment) return true
  return (
    segment === position.segment && position.offset >= size && isAllTakenOver(journal, position)
  )
}

function isAllTakenOver(journal: WriterJournal, position: ReaderPosition): boolean {
  return journal.finished !== undefined && position.nextPosition > journal.finished.lastPosition
}

/** The position goes after its directory: a position without a journal is the trace of a removal that was cut short. */
async function forgetRemovedWriters(
  options: RemoveSegmentsOptions,
  before: readonly WriterJournal[],
): Promise<void> {
  const there = new Set((await listWriters(options.directory)).map(({ writer }) => writer))
  if (before.length > 0 && there.size === 0) return // The journal itself is gone: not our doing, keep the evidence.
  for (const writer of await writersWithPosition(options.positionsDirectory)) {
    if (!there.has(writer)) await removePosition(options.positionsDirectory, writer)
  }
}

async function fileAge(file: string): Promise<{ modifiedMs: number; size: number } | undefined> {
  try {
    const { mtimeMs, size } = await stat(file)
    return { modifiedMs: mtimeMs, size }
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

async function isSpaceNeeded(
  fileSystem: Pick<FileSystem, 'freeSpace'>,
  directory: string,
): Promise<boolean> {
  const { freeBytes, totalBytes } = await fileSystem.freeSpace(directory)
  return (
    freeBytes < limits.journal.freeBytesMin * spaceFactor ||
    freeBytes < totalBytes * limits.journal.freeFractionMin * spaceFactor
  )
}
