import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import type { ToRole } from './messages.ts'
import type { RoleProcess } from './role-process.ts'
import { createWorkerPool, type WorkerPool } from './worker-pool.ts'

let pool: WorkerPool
let address = { host: '127.0.0.1', port: 0 }
const clients: Socket[] = []
afterEach(() => {
  pool.close()
  for (const client of clients.splice(0)) client.destroy()
})

/** A worker as the pool sees one: what it is sent. */
type Sent = { message: ToRole; socket: Socket | undefined }
function worker(label: string): RoleProcess & { sent: Sent[] } {
  const sent: Sent[] = []
  return {
    sent,
    planned: { role: 'proxy', label, essential: true },
    state: 'ready',
    pid: 1,
    everReady: true,
    firstReady: Promise.resolve({}),
    probe: () => Promise.resolve(undefined),
    send: (message, socket) => sent.push({ message, socket }),
    stop: () => Promise.resolve(),
    hurry: () => undefined,
    kill: () => undefined,
  }
}

async function openPool(...workers: RoleProcess[]): Promise<void> {
  pool = createWorkerPool(Math.max(1, workers.length))
  await pool.open('127.0.0.1:0', () => undefined)
  address = { host: '127.0.0.1', port: Number(pool.address?.split(':').at(-1)) }
  for (const one of workers) {
    pool.add(one)
    pool.ready(one)
  }
}

async function call(): Promise<Socket> {
  const client = connect(address)
  client.on('error', () => undefined)
  clients.push(client)
  await once(client, 'connect')
  return client
}

const socketsOf = ({ sent }: { sent: Sent[] }) =>
  sent.filter(({ message }) => message.type === 'socket').length
const lastId = ({ sent }: { sent: Sent[] }) => {
  const message = sent.findLast((one) => one.message.type === 'socket')?.message
  return message?.type === 'socket' ? message.id : -1
}

test('callers are spread evenly, and the one with fewer open gets the next', async () => {
  const [one, two] = [worker('proxy-1'), worker('proxy-2')]
  await openPool(one, two)
  for (let caller = 0; caller < 8; caller++) await call()
  await expect.poll(() => [socketsOf(one), socketsOf(two)]).toEqual([4, 4])
  pool.onMessage(two, { type: 'sockets-closed', count: 3 })
  for (let caller = 0; caller < 3; caller++) await call()
  await expect.poll(() => [socketsOf(one), socketsOf(two)]).toEqual([4, 7])
})

test('who was not taken by a worker that died goes to another', async () => {
  const [one, two] = [worker('proxy-1'), worker('proxy-2')]
  await openPool(one)
  await call()
  await expect.poll(() => socketsOf(one)).toBe(1)
  pool.add(two)
  pool.ready(two)
  pool.gone(one)
  expect(socketsOf(two)).toBe(1)
})

test('a caller that a worker has taken is not handed over again', async () => {
  const [one, two] = [worker('proxy-1'), worker('proxy-2')]
  await openPool(one)
  await call()
  await expect.poll(() => socketsOf(one)).toBe(1)
  pool.onMessage(one, { type: 'socket-taken', id: lastId(one) })
  pool.add(two)
  pool.ready(two)
  pool.gone(one)
  expect(socketsOf(two)).toBe(0)
})

test('a one-use token is new to one worker alone, also when the one that took it has died', async () => {
  const [one, two] = [worker('proxy-1'), worker('proxy-2')]
  await openPool(one, two)
  const claim = (from: RoleProcess, id: number, token: string) =>
    pool.onMessage(from, { type: 'claim', id, token, usedUntilMs: Date.now() + 60_000 })
  const answersTo = ({ sent }: { sent: Sent[] }) =>
    sent.flatMap(({ message }) => (message.type === 'claimed' ? [message] : []))
  claim(one, 1, 'YQ==')
  pool.gone(one)
  claim(two, 1, 'YQ==')
  claim(two, 2, 'Yg==')
  expect(answersTo(one)).toEqual([{ type: 'claimed', id: 1, use: 'first' }])
  expect(answersTo(two)).toEqual([
    { type: 'claimed', id: 1, use: 'seen' },
    { type: 'claimed', id: 2, use: 'first' },
  ])
})

test('a worker that takes nothing gets no more than so many callers', async () => {
  const hanging = worker('proxy-1')
  await openPool(hanging)
  for (let caller = 0; caller < 520; caller++) await call()
  await expect.poll(() => socketsOf(hanging)).toBe(512)
  const firstId = hanging.sent.find(({ message }) => message.type === 'socket')?.message
  if (firstId?.type !== 'socket') throw new Error('a socket was handed over')
  pool.onMessage(hanging, { type: 'socket-taken', id: firstId.id })
  expect(socketsOf(hanging)).toBe(513)
})

test('while no worker is there callers wait, and are not refused', async () => {
  await openPool()
  const client = await call()
  let ended = false
  client.once('close', () => {
    ended = true
  })
  const late = worker('proxy-1')
  pool.add(late)
  pool.ready(late)
  await expect.poll(() => socketsOf(late)).toBe(1)
  expect(ended).toBe(false)
})

test('a cancel request is asked of all others, and is found if one of them has the session', async () => {
  const all = [worker('proxy-1'), worker('proxy-2'), worker('proxy-3')] as const
  await openPool(...all)
  const [asking, ...others] = all
  pool.onMessage(asking, { type: 'cancel', id: 7, processId: 42, secret: 'AAAA' })
  const keys = others.map(({ sent }) => {
    const message = sent.at(-1)?.message
    expect(message).toMatchObject({ type: 'cancel', processId: 42, secret: 'AAAA' })
    return message?.type === 'cancel' ? message.id : -1
  })
  expect(asking.sent).toEqual([])
  pool.onMessage(others[0], { type: 'cancelled', id: keys[0] ?? -1, found: false })
  expect(asking.sent).toEqual([])
  pool.onMessage(others[1], { type: 'cancelled', id: keys[1] ?? -1, found: true })
  expect(asking.sent.at(-1)?.message).toEqual({ type: 'cancelled', id: 7, found: true })
})

test('a worker that dies before it answers has no session to cancel', async () => {
  const [asking, dying] = [worker('proxy-1'), worker('proxy-2')]
  await openPool(asking, dying)
  pool.onMessage(asking, { type: 'cancel', id: 1, processId: 42, secret: 'AAAA' })
  pool.gone(dying)
  expect(asking.sent.at(-1)?.message).toEqual({ type: 'cancelled', id: 1, found: false })
})

test('once it is closed callers are refused by the kernel', async () => {
  await openPool(worker('proxy-1'))
  pool.close()
  const client = connect(address)
  const [error] = (await once(client, 'error')) as [NodeJS.ErrnoException]
  expect(error.code).toBe('ECONNREFUSED')
})

test('callers who come while workers start are spread over all of them', async () => {
  pool = createWorkerPool(2)
  await pool.open('127.0.0.1:0', () => undefined)
  address = { host: '127.0.0.1', port: Number(pool.address?.split(':').at(-1)) }
  const [one, two] = [worker('proxy-1'), worker('proxy-2')]
  pool.add(one)
  pool.ready(one)
  for (let caller = 0; caller < 8; caller++) await call()
  pool.add(two)
  pool.ready(two)
  await expect.poll(() => [socketsOf(one), socketsOf(two)]).toEqual([4, 4])
})
