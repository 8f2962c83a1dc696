/** What a caller of some connections sees over ClickHouse's HTTP interface, of one server and of a cluster: the names of settings and their quotes take another way there than in chDB. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSessionStamp, openControlPublisher } from '@gatetrail/eventlog'
import { migrate, openServerStore } from '@gatetrail/ingest'
import { startClickHouse } from '@gatetrail/ingest/testing'
import { createClient, sessionsApi } from '@gatetrail/replay-api'
import { startReplay } from '@gatetrail/replay-server'
import { configurationSchema, singleTarget } from '@gatetrail/schemas'
import { pino } from 'pino'
import { expect, test } from 'vitest'

const own = '019ce17d-2100-7001-8000-000000000001'
const foreign = '019ce17d-2100-7002-8000-000000000002'

test.each(['one server', 'a cluster'])(
  'sees its own connections alone, on %s',
  async (where) => {
    const cluster = where === 'a cluster' ? 'trail' : undefined
    const named = cluster === undefined ? {} : { cluster }
    const directory = await mkdtemp(join(tmpdir(), 'gatetrail-scope-'))
    const users = [{ name: 'gatetrail', password: 'g' }]
    const server = await startClickHouse({ users, ...named })
    const database = { url: server.url, database: 'gatetrail', ...named }
    const store = await openServerStore({ ...database, user: 'gatetrail', password: 'g' })
    const log = pino({ level: 'silent' })
    const control = await openControlPublisher({
      ...{ trustedKeys: [], keysDirectory: join(directory, 'keys'), log },
      directory: join(directory, 'control'),
    })
    // Without Keeper and its queue of DDL: everything else is as in a cluster.
    await migrate(store.write, { ...singleTarget(), cluster })
    for (const [session, connection] of [
      [own, 'orders-eu'],
      [foreign, 'orders-us'],
    ])
      // prettier-ignore
      for (const table of ['sessions_rows', 'events_rows'])
        await store.write.command({
          query: `INSERT INTO ${table} (tenant, session, connection, stored, row_version)
            SELECT 'default', {session:UUID}, {connection:String}, now(), 1`,
          query_params: { session, connection },
        })
    const replay = await startReplay({
      configuration: configurationSchema.parse({
        dataDir: directory,
        listen: { replay: '127.0.0.1:0' },
        identity: { issuers: [{ name: 'ci', issuer: 'https://ci.example.com', audience: 'gatetrail', principals: [{ kind: 'human' }] }] },
        web: { scopes: [{ groups: ['eu'], connections: ['orders-eu'] }], roles: { auditor: ['all'] } },
        connections: [{ name: 'orders-eu', protocol: 'postgres', address: '127.0.0.1:5432', database: 'orders', credential: { user: 'app' } }],
        policies: ['*.cedar'],
      }), // prettier-ignore
      read: store.read,
      journal: {
        ...{ writer: '', system: createSessionStamp(), appendSystem: () => undefined },
        afterWrite: (_stamp, _what, callback) => void setImmediate(callback, undefined),
      },
      journalDirectory: join(directory, 'journal'),
      keysDirectory: join(directory, 'keys'),
      ingest: {
        status: () => ({}),
        idle: () => Promise.resolve(),
        rebuild: () => Promise.resolve({}),
        redrive: () => Promise.resolve({}),
      },
      control,
      fingerprintKeys: [],
      localToken: 'local-token-of-the-test',
      authenticator: {
        verify: (group) =>
          Promise.resolve({
            principal: { kind: 'human', issuer: 'ci', subject: group, groups: [group] },
            expiresAt: 2 ** 31,
          }),
      },
      log,
    })
    try {
      const as = (token: string) =>
        createClient({ base: `http://${replay.address}`, token, unreachableHint: '' })
      const seen = async (token: string) =>
        (await as(token).ask(sessionsApi.sessions, { query: {} })).sessions.map(
          ({ session }) => session,
        )
      expect((await seen('all')).toSorted()).toEqual([own, foreign])
      expect(await seen('eu')).toEqual([own])
      const one = (session: string) => as('eu').ask(sessionsApi.session, { params: { session } })
      expect((await one(own)).session).toBe(own)
      await expect(one(foreign)).rejects.toMatchObject({ status: 404, code: 'NOT_FOUND' })
    } finally {
      await replay.close()
      await control.log.close()
      await store.close()
      await server.stop()
      await rm(directory, { recursive: true, force: true })
    }
  },
  120_000,
)
