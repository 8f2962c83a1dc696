/** Searches of a store that says how long each question took: what is found by then is kept, and what was not looked at is said. */
import type { ClickHouseClient } from '@clickhouse/client'
import { describe, expect, it } from 'vitest'
import { searchMs } from '../limits.ts'
import { termsOf } from '../search/terms.ts'
import { Questions } from './question.ts'
import { searchRecords } from './search-question.ts'

const session = '0199c82c-c3e8-7001-8000-000000000001'
const nowMs = Date.parse('2026-03-12T12:00:00Z')
/** One second apart, newest first. */
const candidates = Array.from({ length: 400 }, (_, index) => ({
  kind: 'shown',
  session_id: session,
  seq: 1_000 - index,
  at: storedAt(1_000 - index),
}))

describe('a search that runs out of time among the texts of results', () => {
  it('keeps what it found and says how far it looked', async () => {
    // Of three questions for texts the third one is ended by the store.
    const { search, seconds } = await searched('needle', (asked) => (asked === 3 ? '159' : 1_000))
    expect(search.stopped).toBe('time')
    expect(search.found).toHaveLength(100)
    expect(search.searchedFrom.toISOString()).toBe('2026-03-12T11:15:01.000Z')
    expect(seconds).toEqual(['10.0', '9.0', '8.0'])
  })

  it('asks for no more of them', async () => {
    const { search, seconds } = await searched('needle', () => searchMs / 2)
    expect(search.stopped).toBe('time')
    expect(search.found).toHaveLength(100)
    expect(seconds).toHaveLength(2)
  })

  it('fails where the store fails', async () => {
    await expect(searched('needle', () => '210')).rejects.toThrow('did not answer')
  })
})

it('Words are found in results whose small letters are more than one', async () => {
  const { search } = await searched('İSTANBUL', () => 1_000, 'ada\u001fİstanbul\u001e')
  expect(search.found.length).toBeGreaterThan(0)
})

/** `took`: of each question for texts, in milliseconds; or the code that it fails with. */
async function searched(
  question: string,
  took: (asked: number) => number | string,
  text = 'a needle here',
) {
  let now = nowMs
  const seconds: (string | undefined)[] = []
  const query = async (asked: { query: string; query_params: Record<string, unknown> }) => {
    if (asked.query.includes('AS kind')) return rowsOf(candidates.slice(0, asked.query_params['limit'] as number))
    seconds.push(/max_execution_time = ([\d.]+)/.exec(asked.query)?.[1])
    const ms = took(seconds.length)
    if (typeof ms === 'string') throw Object.assign(new Error('it failed'), { code: ms })
    now += ms
    const seqs = asked.query_params['seqs'] as number[]
    const whole = { session_id: session, searched: 1, whole: text, text_before: '', frames: [], encoded: '' }
    return rowsOf(seqs.map((seq) => ({ ...whole, seq })))
  } // prettier-ignore
  const questions = Questions.ofAll({ query } as unknown as ClickHouseClient, 'default')
  const search = await searchRecords(questions, termsOf(question), ['shown'], {}, {
    ...{ after: undefined, limit: 300, nowMs: () => now },
  }) // prettier-ignore
  return { search, seconds }
}

function rowsOf(rows: readonly object[]) {
  return { json: async () => rows }
}

function storedAt(seq: number): string {
  return new Date(nowMs - 3_600_000 + seq * 1_000)
    .toISOString()
    .replace('T', ' ')
    .replace('Z', '000')
}
