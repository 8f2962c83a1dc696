/** Over real sockets and TLS: a front door that takes us for one of its trusted proxies. */
import { once } from 'node:events'
import { createServer } from 'node:net'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { useDoorServer } from '../testing/door-server.ts'
import { createOtherProxies } from './other-proxies.ts'

const doors = useDoorServer()
const caller = { address: '192.0.2.7', port: 50_000, forwarded: false }
const log = pino({ level: 'silent' })

async function silentPeer(): Promise<{ port: number; connections(): number; close(): void }> {
  let connections = 0
  const server = createServer((socket) => {
    connections++
    socket.on('error', () => undefined)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  return { port, connections: () => connections, close: () => server.close() }
}

test('the proxy that has the session cancels it, whichever others are away or silent', async () => {
  doors.balancer = true
  let cancelled = 0
  const session = doors.live.enter(4711, 32, async () => {
    cancelled++
    return Promise.resolve()
  })
  const silent = await silentPeer()
  const peers = ['127.0.0.1:1', `127.0.0.1:${silent.port}`, `localhost:${doors.port}`]
  const ask = createOtherProxies({ peers, ownAddress: '127.0.0.1:2', log })
  expect(await ask({ processId: 4711, secret: session.secret }, caller)).toBe(true)
  expect(cancelled).toBe(1)
  expect(silent.connections()).toBe(1)
  silent.close()
  doors.live.leave(session)
})

test('nobody has the session of a wrong key, and a proxy that does not know us is no answer', async () => {
  const peers = [`127.0.0.1:${doors.port}`]
  const ask = createOtherProxies({ peers, ownAddress: '127.0.0.1:2', log })
  const request = { processId: 4711, secret: Buffer.alloc(32) }
  doors.balancer = true
  expect(await ask(request, caller)).toBe(false)
  doors.balancer = false
  expect(await ask(request, caller)).toBe(false)
})

test('a resolver that does not answer is asked once, and waited for no longer than a proxy', async () => {
  let lookups = 0
  const lookupAll = (): Promise<never> => {
    lookups++
    return new Promise(() => undefined)
  }
  const peers = ['proxies.example:15432']
  const ask = createOtherProxies({ peers, ownAddress: '127.0.0.1:2', log, lookupAll })
  const request = { processId: 1, secret: Buffer.alloc(32) }
  expect(await Promise.all([ask(request, caller), ask(request, caller)])).toEqual([false, false])
  expect(lookups).toBe(1)
}, 30_000)

test('among the addresses of the peers we do not ask ourselves', async () => {
  const self = await silentPeer()
  const peers = [`127.0.0.1:${self.port}`, `localhost:${self.port}`]
  for (const host of ['127.0.0.1', '0.0.0.0']) {
    const ask = createOtherProxies({ peers: [peers[0]!], ownAddress: `${host}:${self.port}`, log })
    expect(await ask({ processId: 1, secret: Buffer.alloc(32) }, caller)).toBe(false)
  }
  const wildcard = createOtherProxies({ peers, ownAddress: `0.0.0.0:${self.port}`, log })
  expect(await wildcard({ processId: 1, secret: Buffer.alloc(32) }, caller)).toBe(false)
  expect(self.connections()).toBe(0)
  self.close()
})
