/**
 * The order of a writer's segments. File names say it; only if one lies (its header names another number) do all headers
 * decide.
 */
import { open } from 'node:fs/promises'
import path from 'node:path'
import { isMissing } from '../durable-file.ts'
import { frameHeaderBytes } from '../frame.ts'
import { listSegments } from '../list-writers.ts'
import { decodeSegmentHeader, segmentFileName, segmentHeaderBytesMax } from '../segment.ts'

export class SegmentOrder {
  readonly #directory: string
  readonly #writer: string
  /** Number of the file: number in its header, where they differ. */
  readonly #numberOfFile = new Map<number, number>()

  constructor(directory: string, writer: string) {
    this.#directory = directory
    this.#writer = writer
  }

  /** Numbers of the segments that are there, ascending. */
  async list(): Promise<number[]> {
    const files = await listSegments(this.#directory)
    if (this.#numberOfFile.size === 0) return files
    return files.map((file) => this.#numberOfFile.get(file) ?? file).sort((a, b) => a - b)
  }

  /** The number of the file in which this segment is. */
  fileOf(segment: number): number {
    for (const [file, number] of this.#numberOfFile) if (number === segment) return file
    return segment
  }

  /** Looks into every segment, after a file was found under a wrong name. */
  async readHeaders(): Promise<void> {
    const taken = new Set<number>()
    for (const file of await listSegments(this.#directory)) {
      const header = await readSegmentHeader(path.join(this.#directory, segmentFileName(file)))
      if (header === undefined || header.writer !== this.#writer || taken.has(header.segment))
        continue
      taken.add(header.segment)
      this.#numberOfFile.set(file, header.segment)
    }
  }
}

/** The header of a segment file; undefined if it is torn, damaged, or the file is gone. */
export async function readSegmentHeader(
  file: string,
): Promise<ReturnType<typeof decodeSegmentHeader>> {
  try {
    const handle = await open(file, 'r')
    try {
      const start = Buffer.alloc(frameHeaderBytes)
      const { bytesRead } = await handle.read(start, 0, frameHeaderBytes, 0)
      if (bytesRead < frameHeaderBytes) return undefined
      const length = start.readUInt32BE(0)
      if (length > segmentHeaderBytesMax) return undefined
      const frame = Buffer.alloc(frameHeaderBytes + length)
      await handle.read(frame, 0, frame.length, 0)
      return decodeSegmentHeader(frame)
    } finally {
      await handle.close()
    }
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}
