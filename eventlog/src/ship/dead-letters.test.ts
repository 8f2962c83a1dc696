/** Dead letters in a real broker. */
import { limits, topics } from '@gatetrail/schemas'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { kafkaIsThere, startKafka, type TestKafka } from '../testing/kafka-broker.ts'
import { readTopic } from '../testing/read-topic.ts'
import { openDeadLetterTopic } from './dead-letters.ts'

describe.skipIf(!kafkaIsThere())('dead letters', { timeout: 120_000 }, () => {
  let kafka: TestKafka
  beforeAll(async () => {
    kafka = await startKafka()
  }, 120_000)
  afterAll(() => kafka?.stop())

  test('they are refused with a reason while there is no topic, and arrive with theirs when there is', async () => {
    const letters = openDeadLetterTopic(kafka.settings({ compression: 'none' }))
    const letter = {
      writer: 'w',
      position: 7,
      reason: 'record_invalid',
      message: 'a record of 3 bytes cannot be',
      bytes: Buffer.from('abc'),
    }
    await expect(letters.send([letter])).rejects.toMatchObject({ code: 'KAFKA_TOPIC_INVALID' })
    await kafka.createTopics()
    const large = { ...letter, position: 8, bytes: Buffer.alloc(2 * limits.MiB, 'x') }
    await letters.send([letter, large, { ...large, position: 9 }])
    await letters.close()
    const found = await readTopic(kafka.brokers, topics.deadLetter)
    expect(found.map(({ key, value }) => [key, value.length])).toEqual([
      ['w:7', 3],
      ['w:8', limits.recordBytesMax],
      ['w:9', limits.recordBytesMax],
    ])
    expect(found[0]!.headers).toEqual({
      gatetrail_reason: 'record_invalid',
      gatetrail_message: 'a record of 3 bytes cannot be',
      gatetrail_bytes: '3',
    })
    expect(found[2]!.headers['gatetrail_bytes']).toBe(String(2 * limits.MiB))
  })
})
