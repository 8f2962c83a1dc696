/** How far a reader has durably taken over each writer: one small file per writer, replaced as a whole. */
import { readdir, readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { GatetrailError, readerPositionSchema, type ReaderPosition } from '@gatetrail/schemas'
import { isMissing, writeDurably } from './durable-file.ts'

const extension = '.json'

/** The position for `writer`, or undefined if there is none yet. @throws GatetrailError JOURNAL_CORRUPT */
export async function readPosition(
  positionsDirectory: string,
  writer: string,
): Promise<ReaderPosition | undefined> {
  const file = path.join(positionsDirectory, writer + extension)
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
  try {
    const position = readerPositionSchema.parse(JSON.parse(text))
    if (position.writer !== writer) throw new Error(`it names the writer ${position.writer}`)
    return position
  } catch (cause) {
    throw new GatetrailError('JOURNAL_CORRUPT', `${file} is not a reader's position`, {
      cause,
      hint: 'Remove it: the reader then begins at the start, and what it has already is dropped as duplicate.',
    })
  }
}

export async function writePosition(
  positionsDirectory: string,
  position: ReaderPosition,
): Promise<void> {
  const file = path.join(positionsDirectory, position.writer + extension)
  await writeDurably(file, `${JSON.stringify(position)}\n`)
}

export async function removePosition(positionsDirectory: string, writer: string): Promise<void> {
  await rm(path.join(positionsDirectory, writer + extension), { force: true })
}

/** Writers that have a position here. */
export async function writersWithPosition(positionsDirectory: string): Promise<string[]> {
  try {
    const names = await readdir(positionsDirectory)
    return names
      .filter((name) => /^[0-9a-f-]{36}\.json$/.test(name))
      .map((name) => name.slice(0, -extension.length))
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}
