/** A session that is ended from outside: what its client hears, what goes on record, and that nothing crosses after it. */
import { GatetrailError } from '@gatetrail/schemas'
import { beforeAll, expect, test } from 'vitest'
import { loadParser } from '../facts/index.ts'
import { memorySession, turn } from './testing/memory-session.ts'
import * as m from './testing/messages.ts'

beforeAll(() => loadParser())

const revoked = new GatetrailError('SESSION_REVOKED', 'access was revoked (revocation/7)', {
  hint: 'Ask who runs Gatetrail.',
})
const lease = new GatetrailError('LEASE_EXPIRED', 'the control log was out of reach')

test('in a query: the client hears code, id and hint, the target is asked to cancel, and nothing comes after', async () => {
  let cancelled = 0
  const session = memorySession({ cancelTarget: () => void cancelled++ })
  await session.fromClient(m.query('select 1'))
  session.relay.terminate(revoked)
  await session.fromTarget(m.rowDescription({ name: 'one', type: 23 }), m.dataRow('1'))
  await session.fromClient(m.query('select 2'))
  const frames = m.framesOf(session.client.received)
  expect(frames.map(({ type }) => type)).toEqual(['E'])
  for (const part of ['SFATAL', 'C57P01', 'DSESSION_REVOKED', 'revocation/7', 'HAsk who runs'])
    expect(frames[0]?.body).toContain(part)
  expect(session.target.received.toString()).not.toContain('select 2')
  expect(cancelled).toBe(1)
  expect(session.end()).toEqual({ reason: 'revoked', code: 'SESSION_REVOKED' })
  expect(session.journal.events('gatetrail.session.closed')).toMatchObject([
    { reason: 'revoked', error: 'SESSION_REVOKED' },
  ])
})

test('when idle: nothing is cancelled, and the target is told goodbye', async () => {
  let cancelled = 0
  const session = memorySession({ cancelTarget: () => void cancelled++ })
  session.relay.terminate(revoked)
  await turn()
  expect(cancelled).toBe(0)
  expect(m.typesOf(session.target.received)).toBe('X')
})

test('in the middle of a COPY to the client: what it has is whole, then come the last words', async () => {
  const session = memorySession()
  await session.fromClient(m.query('copy notes to stdout'))
  await session.fromTarget(m.copyOut, m.copyData('a\n'))
  session.relay.terminate(revoked)
  await session.fromTarget(m.copyData('b\n'), m.copyDone)
  expect(m.typesOf(session.client.received)).toBe('HdE')
})

test.each(['client', 'target'] as const)(
  'bytes of the %s that wake a process whose lease is over go nowhere, before any timer has run',
  async (side) => {
    let over = false
    const session = memorySession({ leaseEnd: () => (over ? lease : undefined) })
    await session.fromClient(m.query('select 1'))
    const before = session.target.received.length
    over = true
    if (side === 'client') await session.fromClient(m.query('drop table people'))
    else await session.fromTarget(m.rowDescription({ name: 'one', type: 23 }), m.dataRow('secret'))
    expect(session.target.received.subarray(before).toString()).not.toContain('drop')
    expect(session.client.received.toString()).not.toContain('secret')
    expect(m.typesOf(session.client.received)).toBe('E')
    expect(session.end()).toEqual({ reason: 'lease_expired', code: 'LEASE_EXPIRED' })
  },
)
