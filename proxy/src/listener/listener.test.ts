import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
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

test.skipIf(process.platform !== 'linux')(
  'a silent caller is asked within a minute whether it is still there',
  async () => {
    const accepted: Socket[] = []
    const ignore = (): void => undefined
    const listener = await listen(
      '127.0.0.1:0',
      'listen.postgres',
      (socket) => accepted.push(socket),
      ignore,
    )
    const { port } = parseHostAndPort(listener.address)
    const client = connect(port, '127.0.0.1')
    await once(client, 'connect')
    while (accepted.length === 0) await sleep(5)
    // proc(5): the local address, among others, and the timer that runs: 02 is keep-alive, and when, in hundredths.
    const ours = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`
    const lines = (await readFile('/proc/net/tcp', 'latin1')).split('\n')
    const fields = lines.map((line) => line.trim().split(/\s+/))
    const established = fields.find(([, local, , state]) => local === ours && state === '01')
    const [timer, when] = established?.[5]?.split(':') ?? []
    expect(timer).toBe('02')
    expect(Number.parseInt(when ?? '', 16)).toBeLessThanOrEqual(60 * 100)
    for (const socket of [client, ...accepted]) socket.destroy()
    listener.close()
  },
)

test('a caller behind a balancer takes a place of its address once that is told', () => {
  const admission = createAdmission(3, 1)
  const [first, second] = [admission.take(undefined), admission.take(undefined)]
  expect(first?.name('a')).toBe(true)
  expect(second?.name('a')).toBe(false)
  expect(admission.take('a')).toBeUndefined()
  // It was not counted under the address, and does not give a place there back.
  second?.release()
  expect(admission.take('a')).toBeUndefined()
  expect(admission.taken).toBe(1)
  first?.release()
  const third = admission.take('a')
  expect(third).toBeDefined()
  expect([admission.take(undefined), admission.take(undefined)].includes(undefined)).toBe(false)
  expect(admission.take(undefined)).toBeUndefined()
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
