/**
 * Two instances with two workers each behind a real HAProxy that speaks PROXY protocol v2: clients are who the balancer tells,
 * also in limits, policies and records, and a cancel request finds its session wherever it lands.
 */
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { connect as connectTls } from 'node:tls'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, onTestFailed, test } from 'vitest'
import { writeConfiguration } from './harness/configuration.ts'
import { haproxyWorks, startBalancer, type Balancer } from './harness/haproxy.ts'
import { createPlatform, Platform } from './harness/platform.ts'
import { freePorts } from './harness/ports.ts'
import { RawPostgres, uint32 } from './harness/raw-postgres.ts'
import { superuserPassword } from './harness/postgres.ts'
import { fillShop, taggedColumns } from './harness/shop.ts'

const workers = 2
const cancelsInAll = 100
const cancelsAtOnce = 10
const perAddressMax = 20
const balancerAddress = '127.0.0.1'
/** Loopback is a whole network: callers from these are still on this machine. */
const firstClient = '127.0.0.2'
const secondClient = '127.0.0.3'
const unwantedClient = '127.0.0.9'

describe.skipIf(!haproxyWorks)('behind a balancer', () => {
  let first: Platform
  let second: Platform
  let balancer: Balancer
  let token: string

  beforeAll(async () => {
    const [balancerPort = 0, secondPort = 0, secondReplay = 0, secondOperations = 0] =
      await freePorts(4)
    const listen = { trustedProxies: [balancerAddress] }
    first = await createPlatform({
      columns: taggedColumns,
      listen,
      proxy: { workers, peers: [`localhost:${secondPort}`] },
      prepare: async (target) => void (await fillShop(target, 50)),
    })
    const { directory, issuer, target } = first
    const below = join(directory, 'second')
    await mkdir(below)
    const ports = { postgres: secondPort, replay: secondReplay, operations: secondOperations }
    const configurationFile = await writeConfiguration({
      directory: below,
      issuer,
      ports,
      targetPort: target.port,
      columns: taggedColumns,
      listen,
      // Of a name with its own address, too, as in a cluster.
      proxy: {
        workers,
        peers: [`127.0.0.1:${first.ports.postgres}`, `127.0.0.1:${secondPort}`],
      },
    })
    second = new Platform({ directory: below, configurationFile, ports, issuer, target })
    for (const { directory: place } of [first, second]) {
      await writeFile(
        join(place, 'policies', 'addresses.cedar'),
        `@reason("not from there")
        forbid (principal, action == Action::"connect", resource)
        when { context.clientAddress.isInRange(ip("${unwantedClient}/32")) };`,
      )
    }
    await Promise.all([first.start(), second.start()])
    balancer = await startBalancer(directory, balancerPort, [first.ports.postgres, secondPort])
    token = await issuer.token('behind', ['readers', 'everything'], { run_id: 'behind' })
  })
  afterAll(async () => {
    await balancer?.close()
    await second?.stop()
    await first?.close()
  })

  const showLogs = (): void =>
    onTestFailed(async () => {
      console.log(balancer.output, await first.logs(), await second.logs())
    })

  const openSocket = async (port: number, localAddress: string): Promise<Socket> => {
    const socket = connect({ port, host: '127.0.0.1', localAddress })
    socket.on('error', () => undefined) // 'close' follows.
    await once(socket, 'connect')
    return socket
  }

  /** node-postgres from one of this machine's addresses. */
  const open = async (port: number, localAddress: string): Promise<Client> => {
    const client = new Client({
      host: '127.0.0.1',
      port,
      database: 'orders',
      user: 'anybody',
      password: token,
      stream: () => {
        const socket = connect({ port, host: '127.0.0.1', localAddress })
        // pg connects what it is given.
        socket.connect = () => socket
        return socket
      },
    })
    client.on('error', () => undefined)
    await client.connect()
    return client
  }

  /** `gatetrail_<name>{…}` of both instances and all workers, by one label. */
  const counted = async (name: string, label: string): Promise<Record<string, number>> => {
    const found: Record<string, number> = {}
    for (const { ports } of [first, second]) {
      const response = await fetch(`http://127.0.0.1:${ports.operations}/metrics`)
      for (const line of (await response.text()).split('\n')) {
        if (!line.startsWith(`${name}{`)) continue
        const value = new RegExp(`${label}="([^"]*)"`).exec(line)?.[1]
        if (value !== undefined) {
          found[value] = (found[value] ?? 0) + Number(line.slice(line.lastIndexOf(' ')))
        }
      }
    }
    return found
  }

  const addressesOnRecord = async (platform: Platform): Promise<string[]> => {
    await platform.settle()
    const { sessions } = await platform.api<{ sessions: { clientAddress: string }[] }>(
      '/api/sessions?limit=100',
    )
    // Without the port.
    return sessions.map(({ clientAddress }) => clientAddress.replace(/:\d+$/, ''))
  }

  test('sessions through the balancer are on record with the address of their client, with TLS and without', async () => {
    showLogs()
    for (const address of [firstClient, secondClient, firstClient, secondClient]) {
      const client = await open(balancer.port, address)
      expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }])
      await client.end()
    }
    const psql = await first.psql(token, ['-Atc', 'select 2'], {
      env: { PGPORT: String(balancer.port), PGSSLMODE: 'require' },
    })
    expect(psql).toMatchObject({ code: 0, stdout: '2\n' })
    const addresses = [...(await addressesOnRecord(first)), ...(await addressesOnRecord(second))]
    const times = (address: string): number => addresses.filter((found) => found === address).length
    expect([times(firstClient), times(secondClient), times(balancerAddress)]).toEqual([2, 2, 1])
  })

  test('a policy judges by the address that the balancer told', async () => {
    showLogs()
    await expect(open(balancer.port, unwantedClient)).rejects.toThrow(/not from there/)
    await (await open(balancer.port, firstClient)).end()
  })

  test('from the balancer a header is required, and from nobody else is it taken', async () => {
    showLogs()
    await expect(open(first.ports.postgres, balancerAddress)).rejects.toThrow(/no PROXY header/)
    await (await open(first.ports.postgres, firstClient)).end()
    const lying = await openSocket(first.ports.postgres, firstClient)
    const told = Buffer.from('0d0a0d0a000d0a515549540a2111000c7f0000097f000001c3501538', 'hex')
    lying.write(told)
    const [answer] = (await once(lying, 'data')) as [Buffer]
    expect(answer.toString()).toContain('FRAME_LENGTH_INVALID')
    lying.destroy()
  })

  test('callers are counted by the address told: one address cannot keep another out, nor does the balancer count as one', async () => {
    showLogs()
    // Round-robin: as many at each instance, and there at one or two workers, which share the limit.
    const atOnce = perAddressMax * 2
    const waiting = await Promise.all(
      Array.from({ length: atOnce * 2 }, () => openSocket(balancer.port, firstClient)),
    )
    const refused = await untilSome(waiting)
    expect(refused).toContain('CONNECTIONS_EXHAUSTED')
    const other = await open(balancer.port, secondClient)
    await other.end()
    for (const socket of waiting) socket.destroy()
  })

  test(`psql's Ctrl-C works ${cancelsInAll} of ${cancelsInAll} times, whichever instance and worker it lands on`, async () => {
    showLogs()
    const before = await counted('gatetrail_cancel_requests_total', 'outcome')
    const watcher = new Client({
      host: '127.0.0.1',
      port: first.target.port,
      database: 'shop',
      user: 'postgres',
      password: superuserPassword,
    })
    await watcher.connect()
    let cancelled = 0
    for (let round = 0; round < cancelsInAll / cancelsAtOnce; round++) {
      const pids: number[] = []
      const running = Array.from({ length: cancelsAtOnce }, () =>
        first.psql(token, ['-c', `select pg_sleep(60) /* cancel ${round} */`], {
          env: { PGPORT: String(balancer.port) },
          onStart: (pid) => pids.push(pid),
        }),
      )
      await untilSleeping(watcher, cancelsAtOnce)
      for (const pid of pids) process.kill(pid, 'SIGINT')
      for (const { code, stderr } of await Promise.all(running)) {
        expect(stderr).toContain('canceling statement due to user request')
        expect(code).toBe(1)
        cancelled++
      }
    }
    await watcher.end()
    const after = await counted('gatetrail_cancel_requests_total', 'outcome')
    const grown = (outcome: string): number => (after[outcome] ?? 0) - (before[outcome] ?? 0)
    console.log(`cancel requests: ${cancelled} of ${cancelsInAll}`, after)
    expect(cancelled).toBe(cancelsInAll)
    expect(grown('passed_on')).toBe(cancelsInAll)
    // Some landed where their session was not.
    expect(grown('elsewhere')).toBeGreaterThan(0)
    expect(grown('unknown_key')).toBe(0)
    expect(grown('flood')).toBe(0)
  })

  test('a cancel request over TLS, with a key of protocol 3.2, reaches its session from every side', async () => {
    showLogs()
    for (let count = 0; count < 12; count++) {
      const session = await RawPostgres.openTls(balancer.port, 'asked')
      session.startup({ user: 'raw', database: 'orders' }, 0x0003_0002)
      await session.until('R')
      session.message('p', `${token}\0`)
      const { body: key } = await session.until('K')
      expect(key).toHaveLength(36)
      await session.until('Z')
      session.message('Q', 'select pg_sleep(60)\0')
      await sleep(100)
      await cancelOverTls(balancer.port, key)
      const error = await session.error()
      expect(error?.['C']).toBe('57014')
      session.destroy()
    }
  })

  test('a wrong key is counted once, at the address that sent it, though every worker of both instances was asked', async () => {
    showLogs()
    const before = await counted('gatetrail_cancel_requests_total', 'outcome')
    await cancelOverTls(balancer.port, Buffer.alloc(36, 7))
    const after = await counted('gatetrail_cancel_requests_total', 'outcome')
    expect((after['unknown_key'] ?? 0) - (before['unknown_key'] ?? 0)).toBe(1)
  })
})

/** Sends the key that a session got in BackendKeyData, and waits until the other side has closed. */
async function cancelOverTls(port: number, key: Buffer): Promise<void> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  socket.write(Buffer.concat([uint32(8), uint32(80877103)]))
  await once(socket, 'data')
  const secured = connectTls({ socket, rejectUnauthorized: false, ALPNProtocols: ['postgresql'] })
  secured.on('error', () => undefined)
  await once(secured, 'secureConnect')
  secured.write(Buffer.concat([uint32(8 + key.length), uint32(80877102), key]))
  secured.resume()
  await once(secured, 'close')
}

/** What the first of them hears. */
async function untilSome(sockets: readonly Socket[]): Promise<string> {
  const heard = sockets.map(async (socket) => {
    const [bytes] = (await once(socket, 'data')) as [Buffer]
    return bytes.toString()
  })
  return Promise.any(heard)
}

async function untilSleeping(watcher: Client, count: number): Promise<void> {
  const until = Date.now() + 60_000
  for (;;) {
    const { rows } = await watcher.query<{ sleeping: number }>(
      `select count(*)::int as sleeping from pg_stat_activity where wait_event = 'PgSleep'`,
    )
    if ((rows[0]?.sleeping ?? 0) >= count) return
    if (Date.now() > until) throw new Error(`${rows[0]?.sleeping} statements run, not ${count}`)
    await sleep(30)
  }
}
