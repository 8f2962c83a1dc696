/** A wire between a client and the proxy that keeps every byte which goes to the client. */
import { connect, createServer, type Socket } from 'node:net'

export type Tap = {
  port: number
  /** All bytes that clients received so far. */
  received(): Buffer
  close(): Promise<void>
}

/** `pieceBytes`: what clients send is passed on in pieces of this size. */
export async function openTap(toPort: number, pieceBytes = Infinity): Promise<Tap> {
  const parts: Buffer[] = []
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const proxy = connect(toPort, '127.0.0.1')
    for (const socket of [client, proxy]) {
      sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('error', () => undefined) // 'close' follows.
      socket.on('close', () => sockets.delete(socket))
    }
    client.on('data', (bytes) => {
      if (pieceBytes === Infinity) proxy.write(bytes)
      else void inPieces(proxy, bytes, pieceBytes)
    })
    proxy.on('data', (bytes) => {
      parts.push(bytes)
      client.write(bytes)
    })
    client.on('close', () => proxy.end())
    proxy.on('close', () => client.end())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a port was expected')
  return {
    port: address.port,
    received: () => Buffer.concat(parts),
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function inPieces(socket: Socket, bytes: Buffer, pieceBytes: number): Promise<void> {
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    socket.write(bytes.subarray(at, at + pieceBytes))
    await new Promise((resolve) => setImmediate(resolve))
  }
}
