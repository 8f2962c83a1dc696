/**
 * The operations port of a supervisor: /healthz, /readyz and /metrics of all its processes, which answer over IPC. Ready is
 * who can serve callers: all have started, then of several workers one is enough; a shipper that waits for Kafka only tells why.
 */
import { createServer, type ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { GatetrailError } from '@gatetrail/schemas'
import { mergeMetrics, type MetricsPage } from './merge-metrics.ts'
import { splitAddress } from './ports.ts'
import type { RoleProcess } from './role-process.ts'

export type Operations = { close(): Promise<void> }

/** @throws PORT_TAKEN */
export async function startOperations(
  address: string,
  /** Grows while they are started. */
  roles: readonly RoleProcess[],
  /** How many there will be. */
  planned: number,
): Promise<Operations> {
  const server = createServer((request, response) => {
    answer(request.url ?? '/', response, roles, planned).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : undefined)
    })
  })
  // Whoever asks sends a few lines; nobody keeps a connection here.
  server.requestTimeout = 5_000
  server.maxConnections = 64
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => {
      const message = `the operations port ${address} was taken meanwhile`
      reject(new GatetrailError('PORT_TAKEN', message, { hint: 'start again', cause }))
    })
    server.listen(splitAddress(address), () => resolve())
  })
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** Whoever reaches the port may ask as often as they like: roles are asked once in so long. */
const askedAgainAfterMs = 100
type Probed = ReturnType<RoleProcess['probe']>
const asked = new WeakMap<RoleProcess, { atMs: number; waiting?: Probed }>()

/** No answer is older than the question: who asks too soon waits, and shares the next one. */
function probeOf(role: RoleProcess): Probed {
  const last = asked.get(role)
  if (last?.waiting !== undefined) return last.waiting
  const lastMs = last?.atMs ?? -Infinity
  const waiting = sleep(Math.max(0, lastMs + askedAgainAfterMs - performance.now())).then(() => {
    asked.set(role, { atMs: performance.now() })
    return role.probe()
  })
  asked.set(role, { atMs: lastMs, waiting })
  return waiting
}

async function answer(
  url: string,
  response: ServerResponse,
  roles: readonly RoleProcess[],
  count: number,
): Promise<void> {
  switch (url.split('?')[0]) {
    case '/healthz': {
      // Alive: the supervisor answers. A role that is being started again is its work, not its death.
      const states = Object.fromEntries(roles.map(({ planned, state }) => [planned.label, state]))
      send(response, 200, JSON.stringify({ status: 'ok', roles: states }))
      return
    }
    case '/readyz': {
      const statuses = await Promise.all(
        roles.map(async (role) => ({ role, status: await probeOf(role) })),
      )
      const answering = new Set(
        statuses.flatMap(({ role, status }) => (status?.ready === true ? [role.planned.role] : [])),
      )
      const ready =
        roles.length >= count &&
        roles.every(
          ({ planned, everReady }) =>
            !planned.essential || (everReady && answering.has(planned.role)),
        )
      const shown = Object.fromEntries(
        statuses.map(({ role, status }) => [
          role.planned.label,
          status === undefined
            ? { ready: false, notes: [`the process is ${role.state}`] }
            : { ready: status.ready, notes: status.notes },
        ]),
      )
      send(response, ready ? 200 : 503, JSON.stringify({ ready, roles: shown }))
      return
    }
    case '/metrics': {
      const pages: MetricsPage[] = []
      for (const role of roles) {
        const status = await probeOf(role)
        const { role: name, worker } = role.planned
        const labels = { role: name, ...(worker !== undefined && { worker: String(worker) }) }
        if (status !== undefined) pages.push({ labels, text: status.metrics })
      }
      send(response, 200, mergeMetrics(pages), 'text/plain; version=0.0.4; charset=utf-8')
      return
    }
    default:
      send(response, 404, JSON.stringify({ error: { code: 'NOT_FOUND' } }))
  }
}

function send(
  response: ServerResponse,
  status: number,
  body: string,
  type: string = 'application/json',
): void {
  response.writeHead(status, {
    'content-type': type,
    'cache-control': 'no-store',
    connection: 'close',
  })
  response.end(body)
}
