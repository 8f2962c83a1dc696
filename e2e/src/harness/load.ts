/** Clients that never rest: each statement bears a number of its own, and whoever loses the connection comes again. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import type { Ports } from './configuration.ts'

export type Load = {
  /** Statements answered without an error. */
  readonly answered: number
  /** Connections that were lost or refused. */
  readonly lost: number
  stop(): Promise<void>
}

/** Finds a statement in whatever log. */
export const mark = /load-\d+-\d+/

/** `first`: number of the first client, so that several loads can be told apart. */
export function startLoad(
  { ports }: { readonly ports: Pick<Ports, 'postgres'> },
  token: string,
  clients: number,
  first = 0,
): Load {
  const stopped = new AbortController()
  let answered = 0
  let lost = 0
  const work = async (number: number) => {
    let statement = 0
    while (!stopped.signal.aborted) {
      const client = new Client({
        host: '127.0.0.1',
        port: ports.postgres,
        database: 'orders',
        user: 'load',
        password: token,
        connectionTimeoutMillis: 5_000,
        query_timeout: 10_000,
      })
      client.on('error', () => undefined) // The query that was waiting rejects, too.
      try {
        await client.connect()
        while (!stopped.signal.aborted) {
          const comment = `/* load-${number}-${statement} */`
          const id = (statement % 50) + 1
          const what = statement++ % 4
          if (what === 0) {
            await client.query(`${comment} select name, ssn from customers where id = ${id}`)
          } else if (what === 1) {
            await client.query(`${comment} select email from customers where id = $1`, [id])
          } else if (what === 2) {
            await client.query({
              name: `s${statement}`,
              text: `${comment} select status from orders where id = $1`,
              values: [id],
            })
          } else {
            await client.query(`${comment} select 1; select count(*) from orders`)
          }
          answered++
          await sleep(10)
        }
      } catch {
        lost++
        await sleep(20)
      } finally {
        await client.end().catch(() => undefined) // It may be gone already.
      }
    }
  }
  const all = Promise.all(Array.from({ length: clients }, (_, number) => work(first + number)))
  return {
    get answered() {
      return answered
    },
    get lost() {
      return lost
    },
    stop: async () => {
      stopped.abort()
      await all
    },
  }
}
