/**
 * ClickHouse's HTTP interface in front of chDB: what its clients, curl and Grafana speak. One request is one statement. Who may
 * ask what is decided by `authorize`, before the engine sees a byte of it.
 */
import { randomUUID } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Answer, type AnswerHead } from './answer.ts'
import type { Engine, Statement } from './engine.ts'
import { ClickHouseError } from './exception.ts'
import {
  bodyTimeoutMs,
  connectionsMax,
  headersTimeoutMs,
  slowReaderMs,
  statementsAtOnceMax,
  statementsWaitingMax,
} from './limits.ts'
import { readStatement } from './read-body.ts'
import { readRequest, type Credentials, type EndpointRequest } from './request.ts'
import { isWord, tokensOf } from './tokens.ts'
import { Turns } from './turns.ts'

export type Authorized = Pick<Statement, 'text' | 'settings' | 'readOnly'>

export type HttpEndpointOptions = {
  host: string
  port: number
  engine: Engine
  /** @throws ClickHouseError AUTHENTICATION_FAILED */
  authenticate(credentials: Credentials, address: string): void
  /** What may run in the place of what was asked. @throws ClickHouseError */
  authorize(text: string, request: EndpointRequest): Promise<Authorized>
  /** Before the first byte of an answer leaves. @throws Error: then nothing is answered */
  answered?(text: string, request: EndpointRequest, address: string): Promise<void>
  /** Where the data of an INSERT waits for the engine; left out: none is taken. */
  incoming?: string
  defaultDatabase?: string
  /** Default: `statementsAtOnceMax`. */
  statementsAtOnceMax?: number
  /** For tests: throws what the server is to answer instead. */
  intercept?(text: string): void
}

export type HttpEndpoint = { address: string; port: number; close(): Promise<void> }

/** @throws the error of listening */
export async function startHttpEndpoint(options: HttpEndpointOptions): Promise<HttpEndpoint> {
  const { engine, incoming } = options
  if (incoming !== undefined) {
    await rm(incoming, { recursive: true, force: true }) // What a killed process left.
    await mkdir(incoming, { recursive: true, mode: 0o700 })
  }
  const timeZone = (await engine.ask('SELECT timezone()')).trim()
  const turns = new Turns(options.statementsAtOnceMax ?? statementsAtOnceMax, statementsWaitingMax)
  const stopping = new AbortController()
  const running = new Set<Promise<void>>()
  const server = createServer({ headersTimeout: headersTimeoutMs, requestTimeout: bodyTimeoutMs })
  server.maxConnections = connectionsMax
  server.keepAliveTimeout = 10_000
  server.setTimeout(slowReaderMs * 2)
  server.on('request', (request, response) => {
    const done: Promise<void> = serve(request, response, {
      ...options,
      turns,
      timeZone,
      stopping: stopping.signal,
    })
      .catch(() => void response.destroy()) // It has gone, or what it was to be told cannot be said any more.
      .finally(() => running.delete(done))
    running.add(done)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.host, resolve)
  })
  const bound = server.address()
  const port = typeof bound === 'object' && bound !== null ? bound.port : options.port
  return {
    address: `${options.host.includes(':') ? `[${options.host}]` : options.host}:${port}`,
    port,
    async close() {
      stopping.abort()
      server.close()
      server.closeIdleConnections()
      await Promise.all(running)
      server.closeAllConnections()
    },
  }
}

type Serving = HttpEndpointOptions & { turns: Turns; timeZone: string; stopping: AbortSignal }

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  options: Serving,
): Promise<void> {
  const { engine, timeZone } = options
  const url = new URL(request.url ?? '/', 'http://localhost')
  const head: AnswerHead = {
    queryId: '', format: 'TabSeparated', gzip: false, timeZone, version: engine.version,
  } // prettier-ignore
  const plain = plainAnswer(request.method ?? '', url)
  if (plain !== undefined) {
    response.writeHead(plain.status, { 'Content-Type': 'text/html; charset=UTF-8' }).end(plain.body)
    return
  }
  try {
    const asked = readRequest(url, request.headers, randomUUID)
    head.queryId = asked.queryId
    head.gzip = asked.answerGzip
    options.authenticate(asked.credentials, request.socket.remoteAddress ?? '')
    await options.turns.take(() => runStatement(request, response, asked, head, options))
  } catch (error) {
    request.resume()
    await new Answer(response, head).fail(error)
  }
}

/** What anybody is answered: that it lives, and that there is nothing else. */
function plainAnswer(method: string, url: URL): { status: number; body: string } | undefined {
  if (method !== 'GET' && method !== 'POST' && method !== 'HEAD')
    return { status: 405, body: 'GET and POST only.\n' }
  if (url.pathname === '/ping') return { status: 200, body: 'Ok.\n' }
  if (url.pathname !== '/') return { status: 404, body: 'There is no such path.\n' }
  return method !== 'POST' && url.search === '' ? { status: 200, body: 'Ok.\n' } : undefined
}

/** Everything between the login and the end of the answer; errors of the statement are part of the answer. */
async function runStatement(
  request: IncomingMessage,
  response: ServerResponse,
  asked: EndpointRequest,
  head: AnswerHead,
  { engine, authorize, answered, incoming, defaultDatabase, intercept, stopping }: Serving,
): Promise<void> {
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  if (response.destroyed) gone.abort() // While it waited for its turn.
  const signal = AbortSignal.any([gone.signal, stopping])
  signal.throwIfAborted()
  const mark = randomUUID()
  const { text, dataFile } = await readStatement(request, {
    query: asked.query, encoding: asked.bodyEncoding, incoming, fileName: `${mark}.rows`, signal,
  }) // prettier-ignore
  const kill = () => void engine.kill(mark).catch(() => undefined)
  try {
    if (text.trim() === '')
      throw new ClickHouseError(62, 'SYNTAX_ERROR', 'Syntax error: empty query')
    if (request.method === 'GET' && dataFile !== undefined)
      throw new ClickHouseError(
        164,
        'READONLY',
        'Cannot execute query in readonly mode. For queries over HTTP, method GET implies readonly',
      )
    intercept?.(text)
    const authorized = await authorize(text, asked)
    const format = formatOf(authorized.text) ?? asked.format ?? 'TabSeparated'
    head.format = format
    await answered?.(text, asked, request.socket.remoteAddress ?? '')
    signal.addEventListener('abort', kill, { once: true })
    signal.throwIfAborted()
    const answer = new Answer(response, head)
    const started = performance.now()
    const parts = engine.run({
      ...authorized,
      // As a server: GET may only read.
      readOnly: authorized.readOnly || request.method === 'GET',
      format,
      database: asked.database ?? defaultDatabase,
      parameters: asked.parameters,
      mark,
    })
    try {
      const held: Uint8Array[] = []
      let next = await parts.next()
      while (next.done !== true) {
        if (asked.waitEndOfQuery) held.push(next.value)
        else await answer.part(next.value)
        next = await parts.next()
      }
      for (const part of held) await answer.part(part)
      await answer.end(summaryOf(next.value, dataFile !== undefined, performance.now() - started))
    } catch (error) {
      if (signal.aborted && response.destroyed) throw error
      await answer.fail(error)
    } finally {
      await parts.return({ rows: 0, bytes: 0 })
    }
  } finally {
    signal.removeEventListener('abort', kill)
    if (dataFile !== undefined) await rm(dataFile, { force: true })
  }
}

function summaryOf(
  { rows, bytes }: { rows: number; bytes: number },
  written: boolean,
  elapsedMs: number,
): Record<string, string> {
  const elapsed = String(Math.round(elapsedMs * 1_000_000))
  return {
    read_rows: String(rows), read_bytes: String(bytes),
    written_rows: written ? String(rows) : '0', written_bytes: written ? String(bytes) : '0',
    total_rows_to_read: '0', result_rows: String(rows), result_bytes: String(bytes), elapsed_ns: elapsed,
  } // prettier-ignore
}

/** `FORMAT name` of a statement, outside of parentheses. */
function formatOf(text: string): string | undefined {
  let depth = 0
  let found: string | undefined
  let wanted = false
  for (const token of tokensOf(text)) {
    if (token === undefined) return undefined
    if (token.kind === 'sign') depth += token.text === '(' ? 1 : token.text === ')' ? -1 : 0
    if (wanted && token.kind === 'word') found = token.text
    wanted = depth === 0 && isWord(token, 'FORMAT')
  }
  return found
}
