/**
 * What somebody with access to a journal's files could do to them: records taken out, swapped, changed and cut, with every
 * length and CRC made right again. Knows the format from docs/ARCHITECTURE.md, not from the code that it attacks.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { decodeRecord, type RecordHeader } from '@gatetrail/schemas'

export type JournalRecord = {
  file: string
  index: number
  header: RecordHeader
  body: string
  bytes: Buffer
}

type Frame = { mark: number; bytes: Buffer }

const frameHeaderBytes = 8

function framesOf(segment: Buffer): Frame[] {
  const frames: Frame[] = []
  let at = 0
  while (at + frameHeaderBytes < segment.length) {
    const length = segment.readUInt32BE(at)
    const start = at + frameHeaderBytes
    frames.push({
      mark: segment[start] ?? 0,
      bytes: Buffer.from(segment.subarray(start + 1, start + length)),
    })
    at = start + length
  }
  return frames
}

function encode(frames: readonly Frame[]): Buffer {
  return Buffer.concat(
    frames.map(({ mark, bytes }) => {
      const covered = Buffer.concat([Buffer.of(mark), bytes])
      const head = Buffer.alloc(frameHeaderBytes)
      head.writeUInt32BE(covered.length, 0)
      head.writeUInt32BE(crc32(covered), 4)
      return Buffer.concat([head, covered])
    }),
  )
}

async function segmentFiles(journal: string): Promise<string[]> {
  const names = await readdir(journal, { recursive: true })
  return names
    .filter((name) => name.endsWith('.segment'))
    .sort()
    .map((name) => join(journal, name))
}

/** Every record of every segment below `journal`. */
export async function readRecords(journal: string): Promise<JournalRecord[]> {
  const records: JournalRecord[] = []
  for (const file of await segmentFiles(journal)) {
    framesOf(await readFile(file)).forEach(({ mark, bytes }, index) => {
      if (mark !== 0) return
      const { header, body } = decodeRecord(bytes)
      records.push({ file, index, header, bytes, body: Buffer.from(body).toString('latin1') })
    })
  }
  return records
}

/** Rewrites one segment: `change` gets its records' bytes, with where they stand, and gives what is to stand there. */
export async function rewriteSegment(
  file: string,
  change: (frames: Frame[]) => Frame[],
): Promise<void> {
  await writeFile(file, encode(change(framesOf(await readFile(file)))))
}
