import type { ClickHouseClient } from '@clickhouse/client'
import type { TimelineStatement } from '@gatetrail/replay-api'
import { expect, it } from 'vitest'
import { Questions } from '../store/question.ts'
import type { ReplayedSession } from '../store/replayed-session-question.ts'
import { KeptStatements } from './kept-statements.ts'

const final: ReplayedSession = {
  ...{ id: '0199c82c-c3e8-7001-8000-000000000001', ended: true, final: true, protocol: 'postgres' },
  ...{ connection: 'orders', durationMicros: 0, startedMs: 0, lastMs: 0, lastSeq: 9 },
}
const stored = { text: 'select 1', verdict: 'allow', policies: [], code: '', rows: 1, completed: true, touches: '' } // prettier-ignore
const listed = { seq: 5, text: 'select 1', textCut: false, verdict: 'allow', policies: [], code: null, touches: [], completed: true, rows: 1 } as unknown as TimelineStatement // prettier-ignore

function storeOf(answer: () => Promise<object>) {
  let asked = 0
  const query = async () => {
    asked++
    return { json: async () => [await answer()] }
  }
  const questions = Questions.ofAll({ query } as unknown as ClickHouseClient, 'default')
  return { questions, asked: () => asked }
}

it('Of a session that is final a statement that was listed or read is not asked for again; of an open one it is', async () => {
  const { questions, asked } = storeOf(async () => stored)
  const kept = new KeptStatements()
  kept.keep(final, [listed])
  await kept.of(questions, final, 5)
  expect(asked()).toBe(0)
  await kept.of(questions, final, 6)
  await kept.of(questions, final, 6)
  expect(asked()).toBe(1)
  const open = { ...final, id: 'open', ended: false, final: false }
  kept.keep(open, [listed])
  expect((await kept.of(questions, open, 5)).rows).toBe(1)
  // What it was while it was open is not what it is at its end.
  await kept.of(questions, { ...open, ended: true, final: true }, 5)
  expect(asked()).toBe(3)
})

it('A text that is longer than what a list shows is not kept', async () => {
  const { questions, asked } = storeOf(async () => ({ ...stored, text: 'x'.repeat(60_000) }))
  const kept = new KeptStatements()
  await kept.of(questions, final, 5)
  await kept.of(questions, final, 5)
  expect(asked()).toBe(2)
})

it('A store that fails while the same statement is listed fails that question alone', async () => {
  const unhandled: unknown[] = []
  const note = (reason: unknown) => unhandled.push(reason)
  process.on('unhandledRejection', note)
  try {
    let fail = (_error: Error): void => undefined
    const { questions } = storeOf(() => new Promise((_, reject) => (fail = reject)))
    const kept = new KeptStatements()
    const asked = kept.of(questions, final, 5)
    await new Promise((resolve) => setTimeout(resolve, 5))
    kept.keep(final, [listed])
    fail(new Error('away'))
    await expect(asked).rejects.toThrow('did not answer')
    expect((await kept.of(questions, final, 5)).text).toBe('select 1')
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect(unhandled).toEqual([])
  } finally {
    process.off('unhandledRejection', note)
  }
})
