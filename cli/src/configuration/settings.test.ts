/** What roles need of the configuration: secrets and files read, and what is missing said. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { configurationSchema, GatetrailError, type Configuration } from '@gatetrail/schemas'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readKafkaSettings } from './kafka-settings.ts'
import { requireSettings } from './require-settings.ts'
import { readStoreSettings } from './store-settings.ts'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gatetrail-settings-'))
  await writeFile(join(directory, 'ca.pem'), '-----BEGIN CERTIFICATE-----\n')
  await writeFile(join(directory, 'not.pem'), 'hunter2')
})
afterAll(() => rm(directory, { recursive: true }))

const brokers = ['127.0.0.1:9092']
const url = 'http://127.0.0.1:8123'

function configurationOf(sections: object): Configuration {
  return configurationSchema.parse({
    identity: {
      issuers: [
        {
          name: 'ci',
          issuer: 'https://ci.example.com',
          audience: 'gatetrail',
          principals: [{ kind: 'ci_job' }],
        },
      ],
    },
    connections: [
      {
        name: 'orders',
        protocol: 'postgres',
        address: '127.0.0.1:5432',
        database: 'orders',
        credential: { user: 'app' },
      },
    ],
    policies: ['policies/*.cedar'],
    ...sections,
  })
}

function kafkaOf(section: object) {
  const { log } = configurationOf({ log: { kafka: { brokers, ...section } } })
  if (log === undefined) throw new Error('log.kafka is set')
  return log.kafka
}

const sources = (environment: Record<string, string> = {}) => ({
  environment,
  configurationDirectory: directory,
})

function refusal(role: 'proxy' | 'ingest' | 'replay', sections: object): GatetrailError {
  try {
    requireSettings(role, configurationOf(sections), 'gatetrail.yaml')
  } catch (error) {
    if (error instanceof GatetrailError) return error
    throw error
  }
  throw new Error('it was not refused')
}

test('a role says what it needs and does not have, with what to do instead', () => {
  expect(refusal('proxy', {})).toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringMatching(/^gatetrail\.yaml:1:1: gatetrail proxy needs log\.kafka/),
    hint: expect.stringContaining('gatetrail up'),
  })
  expect(refusal('ingest', {}).message).toMatch(/log\.kafka.*; and store/)
  expect(refusal('ingest', { log: { kafka: { brokers } } }).message).not.toMatch(/log\.kafka/)
  expect(refusal('replay', { store: { url } }).message).toMatch(/needs log\.kafka/)
})

test('a role that has what it needs is not refused', () => {
  const whole = configurationOf({ log: { kafka: { brokers } }, store: { url } })
  for (const role of ['proxy', 'ingest', 'replay'] as const)
    expect(() => requireSettings(role, whole, 'gatetrail.yaml')).not.toThrow()
})

test('password and certificates of Kafka are read when a role starts', async () => {
  const settings = await readKafkaSettings(
    kafkaOf({
      tls: { caFile: join(directory, 'ca.pem') },
      sasl: { mechanism: 'scram-sha-512', user: 'shipper', password: { env: 'KAFKA_PASSWORD' } },
    }),
    sources({ KAFKA_PASSWORD: 'secret' }),
  )
  expect(settings).toMatchObject({
    tls: { ca: '-----BEGIN CERTIFICATE-----\n' },
    sasl: { mechanism: 'scram-sha-512', user: 'shipper', password: 'secret' },
  })
})

test('TLS without files of ours is TLS all the same', async () => {
  expect((await readKafkaSettings(kafkaOf({ tls: {} }), sources())).tls).toEqual({})
})

test('a file that is no PEM is named by its setting, and what it holds is not shown', async () => {
  const read = readKafkaSettings(
    kafkaOf({ tls: { caFile: join(directory, 'not.pem') } }),
    sources(),
  )
  const error: unknown = await read.catch((reason: unknown) => reason)
  expect(error).toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining('log.kafka.tls.caFile'),
  })
  expect(String(error)).not.toContain('hunter2')
})

test('who only reads the store does not need the password of who writes', async () => {
  const { store, retention } = configurationOf({
    store: {
      url,
      password: { env: 'WRITER' },
      reader: { user: 'auditor', password: { env: 'READER' } },
    },
    retention: { recordsDays: 30 },
  })
  if (store === undefined) throw new Error('store is set')
  const only = sources({ READER: 'read' })
  expect(await readStoreSettings(store, retention, only, 'reader')).toMatchObject({
    user: 'auditor',
    password: 'read',
    retentionDays: { records: 30 },
  })
  await expect(readStoreSettings(store, retention, only, 'writer')).rejects.toMatchObject({
    code: 'CREDENTIAL_UNAVAILABLE',
  })
})
