/**
 * Questions to the store: parameterised, bounded in time and in how many wait. Values reach ClickHouse only as
 * query parameters, never as text of the query.
 */
import type { ClickHouseClient } from '@clickhouse/client'
import { inSpan } from '@gatetrail/eventlog'
import { GatetrailError } from '@gatetrail/schemas'
import type { z } from 'zod'
import type { ObserveQuestion } from '../observe.ts'
import { queriesWaitingMax, queryTimeoutMs } from '../limits.ts'

export type Parameters = Readonly<
  Record<string, string | number | readonly string[] | readonly number[]>
>

export class Questions {
  readonly #client: ClickHouseClient
  readonly #tenant: string
  readonly #observe: ObserveQuestion | undefined
  #waiting = 0

  constructor(client: ClickHouseClient, tenant: string, observe?: ObserveQuestion) {
    this.#client = client
    this.#tenant = tenant
    this.#observe = observe
  }

  /**
   * All rows of a query, each checked. `{tenant:String}` is always given.
   * @throws GatetrailError STORE_UNAVAILABLE
   */
  async rows<Row>(query: string, parameters: Parameters, row: z.ZodType<Row>): Promise<Row[]> {
    if (this.#waiting >= queriesWaitingMax) {
      throw new GatetrailError('STORE_UNAVAILABLE', 'too many questions are waiting', {
        hint: 'Ask again in a moment.',
      })
    }
    this.#waiting++
    const startedAtMs = performance.now()
    let outcome: 'answered' | 'failed' = 'failed'
    try {
      const values = await inSpan('gatetrail.question', {}, () => this.#ask(query, parameters))
      outcome = 'answered'
      return values.map((value) => row.parse(value))
    } catch (cause) {
      const message = cause instanceof Error ? cause.message.slice(0, 200) : 'unknown error'
      throw new GatetrailError('STORE_UNAVAILABLE', `the event store did not answer: ${message}`, {
        hint: 'Try again; if it lasts, look at the log of the audit process.',
        cause,
      })
    } finally {
      this.#waiting--
      this.#observe?.(outcome, (performance.now() - startedAtMs) / 1_000)
    }
  }

  async #ask(query: string, parameters: Parameters): Promise<unknown[]> {
    const answer = await this.#client.query({
      query,
      format: 'JSONEachRow',
      query_params: { tenant: this.#tenant, ...parameters },
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
