import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { GatetrailError } from '@gatetrail/schemas'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadConfiguration, parseConfiguration } from './load.ts'

const good = `
dataDir: data
identity:
  issuers:
    - name: ci
      issuer: https://ci.example.com
      audience: gatetrail
      jwksFile: keys.json
      principals:
        - kind: ci_job
connections:
  - name: orders
    protocol: postgres
    address: 127.0.0.1:5432
    database: orders
    credential: { user: app, password: { file: secrets/orders } }
policies: [policies/*.cedar]
`

function problemsOf(text: string): string {
  try {
    parseConfiguration(text, 'gatetrail.yaml', '/etc/gatetrail')
  } catch (error) {
    if (error instanceof GatetrailError && error.code === 'CONFIG_INVALID') return error.message
    throw error
  }
  return 'none'
}

test('a good file is accepted, with defaults and with paths that start at its folder', () => {
  const configuration = parseConfiguration(good, 'gatetrail.yaml', '/etc/gatetrail')
  expect(configuration.dataDir).toBe('/etc/gatetrail/data')
  expect(configuration.listen.postgres).toBe('127.0.0.1:15432')
  expect(configuration.policies).toEqual(['/etc/gatetrail/policies/*.cedar'])
  expect(configuration.identity.issuers[0]?.jwksFile).toBe('/etc/gatetrail/keys.json')
  expect(configuration.connections[0]?.credential.password).toEqual({
    file: '/etc/gatetrail/secrets/orders',
  })
})

test('the files of a credential start at the folder of the file too', () => {
  const [connection] = parseConfiguration(
    good.replace(
      'credential: { user: app, password: { file: secrets/orders } }',
      'tls: require\n    credential: { user: app, certFile: a.crt, keyFile: a.key, readOnly: { user: reader, password: { file: b } } }',
    ),
    'gatetrail.yaml',
    '/etc/gatetrail',
  ).connections
  expect(connection?.credential).toEqual({
    user: 'app',
    certFile: '/etc/gatetrail/a.crt',
    keyFile: '/etc/gatetrail/a.key',
    readOnly: { user: 'reader', password: { file: '/etc/gatetrail/b' } },
  })
})

test('a typo is reported with its line, its column and the name that was meant', () => {
  expect(problemsOf(good.replace('address:', 'adress:'))).toContain(
    'gatetrail.yaml:14:5: unknown setting "adress" (did you mean "address"?)',
  )
  expect(problemsOf(good.replace('dataDir:', 'data_dir:'))).toBe(
    'gatetrail.yaml:2:1: unknown setting "data_dir" (did you mean "dataDir"?)',
  )
})

test('a typo inside a default section and inside a secret is found too', () => {
  expect(problemsOf(`${good}journal:\n  durabilty: fsync\n`)).toBe(
    'gatetrail.yaml:19:3: unknown setting "durabilty" (did you mean "durability"?)',
  )
  expect(problemsOf(good.replace('file: secrets/orders', 'file: a, enw: B'))).toContain('"enw"')
})

test('a missing setting names itself and the place that lacks it', () => {
  expect(problemsOf(good.replace('    database: orders\n', ''))).toBe(
    'gatetrail.yaml:12:5: "database" is missing in connections.0',
  )
})

test('a secret written into the file is refused and not repeated in the message', () => {
  const message = problemsOf(good.replace('{ file: secrets/orders }', 'hunter2-hunter2'))
  expect(message).toContain('gatetrail.yaml:16:')
  expect(message).not.toContain('hunter2')
  expect(message).toContain('`env`')
})

test('a wrong value says what is expected', () => {
  expect(problemsOf(good.replace('kind: ci_job', 'kind: robot'))).toContain(
    'gatetrail.yaml:10:17: identity.issuers.0.principals.0.kind: expected ci_job or agent',
  )
  expect(problemsOf(good.replace('127.0.0.1:5432', 'localhost'))).toContain('host:port')
})

test('what is missing or out of bounds in the sections of a fleet is said in words', () => {
  const said = (section: string) => problemsOf(`${good}${section}\n`)
  expect(said('log: { kafka: {} }')).toBe('gatetrail.yaml:18:8: "brokers" is missing in log.kafka')
  expect(said('log: { kafka: { brokers: [] } }')).toBe(
    'gatetrail.yaml:18:26: log.kafka.brokers: needs at least 1 entry',
  )
  expect(said('log: { kafka: { brokers: [kafka] } }')).toBe(
    'gatetrail.yaml:18:27: log.kafka.brokers.0: expected host:port',
  )
  expect(said('store: { url: clickhouse:8123 }')).toBe(
    'gatetrail.yaml:18:15: store.url: expected an address that begins with http:// or https://',
  )
  expect(said('storeEndpoint: { listen: 127.0.0.1:8123 }')).toBe(
    'gatetrail.yaml:18:1: "password" is missing in storeEndpoint',
  )
  expect(said('proxy: { workers: many }')).toBe(
    'gatetrail.yaml:18:19: proxy.workers: expected auto or a number',
  )
  expect(said('proxy: { drainSeconds: -1 }')).toBe(
    'gatetrail.yaml:18:24: proxy.drainSeconds: must be at least 0',
  )
})

test('broken YAML and a doubled key are reported with their place', () => {
  expect(problemsOf('dataDir: [a')).toMatch(/^gatetrail\.yaml:1:\d+: /)
  expect(problemsOf(`${good}dataDir: other\n`)).toMatch(/^gatetrail\.yaml:18:1: .*unique/)
})

test('all problems of a file are reported at once, in its order', () => {
  const lines = problemsOf(good.replace('dataDir', 'datadir').replace('policies:', 'polices:'))
  expect(lines.split('\n').map((line) => line.split(':')[1])).toEqual(['2', '2', '17'])
})

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gatetrail-configuration-'))
})
afterAll(() => rm(directory, { recursive: true }))

test('a file is found relative to the working directory, and a missing one has its own code', async () => {
  await writeFile(join(directory, 'g.yaml'), good)
  const loaded = await loadConfiguration('g.yaml', directory)
  expect(loaded.configuration.dataDir).toBe(join(directory, 'data'))
  await expect(loadConfiguration('other.yaml', directory)).rejects.toMatchObject({
    code: 'CONFIG_NOT_FOUND',
  })
})
