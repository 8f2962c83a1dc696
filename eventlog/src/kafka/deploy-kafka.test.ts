/** `gatetrail deploy kafka` against a real broker with an authorizer: what it makes suffices for each role, and no more. */
import { topics } from '@gatetrail/schemas'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { openDeadLetterTopic } from '../ship/dead-letters.ts'
import { startShipper } from '../ship/start-shipper.ts'
import { createSessionStamp } from '../session-stamp.ts'
import { kafkaIsThere, startKafka, type TestKafka } from '../testing/kafka-broker.ts'
import {
  appendEvent,
  makeTestDirectory,
  openTestJournal,
  type TestDirectory,
} from '../testing/test-journal.ts'
import { createKafka } from './client.ts'
import { deployKafka } from './deploy-kafka.ts'
import { openRecordConsumer } from './open-record-consumer.ts'
import { silentLog } from '../log.ts'

const users = { proxy: 'proxy-1', ingest: 'ingest-1', replay: 'replay-1' }

describe.skipIf(!kafkaIsThere())('deploy kafka', { timeout: 120_000 }, () => {
  let kafka: TestKafka
  let directory: TestDirectory
  beforeAll(async () => {
    const passwords = Object.fromEntries(Object.values(users).map((name) => [name, `${name}-pass`]))
    kafka = await startKafka({ users: passwords, authorizer: true })
    directory = await makeTestDirectory()
  }, 120_000)
  afterAll(async () => {
    await kafka?.stop()
    await directory?.remove()
  })
  const closing: (() => Promise<void>)[] = []
  afterEach(async () => {
    for (const close of closing.splice(0)) await close()
  })

  test('a dry run says what is missing and makes nothing; then it is made; then all is as it must be', async () => {
    const settings = kafka.settings({ partitions: 4 })
    const dry = await deployKafka({ settings, dryRun: true, users })
    expect(dry.topics.map(({ state }) => state)).toEqual(['missing', 'missing', 'missing'])
    expect(dry).toMatchObject({ right: false, acls: { state: 'missing' } })
    expect(dry.acls.acls).toContain('User:proxy-1 may WRITE topic gatetrail.records')
    const again = await deployKafka({ settings, dryRun: true, users })
    expect(again).toEqual(dry)
    const made = await deployKafka({ settings, dryRun: false, users })
    expect(made.topics.map(({ state }) => state)).toEqual(['made', 'made', 'made'])
    expect(made).toMatchObject({ right: true, acls: { state: 'made', acls: dry.acls.acls } })
    const checked = await deployKafka({ settings, dryRun: false, users })
    expect(checked.topics.map(({ state }) => state)).toEqual(['right', 'right', 'right'])
    expect(checked).toMatchObject({ right: true, acls: { state: 'right' } })
  })

  test('a topic with too little is told from a topic with more than enough, and is not changed', async () => {
    await kafka.alterTopic(topics.records, {
      'max.message.bytes': '1048588',
      'retention.ms': '3600000',
      'message.timestamp.type': 'LogAppendTime',
    })
    await kafka.alterTopic(topics.deadLetter, {
      'max.message.bytes': '4194304',
      'retention.ms': '-1',
      'message.timestamp.type': 'LogAppendTime',
      'unclean.leader.election.enable': 'false',
    })
    const settings = kafka.settings({ partitions: 6 })
    const { topics: reports, right } = await deployKafka({ settings, dryRun: false, users: {} })
    expect(right).toBe(false)
    expect(reports.map(({ topic, state }) => [topic, state])).toEqual([
      [topics.records, 'differs'],
      [topics.control, 'right'],
      [topics.deadLetter, 'right'],
    ])
    expect(reports[0]!.differences.map(({ setting, is }) => [setting, is])).toEqual([
      ['partitions', '4'],
      ['max.message.bytes', '1048588'],
      ['retention.ms', '3600000'],
    ])
    expect(reports[0]!.differences[2]).toMatchObject({
      must: 'at least 604800000',
      remedy: expect.stringContaining('--add-config retention.ms=604800000'),
    })
    await kafka.alterTopic(topics.records, {
      'max.message.bytes': '2097152',
      'message.timestamp.type': 'LogAppendTime',
    })
  })

  test('with these rights a proxy ships and ingest reads and sets aside, and no more than that', async () => {
    const journal = await openTestJournal(directory)
    closing.push(() => journal.close('shutdown'))
    const shipper = await startShipper({
      directory: directory.journal,
      positionsDirectory: directory.positions,
      kafka: kafka.settingsOf(users.proxy),
    })
    closing.unshift(() => shipper.close(1_000))
    appendEvent(journal, createSessionStamp())
    await shipper.idle()
    expect(shipper.status()).toMatchObject({ retries: 0, kafkaError: undefined })

    const consumer = openRecordConsumer(kafka.settingsOf(users.ingest, 'plain'))
    closing.unshift(() => consumer.close())
    const batch = await consumer.next(60_000)
    expect(batch?.records.length).toBeGreaterThan(0)
    await batch?.commit()
    const letters = openDeadLetterTopic(kafka.settingsOf(users.ingest))
    closing.unshift(() => letters.close())
    const letter = { writer: 'w', position: 0, reason: 'r', message: 'm', bytes: Buffer.from('x') }
    await letters.send([letter])

    const ofProxy = openDeadLetterTopic(kafka.settingsOf(users.proxy))
    await expect(ofProxy.send([letter])).rejects.toMatchObject({
      code: 'KAFKA_UNAVAILABLE',
      hint: expect.stringContaining('gatetrail deploy kafka'),
    })
    const control = createKafka(kafka.settingsOf(users.proxy), silentLog, 1).producer()
    await control.connect()
    closing.unshift(() => control.disconnect())
    const forged = { key: 'grant/x', value: 'forged' }
    await expect(control.send({ topic: topics.control, messages: [forged] })).rejects.toThrow(
      /authorized/i,
    )
    const byReplay = createKafka(kafka.settingsOf(users.replay), silentLog, 1).producer()
    await byReplay.connect()
    closing.unshift(() => byReplay.disconnect())
    await byReplay.send({ topic: topics.control, messages: [forged] })
  })

  test('without an authorizer it says that rights hold nobody', async () => {
    const open = await startKafka()
    closing.push(() => open.stop())
    const report = await deployKafka({ settings: open.settings(), dryRun: false, users })
    expect(report).toMatchObject({ right: false, acls: { state: 'off' } })
    expect(
      await deployKafka({ settings: open.settings(), dryRun: false, users: {} }),
    ).toMatchObject({ right: true, acls: { state: 'skipped' } })
  })
})
