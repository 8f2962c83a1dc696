/** The control log in Kafka against a real broker: who hears of what, also after the broker died and the log was compacted. */
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { topics, type ControlBody, type RevocationTarget } from '@gatetrail/schemas'
import { Kafka, logLevel } from 'kafkajs'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { silentLog } from '../log.ts'
import { kafkaIsThere, startKafka, type TestKafka } from '../testing/kafka-broker.ts'
import type { ControlLog, ControlPublisher } from './control-log.ts'
import { openControlLog, openControlPublisher } from './open-control-log.ts'

const hourMs = 3_600_000
const patience = { timeout: 60_000, interval: 20 }
const target: RevocationTarget = { type: 'subject', issuer: 'ci', subject: 'alice' }

describe.skipIf(!kafkaIsThere())('the control log in Kafka', { timeout: 240_000 }, () => {
  let kafka: TestKafka
  let root = ''
  const opened: ControlLog[] = []

  beforeAll(async () => {
    kafka = await startKafka({ properties: { 'log.cleaner.backoff.ms': '100' } })
    await kafka.createTopic(topics.control, 1, {
      'cleanup.policy': 'compact',
      'segment.ms': '500',
      'min.cleanable.dirty.ratio': '0.001',
      'max.compaction.lag.ms': '500',
    })
    root = await mkdtemp(path.join(tmpdir(), 'gatetrail-control-'))
  }, 120_000)
  afterEach(async () => {
    for (const log of opened.splice(0)) await log.close()
  })
  afterAll(async () => {
    await kafka?.stop()
    await rm(root, { recursive: true, force: true })
  })

  const options = (trustedKeys: string[], name: string) => ({
    trustedKeys,
    keysDirectory: path.join(root, name),
    directory: path.join(root, 'unused'),
    kafka: kafka.settings(),
    log: silentLog,
  })
  async function openPublisher(name = 'replay'): Promise<ControlPublisher> {
    const { log, publisher } = await openControlPublisher(options([], name))
    opened.push(log)
    return publisher
  }
  /** On another machine: it has only the key of its configuration. */
  async function openReader(publisher: ControlPublisher): Promise<ControlLog> {
    const log = await openControlLog(options([publisher.publicKey], 'proxy'))
    opened.push(log)
    return log
  }
  async function publish(
    publisher: ControlPublisher,
    id = `revocation/${randomUUID()}`,
    lift = false,
  ) {
    const common = { target, reason: 'test', by: 'local' }
    const notAfterMs = startedMs + 24 * hourMs
    const body: ControlBody = lift
      ? { kind: 'revocation_lifted', ...common }
      : { kind: 'revocation', action: 'revoke', refuseUntilMs: startedMs + hourMs, ...common }
    const prepared = publisher.prepare({ id, notAfterMs, body })
    await publisher.publish(prepared)
    return prepared.object
  }
  const startedMs = Date.now()

  test('what is published reaches readers within a second, and one that opens later knows it when it is open', async () => {
    const publisher = await openPublisher()
    const readers = [await openReader(publisher), await openReader(publisher)]
    const waits: number[] = []
    for (let round = 0; round < 10; round++) {
      const { id } = await publish(publisher)
      const published = performance.now()
      await vi.waitFor(() => {
        for (const reader of readers) expect(reader.get(id)).toBeDefined()
      }, patience)
      waits.push(performance.now() - published)
    }
    expect(waits.sort((left, right) => left - right)[5]).toBeLessThan(1_000)
    const late = await openReader(publisher)
    expect([...late.objects()]).toHaveLength(10)
    expect(late.status().refused).toEqual({})
  })

  test('an empty answer of the broker is contact; a broker that is away is none, and readers go on when it is back', async () => {
    const publisher = await openPublisher()
    const reader = await openReader(publisher)
    for (let looks = 0; looks < 20; looks++) {
      await delay(100)
      expect(reader.contactAgeMs()).toBeLessThan(5_000)
    }
    await kafka.kill()
    await vi.waitFor(() => expect(reader.contactAgeMs()).toBeGreaterThan(5_000), patience)
    await kafka.restart()
    await vi.waitFor(() => expect(reader.contactAgeMs()).toBeLessThan(1_000), patience)
    const { id } = await publish(publisher)
    await vi.waitFor(() => expect(reader.get(id)).toBeDefined(), patience)
  })

  test('a publisher that starts while the broker is away says so, and publishes when it is back', async () => {
    await kafka.kill()
    const publisher = await openPublisher()
    const log = opened.at(-1)
    expect(log?.contactAgeMs()).toBe(Infinity)
    await expect(publish(publisher)).rejects.toMatchObject({ code: 'KAFKA_UNAVAILABLE' })
    await kafka.restart()
    await vi.waitFor(() => expect(log?.contactAgeMs()).toBeLessThan(5_000), patience)
    const { id } = await publish(publisher)
    expect(log?.get(id)?.version).toBe(1)
  })

  test('after compaction a newcomer knows the last version alone, and nothing that no trusted key signed', async () => {
    const publisher = await openPublisher()
    const { id } = await publish(publisher)
    await publish(publisher, id, true)
    const producer = new Kafka({ brokers: kafka.brokers, logLevel: logLevel.NOTHING }).producer()
    await producer.connect()
    const stranger = await openPublisher('stranger')
    const forged = stranger.prepare({
      id: `revocation/${randomUUID()}`,
      notAfterMs: startedMs + hourMs,
      body: { kind: 'revocation', action: 'kill', target, refuseUntilMs: 0, reason: 'x', by: 'x' },
    })
    const send = (key: string, value: string | null) =>
      producer.send({ topic: topics.control, messages: [{ key, value }] })
    await send(forged.object.id, Buffer.from(forged.envelope).toString())
    await send('no id of ours', 'no object of ours')
    // A tombstone by somebody with the right to write: who knows the revocation keeps it.
    const reader = await openReader(publisher)
    expect(reader.get(id)?.version).toBe(2)
    await send(id, null)
    await delay(1_000)
    expect(reader.get(id)?.version).toBe(2)
    expect(reader.status().refused).toEqual({ unknown_key: 1, malformed: 1 })
    const again = await publish(publisher)
    // Segments roll when something is written after their time: the cleaner then leaves the last of each key.
    await vi.waitFor(
      async () => {
        await send('roll', 'on')
        const newcomer = await openControlLog(options([publisher.publicKey], 'proxy'))
        try {
          expect(newcomer.get(again.id)?.version).toBe(1)
          expect(newcomer.get(id)).toBeUndefined()
        } finally {
          await newcomer.close()
        }
      },
      { timeout: 120_000, interval: 500 },
    )
    await producer.disconnect()
  })
})
