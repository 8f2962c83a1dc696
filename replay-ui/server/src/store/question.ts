/**
 * Questions to the store: parameterised, bounded in time and in how many wait. Values reach ClickHouse only as
 * query parameters, never as text of the query.
 */
import type { ClickHouseClient } from '@clickhouse/client'
import { inSpan } from '@gatetrail/eventlog'
import { GatetrailError } from '@gatetrail/schemas'
import { z } from 'zod'
import type { ObserveQuestion } from '../observe.ts'
import { queriesWaitingMax, queryTimeoutMs } from '../limits.ts'
import { scopeSetting } from './scope.ts'

export type Parameters = Readonly<
  Record<string, string | number | readonly string[] | readonly number[]>
>

type Store = {
  client: ClickHouseClient
  tenant: string
  observe: ObserveQuestion | undefined
  waiting: number
}

export class Questions {
  readonly #store: Store
  /** Left out: everything is seen. */
  readonly #connections: readonly string[] | undefined
  /** Whether a session is of these connections. */
  readonly #sessions = new Map<string, Promise<boolean>>()

  private constructor(store: Store, connections: readonly string[] | undefined) {
    this.#store = store
    this.#connections = connections
  }

  static ofAll(client: ClickHouseClient, tenant: string, observe?: ObserveQuestion): Questions {
    return new Questions({ client, tenant, observe, waiting: 0 }, undefined)
  }

  /** The same store, as if there were nothing but these connections. For one request. */
  within(connections: readonly string[]): Questions {
    return new Questions(this.#store, connections)
  }

  /** Equal where the same is seen. */
  get scope(): string {
    return this.#connections === undefined ? '' : JSON.stringify(this.#connections.toSorted())
  }

  /**
   * All rows of a query, each checked. `{tenant:String}` is always given.
   * @throws GatetrailError STORE_UNAVAILABLE
   */
  async rows<Row>(query: string, parameters: Parameters, row: z.ZodType<Row>): Promise<Row[]> {
    const { waiting } = this.#store
    if (waiting >= queriesWaitingMax) {
      throw new GatetrailError('STORE_UNAVAILABLE', 'too many questions are waiting', {
        hint: 'Ask again in a moment.',
      })
    }
    this.#store.waiting++
    const startedAtMs = performance.now()
    let outcome: 'answered' | 'failed' = 'failed'
    try {
      const values = await inSpan('gatetrail.question', {}, async () =>
        this.#ask(await this.#scoped(query, parameters), parameters),
      )
      outcome = 'answered'
      return values.map((value) => row.parse(value))
    } catch (cause) {
      const message = cause instanceof Error ? cause.message.slice(0, 200) : 'unknown error'
      throw new GatetrailError('STORE_UNAVAILABLE', `the event store did not answer: ${message}`, {
        hint: 'Try again; if it lasts, look at the log of the audit process.',
        cause,
      })
    } finally {
      this.#store.waiting--
      this.#store.observe?.(outcome, (performance.now() - startedAtMs) / 1_000)
    }
  }

  /** The question with what this caller may see of each table. */
  async #scoped(query: string, parameters: Parameters): Promise<string> {
    const connections = this.#connections
    if (connections === undefined) return query
    const { tenant } = this.#store
    const { session } = parameters
    // A set of all sessions that may be seen takes time to make: a question about one session only asks for that one.
    if (typeof session !== 'string' || !query.includes(ofSession))
      return withSetting(query, scopeSetting({ tenant, connections }))
    const seen = await this.#seen(session, connections)
    return withSetting(
      query,
      scopeSetting({ tenant, connections: seen ? connections : [], session }),
    )
  }

  #seen(session: string, connections: readonly string[]): Promise<boolean> {
    const known = this.#sessions.get(session)
    if (known !== undefined) return known
    const { tenant } = this.#store
    const query = `SELECT count() AS sessions FROM sessions WHERE ${ofSession}`
    const asked = this.#ask(withSetting(query, scopeSetting({ tenant, connections, session })), {
      session,
    }).then((rows) => seenRow.parse(rows[0]).sessions > 0)
    this.#sessions.set(session, asked)
    asked.catch(() => this.#sessions.delete(session)) // Who asks again may have an answer.
    return asked
  }

  async #ask(query: string, parameters: Parameters): Promise<unknown[]> {
    const { client, tenant } = this.#store
    const answer = await client.query({
      query,
      format: 'JSONEachRow',
      query_params: { tenant, ...parameters },
      clickhouse_settings: {
        max_execution_time: queryTimeoutMs / 1000,
        output_format_json_quote_64bit_integers: 0,
        output_format_json_named_tuples_as_objects: 1,
      },
    })
    return answer.json<unknown>()
  }

  async row<Row>(
    query: string,
    parameters: Parameters,
    row: z.ZodType<Row>,
  ): Promise<Row | undefined> {
    return (await this.rows(query, parameters, row))[0]
  }
}

const seenRow = z.object({ sessions: z.int() })

/** Behind the settings that the question has itself. */
function withSetting(query: string, setting: string): string {
  return /\bSETTINGS\b[^()]*$/i.test(query)
    ? `${query}, ${setting}`
    : `${query}\nSETTINGS ${setting}`
}

/** For a session: its key in the primary index, so that only its granules are read. */
export const ofSession = `tenant = {tenant:String} AND UUIDv7ToDateTime(session, 'UTC') = UUIDv7ToDateTime({session:UUID}, 'UTC')
  AND session = {session:UUID}`

/** DateTime64 as ClickHouse prints it → ISO 8601 in UTC, microseconds kept. */
export function isoTime(text: string): string {
  return `${text.replace(' ', 'T')}Z`
}

/** ISO 8601 → what `{name:DateTime64(6, 'UTC')}` takes. */
export function storeTime(date: Date): string {
  return date.toISOString().replace('T', ' ').replace('Z', '')
}

/** The WHERE of a list: what is left out of the filter is no condition. */
export class Conditions {
  readonly #conditions: string[]
  readonly parameters: Record<string, string | number> = {}

  constructor(...always: string[]) {
    this.#conditions = always
  }

  /** `condition` speaks of the value as `{name:Type}`. */
  add(name: string, condition: string, value: string | number | undefined): void {
    if (value === undefined) return
    this.#conditions.push(condition)
    this.parameters[name] = value
  }

  get where(): string {
    return this.#conditions.join(' AND ')
  }
}
