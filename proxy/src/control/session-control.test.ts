/** What the control log means for sessions: whom a revocation is about, and what happens when nobody can be heard any more. */
import type { ControlLog } from '@gatetrail/eventlog'
import {
  isAbout,
  type ControlObject,
  type GatetrailError,
  type Principal,
  type Revocation,
  type RevocationTarget,
  type SessionFacts,
} from '@gatetrail/schemas'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createSessions, type EndCause } from '../adapters/postgres/sessions.ts'
import { RevokedIndex } from './revoked.ts'
import { startSessionControl, type SessionControl } from './session-control.ts'

const session = '0199a1b2-0000-7000-8000-000000000001'
const principal: Principal = {
  kind: 'ci_job',
  issuer: 'ci',
  subject: 'acme/train',
  groups: [],
  run: { provider: 'github', id: '8123', attempt: '2' },
  onBehalfOf: [{ subject: 'dana', issuer: 'https://ci.example.com' }, { subject: 'eve' }],
}
const facts: SessionFacts = { principal, tokenId: 'jti-1', session }

type FakeLog = { ageMs: number; say(object: ControlObject): void; log: ControlLog }

/** A log whose contact is as old as the test says: time itself is what is tested here. */
function fakeLog(): FakeLog {
  const listeners = new Set<(object: ControlObject) => void>()
  const held: ControlObject[] = []
  const fake: FakeLog = {
    ageMs: 0,
    say(object: ControlObject) {
      held.push(object)
      for (const listener of listeners) listener(object)
    },
    log: {
      get: (id) => held.find((object) => object.id === id),
      objects: () => held,
      onChange(listener) {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
      contactAgeMs: () => fake.ageMs,
      status: () => ({
        objects: held.length,
        contactAgeMs: fake.ageMs,
        refused: {},
        lastError: undefined,
      }),
      close: () => Promise.resolve(),
    },
  }
  return fake
}

let count = 0
function revocation(target: RevocationTarget, over: Partial<Revocation> = {}): ControlObject {
  const now = Date.now()
  return {
    id: `revocation/${count++}`,
    version: 1,
    issuedAtMs: now,
    notAfterMs: now + 3_600_000,
    body: {
      kind: 'revocation',
      action: 'revoke',
      target,
      refuseUntilMs: now + 3_600_000,
      reason: 'test',
      by: 'local',
      ...over,
    },
  }
}
const lifted = (object: ControlObject, target: RevocationTarget): ControlObject => ({
  ...object,
  version: object.version + 1,
  body: { kind: 'revocation_lifted', target, reason: 'test', by: 'local' },
})

let fake: FakeLog
let control: SessionControl
let sessions: ReturnType<typeof createSessions>
let recorded: object[]
let ended: EndCause[]

beforeEach(() => {
  vi.useFakeTimers()
  fake = fakeLog()
  sessions = createSessions()
  recorded = []
  ended = []
})
afterEach(() => {
  control.close()
  vi.useRealTimers()
})

function start(leaseSeconds = 3_600): void {
  control = startSessionControl({
    control: fake.log,
    sessions,
    journal: { appendSystem: (_kind, body) => void recorded.push(body) },
    leaseSeconds,
    log: pino({ level: 'silent' }),
  })
}
/** A session that is there until it is ended. */
function addSession(of: SessionFacts = facts): void {
  const leave = sessions.add(
    {
      terminate(cause) {
        ended.push(cause)
        leave()
      },
    },
    of,
  )
}
const codeOf = (cause: EndCause | undefined): string | undefined =>
  typeof cause === 'object' ? cause.code : cause

test.for<[what: string, target: RevocationTarget, about: boolean]>([
  ['its session', { type: 'session', session }, true],
  ['another session', { type: 'session', session: session.replace('1', '2') }, false],
  ['its run', { type: 'run', provider: 'github', id: '8123' }, true],
  ['its attempt', { type: 'run', provider: 'github', id: '8123', attempt: '2' }, true],
  ['another attempt', { type: 'run', provider: 'github', id: '8123', attempt: '1' }, false],
  ['a run of another provider', { type: 'run', provider: 'gitlab', id: '8123' }, false],
  ['its subject', { type: 'subject', issuer: 'ci', subject: 'acme/train' }, true],
  [
    'the subject of another issuer',
    { type: 'subject', issuer: 'corp', subject: 'acme/train' },
    false,
  ],
  ['who it acts for', { type: 'subject', issuer: 'ci', subject: 'dana' }, true],
  ['who stands behind that', { type: 'subject', issuer: 'ci', subject: 'eve' }, true],
  ['its token', { type: 'token', issuer: 'ci', id: 'jti-1' }, true],
  ['another token', { type: 'token', issuer: 'ci', id: 'jti-2' }, false],
  ['the token of another issuer', { type: 'token', issuer: 'corp', id: 'jti-1' }, false],
])('a revocation of %s ends and refuses it, or leaves it alone', ([, target, about]) => {
  start()
  addSession()
  fake.say(revocation(target))
  expect(isAbout(target, facts)).toBe(about)
  expect(ended.map(codeOf)).toEqual(about ? ['SESSION_REVOKED'] : [])
  expect(control.refusal(facts)?.code).toBe(about ? 'SESSION_REVOKED' : undefined)
  expect(recorded).toMatchObject([{ version: 1, sessionsEnded: about ? 1 : 0 }])
  expect(control.sessionsRevoked).toBe(about ? 1 : 0)
})

test('a kill ends what is open and refuses nobody', () => {
  start()
  addSession()
  const target: RevocationTarget = { type: 'subject', issuer: 'ci', subject: 'acme/train' }
  fake.say(revocation(target, { action: 'kill', refuseUntilMs: Date.now() }))
  expect(ended).toHaveLength(1)
  expect(control.refusal(facts)).toBeUndefined()
})

test('a session that is being opened is ended too, and counted', () => {
  start()
  const ends: GatetrailError[] = []
  const leave = sessions.addOpening(facts, (error) => ends.push(error))
  fake.say(revocation({ type: 'token', issuer: 'ci', id: 'jti-1' }))
  expect(ends.map(({ code }) => code)).toEqual(['SESSION_REVOKED'])
  expect(recorded).toMatchObject([{ sessionsEnded: 1 }])
  leave()
  fake.say(revocation({ type: 'token', issuer: 'ci', id: 'jti-1' }))
  expect(ends).toHaveLength(1)
})

test('what was revoked before the process began is refused by it, and what was lifted is not', () => {
  const target: RevocationTarget = { type: 'run', provider: 'github', id: '8123' }
  const object = revocation(target)
  fake.say(object)
  start()
  expect(control.refusal(facts)?.message).toContain(object.id)
  expect(recorded).toEqual([])
  fake.say(lifted(object, target))
  expect(control.refusal(facts)).toBeUndefined()
  expect(recorded).toMatchObject([{ object: object.id, version: 2, sessionsEnded: 0 }])
})

test('a revocation refuses until its time by the monotonic clock, whatever the wall clock does', () => {
  const index = new RevokedIndex()
  const now = Date.now()
  index.add(
    revocation({ type: 'token', issuer: 'ci', id: 'jti-1' }, { refuseUntilMs: now + 1_000 }),
    now,
    50,
  )
  expect(index.find(facts, 1_049)).toBeDefined()
  expect(index.find(facts, 1_050)).toBeUndefined()
  expect(index.find(facts, 60)).toBeUndefined() // Forgotten.
})

test('without contact: an alarm after 30 s, then the end of all sessions and of new ones, until contact is back', () => {
  start(60)
  addSession()
  expect([control.notReady(), control.warnings(), control.leaseEnd()]).toEqual([[], [], undefined])
  fake.ageMs = 30_001
  vi.advanceTimersByTime(300)
  expect([control.notReady(), ended]).toEqual([[], []])
  expect(control.warnings()).toEqual([expect.stringContaining('out of reach since 30 s')])
  fake.ageMs = 60_001
  expect(control.leaseEnd()?.code).toBe('LEASE_EXPIRED') // Before any timer has run.
  expect(control.refusal(facts)?.code).toBe('LEASE_EXPIRED')
  vi.advanceTimersByTime(300)
  expect(ended.map(codeOf)).toEqual(['LEASE_EXPIRED'])
  expect(control.notReady()).toEqual([expect.stringContaining('the lease is over')])
  fake.ageMs = 10
  vi.advanceTimersByTime(300)
  expect([control.notReady(), control.warnings(), control.refusal(facts)]).toEqual([
    [],
    [],
    undefined,
  ])
})

test('a short lease warns at its half', () => {
  start(10)
  fake.ageMs = 5_001
  expect(control.warnings()).toHaveLength(1)
})

test('a saved question is nothing to a proxy: no session ends, nobody is refused, nothing is recorded', () => {
  start()
  addSession()
  const object = { ...revocation({ type: 'session', session }), id: 'saved-question/1' }
  fake.say({
    ...object,
    body: { kind: 'saved_question', name: 'columns', address: '/touches', by: 'corp#kim' },
  })
  fake.say({ ...object, version: 2, body: { kind: 'saved_question_deleted', by: 'corp#kim' } })
  expect([ended, recorded, control.refusal(facts)]).toEqual([[], [], undefined])
})
