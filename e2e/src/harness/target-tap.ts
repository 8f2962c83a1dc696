/**
 * A wire between the proxy and its target that keeps every byte which the proxy sends, by session, and may put other bytes in
 * the place of what the target answers. A session is known by its application_name; authentication passes as it is.
 */
import { connect, createServer, type Socket } from 'node:net'

export type TappedSession = {
  /** What the proxy sent once the target was ready for it. */
  received: Buffer[]
  /** Ends it from the target's side. */
  end(): void
}

/** What the proxy gets to read in the place of what the target said. */
export type Tamper = (answer: Buffer) => Buffer

export type TargetTap = {
  port: number
  /** By application_name. */
  sessions: Map<string, TappedSession>
  /** Sessions whose answers are changed, by application_name; until they are over. */
  tampers: Map<string, Tamper>
  /** Sessions that never reach the target: what is said to the proxy at its first message, and over what time. */
  scripts: Map<string, (proxy: Socket) => void>
  close(): Promise<void>
}

const cancelRequest = 80877102

export async function openTargetTap(targetPort: number): Promise<TargetTap> {
  const sessions: TargetTap['sessions'] = new Map()
  const tampers: TargetTap['tampers'] = new Map()
  const scripts: TargetTap['scripts'] = new Map()
  const sockets = new Set<Socket>()

  const server = createServer((proxy) => {
    const target = connect(targetPort, '127.0.0.1')
    for (const socket of [proxy, target]) {
      sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('error', () => undefined) // 'close' follows.
      socket.on('close', () => sockets.delete(socket))
    }
    let name: string | undefined
    let start = Buffer.alloc(0)
    let answers = Buffer.alloc(0)
    let session: TappedSession | undefined
    let scripted = false

    proxy.on('data', (bytes) => {
      if (session !== undefined && name !== undefined) {
        session.received.push(bytes)
        const script = scripts.get(name)
        if (script !== undefined) {
          scripts.delete(name)
          scripted = true
          target.destroy()
          script(proxy)
          return
        }
      } else if (name === undefined) {
        start = Buffer.concat([start, bytes])
        name = applicationName(start)
      }
      if (target.writable) target.write(bytes)
    })
    target.on('data', (bytes) => {
      const tamper = name === undefined ? undefined : tampers.get(name)
      if (session !== undefined) {
        proxy.write(tamper === undefined ? bytes : tamper(bytes))
        return
      }
      proxy.write(bytes)
      answers = Buffer.concat([answers, bytes])
      if (name !== undefined && isReady(answers)) {
        session = { received: [], end: () => proxy.destroy() }
        sessions.set(name, session)
      }
    })
    // Half-closed sockets are passed on as such; a session is over when both are gone.
    proxy.on('end', () => target.end())
    target.on('end', () => {
      if (!scripted) proxy.end()
    })
    proxy.on('close', () => {
      target.destroy()
    })
    target.on('close', () => {
      if (!scripted) proxy.end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a port was expected')
  return {
    port: address.port,
    sessions,
    tampers,
    scripts,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Of a start-up packet once it is complete; '' without one, and of a cancel request. */
function applicationName(start: Buffer): string | undefined {
  if (start.length < 8 || start.length < start.readUInt32BE(0)) return undefined
  if (start.readUInt32BE(4) === cancelRequest) return ''
  const texts = start.toString('utf8', 8).split('\0')
  for (let index = 0; index + 1 < texts.length; index += 2) {
    if (texts[index] === 'application_name') return texts[index + 1]
  }
  return ''
}

function isReady(answers: Buffer): boolean {
  for (let at = 0; at + 5 <= answers.length; at += 1 + answers.readUInt32BE(at + 1)) {
    if (answers[at] === 0x5a) return true
  }
  return false
}
