/**
 * What a journal holds of each session: the frames both ways, as recorded. Reads on where it stopped, so that a long run needs
 * no memory for sessions that were looked at. Knows the format of segments from docs/ARCHITECTURE.md.
 */
import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { decodeChunk, decodeRecord } from '@gatetrail/schemas'

/** One frame of a record. Of a withheld one only type and length are kept. */
export type RecordedFrame = { type: number; bytes: Buffer; masked: boolean; withheld: boolean }

export type RecordedSession = {
  id: string
  applicationName: string
  closed: boolean
  /** Everything that went to the client, in order, but what was withheld. */
  toClient: Buffer[]
  /** Of each frame of the client, in order. */
  toTarget: RecordedFrame[]
}

const frameHeaderBytes = 8
const readBytes = 4 * 1024 * 1024

export class RecordedSessions {
  readonly #journal: string
  /** By file: how far it was read, and what came of a frame that was not complete. */
  readonly #files = new Map<string, { position: number; rest: Buffer; started: boolean }>()
  readonly #byId = new Map<string, RecordedSession>()
  /** Of the frame that is not complete yet. */
  readonly #open = new Map<RecordedSession, { type: number; masked: boolean; parts: Buffer[] }>()

  constructor(journalDirectory: string) {
    this.#journal = journalDirectory
  }

  /** Takes in what was written since the last time. */
  async read(): Promise<void> {
    const names = await readdir(this.#journal, { recursive: true })
    for (const name of names.filter((path) => path.endsWith('.segment')).toSorted()) {
      await this.#readFile(join(this.#journal, name))
    }
  }

  all(): Iterable<RecordedSession> {
    return this.#byId.values()
  }

  /** Forgets a session. */
  done(session: RecordedSession): void {
    this.#byId.delete(session.id)
    this.#open.delete(session)
  }

  async #readFile(path: string): Promise<void> {
    const state = this.#files.get(path) ?? { position: 0, rest: Buffer.alloc(0), started: false }
    this.#files.set(path, state)
    const file = await open(path).catch(() => undefined)
    if (file === undefined) return
    try {
      for (;;) {
        const { bytesRead, buffer } = await file.read(Buffer.alloc(readBytes), 0, readBytes, state.position) // prettier-ignore
        if (bytesRead === 0) return
        state.position += bytesRead
        state.rest = this.#consume(Buffer.concat([state.rest, buffer.subarray(0, bytesRead)]))
      }
    } finally {
      await file.close()
    }
  }

  /** Returns what is left of a frame that is not complete. */
  #consume(bytes: Buffer): Buffer {
    let at = 0
    while (at + frameHeaderBytes < bytes.length) {
      const end = at + frameHeaderBytes + bytes.readUInt32BE(at)
      if (end > bytes.length) break
      // A segment's own header and the heartbeats have other marks.
      if (bytes[at + frameHeaderBytes] === 0) this.#record(bytes.subarray(at + frameHeaderBytes + 1, end)) // prettier-ignore
      at = end
    }
    return Buffer.from(bytes.subarray(at))
  }

  #record(bytes: Buffer): void {
    const { header, body } = decodeRecord(bytes)
    switch (header.kind) {
      case 'gatetrail.session.opened': {
        const opened = JSON.parse(Buffer.from(body).toString()) as { applicationName?: string }
        const { applicationName = '' } = opened
        const lists = { toClient: [], toTarget: [] }
        this.#byId.set(header.session, { id: header.session, applicationName, closed: false, ...lists }) // prettier-ignore
        return
      }
      case 'gatetrail.session.closed': {
        const session = this.#byId.get(header.session)
        if (session === undefined) return
        session.closed = true
        this.#endFrame(session)
        return
      }
      case 'gatetrail.frames.recorded': {
        const session = this.#byId.get(header.session)
        if (session !== undefined) this.#frames(session, body)
        return
      }
      default:
    }
  }

  #frames(session: RecordedSession, body: Uint8Array): void {
    for (const fragment of decodeChunk(body).fragments) {
      const { direction, type, withheld, masked, first, last, totalLength } = fragment
      const bytes = Buffer.from(fragment.bytes)
      if (direction === 'to_client') {
        if (!withheld) session.toClient.push(bytes)
        continue
      }
      if (withheld) {
        session.toTarget.push({ type, bytes: Buffer.alloc(totalLength), masked, withheld })
        continue
      }
      if (first) this.#endFrame(session)
      const open = this.#open.get(session) ?? { type, masked: false, parts: [] }
      open.parts.push(bytes)
      open.masked ||= masked
      this.#open.set(session, open)
      if (last) this.#endFrame(session)
    }
  }

  /** Also of a frame that its session did not live to complete. */
  #endFrame(session: RecordedSession): void {
    const open = this.#open.get(session)
    if (open === undefined) return
    this.#open.delete(session)
    const { type, masked, parts } = open
    session.toTarget.push({ type, bytes: Buffer.concat(parts), masked, withheld: false })
  }
}
