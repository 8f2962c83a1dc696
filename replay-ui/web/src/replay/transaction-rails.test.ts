import { expect, it } from 'vitest'
import type { TimelineStatement } from '@gatetrail/replay-api'
import { railsOf } from './transaction-rails.ts'

const plain: TimelineStatement = {
  seq: 0, time: '', offsetMicros: 0, text: '', textCut: false, path: 'simple', verdict: 'allow', policies: [],
  policySet: '', code: null, reason: null, approvalGroups: [], kinds: [], effects: [], reads: [], writes: [],
  complete: true, completed: true, rows: 0, bytes: 0, durationMicros: 0, command: null, error: null, touches: [],
  transaction: null,
} // prettier-ignore

const within = (
  place: 'begin' | 'inside' | 'end',
  savepoints: string[] = [],
  failed = false,
): TimelineStatement => ({
  ...plain,
  transaction: { began: 1, place, failed, savepoints, outcome: null },
})

it('a line is drawn from the first statement of a transaction or savepoint to its last', () => {
  const statements = [
    plain,
    within('begin'),
    within('inside', ['a']),
    within('inside', ['a', 'b'], true),
    within('inside', ['a']),
    within('end'),
  ]
  const drawn = statements.map((_, index) =>
    railsOf((at) => statements[at], index)
      .map(({ begins, ends, failed }) => `${begins ? '┌' : ends ? '└' : '│'}${failed ? '!' : ''}`)
      .join(''),
  )
  expect(drawn).toEqual(['', '┌', '│┌', '│!│!┌!', '│└', '└'])
})
