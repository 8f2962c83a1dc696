/** The client against a real broker: how it lets us in, and what it says when it does not. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Log } from '../log.ts'
import { silentLog } from '../log.ts'
import { kafkaIsThere, startKafka, type TestKafka } from '../testing/kafka-broker.ts'
import { createKafka } from './client.ts'
import type { KafkaSettings } from './settings.ts'

describe.skipIf(!kafkaIsThere())('with a broker that asks for TLS and SASL', () => {
  let kafka: TestKafka
  beforeAll(async () => {
    kafka = await startKafka({ users: { ingest: 'correct-horse-7' }, tls: true })
    await kafka.createTopics()
  })
  afterAll(() => kafka?.stop())

  async function topicsSeenWith(settings: KafkaSettings, log: Log = silentLog): Promise<string[]> {
    const admin = createKafka(settings, log).admin()
    await admin.connect()
    try {
      return (await admin.listTopics()).filter((name) => name.startsWith('gatetrail.')).sort()
    } finally {
      await admin.disconnect()
    }
  }

  test.each(['plain', 'scram-sha-256', 'scram-sha-512'] as const)(
    'a user is let in by %s, over TLS with the configured authority',
    async (mechanism) => {
      expect(await topicsSeenWith(kafka.settingsOf('ingest', mechanism))).toEqual([
        'gatetrail.control',
        'gatetrail.dead-letter',
        'gatetrail.records',
      ])
    },
  )

  test('a wrong password is refused, and stands in no error and no log line', async () => {
    const lines: string[] = []
    const log: Log = {
      info: (fields, message) => lines.push(JSON.stringify(fields) + message),
      warn: (fields, message) => lines.push(JSON.stringify(fields) + message),
      error: (fields, message) => lines.push(JSON.stringify(fields) + message),
    }
    const settings = kafka.settingsOf('ingest', 'scram-sha-256', 'battery-staple-9')
    const error = await topicsSeenWith(settings, log).catch((caught: unknown) => caught)
    expect(String(error)).toMatch(/authentication/i)
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error)) + lines.join()).not.toContain(
      'battery-staple-9',
    )
  })

  test('a broker whose certificate no known authority signed is not talked to', async () => {
    const settings = kafka.settingsOf('ingest')
    await expect(topicsSeenWith({ ...settings, tls: {} })).rejects.toThrow(/certificate|Connection/)
  })
})
