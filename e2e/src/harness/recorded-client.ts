/** A client that logs in, says whatever bytes it is told to, and keeps every byte that it received. */
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

const loginMsMax = 15_000
const keptBytesMax = 64 * 1024 * 1024

export class RecordedClient {
  readonly socket: Socket
  readonly #parts: Buffer[] = []
  receivedBytes = 0
  closed = false

  private constructor(socket: Socket) {
    this.socket = socket
    socket.setNoDelay(true)
    socket.on('data', (bytes) => {
      this.receivedBytes += bytes.length
      if (this.receivedBytes <= keptBytesMax) this.#parts.push(bytes)
    })
    socket.on('error', () => undefined) // 'close' follows.
    socket.on('close', () => {
      this.closed = true
    })
  }

  /** Everything, or its beginning if it is more than can be kept. */
  get received(): Buffer {
    return Buffer.concat(this.#parts)
  }

  /** @throws Error if it does not get in */
  static async login(
    port: number,
    applicationName: string,
    token: string,
  ): Promise<RecordedClient> {
    const socket = connect(port, '127.0.0.1')
    const client = new RecordedClient(socket)
    const parameters = ['user', 'raw', 'database', 'orders', 'application_name', applicationName]
    const start = Buffer.from(`\0\0\0\0\0\u0003\0\0${parameters.join('\0')}\0\0`, 'latin1')
    start.writeUInt32BE(start.length)
    socket.write(start)
    await client.#untilBytes(9)
    const password = Buffer.from(`p\0\0\0\0${token}\0`, 'latin1')
    password.writeUInt32BE(password.length - 1, 1)
    socket.write(password)
    const until = Date.now() + loginMsMax
    while (client.received.lastIndexOf(readyForQuery) === -1) {
      if (client.closed || Date.now() > until) {
        throw new Error(`not let in: ${client.received.toString('latin1')}`)
      }
      await sleep(2)
    }
    return client
  }

  /** Waits until nothing has come for `quietMs`, or it is closed, at most `msMax`. */
  async settle(quietMs: number, msMax: number): Promise<void> {
    const until = Date.now() + msMax
    let [bytes, since] = [this.receivedBytes, Date.now()]
    while (!this.closed && Date.now() < until && Date.now() - since < quietMs) {
      await sleep(5)
      if (this.receivedBytes !== bytes) [bytes, since] = [this.receivedBytes, Date.now()]
    }
  }

  async #untilBytes(count: number): Promise<void> {
    const until = Date.now() + loginMsMax
    while (this.receivedBytes < count) {
      if (this.closed || Date.now() > until) throw new Error('nobody answers')
      await sleep(2)
    }
  }
}

const readyForQuery = Buffer.from('Z\0\0\0\u0005I', 'latin1')

/** A message with a type byte. */
export function message(type: string, body: Buffer | string): Buffer {
  const bytes = Buffer.from(body)
  const head = Buffer.from(`${type}\0\0\0\0`, 'latin1')
  head.writeUInt32BE(4 + bytes.length, 1)
  return Buffer.concat([head, bytes])
}
