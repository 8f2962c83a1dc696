/** For tests of routes: the server over real HTTP, on a real store whose rows the test writes. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ClickHouseClient } from '@clickhouse/client'
import { createSessionStamp, openControlPublisher } from '@gatetrail/eventlog'
import { configurationSchema, GatetrailError, type Principal } from '@gatetrail/schemas'
import { pino } from 'pino'
import type { IngestPort } from '../options.ts'
import { startReplay } from '../start-replay.ts'
import { openTestStore } from './open-test-store.ts'

type Row = Readonly<Record<string, unknown>>
type ReadOnRecord = { question?: string; who?: string; rows?: number }

export type TestReplay = {
  /** host:port */
  address: string
  /** What was put on record since the start. */
  reads: ReadOnRecord[]
  insert(table: string, ...rows: Row[]): Promise<void>
  /** The answer, or `status CODE`. */
  ask(path: string, token?: string, body?: object): Promise<unknown>
  close(): Promise<void>
}

const person = (group: string): Principal => ({
  kind: 'human',
  issuer: 'corp',
  subject: group,
  groups: [group],
})

/** A token is the name of a role, or `nobody`. */
export async function startTestReplay(
  ingestStatus: () => ReturnType<IngestPort['status']> = () => ({ lagMs: 0 }),
): Promise<TestReplay> {
  const directory = await mkdtemp(join(tmpdir(), 'gatetrail-replay-'))
  const read: ClickHouseClient = await openTestStore(join(directory, 'chdb'))
  const log = pino({ level: 'silent' })
  const control = await openControlPublisher({
    trustedKeys: [],
    keysDirectory: join(directory, 'keys'),
    directory: join(directory, 'control'),
    log,
  })
  const reads: ReadOnRecord[] = []
  const replay = await startReplay({
    configuration: configurationSchema.parse({
      dataDir: directory,
      listen: { replay: '127.0.0.1:0' },
      identity: { issuers: [{ name: 'corp', issuer: 'https://id.example.com', audience: 'gatetrail', principals: [{ kind: 'human' }] }] },
      web: { roles: { auditor: ['auditor'], approver: ['approver'], admin: ['admin'] } },
      connections: [{ name: 'orders', protocol: 'postgres', address: '127.0.0.1:5432', database: 'orders', credential: { user: 'app' } }],
      policies: ['*.cedar'],
    }), // prettier-ignore
    read,
    journal: {
      writer: '',
      system: createSessionStamp(),
      appendSystem: (_kind, body) => void reads.push(body as ReadOnRecord),
      afterWrite: (_stamp, _what, callback) => void setImmediate(callback, undefined),
    },
    journalDirectory: join(directory, 'journal'),
    keysDirectory: join(directory, 'keys'),
    control,
    ingest: {
      status: ingestStatus,
      idle: () => Promise.resolve(),
      rebuild: () => Promise.resolve({}),
      redrive: () => Promise.resolve({}),
    },
    fingerprintKeys: [],
    localToken: 'local-token-of-the-test',
    authenticator: {
      verify: (token) =>
        ['auditor', 'approver', 'admin', 'nobody'].includes(token)
          ? Promise.resolve({ principal: person(token), expiresAt: 2 ** 31 })
          : Promise.reject(new GatetrailError('TOKEN_EXPIRED', 'the token has expired')),
    },
    log,
  })
  const as = (token: string, init: RequestInit = {}): RequestInit => ({
    ...init,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
  })
  return {
    address: replay.address,
    reads,
    async insert(table, ...rows) {
      await read.insert({ table, values: rows, format: 'JSONEachRow' })
    },
    async ask(path, token = 'auditor', body) {
      const init = body && { method: 'POST', body: JSON.stringify(body) }
      const response = await fetch(`http://${replay.address}${path}`, as(token, init))
      const answer = JSON.parse(await response.text())
      return response.ok ? answer : `${response.status} ${answer.error.code}`
    },
    async close() {
      await replay.close()
      await control.log.close()
      await read.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
