import type { ClickHouseClient } from '@clickhouse/client'
import { expect, it } from 'vitest'
import { Questions } from './question.ts'
import { replayedSession } from './replayed-session-question.ts'

it('How long a session took is asked for until its last record is stored, and then kept', async () => {
  const stored = { records: 0, offset: 0 }
  let asked = 0
  const query = async ({ query: text }: { query: string }) => {
    if (text.includes('FROM sessions')) return rowsOf(openSession)
    asked++
    return rowsOf({ ...stored })
  }
  const questions = Questions.ofAll({ query } as unknown as ClickHouseClient, 'default')
  const durationMicros = async () => {
    const session = await replayedSession(questions, '0199c82c-c3e8-7001-8000-000000000001')
    return session.durationMicros
  }
  expect(await durationMicros()).toBe(0)
  Object.assign(stored, { records: 1, offset: 5_000_000 })
  expect(await durationMicros()).toBe(5_000_000)
  expect(await durationMicros()).toBe(5_000_000)
  expect(asked).toBe(2)
})

const openSession = { state: 'open', protocol: 'postgres', duration: 0, started_ms: 0, ended_ms: 0, last_seq: 7 } // prettier-ignore

function rowsOf(row: object) {
  return { json: async () => [row] }
}
