/** Statements at a steady rate through proxies, and how long each took: to compare one time with another. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import type { Ports } from './configuration.ts'

export type PacedLoad = {
  /** Milliseconds of each statement since the last call. */
  take(): number[]
  /** Errors so far: there should be none. */
  readonly failed: string[]
  stop(): Promise<void>
}

/** Each statement bears a number, as those of load.ts do. Statements that are late are not made up for. */
export async function startPacedLoad(
  proxies: readonly { readonly ports: Pick<Ports, 'postgres'> }[],
  token: string,
  { clients, perSecond, first }: { clients: number; perSecond: number; first: number },
): Promise<PacedLoad> {
  const failed: string[] = []
  let taken: number[] = []
  const stopping = new AbortController()
  const pauseMs = (clients * 1000) / perSecond
  const open = await Promise.all(
    Array.from({ length: clients }, async (_, number) => {
      const client = new Client({
        host: '127.0.0.1',
        port: proxies[number % proxies.length]!.ports.postgres,
        ...{ database: 'orders', user: 'paced', password: token },
      })
      client.on('error', (error) => failed.push(error.message))
      await client.connect()
      return client
    }),
  )
  const work = async (client: Client, number: number) => {
    let due = performance.now() + (pauseMs * number) / clients
    for (let statement = 0; !stopping.signal.aborted; statement++) {
      const now = performance.now()
      if (due > now) await sleep(due - now)
      due = Math.max(due, now) + pauseMs
      const startedAt = performance.now()
      try {
        await client.query(
          `/* load-${first + number}-${statement} */ select status from orders where id = ${(statement % 500) + 1}`,
        )
        taken.push(performance.now() - startedAt)
      } catch (error) {
        failed.push(error instanceof Error ? error.message : String(error))
        return
      }
    }
  }
  const all = Promise.all(open.map(work))
  return {
    take: () => {
      const all = taken
      taken = []
      return all
    },
    failed,
    stop: async () => {
      stopping.abort()
      await all
      await Promise.all(open.map((client) => client.end().catch(() => undefined)))
    },
  }
}

/** The value that `percent` of the values do not exceed. */
export function percentileOf(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((left, right) => left - right)
  return sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)] ?? Number.NaN
}
