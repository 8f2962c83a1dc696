/**
 * A caller in front of the door: its socket, before and after TLS, and whether it has said anything valid yet. All that
 * happens here is bounded by the bytes of the reader and by the deadline that session.ts holds over it.
 */
import type { Socket } from 'node:net'
import { TLSSocket, type SecureContext } from 'node:tls'
import { limits } from '@gatetrail/schemas'
import { isLoopback } from '../../../listener/address.ts'
import { PeerClosed, SocketReader } from '../socket-reader.ts'

const lingerMs = 1_000

export class Door {
  /** The caller's ip, without port: of the socket, or as a balancer told it. */
  address: string
  port: number
  socket: Socket
  reader: SocketReader
  secure = false
  /** From the first valid message on a rejection may be put on record. */
  validMessageSeen = false
  readonly #raw: Socket
  readonly #peerIsLocal: boolean
  #shakingHands = false

  constructor(socket: Socket, address: string) {
    this.#raw = socket
    this.address = address
    this.#peerIsLocal = isLoopback(address)
    this.port = socket.remotePort ?? 0
    this.socket = socket
    socket.on('error', ignored)
    this.reader = new SocketReader(socket, limits.beforeAuthentication.postgresBytesMax)
  }

  /** Whose connection a balancer passes on. */
  tell(address: string, port: number): void {
    this.address = address
    this.port = port
  }

  /** Whether nothing crosses a network: neither the caller is elsewhere, nor a balancer between us. */
  get local(): boolean {
    return this.#peerIsLocal && isLoopback(this.address)
  }

  write(bytes: Uint8Array): void {
    if (this.socket.writable) this.socket.write(bytes)
  }

  /** What the caller sent before must not be taken for something said under TLS (CVE-2021-23214 and its like). */
  get unreadBytes(): number {
    return this.reader.buffered
  }

  /**
   * Answers the TLS handshake. `alpnRequired`: TLS without SSLRequest must name the protocol, as in PostgreSQL 17: else
   * a request meant for another service could end here.
   * @throws PeerClosed if the handshake fails
   */
  async upgrade(context: SecureContext, alpnRequired: boolean): Promise<void> {
    const { received } = this.reader
    const rest = this.reader.detach()
    if (rest.length > 0) this.#raw.unshift(rest)
    const secured = new TLSSocket(this.#raw, {
      isServer: true,
      secureContext: context,
      ALPNProtocols: ['postgresql'],
    })
    secured.on('error', ignored)
    this.socket = secured
    this.#shakingHands = true
    await handshake(secured)
    this.#shakingHands = false
    if (alpnRequired && secured.alpnProtocol !== 'postgresql') throw new PeerClosed()
    this.secure = true
    this.reader = new SocketReader(secured, limits.beforeAuthentication.postgresBytesMax, received)
  }

  /** Ends whatever is waited for, before authentication, with `error`. */
  expire(error: Error): void {
    this.reader.abort(error)
    if (this.#shakingHands) this.destroy()
  }

  /** Ends the conversation: the last words, then the socket, which a silent peer cannot keep open. */
  end(lastWords?: Uint8Array): void {
    const { socket } = this
    this.reader.detach()
    if (lastWords !== undefined && socket.writable) socket.end(lastWords)
    else socket.end()
    // What still arrives is thrown away: closing with unread bytes would reset the connection and lose our last words.
    socket.on('data', ignored)
    socket.resume()
    const timer = setTimeout(() => this.destroy(), lingerMs)
    socket.once('close', () => clearTimeout(timer))
  }

  destroy(): void {
    this.socket.destroy()
    this.#raw.destroy()
  }
}

function handshake(secured: TLSSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error?: Error): void => {
      reject(new PeerClosed(error))
    }
    const closed = (): void => failed()
    secured.once('secure', () => {
      secured.off('close', closed)
      resolve()
    })
    // A TLSSocket that no tls.Server made tells of a failed handshake by this event alone.
    secured.once('_tlsError', failed)
    secured.once('error', failed)
    secured.once('close', closed)
  })
}

function ignored(): void {}
