import { terminalTypes } from '@gatetrail/protocols'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { terminalReadBytes, terminalSliceRecords } from '../limits.ts'
import {
  openTerminalStore,
  terminalSession,
  type TerminalStore,
} from '../testing/terminal-store.ts'
import { terminalBatches } from './read-terminal.ts'

const KiB = 1024
const [small, large] = [6_000, 100]
const lastSeq = small + large - 1
const session = { id: terminalSession, lastSeq }
let store: TerminalStore

beforeAll(async () => {
  store = await openTerminalStore()
  const payload = `repeat('x', if(number < ${small}, 5, ${32 * KiB}))`
  // What is typed counts too.
  const type = `if(number % 2 = 0, ${terminalTypes.input}, ${terminalTypes.output})`
  await store.store(
    `SELECT number AS seq, ${type} AS type, ${payload} AS payload, 1 AS version FROM numbers(${small + large})`,
  )
})
afterAll(() => store?.close())

async function read(fromSeq: number, toSeq?: number) {
  const seqs: number[] = []
  const bytes: number[] = []
  for await (const batch of terminalBatches(store.questions, session, fromSeq, toSeq)) {
    seqs.push(...batch.seqs)
    bytes.push(batch.payload.length)
    expect(batch.lengths.reduce((sum, length) => sum + length, 0)).toBe(batch.payload.length)
  }
  return { seqs, bytesMax: Math.max(...bytes), reads: bytes.length }
}

const between = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, at) => from + at)

describe('what is read of a terminal at once', () => {
  it('is bounded in bytes where many small records are followed by large ones', async () => {
    const { seqs, bytesMax, reads } = await read(0)
    expect(seqs).toEqual(between(0, lastSeq + 1))
    expect(bytesMax).toBeLessThanOrEqual(terminalReadBytes)
    expect(reads).toBeLessThan(20)
  })

  it('is bounded in bytes between two pictures as well', async () => {
    const from = small - 10
    const { seqs, bytesMax } = await read(from, from + terminalSliceRecords)
    expect(seqs).toEqual(between(from, lastSeq + 1))
    expect(bytesMax).toBeLessThanOrEqual(terminalReadBytes)
  })

  it('is one record that is larger than that', async () => {
    const seq = lastSeq + 1
    const payload = `concat(repeat('x', 1000000), repeat('y', ${terminalReadBytes - 999_999}))`
    await store.store(
      `SELECT number + ${seq} AS seq, ${terminalTypes.output} AS type, ${payload} AS payload, 1 AS version FROM numbers(2)`,
    )
    const found: number[][] = []
    const own = { id: terminalSession, lastSeq: seq + 1 }
    for await (const { seqs } of terminalBatches(store.questions, own, seq)) found.push(seqs)
    expect(found).toEqual([[seq], [seq + 1]])
  })

  it('ends where there is nothing', async () => {
    const found: number[][] = []
    const own = { id: terminalSession, lastSeq: 1_000_000 }
    for await (const { seqs } of terminalBatches(store.questions, own, 999_000)) found.push(seqs)
    expect(found.flat()).toEqual([])
  })

  it('is nothing for who may not see the session', async () => {
    const found: number[][] = []
    const other = store.questions.within(['elsewhere'])
    for await (const { seqs } of terminalBatches(other, session, lastSeq - 4)) found.push(seqs)
    expect(found.flat()).toEqual([])
  })
})
