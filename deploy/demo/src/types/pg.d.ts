/** The little of `pg` that the demo uses; the package brings no types. */
declare module 'pg' {
  import type { EventEmitter } from 'node:events'
  import type { Duplex } from 'node:stream'

  export type QueryResult = { rows: Record<string, unknown>[]; rowCount: number | null }
  export type ClientOptions = {
    host: string
    port: number
    database: string
    user: string
    password: string
    connectionTimeoutMillis?: number
    application_name?: string
  }
  export class Connection extends EventEmitter {
    stream: Duplex
    query(text: string): void
    sendCopyFail(message: string): void
  }
  export type Submittable = {
    submit(connection: Connection): void
    handleError(error: Error, connection: Connection): void
    handleReadyForQuery(connection: Connection): void
  }
  export class Client extends EventEmitter {
    constructor(options: ClientOptions)
    connect(): Promise<void>
    query(text: string, values?: readonly unknown[]): Promise<QueryResult>
    query(submittable: Submittable): Submittable
    end(): Promise<void>
  }
}
