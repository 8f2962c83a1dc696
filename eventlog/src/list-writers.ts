/** What lies in a journal directory: its writers, their segments, and whether they are finished. */
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { finishedMarkerSchema, type FinishedMarker } from '@gatetrail/schemas'
import { isMissing, writeDurably } from './durable-file.ts'
import { segmentFileName, segmentNumber } from './segment.ts'

export const finishedFile = 'finished.json'

export type WriterJournal = {
  writer: string
  directory: string
  segments: { number: number; path: string }[]
  /** Closed in order or recovered by a successor; undefined: live, or dead and not recovered yet. */
  finished: FinishedMarker | undefined
}

const writerName = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** Names of all writers' directories, oldest first (UUIDv7 sorts by time). Empty if there is no journal yet. */
export async function listWriterNames(journalDirectory: string): Promise<string[]> {
  try {
    const names = await readdir(journalDirectory)
    return names.filter((name) => writerName.test(name)).sort()
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

/** All writers below a journal directory, oldest first. */
export async function listWriters(journalDirectory: string): Promise<WriterJournal[]> {
  const writers: WriterJournal[] = []
  for (const writer of await listWriterNames(journalDirectory)) {
    const directory = path.join(journalDirectory, writer)
    writers.push({
      writer,
      directory,
      // The marker first: what it says about the segments must hold for those listed after it.
      finished: await readFinishedMarker(directory),
      segments: (await listSegments(directory)).map((number) => ({
        number,
        path: path.join(directory, segmentFileName(number)),
      })),
    })
  }
  return writers
}

/** Numbers of the segments in a writer's directory, ascending. */
export async function listSegments(writerDirectory: string): Promise<number[]> {
  try {
    const names = await readdir(writerDirectory)
    return names
      .map(segmentNumber)
      .filter((number) => number !== undefined)
      .sort((a, b) => a - b)
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

/** Undefined if there is none, or if it is damaged: then the writer counts as not finished and is recovered again. */
export async function readFinishedMarker(
  writerDirectory: string,
): Promise<FinishedMarker | undefined> {
  try {
    const text = await readFile(path.join(writerDirectory, finishedFile), 'utf8')
    const parsed = finishedMarkerSchema.safeParse(JSON.parse(text))
    return parsed.success ? parsed.data : undefined
  } catch (error) {
    if (isMissing(error) || error instanceof SyntaxError) return undefined
    throw error
  }
}

export async function writeFinishedMarker(
  writerDirectory: string,
  marker: FinishedMarker,
): Promise<void> {
  await writeDurably(path.join(writerDirectory, finishedFile), `${JSON.stringify(marker)}\n`)
}
