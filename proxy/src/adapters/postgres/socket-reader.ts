/**
 * Exact reads from a socket while a connection is set up, on either side: with a bound on all bytes, and handing over what
 * it did not consume. Not for the relay's hot path.
 */
import type { Socket } from 'node:net'
import { GatetrailError } from '@gatetrail/schemas'

/** The peer went away, in order or not. */
export class PeerClosed extends Error {
  constructor(cause?: unknown) {
    super('the peer closed the connection', cause === undefined ? undefined : { cause })
    this.name = 'PeerClosed'
  }
}

export class SocketReader {
  readonly #socket: Socket
  readonly #bytesMax: number
  #chunks: Buffer[] = []
  #buffered = 0
  #received: number
  #ended: Error | undefined
  #wanted = 0
  #wake: { resolve: () => void; reject: (error: Error) => void } | undefined
  #interrupt: ((what: 'bytes' | 'closed') => void) | undefined

  /** `received` counts towards `bytesMax`: bytes of the same peer before a TLS upgrade. */
  constructor(socket: Socket, bytesMax: number, received = 0) {
    this.#socket = socket
    this.#bytesMax = bytesMax
    this.#received = received
    socket.on('data', this.#onData)
    socket.on('end', this.#onEnd)
    socket.on('close', this.#onEnd)
    socket.on('error', this.#onError)
    socket.resume()
  }

  /** Bytes that arrived and were not read. */
  get buffered(): number {
    return this.#buffered
  }

  get received(): number {
    return this.#received
  }

  /** Why nothing more can be read. */
  get ended(): Error | undefined {
    return this.#ended
  }

  /** The next `length` bytes. @throws PeerClosed; GatetrailError PROTOCOL_VIOLATION beyond the bound of all bytes */
  async read(length: number): Promise<Buffer> {
    await this.#available(length)
    const bytes = this.#joined()
    this.#keep(bytes.subarray(length))
    return bytes.subarray(0, length)
  }

  /** As `read`, but they stay. */
  async peek(length: number): Promise<Buffer> {
    await this.#available(length)
    const bytes = this.#joined()
    this.#keep(bytes)
    return bytes.subarray(0, length)
  }

  /**
   * The next message: type byte, length, body. The declared length is checked before anything is waited for.
   * @throws PeerClosed; GatetrailError FRAME_LENGTH_INVALID, FRAME_TOO_LARGE
   */
  async readMessage(bodyBytesMax: number): Promise<{ type: number; body: Buffer }> {
    const header = await this.peek(5)
    const length = header.readUInt32BE(1)
    if (length < 4 || length > 0x7fffffff) {
      throw new GatetrailError('FRAME_LENGTH_INVALID', `a message declares ${length} bytes`)
    }
    if (length - 4 > bodyBytesMax) {
      throw new GatetrailError(
        'FRAME_TOO_LARGE',
        `a message of ${length} bytes is larger than the ${bodyBytesMax} that are accepted here`,
      )
    }
    const message = await this.read(1 + length)
    return { type: message[0]!, body: message.subarray(5) }
  }

  /** Tells once when the peer sends or closes while it is expected to do neither. */
  watchSilence(interrupt: (what: 'bytes' | 'closed') => void): void {
    if (this.#ended !== undefined) interrupt('closed')
    else if (this.#buffered > 0) interrupt('bytes')
    else this.#interrupt = interrupt
  }

  /** Ends a pending and every later read with `error`. */
  abort(error: Error): void {
    this.#end(error)
  }

  /** Stops reading, pauses the socket, and hands over what was not consumed. An 'error' listener must be in place. */
  detach(): Buffer {
    this.#socket.off('data', this.#onData)
    this.#socket.off('end', this.#onEnd)
    this.#socket.off('close', this.#onEnd)
    this.#socket.off('error', this.#onError)
    this.#socket.pause()
    this.#interrupt = undefined
    const rest = this.#joined()
    this.#keep(Buffer.alloc(0))
    return rest
  }

  readonly #onData = (bytes: Buffer): void => {
    this.#received += bytes.length
    if (this.#received > this.#bytesMax) {
      this.#socket.pause()
      this.#end(
        new GatetrailError(
          'FRAME_TOO_LARGE',
          `more than ${this.#bytesMax} bytes arrived before the session was open`,
        ),
      )
      return
    }
    this.#chunks.push(bytes)
    this.#buffered += bytes.length
    this.#interrupted('bytes')
    if (this.#wake !== undefined && this.#buffered >= this.#wanted) {
      const { resolve } = this.#wake
      this.#wake = undefined
      resolve()
    }
  }

  readonly #onEnd = (): void => {
    this.#end(new PeerClosed())
  }

  readonly #onError = (error: Error): void => {
    this.#end(new PeerClosed(error))
  }

  #end(error: Error): void {
    this.#ended ??= error
    this.#interrupted('closed')
    const waiting = this.#wake
    this.#wake = undefined
    waiting?.reject(this.#ended)
  }

  #interrupted(what: 'bytes' | 'closed'): void {
    const interrupt = this.#interrupt
    this.#interrupt = undefined
    interrupt?.(what)
  }

  #available(length: number): Promise<void> {
    if (this.#buffered >= length) return Promise.resolve()
    if (this.#ended !== undefined) return Promise.reject(this.#ended)
    this.#wanted = length
    return new Promise((resolve, reject) => {
      this.#wake = { resolve, reject }
    })
  }

  #joined(): Buffer {
    return this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks)
  }

  #keep(bytes: Buffer): void {
    this.#chunks = bytes.length === 0 ? [] : [bytes]
    this.#buffered = bytes.length
  }
}
