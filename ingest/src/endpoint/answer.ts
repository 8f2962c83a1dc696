/**
 * The answer of a statement: parts go out as the engine makes them, no faster than the client takes them. An exception before
 * the first part is the status; after it, a block at the end that clients know (`exceptionBlock`).
 */
import { randomBytes } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { once } from 'node:events'
import { createGzip, type Gzip } from 'node:zlib'
import { exceptionBlock, exceptionOf, exceptionText, httpStatusOf } from './exception.ts'
import { slowReaderMs } from './limits.ts'

export type AnswerHead = {
  queryId: string
  format: string
  gzip: boolean
  timeZone: string
  version: string
}

export class Answer {
  readonly #response: ServerResponse
  readonly #head: AnswerHead
  readonly #tag = randomBytes(8).toString('hex')
  #packing: Gzip | undefined

  constructor(response: ServerResponse, head: AnswerHead) {
    this.#response = response
    this.#head = head
  }

  /** Waits until the client has room. @throws Error when it has gone, or takes nothing for too long */
  async part(bytes: Uint8Array): Promise<void> {
    this.#begin(200)
    const sink = this.#packing ?? this.#response
    if (sink.write(bytes)) return
    await once(sink, 'drain', {
      signal: AbortSignal.any([this.#gone(), AbortSignal.timeout(slowReaderMs)]),
    })
  }

  async end(summary: Readonly<Record<string, string>>): Promise<void> {
    this.#begin(200, summary)
    await this.#finish()
  }

  async fail(error: unknown): Promise<void> {
    const exception = exceptionOf(error)
    const text = exceptionText(exception, this.#head.version)
    if (!this.#response.headersSent) {
      this.#response.setHeader('X-ClickHouse-Exception-Code', String(exception.code))
      this.#begin(httpStatusOf(exception.code))
      ;(this.#packing ?? this.#response).write(text)
    } else {
      ;(this.#packing ?? this.#response).write(exceptionBlock(text, this.#tag))
    }
    await this.#finish()
  }

  #begin(status: number, summary: Readonly<Record<string, string>> = {}): void {
    const response = this.#response
    if (response.headersSent) return
    const { queryId, format, gzip, timeZone } = this.#head
    response.statusCode = status
    response.setHeader('Content-Type', contentTypes.get(format) ?? 'application/octet-stream')
    response.setHeader('X-ClickHouse-Server-Display-Name', 'gatetrail')
    response.setHeader('X-ClickHouse-Query-Id', queryId)
    response.setHeader('X-ClickHouse-Timezone', timeZone)
    response.setHeader('X-ClickHouse-Summary', JSON.stringify(summary))
    if (status === 200) {
      response.setHeader('X-ClickHouse-Format', format)
      response.setHeader('X-ClickHouse-Exception-Tag', this.#tag)
    } else response.setHeader('Content-Type', 'text/plain; charset=UTF-8')
    if (gzip) {
      response.setHeader('Content-Encoding', 'gzip')
      this.#packing = createGzip({ level: 1 })
      this.#packing.pipe(response)
    }
    response.flushHeaders()
  }

  async #finish(): Promise<void> {
    const response = this.#response
    ;(this.#packing ?? response).end()
    if (response.writableFinished || response.destroyed) return
    const signal = AbortSignal.any([this.#gone(), AbortSignal.timeout(slowReaderMs)])
    await once(response, 'finish', { signal })
  }

  #gone(): AbortSignal {
    const gone = new AbortController()
    if (this.#response.destroyed) gone.abort()
    else this.#response.once('close', () => gone.abort())
    return gone.signal
  }
}

const contentTypes: ReadonlyMap<string, string> = new Map([
  ['JSON', 'application/json; charset=UTF-8'],
  ['JSONCompact', 'application/json; charset=UTF-8'],
  ['JSONEachRow', 'application/x-ndjson; charset=UTF-8'],
  ['TabSeparated', 'text/tab-separated-values; charset=UTF-8'],
  ['CSV', 'text/csv; charset=UTF-8; header=absent'],
  ['CSVWithNames', 'text/csv; charset=UTF-8; header=present'],
])
