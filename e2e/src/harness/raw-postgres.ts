/** A client that says whatever bytes it is told to, and reads what comes back as messages of the PostgreSQL protocol. */
import { once } from 'node:events'
import { connect, type NetConnectOpts, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

export type Message = { type: string; body: Buffer }
/** The fields of an ErrorResponse by their letters. */
export type ErrorFields = Record<string, string>

const waitMsMax = 20_000

export class RawPostgres {
  readonly socket: Socket
  #bytes = Buffer.alloc(0)
  #closed = false
  #wake: () => void = () => undefined

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (bytes) => {
      this.#bytes = Buffer.concat([this.#bytes, bytes])
      this.#wake()
    })
    socket.on('error', () => undefined) // 'close' follows.
    socket.on('close', () => {
      this.#closed = true
      this.#wake()
    })
  }

  /** `from`: another address of this machine than 127.0.0.1. */
  static async open(port: number, from?: string): Promise<RawPostgres> {
    const socket = connect(whereto(port, from))
    await new Promise((resolve, reject) => {
      socket.once('connect', resolve)
      socket.once('error', reject)
    })
    return new RawPostgres(socket)
  }

  /** Over TLS, asked for, or begun at once as PostgreSQL 17 and later may do. */
  static async openTls(port: number, how: 'asked' | 'direct', from?: string): Promise<RawPostgres> {
    const socket = connect(whereto(port, from))
    await once(socket, 'connect')
    if (how === 'asked') {
      socket.write(Buffer.concat([uint32(8), uint32(80877103)]))
      const [answer] = (await once(socket, 'data')) as [Buffer]
      if (answer.toString() !== 'S') throw new Error(`no TLS: ${answer.toString()}`)
    }
    const secured = connectTls({ socket, rejectUnauthorized: false, ALPNProtocols: ['postgresql'] })
    await once(secured, 'secureConnect')
    return new RawPostgres(secured)
  }

  send(...parts: (Buffer | string)[]): this {
    this.socket.write(Buffer.concat(parts.map((part) => Buffer.from(part))))
    return this
  }

  /** `version` as the protocol writes it. */
  startup(parameters: Record<string, string>, version = 0x0003_0000): this {
    const text = Object.entries(parameters).flat().concat('').join('\0')
    const body = Buffer.from(`${text}\0`)
    const head = Buffer.alloc(8)
    head.writeInt32BE(8 + body.length, 0)
    head.writeInt32BE(version, 4)
    return this.send(head, body)
  }

  message(type: string, body: Buffer | string): this {
    const bytes = Buffer.from(body)
    return this.send(type, uint32(bytes.length + 4), bytes)
  }

  /** Startup and token. @throws Error with the fields of an ErrorResponse */
  async login(database: string, token: string): Promise<void> {
    this.startup({ user: 'raw', database })
    await this.until('R')
    this.message('p', `${token}\0`)
    await this.until('Z')
  }

  /** Reads messages up to one of this type. @throws Error with the fields of an ErrorResponse, or when it closes */
  async until(type: string): Promise<Message> {
    for (;;) {
      const message = await this.next()
      if (message === undefined) throw new Error('the connection was closed')
      if (message.type === type) return message
      if (message.type === 'E') throw new Error(JSON.stringify(fieldsOf(message.body)))
    }
  }

  /** The first ErrorResponse; undefined if the connection is closed without one. */
  async error(): Promise<ErrorFields | undefined> {
    for (;;) {
      const message = await this.next()
      if (message === undefined) return undefined
      if (message.type === 'E') return fieldsOf(message.body)
    }
  }

  /** The next message; undefined when the connection is closed. */
  async next(): Promise<Message | undefined> {
    for (;;) {
      if (this.#bytes.length >= 5) {
        const length = this.#bytes.readUInt32BE(1)
        if (this.#bytes.length >= 1 + length) {
          const message = {
            type: String.fromCharCode(this.#bytes[0] ?? 0),
            body: Buffer.from(this.#bytes.subarray(5, 1 + length)),
          }
          this.#bytes = this.#bytes.subarray(1 + length)
          return message
        }
      }
      if (!(await this.#more())) return undefined
    }
  }

  /** Whether the other side closes the connection in time. */
  async closes(): Promise<boolean> {
    while (!this.#closed) {
      this.#bytes = Buffer.alloc(0)
      if (!(await this.#more())) break
    }
    return this.#closed
  }

  destroy(): void {
    this.socket.destroy()
  }

  async #more(): Promise<boolean> {
    if (this.#closed) return false
    let timer: NodeJS.Timeout | undefined
    const late = await Promise.race([
      new Promise<false>((resolve) => {
        this.#wake = () => resolve(false)
      }),
      new Promise<true>((resolve) => {
        timer = setTimeout(() => resolve(true), waitMsMax)
      }),
    ])
    clearTimeout(timer)
    if (late) throw new Error(`nothing came within ${waitMsMax} ms`)
    return true
  }
}

function whereto(port: number, from: string | undefined): NetConnectOpts {
  return { port, host: '127.0.0.1', ...(from === undefined ? {} : { localAddress: from }) }
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value >>> 0)
  return bytes
}

function fieldsOf(body: Buffer): ErrorFields {
  const fields: ErrorFields = {}
  for (const part of body.toString('utf8').split('\0')) {
    if (part !== '') fields[part.charAt(0)] = part.slice(1)
  }
  return fields
}
