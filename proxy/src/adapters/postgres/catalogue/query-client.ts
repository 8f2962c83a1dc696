/**
 * A client of a few statements for the catalogue, over a connection of its own: extended protocol, parameters, text
 * results. Off the hot path, so pg-protocol reads and writes the messages.
 */
import { parse, serialize } from 'pg-protocol'
import { GatetrailError } from '@gatetrail/schemas'
import type { TargetConnection } from '../upstream/connect.ts'

const resultBytesMax = 64 * 1024 * 1024
const queryTimeoutMs = 20_000

export type Row = readonly (string | null)[]

export type QueryClient = {
  /** Runs one statement. @throws GatetrailError UPSTREAM_UNAVAILABLE */
  query(text: string, parameters: readonly string[]): Promise<Row[]>
  close(): void
}

type Pending = { rows: Row[]; resolve: (rows: Row[]) => void; reject: (error: Error) => void }

/** Takes over the socket of a target connection that is ready. */
export function createQueryClient(connection: TargetConnection, name: string): QueryClient {
  const { socket } = connection
  let pending: Pending | undefined
  let failure: GatetrailError | undefined
  let received = 0

  const fail = (why: string, cause?: unknown): void => {
    failure ??= new GatetrailError(
      'UPSTREAM_UNAVAILABLE',
      `the catalogue of connection "${name}" cannot be read: ${why}`,
      { cause },
    )
    pending?.reject(failure)
    pending = undefined
    socket.destroy()
  }

  socket.on('data', (bytes: Buffer) => {
    received += bytes.length
    if (received > resultBytesMax) fail('it is larger than 64 MiB')
  })
  socket.on('error', (error) => fail('the connection broke', error))
  socket.on('close', () => fail('the target closed the connection'))
  parse(socket, (message) => {
    switch (message.name) {
      case 'dataRow':
        if ('fields' in message && Array.isArray(message.fields)) pending?.rows.push(message.fields)
        break
      case 'error':
        fail('code' in message && typeof message.code === 'string' ? message.code : 'an error')
        break
      case 'readyForQuery': {
        const done = pending
        pending = undefined
        done?.resolve(done.rows)
        break
      }
      default:
        break
    }
  }).catch((error: unknown) => fail('the connection broke', error))
  socket.resume()

  return {
    query(text, parameters) {
      if (failure !== undefined) return Promise.reject(failure)
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => fail('the target did not answer in time'), queryTimeoutMs)
        pending = {
          rows: [],
          resolve: (rows) => {
            clearTimeout(timer)
            resolve(rows)
          },
          reject: (error) => {
            clearTimeout(timer)
            reject(error)
          },
        }
        received = 0
        socket.write(
          Buffer.concat([
            serialize.parse({ text }),
            serialize.bind({ values: [...parameters] }),
            serialize.execute({}),
            serialize.sync(),
          ]),
        )
      })
    },
    close() {
      if (!socket.destroyed) socket.end(serialize.end())
    },
  }
}
