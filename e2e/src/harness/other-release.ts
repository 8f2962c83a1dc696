/**
 * A journal as another release would have written it: a real one, whose records are given other versions and bodies, and new
 * ones among them, with positions, seqs, chain and signatures made right again.
 */
import { createHash, createPrivateKey, sign, type KeyObject } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  decodeRecord,
  emptyHead,
  encodeRecord,
  heartbeatMessage,
  kindCodeOf,
  leafHash,
  linkHead,
  type RecordHeader,
} from '@gatetrail/schemas'
import { rewriteSegment } from './tamper-journal.ts'

export type RecordOfRelease = {
  header: Pick<RecordHeader, 'kindCode' | 'version' | 'session' | 'timeMicros' | 'offsetMicros'>
  body: Uint8Array
}

const sha256 = (parts: readonly Uint8Array[]): Uint8Array => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

/**
 * `change` gets each record but heartbeats and gives what is to stand in its place. Writers of one segment only.
 * @returns how many records there are now
 */
export async function rewriteAsRelease(
  directories: { journal: string; keys: string },
  change: (record: RecordOfRelease) => RecordOfRelease[],
): Promise<number> {
  const privateKey = createPrivateKey(
    await readFile(join(directories.keys, 'writer-signing.pem'), 'utf8'),
  )
  let records = 0
  for (const writer of await readdir(directories.journal)) {
    const directory = join(directories.journal, writer)
    const segments = (await readdir(directory)).filter((name) => name.endsWith('.segment'))
    const [segment] = segments
    if (segment === undefined || segments.length > 1)
      throw new Error(`one segment was expected in ${directory}`)
    let count = 0
    await rewriteSegment(join(directory, segment), (frames) => {
      const [header, ...recordFrames] = frames
      if (header === undefined) throw new Error(`${segment} has no header`)
      const built = new WriterOfRelease(writer, privateKey)
      for (const { bytes } of recordFrames) {
        const { header: old, body } = decodeRecord(bytes)
        if (old.kindCode === kindCodeOf('gatetrail.writer.heartbeat')) built.heartbeat(old, body)
        else for (const record of change({ header: old, body })) built.add(record)
      }
      count = built.records.length
      return [header, ...built.records.map((bytes) => ({ mark: 0, bytes: Buffer.from(bytes) }))]
    })
    await tellFinished(join(directory, 'finished.json'), count - 1)
    records += count
  }
  return records
}

class WriterOfRelease {
  readonly records: Uint8Array[] = []
  readonly #writer: string
  readonly #privateKey: KeyObject
  readonly #seqs = new Map<string, number>()
  #head: Uint8Array = emptyHead
  #linkFrom = 0

  constructor(writer: string, privateKey: KeyObject) {
    this.#writer = writer
    this.#privateKey = privateKey
  }

  add({ header, body }: RecordOfRelease): void {
    const seq = this.#seqs.get(header.session) ?? 0
    this.#seqs.set(header.session, seq + 1)
    const position = this.records.length
    this.records.push(
      encodeRecord(
        {
          kindCode: header.kindCode,
          version: header.version,
          session: header.session,
          writer: this.#writer,
          seq,
          position,
          timeMicros: header.timeMicros,
          offsetMicros: header.offsetMicros,
        },
        body,
      ),
    )
  }

  heartbeat(header: RecordHeader, body: Uint8Array): void {
    const { final } = JSON.parse(Buffer.from(body).toString('utf8')) as { final: boolean }
    const leaves = this.records.slice(this.#linkFrom).map((record) => leafHash(sha256, record))
    const head = linkHead(sha256, this.#head, leaves)
    const link = {
      fromPosition: this.#linkFrom,
      toPosition: this.records.length - 1,
      previousHead: Buffer.from(this.#head).toString('hex'),
      head: Buffer.from(head).toString('hex'),
      final,
    }
    const message = heartbeatMessage({ writer: this.#writer, ...link })
    const signature = sign(null, message, this.#privateKey).toString('base64url')
    this.#head = head
    this.#linkFrom = this.records.length
    this.add({ header, body: Buffer.from(JSON.stringify({ ...link, signature })) })
  }
}

async function tellFinished(file: string, lastPosition: number): Promise<void> {
  const marker: unknown = JSON.parse(await readFile(file, 'utf8'))
  await writeFile(file, JSON.stringify({ ...Object(marker), lastPosition }))
}
