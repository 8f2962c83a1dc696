/**
 * The baseline of every ratio: a relay in plain Node that walks the frames of both directions and forwards, and does
 * nothing else. Run as a process of its own: `node bare-relay.js <listen port> <target host> <target port>`.
 */
import { createServer, connect, type Socket } from 'node:net'

const [listenPort, targetHost, targetPort] = process.argv.slice(2)

class FrameWalker {
  frames = 0
  #startup: boolean
  #left = 0
  readonly #header = Buffer.alloc(5)
  #headerLength = 0

  constructor(startup: boolean) {
    this.#startup = startup
  }

  walk(bytes: Buffer): void {
    let at = 0
    while (at < bytes.length) {
      if (this.#left > 0) {
        const step = Math.min(this.#left, bytes.length - at)
        this.#left -= step
        at += step
        continue
      }
      const wanted = this.#startup ? 4 : 5
      if (this.#headerLength === 0 && bytes.length - at >= wanted) {
        this.#frame(bytes.readUInt32BE(at + wanted - 4))
        at += wanted
        continue
      }
      this.#header[this.#headerLength++] = bytes[at++]!
      if (this.#headerLength === wanted) {
        this.#headerLength = 0
        this.#frame(this.#header.readUInt32BE(wanted - 4))
      }
    }
  }

  #frame(length: number): void {
    this.frames++
    this.#left = length - 4
    this.#startup = false
  }
}

function pump(from: Socket, to: Socket, walker: FrameWalker): void {
  from.on('data', (bytes: Buffer) => {
    walker.walk(bytes)
    if (!to.write(bytes)) {
      from.pause()
      to.once('drain', () => from.resume())
    }
  })
  from.on('end', () => to.end())
  from.on('error', () => to.destroy())
  from.on('close', () => to.destroy())
}

const server = createServer({ noDelay: true }, (client) => {
  const target = connect({
    host: targetHost ?? '127.0.0.1',
    port: Number(targetPort),
    noDelay: true,
  })
  pump(client, target, new FrameWalker(true))
  pump(target, client, new FrameWalker(false))
})
server.listen(Number(listenPort), '127.0.0.1', () => process.send?.('ready'))
process.once('disconnect', () => process.exit(0))
