/** Revoked while its session is being opened, and before the proxy had begun: with a target that takes connections and never answers. */
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { openControlPublisher, type ControlLog, type ControlPublisher } from '@gatetrail/eventlog'
import { configurationSchema, type RevocationTarget } from '@gatetrail/schemas'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import {
  proxyGround,
  testIssuer,
  type ProxyGround,
} from '../adapters/postgres/testing/proxy-ground.ts'
import { RawClient } from '../adapters/postgres/testing/raw-client.ts'
import { startProxy, type Proxy } from '../start-proxy.ts'

const hourMs = 3_600_000
const silent: Socket[] = []
let target: Server
let ground: ProxyGround
let proxy: Proxy
let log: ControlLog
let publisher: ControlPublisher

beforeAll(async () => {
  target = createServer((socket) => {
    silent.push(socket)
    socket.on('error', () => undefined)
  })
  target.listen(0, '127.0.0.1')
  await once(target, 'listening')
  const address = target.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  ground = await proxyGround('permit (principal, action, resource);')
  const control = {
    trustedKeys: [],
    keysDirectory: join(ground.directory, 'keys'),
    directory: join(ground.directory, 'control'),
    log: pino({ level: 'silent' }),
  }
  ;({ log, publisher } = await openControlPublisher(control))
  await revoke({ type: 'subject', issuer: 'ci', subject: 'gone-before' })
  const configuration = configurationSchema.parse({
    dataDir: ground.directory,
    listen: { postgres: '127.0.0.1:0', operations: '127.0.0.1:0' },
    identity: {
      issuers: [
        {
          name: 'ci',
          issuer: testIssuer,
          audience: 'gatetrail',
          jwksFile: 'jwks.json',
          principals: [{ kind: 'ci_job' }],
        },
      ],
    },
    connections: [
      {
        name: 'silent',
        protocol: 'postgres',
        address: `127.0.0.1:${port}`,
        database: 'postgres',
        credential: { user: 'app' },
      },
    ],
    policies: ['*.cedar'],
  })
  proxy = await startProxy(configuration, {
    configurationDirectory: ground.directory,
    journal: ground.journal,
    log: pino({ level: 'silent' }),
    environment: {},
  })
})
afterAll(async () => {
  for (const socket of silent) socket.destroy()
  await proxy?.close()
  await log?.close()
  await ground?.close()
  await new Promise((resolve) => target.close(resolve))
})

async function revoke(about: RevocationTarget): Promise<void> {
  const until = Date.now() + hourMs
  await publisher.publish(
    publisher.prepare({
      id: `revocation/${crypto.randomUUID()}`,
      notAfterMs: until,
      body: {
        kind: 'revocation',
        action: 'revoke',
        target: about,
        refuseUntilMs: until,
        reason: 'test',
        by: 'local',
      },
    }),
  )
}

/** A client that has sent its token. */
async function come(subject: string): Promise<RawClient> {
  const port = Number(proxy.addresses.postgres?.split(':').at(-1))
  const client = await RawClient.open(port)
  client.startup({ user: 'anybody', database: 'silent' })
  expect((await client.message()).type).toBe('R')
  const token = Buffer.from(`${await ground.token(subject, {})}\0`)
  const head = Buffer.from([0x70, 0, 0, 0, 0])
  head.writeUInt32BE(token.length + 4, 1)
  return client.send(head, token)
}

test('who was revoked before the proxy began is refused from the first connection on', async () => {
  const client = await come('gone-before')
  expect(await client.refusal()).toMatchObject({ C: '28000', D: 'SESSION_REVOKED' })
})

test('who is revoked while its target does not answer is told at once, and others go on waiting', async () => {
  const client = await come('revoked-meanwhile')
  const other = await come('somebody-else')
  await vi.waitFor(() => expect(silent.length).toBeGreaterThan(0), { timeout: 20_000 })
  await delay(100)
  expect([client.received.length, other.received.length]).toEqual([0, 0])
  const start = performance.now()
  await revoke({ type: 'subject', issuer: 'ci', subject: 'revoked-meanwhile' })
  expect(await client.refusal()).toMatchObject({ C: '28000', D: 'SESSION_REVOKED' })
  expect(performance.now() - start).toBeLessThan(5_000)
  expect([other.closed, other.received.length]).toEqual([false, 0])
  other.destroy()
})
