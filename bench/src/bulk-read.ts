/** Reads one large answer over a raw socket, as fast as it comes, and keeps nothing: the client costs little CPU. */
import { connect } from 'node:net'
import type { Target } from './targets.ts'

export type BulkRead = { bytes: number; seconds: number }
/** `binary`: by the extended protocol, with results in binary. */
export type BulkStatement = { readonly name: string; readonly sql: string; readonly binary?: true }

/** bench_rows has a tagged column, `ssn`; the view leaves it out. */
export const bulkStatements: readonly BulkStatement[] = [
  { name: 'SELECT without tagged column', sql: 'SELECT * FROM bench_rows_untagged' },
  { name: 'SELECT, tagged column', sql: 'SELECT * FROM bench_rows' },
  { name: 'SELECT, tagged column, binary', sql: 'SELECT * FROM bench_rows', binary: true },
  {
    name: 'SELECT, tagged expressions',
    sql: 'SELECT id, lower(name) AS name, ssn::varchar AS ssn, right(ssn, 4) AS last, created, amount, note, reference FROM bench_rows',
  },
  { name: 'COPY, tagged column', sql: 'COPY bench_rows TO STDOUT' },
  { name: 'COPY, tagged column, binary', sql: 'COPY bench_rows TO STDOUT (FORMAT binary)' },
]

const askPassword = 3

/** Runs the statement. @throws Error with the target's ErrorResponse, or after `timeoutMs`. */
export function bulkRead(
  target: Target,
  statement: BulkStatement,
  timeoutMs = 300_000,
): Promise<BulkRead> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: target.port, noDelay: true })
    const timer = setTimeout(
      () => socket.destroy(new Error(`no end after ${timeoutMs} ms`)),
      timeoutMs,
    )
    let answering = false
    let bytes = 0
    let startedAt = 0
    const frames = new FrameReader((type, body) => {
      if (type === 'E') socket.destroy(new Error(body.toString('utf8').replaceAll('\0', ' ')))
      if (type === 'R' && body.readUInt32BE(0) === askPassword) {
        socket.write(message('p', `${target.password}\0`))
      }
      if (type !== 'Z') return
      if (!answering) {
        answering = true
        startedAt = performance.now()
        socket.write(question(statement))
        return
      }
      clearTimeout(timer)
      resolve({ bytes, seconds: (performance.now() - startedAt) / 1000 })
      socket.end(message('X', ''))
    })
    socket.on('connect', () => socket.write(startup(target)))
    socket.on('error', (error) => {
      clearTimeout(timer)
      reject(error)
    })
    socket.on('close', () => {
      clearTimeout(timer)
      reject(new Error('the target closed the connection'))
    })
    socket.on('data', (data: Buffer) => {
      if (answering) bytes += data.length
      frames.read(data)
    })
  })
}

/** Skips DataRow and CopyData, hands every other frame on. */
class FrameReader {
  #pending = Buffer.alloc(0)
  #skip = 0
  readonly #onFrame: (type: string, body: Buffer) => void

  constructor(onFrame: (type: string, body: Buffer) => void) {
    this.#onFrame = onFrame
  }

  read(data: Buffer): void {
    const skipped = Math.min(this.#skip, data.length)
    this.#skip -= skipped
    let rest = data.subarray(skipped)
    if (this.#pending.length > 0) rest = Buffer.concat([this.#pending, rest])
    while (rest.length >= 5) {
      const type = String.fromCharCode(rest[0]!)
      const total = rest.readUInt32BE(1) + 1
      const skippable = type === 'D' || type === 'd'
      if (rest.length < total && !skippable) break
      if (!skippable) this.#onFrame(type, rest.subarray(5, total))
      else if (rest.length < total) this.#skip = total - rest.length
      rest = rest.subarray(Math.min(total, rest.length))
    }
    this.#pending = Buffer.from(rest)
  }
}

function question({ sql, binary }: BulkStatement): Buffer {
  if (binary === undefined) return message('Q', `${sql}\0`)
  const one = '\0\u0001'
  return Buffer.concat([
    message('P', `\0${sql}\0\0\0`),
    message('B', `\0\0\0\0\0\0${one}${one}`),
    message('D', 'P\0'),
    message('E', '\0\0\0\0\0'),
    message('S', ''),
  ])
}

function startup(target: Target): Buffer {
  const body = `user\0${target.user}\0database\0${target.database}\0\0`
  const bytes = Buffer.alloc(8 + Buffer.byteLength(body))
  bytes.writeUInt32BE(bytes.length, 0)
  bytes.writeUInt32BE(196_608, 4)
  bytes.write(body, 8)
  return bytes
}

function message(type: string, body: string): Buffer {
  const bytes = Buffer.alloc(5 + Buffer.byteLength(body))
  bytes.write(type, 0)
  bytes.writeUInt32BE(bytes.length - 1, 1)
  bytes.write(body, 5)
  return bytes
}
