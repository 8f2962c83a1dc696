import type { ClickHouseClient } from '@clickhouse/client'
import { expect, it } from 'vitest'
import { Questions } from './question.ts'
import { ReplayedSessions } from './replayed-session-question.ts'

it('How long a session took is asked for until its last record is stored, and then kept', async () => {
  const stored = { records: 0, offset: 0 }
  let asked = 0
  const query = async ({ query: text }: { query: string }) => {
    if (text.includes('FROM sessions')) return rowsOf(openSession)
    asked++
    return rowsOf({ ...stored })
  }
  const questions = Questions.ofAll({ query } as unknown as ClickHouseClient, 'default')
  const sessions = new ReplayedSessions()
  const durationMicros = async () => {
    const session = await sessions.of(questions, id)
    return session.durationMicros
  }
  expect(await durationMicros()).toBe(0)
  Object.assign(stored, { records: 1, offset: 5_000_000 })
  expect(await durationMicros()).toBe(5_000_000)
  expect(await durationMicros()).toBe(5_000_000)
  expect(asked).toBe(2)
})

it('A session that has ended is asked for once by those who see the same, and by each who sees something else', async () => {
  let asked = 0
  const query = async ({ query: text }: { query: string }) => {
    if (text.includes('AS sessions')) {
      // A scope's names are bytes in a query.
      isSeen = !text.includes([...Buffer.from('ledger')].join(','))
      return rowsOf({ sessions: isSeen ? 1 : 0 })
    }
    if (!text.includes('FROM sessions')) return rowsOf({ records: 1, offset: 5 })
    asked++
    return isSeen ? rowsOf({ ...openSession, state }) : { json: async () => [] }
  }
  let isSeen = true
  let state = 'open'
  const all = Questions.ofAll({ query } as unknown as ClickHouseClient, 'default')
  const sessions = new ReplayedSessions()
  await sessions.of(all, id)
  await sessions.of(all, id)
  expect(asked).toBe(2)
  state = 'closed'
  await sessions.of(all, id)
  await sessions.of(all, id)
  expect(asked).toBe(3)
  await sessions.of(all.within(['orders', 'payments']), id)
  await sessions.of(all.within(['payments', 'orders']), id)
  expect(asked).toBe(4)
  await expect(sessions.of(all.within(['ledger']), id)).rejects.toThrow('no session')
})

it('A session whose writer was silent is asked for again, as it may go on, until it is closed and all of it is stored', async () => {
  let row = { ...openSession, state: 'aborted' }
  let records = 1
  const query = async ({ query: text }: { query: string }) =>
    rowsOf(text.includes('FROM sessions') ? row : { records, offset: 5 })
  const questions = Questions.ofAll({ query } as unknown as ClickHouseClient, 'default')
  const sessions = new ReplayedSessions()
  expect(await sessions.of(questions, id)).toMatchObject({ ended: true, final: false, lastSeq: 7 })
  row = { ...openSession, last_seq: 900 }
  expect(await sessions.of(questions, id)).toMatchObject({
    ended: false,
    final: false,
    lastSeq: 900,
  })
  row = { ...row, state: 'closed', last_seq: 901 }
  records = 0
  expect(await sessions.of(questions, id)).toMatchObject({ ended: true, final: false })
  records = 1
  expect(await sessions.of(questions, id)).toMatchObject({ final: true, lastSeq: 901 })
})

const id = '0199c82c-c3e8-7001-8000-000000000001'
const openSession = { state: 'open', protocol: 'postgres', connection: 'orders', duration: 0, started_ms: 0, ended_ms: 0, last_seq: 7 } // prettier-ignore

function rowsOf(row: object) {
  return { json: async () => [row] }
}
