/** The pure parts of shipping: messages, partitions, and how much goes into one send. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { encodeRecord, eventKinds, limits, uuidText } from '@gatetrail/schemas'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { uuidVersion7 } from '../uuid.ts'
import { nextSend } from './next-send.ts'
import { adoptPartitions, partitionOf } from './partition-plan.ts'
import { messageOfRecord, messageOverheadBytes } from './record-message.ts'

const oneHour = 3_600_000
const began = Date.UTC(2026, 2, 12)

function record(bodyBytes: number, startedMs = began, kindCode = 1, seq = 0): Uint8Array {
  const header = {
    kindCode,
    version: 255,
    session: uuidText(uuidVersion7(startedMs)),
    writer: uuidText(uuidVersion7(startedMs)),
    seq,
    position: 0,
    timeMicros: began * 1_000 + 7,
    offsetMicros: 0,
  }
  return encodeRecord(header, Buffer.alloc(bodyBytes, 'x'))
}

describe('a message', () => {
  test('adds at most what is reckoned with, for every kind', () => {
    const codes = [...Object.values(eventKinds).map(({ code }) => code), 65_535]
    for (const code of codes) {
      const { key, headers } = messageOfRecord(record(10, began, code, 2 ** 32 - 1), [
        { fromMs: 0, partitions: 1 },
      ])
      // A varint of 5 bytes before every part, and attributes, deltas and length of the message.
      const bytes = Object.entries({ ...headers, key }).reduce(
        (sum, [name, value]) => sum + name.length + value.length + 10,
        30,
      )
      expect(bytes).toBeLessThan(messageOverheadBytes)
    }
  })

  test('has the time of its record to the microsecond', () => {
    const { headers } = messageOfRecord(record(10), [{ fromMs: 0, partitions: 1 }])
    expect(headers['ce_time']).toBe('2026-03-12T00:00:00.000007Z')
  })
})

describe('the plan of partitions', () => {
  let directory: string
  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'gatetrail-partitions-'))
  })
  afterEach(() => rm(directory, { recursive: true, force: true }))

  test('keeps every session where it began, however often the topic grows', async () => {
    const sessions = Array.from({ length: 200 }, (_, index) =>
      record(10, began + (index * oneHour) / 50),
    )
    const places = new Map<Uint8Array, number>()
    for (const [grown, partitions] of [3, 5, 24].entries()) {
      const nowMs = began + grown * oneHour
      const plan = await adoptPartitions(directory, partitions, nowMs)
      for (const [index, session] of sessions.entries()) {
        if (began + (index * oneHour) / 50 > nowMs) continue // Not begun yet.
        const partition = partitionOf(plan, session)
        expect(places.get(session) ?? partition).toBe(partition)
        places.set(session, partition)
      }
    }
    expect(await adoptPartitions(directory, 24, began)).toHaveLength(3)
    const late = Array.from({ length: 300 }, () => record(10, began + 10 * oneHour))
    const plan = await adoptPartitions(directory, 24, began)
    expect(new Set(late.map((session) => partitionOf(plan, session))).size).toBe(24)
  })

  test('refuses a topic that has fewer partitions than sessions were sent to', async () => {
    await adoptPartitions(directory, 12, began)
    await expect(adoptPartitions(directory, 6, began)).rejects.toMatchObject({
      code: 'KAFKA_TOPIC_INVALID',
    })
  })

  test('that cannot be read is said, and not made anew', async () => {
    const file = path.join(directory, 'partitions.json')
    await writeFile(file, '{"generations":[{"fromMs":0,"partitions":0}]}')
    await expect(adoptPartitions(directory, 12, began)).rejects.toMatchObject({
      code: 'JOURNAL_CORRUPT',
    })
    expect(await readFile(file, 'utf8')).toContain('"partitions":0')
  })
})

test('sends cover all records once and in order, and no partition gets more than its topic takes', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 300_000 }), { minLength: 1, maxLength: 60 }),
      fc.integer({ min: 1, max: 5 }),
      (sizes, partitions) => {
        const records = sizes.map((size) => record(size))
        const plan = [{ fromMs: 0, partitions }]
        const batchBytesMax = limits.recordBytesMax + 2 * limits.KiB
        const sent: Buffer[] = []
        for (let start = 0; start < records.length;) {
          const send = nextSend(records, start, plan, batchBytesMax)
          expect(send.end).toBeGreaterThan(start)
          const shares = new Map<number, number>()
          for (const { partition, value } of send.messages) {
            shares.set(partition, (shares.get(partition) ?? 0) + value.length)
            sent.push(value)
          }
          expect(Math.max(...shares.values())).toBeLessThan(batchBytesMax)
          start = send.end
        }
        expect(Buffer.concat(sent).equals(Buffer.concat(records))).toBe(true)
      },
    ),
    { numRuns: 50 },
  )
})
