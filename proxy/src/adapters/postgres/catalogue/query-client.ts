/**
 * A client of a few statements for the catalogue, over a connection of its own: extended protocol, parameters, text
 * results. Off the hot path, so pg-protocol reads and writes the messages.
 */
import { parse, serialize } from 'pg-protocol'
import { GatetrailError, limits } from '@gatetrail/schemas'
import { TargetError } from '../client-errors.ts'
import type { TargetConnection } from '../upstream/connect.ts'

const queryTimeoutMs = 60_000

export type Row = readonly (string | null)[]

export type QueryClient = {
  /** Runs one statement; those before it need not be answered yet. @throws GatetrailError UPSTREAM_UNAVAILABLE; its cause is a TargetError if the target refused the statement */
  query(text: string, parameters: readonly string[]): Promise<Row[]>
  close(): void
}

type Pending = {
  rows: Row[]
  refusal?: GatetrailError
  resolve: (rows: Row[]) => void
  reject: (error: Error) => void
}

/** Takes over the socket of a target connection that is ready. */
export function createQueryClient(connection: TargetConnection, name: string): QueryClient {
  const { socket } = connection
  /** In the order in which they were sent, which is that of the answers. */
  const pending: Pending[] = []
  let failure: GatetrailError | undefined
  let received = 0

  const unreadable = (why: string, cause?: unknown): GatetrailError =>
    new GatetrailError(
      'UPSTREAM_UNAVAILABLE',
      `the catalogue of connection "${name}" cannot be read: ${why}`,
      { cause },
    )

  const fail = (why: string, cause?: unknown): void => {
    failure ??= unreadable(why, cause)
    for (const { refusal, reject } of pending.splice(0)) reject(refusal ?? failure)
    socket.destroy()
  }

  socket.on('data', (bytes: Buffer) => {
    received += bytes.length
    const { bytesMax } = limits.catalogue
    if (received > bytesMax) fail(`it is larger than ${bytesMax / limits.MiB} MiB`)
  })
  socket.on('error', (error) => fail('the connection broke', error))
  socket.on('close', () => fail('the target closed the connection'))
  parse(socket, (message) => {
    switch (message.name) {
      case 'dataRow':
        if ('fields' in message && Array.isArray(message.fields))
          pending[0]?.rows.push(message.fields)
        break
      case 'error': {
        const sqlstate =
          'code' in message && typeof message.code === 'string' ? message.code : 'XX000'
        const [first] = pending
        if (first === undefined) fail(sqlstate)
        else first.refusal ??= unreadable(sqlstate, new TargetError(sqlstate, 'refused'))
        break
      }
      case 'readyForQuery': {
        received = 0
        const done = pending.shift()
        if (done?.refusal !== undefined) done.reject(done.refusal)
        else done?.resolve(done.rows)
        break
      }
      default:
        break
    }
  }).catch((error: unknown) => fail('the connection broke', error))
  socket.resume()

  /** What is asked for in one turn leaves in one piece. */
  const sendTogether = (): void => {
    if (socket.writableCorked > 0) return
    socket.cork()
    process.nextTick(() => socket.uncork())
  }

  return {
    query(text, parameters) {
      if (failure !== undefined) return Promise.reject(failure)
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => fail('the target did not answer in time'), queryTimeoutMs)
        pending.push({
          rows: [],
          resolve: (rows) => {
            clearTimeout(timer)
            resolve(rows)
          },
          reject: (error) => {
            clearTimeout(timer)
            reject(error)
          },
        })
        sendTogether()
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
