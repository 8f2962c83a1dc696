import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import type { Principal } from '@gatetrail/schemas'
import { isLoopback, parseHostAndPort, plainAddress } from './address.ts'
import { createAdmission } from './admission.ts'
import { listen } from './listen.ts'
import { createRejections, type Rejection } from './rejections.ts'

test('an IPv4 caller has one address, however the listener is bound', () => {
  expect(plainAddress('::ffff:192.0.2.1')).toBe('192.0.2.1')
  expect(plainAddress('fe80::1%eth0')).toBe('fe80::1')
  expect(plainAddress(undefined)).toBe('unknown')
})

test('only this machine is loopback', () => {
  expect(['127.0.0.1', '127.9.9.9', '::1'].map(isLoopback)).toEqual([true, true, true])
  expect(['192.0.2.1', '::', 'unknown', '127.0.0.1.example', '128.0.0.1'].some(isLoopback)).toBe(
    false,
  )
})

test('addresses of the configuration are taken apart, IPv6 in brackets', () => {
  expect(parseHostAndPort('[::1]:80')).toEqual({ host: '::1', port: 80 })
  expect(parseHostAndPort('db.example:5432')).toEqual({ host: 'db.example', port: 5432 })
})

test('places are limited per address and in all, and come back once when released twice', () => {
  const admission = createAdmission(3, 2)
  const first = admission.take('a')
  expect(admission.take('a')).toBeDefined()
  expect(admission.take('a')).toBeUndefined()
  expect(admission.take('b')).toBeDefined()
  expect(admission.take('c')).toBeUndefined()
  first?.release()
  first?.release()
  expect(admission.taken).toBe(2)
  expect(admission.take('a')).toBeDefined()
  expect(admission.take('c')).toBeUndefined()
})

test('a port that is taken is named with its address', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const address = other.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  const ignore = (): void => undefined
  await expect(
    listen(`127.0.0.1:${port}`, 'listen.postgres', ignore, ignore),
  ).rejects.toMatchObject({
    code: 'PORT_TAKEN',
    message: expect.stringContaining(`127.0.0.1:${port}`),
  })
  other.close()
})

const rejection = (reason: string, more: Partial<Rejection> = {}): Rejection => ({
  kind: 'gatetrail.session.refused',
  reason,
  message: 'a sentence',
  clientAddress: '192.0.2.1',
  ...more,
})

test('rejections are one event per address, reason and window, with a count', async () => {
  const written: unknown[] = []
  const journal = { appendSystem: (...event: unknown[]) => void written.push(event) }
  const rejections = createRejections(journal, pino({ level: 'silent' }), 30)
  const principal: Principal = { kind: 'human', issuer: 'ci', subject: 'a', groups: [] }
  for (let count = 0; count < 100; count++) rejections.count(rejection('X'))
  rejections.count(rejection('Y'))
  rejections.count(rejection('X', { principal }))
  rejections.count({ ...rejection('TOKEN_EXPIRED'), kind: 'gatetrail.identity.rejected' })
  expect(written).toEqual([])
  await sleep(80)
  expect(written).toMatchObject([
    ['gatetrail.session.refused', { reason: 'X', count: 100, clientAddress: '192.0.2.1' }],
    ['gatetrail.session.refused', { reason: 'Y', count: 1 }],
    ['gatetrail.session.refused', { reason: 'X', count: 1, principal }],
    ['gatetrail.identity.rejected', { reason: 'TOKEN_EXPIRED', count: 1 }],
  ])
  rejections.count(rejection('Z'))
  rejections.close()
  expect(written).toHaveLength(5)
})

test('a flood from many addresses makes a bounded number of events and loses no count', () => {
  const written: { count: number }[] = []
  const journal = {
    appendSystem: (_: string, body: unknown) => void written.push(body as { count: number }),
  }
  const rejections = createRejections(journal, pino({ level: 'silent' }))
  for (let count = 0; count < 5_000; count++) {
    rejections.count(rejection('X', { clientAddress: `10.0.${count >> 8}.${count & 255}` }))
  }
  rejections.close()
  expect(written.length).toBeLessThanOrEqual(1_026)
  expect(written.reduce((sum, { count }) => sum + count, 0)).toBe(5_000)
})
