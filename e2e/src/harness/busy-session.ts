/**
 * A session that is doing something when it is ended: idle, in a query, in a COPY in either direction. It notes when the last
 * byte came, and what the last words were. For kill-sessions.e2e.ts.
 */
import { RawPostgres, type ErrorFields } from './raw-postgres.ts'

export const activities = ['idle', 'query', 'copy_out', 'copy_in'] as const
export type Activity = (typeof activities)[number]

/** COPY and rows from a function of the target that never ends by itself. */
const statements: Record<Exclude<Activity, 'idle'>, string> = {
  query: 'select pg_sleep(600) /* busy */',
  copy_out:
    'copy (select n, pg_sleep(0.002) from generate_series(1, 1000000) n) to stdout /* busy */',
  copy_in: 'copy archive from stdin /* busy */',
}
const copyInIntervalMs = 20
const copyLine = Buffer.from('1\n')

export class BusySession {
  readonly activity: Activity
  /** `performance.now()`; 0: none came since it was busy. */
  lastByteAt = 0
  /** When the connection was closed; undefined while it is open. */
  closedAt: number | undefined
  bytes = 0
  #tail = Buffer.alloc(0)
  readonly #client: RawPostgres
  #feeding: NodeJS.Timeout | undefined

  private constructor(client: RawPostgres, activity: Activity) {
    this.#client = client
    this.activity = activity
  }

  static async open(
    port: number,
    token: string,
    activity: Activity,
    from?: string,
  ): Promise<BusySession> {
    const client = await RawPostgres.open(port, from)
    try {
      await client.login('orders', token)
    } catch (error) {
      client.destroy()
      throw error
    }
    const session = new BusySession(client, activity)
    if (activity !== 'idle') client.message('Q', `${statements[activity]}\0`)
    if (activity === 'copy_in') await client.until('G')
    if (activity === 'copy_out') await client.until('H')
    session.#watch()
    return session
  }

  /** The fields of the ErrorResponse with which it ended; undefined if none came. */
  get lastWords(): ErrorFields | undefined {
    for (let at = this.#tail.length - 5; at >= 0; at--) {
      if (this.#tail[at] !== 0x45 || this.#tail.readUInt32BE(at + 1) !== this.#tail.length - at - 1)
        continue
      const fields: ErrorFields = {}
      for (const part of this.#tail.toString('utf8', at + 5).split('\0'))
        if (part !== '') fields[part.charAt(0)] = part.slice(1)
      return fields
    }
    return undefined
  }

  destroy(): void {
    clearInterval(this.#feeding)
    this.#client.destroy()
  }

  /** Nothing is kept of what comes but its end. */
  #watch(): void {
    const { socket } = this.#client
    socket.removeAllListeners('data')
    socket.on('data', (bytes: Buffer) => {
      this.lastByteAt = performance.now()
      this.bytes += bytes.length
      this.#tail = Buffer.concat([this.#tail, bytes]).subarray(-1_024)
    })
    socket.once('close', () => {
      this.closedAt = performance.now()
      clearInterval(this.#feeding)
    })
    if (this.activity !== 'copy_in') return
    this.#feeding = setInterval(() => {
      if (socket.writable) this.#client.message('d', copyLine)
    }, copyInIntervalMs)
  }
}

/** `count` of each activity in turn, a few at a time: before the door there is room for 20 of an address. */
export async function openBusySessions(
  port: number,
  token: string,
  count: number,
): Promise<BusySession[]> {
  const atOnce = 10
  const sessions: BusySession[] = []
  while (sessions.length < count) {
    const next = Array.from({ length: Math.min(atOnce, count - sessions.length) }, (_, index) => {
      const number = sessions.length + index
      return BusySession.open(port, token, activities[number % activities.length] ?? 'idle')
    })
    sessions.push(...(await Promise.all(next)))
  }
  return sessions
}
