import { expect, it } from 'vitest'
import type { WindowStatement } from '@gatetrail/replay-api'
import { joinTail, listenAfter, tailMax } from './live-tail.ts'

const statement = (seq: number, index: number, completed = true): WindowStatement => ({
  seq, index, completed, time: '', offsetMicros: seq, text: '', textCut: false, path: 'simple', verdict: 'allow',
  policies: [], policySet: '', code: null, reason: null, approvalGroups: [], kinds: [], effects: [], reads: [], writes: [],
  complete: true, rows: 0, bytes: 0, durationMicros: 0, command: null, error: null, touches: [], transaction: null,
}) // prettier-ignore

it('counts on where the store left off, and takes the later word on a statement', () => {
  const tail = [statement(10, 4), statement(14, 5, false)]
  const joined = joinTail(tail, [statement(14, 0), statement(18, 0), statement(22, 0, false)])
  expect(joined.map(({ seq, index, completed }) => [seq, index, completed])).toEqual([
    [10, 4, true],
    [14, 5, true],
    [18, 6, true],
    [22, 7, false],
  ])
  expect(joinTail([], [statement(3, 9)])[0]?.index).toBe(0)
})

it('listens from before the first statement whose answer is awaited', () => {
  expect(listenAfter([statement(10, 4), statement(14, 5, false), statement(18, 6)])).toBe(10)
  expect(listenAfter([statement(10, 4)])).toBe(10)
  expect(listenAfter([])).toBeUndefined()
})

it('keeps a bounded end of a session that never ends', () => {
  const many = Array.from({ length: tailMax + 500 }, (_, at) => statement(at, 0))
  const joined = joinTail([], many)
  expect(joined).toHaveLength(tailMax)
  expect(joined.at(-1)?.index).toBe(tailMax + 499)
})
