/** For tests: a client that says whatever bytes it is told to, and collects what comes back. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { startupMessage } from '../messages.ts'

export type Message = { type: string; body: Buffer }

const closeTimeoutMs = 5_000

export class RawClient {
  socket: Socket
  #received = Buffer.alloc(0)
  closed = false

  constructor(socket: Socket) {
    this.socket = socket
    this.#watch(socket)
  }

  static async open(port: number): Promise<RawClient> {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    return new RawClient(socket)
  }

  /** With TLS at once or after an SSLRequest that was answered. */
  async upgrade(options: { alpn?: string[] } = {}): Promise<void> {
    this.socket.removeAllListeners('data')
    const secured = connectTls({
      socket: this.socket,
      rejectUnauthorized: false,
      ...(options.alpn === undefined ? {} : { ALPNProtocols: options.alpn }),
    })
    this.socket = secured
    this.#watch(secured)
    await Promise.race([
      once(secured, 'secureConnect'),
      once(secured, 'close').then(() => {
        throw new Error('closed during the handshake')
      }),
    ])
  }

  send(...parts: Uint8Array[]): this {
    this.socket.write(Buffer.concat(parts))
    return this
  }

  startup(parameters: Record<string, string>): this {
    return this.send(startupMessage(new Map(Object.entries(parameters))))
  }

  get received(): Buffer {
    return this.#received
  }

  /** Waits for `count` bytes and takes them. */
  async take(count: number): Promise<Buffer> {
    const until = Date.now() + closeTimeoutMs
    while (this.#received.length < count) {
      if (this.closed || Date.now() > until) throw new Error(`got ${this.#received.length} bytes`)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    const bytes = this.#received.subarray(0, count)
    this.#received = this.#received.subarray(count)
    return bytes
  }

  async message(): Promise<Message> {
    const header = await this.take(5)
    return {
      type: String.fromCharCode(header[0]!),
      body: await this.take(header.readUInt32BE(1) - 4),
    }
  }

  /** Waits until the other side has closed; what it said until then. */
  async untilClosed(): Promise<Buffer> {
    const until = Date.now() + closeTimeoutMs
    while (!this.closed) {
      if (Date.now() > until) throw new Error('the connection was not closed')
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    return this.#received
  }

  /** The fields of the ErrorResponse with which the other side ended the connection. */
  async refusal(): Promise<Record<string, string>> {
    const { type, body } = await this.message()
    if (type !== 'E') throw new Error(`expected an ErrorResponse, got ${type}`)
    return Object.fromEntries(
      body
        .toString()
        .split('\0')
        .filter((field) => field !== '')
        .map((field) => [field[0]!, field.slice(1)]),
    )
  }

  destroy(): void {
    this.socket.destroy()
  }

  #watch(socket: Socket): void {
    socket.on('data', (bytes: Buffer) => {
      this.#received = Buffer.concat([this.#received, bytes])
    })
    socket.on('error', () => undefined)
    socket.on('end', () => {
      this.closed = true
    })
    socket.on('close', () => {
      this.closed = true
    })
  }
}
