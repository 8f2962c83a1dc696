/** For tests of who may do what: the API over real HTTP, with the real engine, and callers of every kind. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ClickHouseClient } from '@clickhouse/client'
import { createSessionStamp, openControlPublisher } from '@gatetrail/eventlog'
import {
  configurationSchema,
  GatetrailError,
  type ConfigurationInput,
  type Principal,
} from '@gatetrail/schemas'
import { pino } from 'pino'
import type { FastifyInstance, RouteOptions } from 'fastify'
import { buildServer } from '../build-server.ts'
import { freePort } from './free-port.ts'
import { clientSecret, startTestIssuer, type TestIssuer } from './start-test-issuer.ts'
import { openTestStore } from './open-test-store.ts'

export const localToken = 'local-token-of-the-test'

export type TestReplay = {
  base: string
  /** As they were registered, whoever did it. */
  routes: readonly RouteOptions[]
  issuer: TestIssuer
  read: ClickHouseClient
  /** Bodies of what was put on record. */
  reads: unknown[]
  /** What the server's clock is ahead. */
  clock: { aheadMs: number }
  close(): Promise<void>
}

const person = (subject: string, ...groups: string[]): Principal => ({
  ...{ kind: 'human', issuer: 'corp', subject, groups },
})

/** By their bearer tokens. */
export const callers = {
  nobody: person('nobody', 'others'),
  approver: person('approver', 'dba'),
  auditor: person('auditor', 'auditors'),
  scoped: person('scoped', 'eu-auditors'),
  admin: person('admin', 'platform'),
} as const satisfies Record<string, Principal>

export async function startTestReplay(web: ConfigurationInput['web'] = {}): Promise<TestReplay> {
  const directory = await mkdtemp(join(tmpdir(), 'gatetrail-replay-'))
  await mkdir(join(directory, 'web'), { recursive: true })
  await writeFile(join(directory, 'web', 'index.html'), '<!doctype html><title>Gatetrail</title>')
  const read = await openTestStore(join(directory, 'chdb'))
  const log = pino({ level: 'silent' })
  const control = await openControlPublisher({
    trustedKeys: [],
    keysDirectory: join(directory, 'keys'),
    directory: join(directory, 'control'),
    log,
  })
  const postgres = (name: string) => ({
    ...{ name, protocol: 'postgres' as const, address: '127.0.0.1:5432', database: name },
    credential: { user: 'app' },
  })
  const port = await freePort()
  const base = `http://127.0.0.1:${port}`
  const issuer = await startTestIssuer(base)
  const routes: RouteOptions[] = []
  const watch = (message: unknown) =>
    (message as { fastify: FastifyInstance }).fastify.addHook(
      'onRoute',
      (route) => void routes.push(route),
    )
  subscribe('fastify.initialization', watch)
  const reads: unknown[] = []
  const clock = { aheadMs: 0 }
  const app = await buildServer({
    configuration: configurationSchema.parse({
      listen: { replay: `127.0.0.1:${port}` },
      identity: {
        issuers: [
          {
            name: 'corp',
            issuer: issuer.issuer,
            audience: 'gatetrail',
            groups: { allow: Object.values(callers).flatMap(({ groups }) => groups) },
            principals: [{ kind: 'human' }],
          },
        ],
      },
      web: {
        login: { issuer: 'corp', clientId: 'web', clientSecret: { env: 'X' } },
        roles: { auditor: ['auditors'], approver: ['dba'], admin: ['platform'] },
        scopes: [{ groups: ['eu-auditors'], connections: ['orders-eu'] }],
        ...web,
      },
      connections: [postgres('orders-eu'), postgres('orders-us')],
      policies: ['*.cedar'],
    }),
    read,
    journal: {
      writer: '',
      system: createSessionStamp(),
      appendSystem: (_kind, body) => void reads.push(body),
      afterWrite: (_stamp, _what, callback) => void setImmediate(callback, undefined),
    },
    journalDirectory: join(directory, 'journal'),
    keysDirectory: join(directory, 'keys'),
    webRoot: join(directory, 'web'),
    control,
    ingest: {
      status: () => ({ lagMs: 0 }),
      idle: () => Promise.resolve(),
      rebuild: () => Promise.resolve({ records: 0 }),
      redrive: () => Promise.resolve({ taken: 0, returned: 0 }),
      scan: () => Promise.resolve({ sessions: 0 }),
    },
    fingerprintKeys: [{ id: 'test', key: new Uint8Array(32) }],
    localToken,
    loginClientSecret: clientSecret,
    authenticator: {
      verify: (token) => {
        const principal = new Map<string, Principal>(Object.entries(callers)).get(token)
        if (principal === undefined)
          return Promise.reject(new GatetrailError('TOKEN_EXPIRED', 'the token has expired'))
        return Promise.resolve({ principal, expiresAt: 2 ** 31 })
      },
    },
    log,
    nowMs: () => Date.now() + clock.aheadMs,
  })
  unsubscribe('fastify.initialization', watch)
  await app.listen({ host: '127.0.0.1', port })
  return {
    ...{ base, routes, issuer, read, reads, clock },
    async close() {
      await issuer.close()
      await app.close()
      await control.log.close()
      await read.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
