import { terminalTypes } from '@gatetrail/protocols'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { ReplayedSession } from '../store/replayed-session-question.ts'
import {
  openTerminalStore,
  terminalSession,
  type TerminalStore,
} from '../testing/terminal-store.ts'
import { findInTerminal, type FindPlace } from './find-in-terminal.ts'

const typed = 'restart payments'
const keys = typed.length + 1
const times = 6
const typedRecords = times * keys * 2
const session: ReplayedSession = {
  ...{
    id: terminalSession,
    final: true,
    ended: true,
    protocol: 'ssh',
    connection: 'ssh',
    startedMs: 0,
    lastMs: 0,
  },
  ...{ durationMicros: 10 ** 9, lastSeq: typedRecords + 900 - 1 },
}
let store: TerminalStore

beforeAll(async () => {
  store = await openTerminalStore()
  // A record for what was typed, one for what it showed.
  const key = `modulo(intDiv(number, 2), ${keys})`
  const { input, output, resize } = terminalTypes
  await store.store(
    `SELECT number AS seq, if(number % 2 = 0, ${input}, ${output}) AS type, 1 AS version,
      if(${key} = ${keys - 1}, if(number % 2 = 0, char(13), char(13, 10)), substring('${typed}', ${key} + 1, 1)) AS payload
    FROM numbers(${typedRecords})`,
  )
  // Much between two letters of a line.
  await store.store(
    `SELECT number + ${typedRecords} AS seq, if(number % 100 = 0, ${output}, ${resize}) AS type, 1 AS version,
      if(number % 100 = 0, ['q', 'z', char(13, 10)][intDiv(number, 100) % 3 + 1], char(0, 80, 0, 24)) AS payload FROM numbers(900)`,
  )
})
afterAll(() => store?.close())

async function hitsOf(text: string, hitsMax: number): Promise<number[]> {
  const found: number[] = []
  let from: FindPlace | null = { seq: 0, fragment: 0 }
  while (from !== null) {
    const page: Awaited<ReturnType<typeof findInTerminal>> = await findInTerminal(
      store.questions,
      session,
      { text, from, hitsMax },
    )
    found.push(...page.hits.map(({ seq }) => seq))
    from = page.next
  }
  return found
}

describe('a text in what a terminal showed', () => {
  it('is found as often on small pages as on a large one, typed key by key', async () => {
    const ends = Array.from({ length: times }, (_, at) => (at * keys + typed.length) * 2 - 1)
    for (const hitsMax of [100, 2, 1]) expect(await hitsOf(typed, hitsMax)).toEqual(ends)
  })

  it('is found in few pages where the store is so slow that each is late', async () => {
    let nowMs = 0
    let pages = 0
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => (nowMs += 10_000))
    try {
      let from: FindPlace | null = { seq: 0, fragment: 0 }
      for (; from !== null && pages < 20; pages++) {
        const wanted: { text: string; from: FindPlace; hitsMax: number } = {
          text: 'no such text',
          from,
          hitsMax: 100,
        }
        const page: Awaited<ReturnType<typeof findInTerminal>> = await findInTerminal(
          store.questions,
          session,
          wanted,
        )
        from = page.next
      }
    } finally {
      clock.mockRestore()
    }
    expect(pages).toBeLessThan(3)
  })

  it('is found on small pages too where its letters are far apart', async () => {
    const ends = [1, 4, 7].map((letters) => typedRecords + letters * 100)
    for (const hitsMax of [100, 2, 1]) expect(await hitsOf('qz', hitsMax)).toEqual(ends)
  })
})
