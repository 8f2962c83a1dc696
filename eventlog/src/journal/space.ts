/**
 * Room for the journal, looked at beside the hot path: free space of its file system, and how many bytes readers have not
 * taken over yet (all writers of the directory: they share its bound).
 */
import { stat } from 'node:fs/promises'
import path from 'node:path'
import { limits } from '@gatetrail/schemas'
import { isMissing } from '../durable-file.ts'
import type { FileSystem } from '../file-system.ts'
import { listSegments, listWriterNames } from '../list-writers.ts'
import { readPosition } from '../positions.ts'
import { segmentFileName } from '../segment.ts'

/** Whether free space is below 500 MiB or 5 %. */
export async function isSpaceLow(fileSystem: FileSystem, directory: string): Promise<boolean> {
  const { freeBytes, totalBytes } = await fileSystem.freeSpace(directory)
  return (
    freeBytes < limits.journal.freeBytesMin ||
    freeBytes < totalBytes * limits.journal.freeFractionMin
  )
}

/** Bytes of all writers but `except` that the reader of `positionsDirectory` has not taken over. */
export async function backlogOfOthers(
  journalDirectory: string,
  positionsDirectory: string,
  except: string,
): Promise<number> {
  let bytes = 0
  for (const writer of await listWriterNames(journalDirectory)) {
    if (writer === except) continue
    const position = await readPosition(positionsDirectory, writer)
    const directory = path.join(journalDirectory, writer)
    for (const segment of await listSegments(directory)) {
      if (position !== undefined && segment < position.segment) continue
      const size = await sizeOf(path.join(directory, segmentFileName(segment)))
      const taken = position !== undefined && segment === position.segment ? position.offset : 0
      bytes += Math.max(0, size - taken)
    }
  }
  return bytes
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size
  } catch (error) {
    if (isMissing(error)) return 0
    throw error
  }
}
