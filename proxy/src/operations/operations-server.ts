/** /healthz, /readyz and /metrics of this role, on a port of their own. No secrets, no audit data. */
import { createServer, type ServerResponse } from 'node:http'
import { bind } from '../listener/listen.ts'
import { formatAddress, parseHostAndPort } from '../listener/address.ts'

export type Operations = {
  /** Why this role cannot serve new callers now; empty: it can. */
  notReady(): string[]
  /** What should be looked at, although it can. */
  warnings(): string[]
  metrics(): Promise<{ contentType: string; text: string }>
}

/** @throws GatetrailError PORT_TAKEN, CONFIG_INVALID */
export async function startOperationsServer(
  address: string,
  operations: Operations,
): Promise<{ address: string; close(): Promise<void> }> {
  const server = createServer(
    { requestTimeout: 10_000, headersTimeout: 10_000, maxHeaderSize: 8 * 1024 },
    (request, response) => {
      answer(request.method ?? '', request.url ?? '', response, operations).catch(() => {
        if (!response.headersSent) response.writeHead(500)
        response.end()
      })
    },
  )
  server.maxConnections = 64
  const { host, port } = parseHostAndPort(address)
  await bind(server, host, port, 'listen.operations')
  server.on('error', () => undefined)
  const bound = server.address()
  return {
    address: formatAddress(host, bound !== null && typeof bound === 'object' ? bound.port : port),
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function answer(
  method: string,
  url: string,
  response: ServerResponse,
  operations: Operations,
): Promise<void> {
  if (method !== 'GET' && method !== 'HEAD') {
    response.writeHead(405, { allow: 'GET, HEAD' }).end()
    return
  }
  switch (url.split('?')[0]) {
    case '/healthz':
      json(response, 200, { status: 'alive' })
      return
    case '/readyz': {
      const reasons = operations.notReady()
      json(response, reasons.length === 0 ? 200 : 503, {
        status: reasons.length === 0 ? 'ready' : 'not ready',
        reasons,
        warnings: operations.warnings(),
      })
      return
    }
    case '/metrics': {
      const { contentType, text } = await operations.metrics()
      response.writeHead(200, { 'content-type': contentType }).end(text)
      return
    }
    default:
      json(response, 404, { error: 'NOT_FOUND' })
  }
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
