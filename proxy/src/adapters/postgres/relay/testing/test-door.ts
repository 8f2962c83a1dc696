/** For tests and measurements: a front door without identity, which lets everybody in and starts a relay to a target that trusts it. */
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { pino } from 'pino'
import type { Detection } from '../../../../detection/detection.ts'
import { byValueAlone } from '../../../../detection/testing/detections.ts'
import { ColumnKnowledge } from '../../masking/column-knowledge.ts'
import type { SessionClock } from '../../recorder/record-sink.ts'
import type { CloseReason, Relay, RelayContext } from '../context.ts'
import { Fingerprinter } from '@gatetrail/detect'
import { createTouchQueue } from '../../recorder/touch-queue.ts'
import { startRelay } from '../start-relay.ts'

export type TestDoorOptions<Stamp extends SessionClock> = Pick<
  RelayContext<Stamp>,
  'journal' | 'connection' | 'policies' | 'facts' | 'catalogue'
> & {
  stamp(): Stamp
  target: { port: number; user: string; database: string }
  /** Start-up settings of the session at the target; with readOnly also that one. */
  settings?: Readonly<Record<string, string>>
  readOnly?: () => boolean
  detection?: Detection
  onEnd?(reason: CloseReason): void
  onRelay?(relay: Relay): void
}

export type TestDoor = { port: number; close(): Promise<void> }

export async function openTestDoor<Stamp extends SessionClock>(
  options: TestDoorOptions<Stamp>,
): Promise<TestDoor> {
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    sockets.add(client)
    client.on('error', () => undefined)
    client.once('close', () => sockets.delete(client))
    serve(client, options).catch(() => client.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: portOf(server),
    async close() {
      server.close()
      for (const socket of sockets) socket.destroy()
      await once(server, 'close')
    },
  }
}

async function serve<Stamp extends SessionClock>(
  client: Socket,
  options: TestDoorOptions<Stamp>,
): Promise<void> {
  client.setNoDelay(true)
  let startup = await read(client, (bytes) => lengthAt(bytes, 0))
  if (startup.message.length === 8) {
    client.write('N')
    startup = await read(client, (bytes) => lengthAt(bytes, 0))
  }
  const { target } = options
  const upstream = connect({ port: target.port, host: '127.0.0.1', noDelay: true })
  upstream.on('error', () => client.destroy())
  const readOnly = options.readOnly?.() === true
  const settings = { ...options.settings, ...(readOnly ? readOnlySetting : {}) }
  upstream.write(startupMessage(target.user, target.database, settings))
  const ready = await read(upstream, endOfReady)
  client.write(ready.message)
  const relay = startRelay({
    client,
    clientHead: startup.rest,
    upstream,
    upstreamHead: ready.rest,
    parameters: parametersIn(ready.message),
    stamp: options.stamp(),
    journal: options.journal,
    connection: options.connection,
    policies: options.policies,
    readOnly,
    searchPath: options.settings?.['search_path'],
    facts: options.facts,
    catalogue: options.catalogue,
    fingerprintKey: Buffer.alloc(32, 7),
    touchQueue: createTouchQueue(new Fingerprinter(new Uint8Array(32)), 'test'),
    detection: options.detection ?? byValueAlone,
    knowledge: new ColumnKnowledge(options.detection ?? byValueAlone),
    log: pino({ level: 'silent' }),
    onEnd: (reason) => options.onEnd?.(reason),
  })
  options.onRelay?.(relay)
}

/** Reads until `end` says where the message ends. */
function read(
  socket: Socket,
  end: (bytes: Buffer) => number | undefined,
): Promise<{ message: Buffer; rest: Buffer }> {
  return new Promise((resolve, reject) => {
    let bytes = Buffer.alloc(0)
    const take = (piece: Buffer): void => {
      bytes = Buffer.concat([bytes, piece])
      const at = end(bytes)
      if (at === undefined || bytes.length < at) return
      socket.off('data', take)
      socket.pause()
      resolve({ message: bytes.subarray(0, at), rest: bytes.subarray(at) })
    }
    socket.on('data', take)
    socket.resume()
    socket.once('close', () => reject(new Error('closed')))
  })
}

function lengthAt(bytes: Buffer, at: number): number | undefined {
  return bytes.length < at + 4 ? undefined : bytes.readUInt32BE(at)
}

function endOfReady(bytes: Buffer): number | undefined {
  let at = 0
  while (at + 5 <= bytes.length) {
    const end = at + 1 + bytes.readUInt32BE(at + 1)
    if (bytes[at] === 0x5a) return end
    at = end
  }
  return undefined
}

function parametersIn(bytes: Buffer): Map<string, string> {
  const parameters = new Map<string, string>()
  let at = 0
  while (at + 5 <= bytes.length) {
    const end = at + 1 + bytes.readUInt32BE(at + 1)
    if (bytes[at] === 0x53) {
      const [name = '', value = ''] = bytes.toString('utf8', at + 5, end).split('\0')
      parameters.set(name, value)
    }
    at = end
  }
  return parameters
}

const readOnlySetting = { default_transaction_read_only: 'on' }

function startupMessage(
  user: string,
  database: string,
  settings: Readonly<Record<string, string>>,
): Buffer {
  const parameters = { user, database, client_encoding: 'UTF8', ...settings }
  const text = `${Object.entries(parameters).flat().join('\0')}\0\0`
  const bytes = Buffer.alloc(8 + Buffer.byteLength(text))
  bytes.writeUInt32BE(bytes.length, 0)
  bytes.writeUInt32BE(0x0003_0000, 4)
  bytes.write(text, 8)
  return bytes
}

function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
