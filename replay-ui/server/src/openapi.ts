/** docs/openapi.json: the routes as they are registered, without a store behind them. For scripts/generate. */
import { createClient } from '@clickhouse/client'
import { createSessionStamp } from '@gatetrail/eventlog'
import { configurationSchema } from '@gatetrail/schemas'
import { pino } from 'pino'
import { buildServer } from './build-server.ts'

/** The text of docs/openapi.json, the same every time. */
export async function renderOpenApi(): Promise<string> {
  const read = createClient()
  const configuration = configurationSchema.parse({
    identity: { issuers: [{ name: 'ci', issuer: 'https://ci.example.com', audience: 'gatetrail', principals: [{ kind: 'human' }] }] },
    connections: [{ name: 'orders', protocol: 'postgres', address: '127.0.0.1:5432', database: 'orders', credential: { user: 'app' } }],
    policies: ['policies/*.cedar'],
  }) // prettier-ignore
  const app = await buildServer({
    configuration,
    read,
    journal: {
      writer: '',
      system: createSessionStamp(),
      appendSystem: () => undefined,
      afterWrite: (_stamp, _what, callback) => setImmediate(callback, undefined),
    },
    journalDirectory: '',
    keysDirectory: '',
    ingest: {
      status: () => ({}),
      idle: () => Promise.resolve(),
      rebuild: () => Promise.resolve({}),
      redrive: () => Promise.resolve({}),
    },
    control: {
      log: {
        get: () => undefined,
        objects: () => [],
        onChange: () => () => undefined,
        contactAgeMs: () => 0,
        status: () => ({ objects: 0, contactAgeMs: 0, refused: {}, lastError: undefined }),
        close: () => Promise.resolve(),
      },
      publisher: {
        publicKey: '',
        prepare: () => {
          throw new Error('nothing is published here')
        },
        publish: () => Promise.resolve(),
      },
    },
    fingerprintKeys: [],
    localToken: crypto.randomUUID(),
    authenticator: { verify: () => Promise.reject(new Error('no token is asked for here')) },
    log: pino({ level: 'silent' }),
  })
  try {
    return `${JSON.stringify(app.swagger(), undefined, 2)}\n`
  } finally {
    await app.close()
    await read.close()
  }
}
