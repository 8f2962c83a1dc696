import { expect, it } from 'vitest'
import type { Caller } from './roles.ts'
import { hashOf, WebSessions } from './web-sessions.ts'

const minuteMs = 60_000
const local: Caller = { name: 'local', principal: undefined, roles: ['admin'], way: 'session' }
const kim: Caller = {
  ...{ name: 'corp#kim', roles: ['auditor'], way: 'session' },
  principal: { kind: 'human', issuer: 'corp', subject: 'kim', groups: ['auditors'] },
}
const made = () =>
  new WebSessions({ sessionMinutesMax: 480, idleMinutesMax: 60, confirmMinutesMax: 60 })

it('is idle where nobody asks, however often it is looked whether it is open: so a live view ends with it', () => {
  const sessions = made()
  const { id } = sessions.open(local, 0)
  for (let minute = 1; minute < 60; minute++)
    expect(sessions.find(id, minute * minuteMs, false)).toBeDefined()
  expect(sessions.find(id, 60 * minuteMs, false)).toBeUndefined()
})

it('lives on by what is asked, until its end', () => {
  const sessions = made()
  const { id, expiresAtMs } = sessions.open(local, 0)
  expect(expiresAtMs).toBe(480 * minuteMs)
  for (let minute = 50; minute < 480; minute += 50)
    expect(sessions.find(id, minute * minuteMs)).toBeDefined()
  expect(sessions.find(id, 480 * minuteMs)).toBeUndefined()
})

it('waits for no issuer where none has named anybody', () => {
  const sessions = made()
  expect(sessions.find(sessions.open(local, 0).id, 1)?.confirm).toBeUndefined()
  expect(sessions.find(sessions.open(kim, 0).id, 1)?.confirm?.untilMs).toBe(60 * minuteMs)
})

it('is confirmed for the same person alone, and not once it has ended', () => {
  const sessions = made()
  const open = () => hashOf(sessions.open(kim, 0).id)
  expect(sessions.confirm(open(), kim, 1).kind).toBe('kept')
  expect(sessions.confirm(open(), { ...kim, roles: [] }, 1).kind).toBe('moved')
  expect(sessions.confirm(open(), { ...kim, connections: ['orders-eu'] }, 1).kind).toBe('moved')
  expect(sessions.confirm(open(), { ...kim, name: 'corp#lee' }, 1).kind).toBe('none')
  expect(sessions.confirm(open(), kim, 480 * minuteMs).kind).toBe('none')
  expect(sessions.confirm('another', kim, 1).kind).toBe('none')
})
