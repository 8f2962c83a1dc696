/**
 * Peers that break the protocol on purpose, inside an open session: clients, and targets. Named after the holes of others.
 * Each time the process lives, its memory is bounded, and no byte crosses that is not on record.
 */
import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, onTestFailed, test } from 'vitest'
import { message } from './harness/recorded-client.ts'
import { uint32 } from './harness/raw-postgres.ts'
import { taggedColumns } from './harness/shop.ts'
import { TappedPlatform } from './harness/tapped-platform.ts'

const growthMiBMax = 400

let tapped: TappedPlatform
let memoryBefore = 0

beforeAll(async () => {
  tapped = await TappedPlatform.start(taggedColumns)
  await tapped.assertAlive()
  memoryBefore = (await tapped.memory()).now
})
afterAll(() => tapped?.close())

const showLogs = () => onTestFailed(async () => console.log(await tapped.platform.logs()))
const uint16 = (value: number) => Buffer.of(value >> 8, value & 0xff)
const int32 = uint32
const lengths = [0, 3, 0x3fff_ffff, 0x4000_0000, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff]

const query = (text: string) => message('Q', `${text}\0`)
const ready = message('Z', 'I')
const complete = message('C', 'SELECT 1\0')
const field = (name: string, type: number, format = 0) =>
  Buffer.concat([Buffer.from(`${name}\0`), uint32(0), uint16(0), uint32(type), uint16(65_535), uint32(0xffff_ffff), uint16(format)]) // prettier-ignore
const description = (...types: number[]) =>
  message('T', Buffer.concat([uint16(types.length), ...types.map((type) => field('c', type))]))
const row = (...values: (string | null)[]) =>
  message(
    'D',
    Buffer.concat([
      uint16(values.length),
      ...values.flatMap((value) =>
        value === null ? [int32(-1)] : [int32(Buffer.byteLength(value)), Buffer.from(value)],
      ),
    ]),
  )

describe('a client in its session', () => {
  const openings: [string, Buffer][] = [
    ['a second StartupMessage (CVE-2026-107350)', Buffer.concat([uint32(23), uint32(0x0003_0000), Buffer.from('user\0postgres\0\0')])],
    ['an SSLRequest', Buffer.concat([uint32(8), uint32(80877103)])],
    ['a GSSENCRequest', Buffer.concat([uint32(8), uint32(80877104)])],
    ['a CancelRequest', Buffer.concat([uint32(16), uint32(80877102), uint32(1), uint32(1)])],
    ['a TLS handshake', Buffer.from('160301020001', 'hex')],
    ['a second password', message('p', 'x\0')],
    ['an AuthenticationOk', message('R', uint32(0))],
    ['a ReadyForQuery', ready],
    ['a CommandComplete', message('C', 'SELECT 1\0')],
    ['a Bind whose parameters are longer than itself', message('B', Buffer.concat([Buffer.from('\0\0'), uint16(0), uint16(1), uint32(0x7fff_ffff)]))],
    ['a Bind of a negative length', message('B', Buffer.concat([Buffer.from('\0\0'), uint16(0), uint16(1), int32(-2)]))],
    ['a Bind of 65,535 parameters that are not there', message('B', Buffer.concat([Buffer.from('\0\0'), uint16(0), uint16(65_535)]))],
    ['a Parse without an end', message('P', 'name')],
    ['a Query without an end', message('Q', 'select 1')],
    ['a Query that goes on behind its end', message('Q', 'select 1\0drop table customers\0')],
    ['a Describe of neither', message('D', 'X\0')],
    ['an Execute that is cut', message('E', '\0\0')],
    ['an empty message of each type', Buffer.concat([...'QPBDECFdcfHS'].map((type) => message(type, '')))],
  ] // prettier-ignore

  test.each(openings)('%s harms nobody', async (_, bytes) => {
    showLogs()
    const client = await tapped.session('client')
    client.socket.write(Buffer.concat([query('select 1'), bytes, query('select 2')]))
    await client.settle(150, 3_000)
    await tapped.compare()
    await tapped.assertAlive()
  })

  test.each([...'QPBDECFdcfHSXp\0\xff'])(
    'a message %j of any false length harms nobody',
    async (type) => {
      showLogs()
      await Promise.all(
        lengths.map(async (length) => {
          const client = await tapped.session('client-length')
          client.socket.write(
            Buffer.concat([Buffer.from(type, 'latin1'), uint32(length), query('select 1')]),
          )
          await client.settle(100, 2_000)
        }),
      )
      await tapped.compare()
      await tapped.assertAlive()
    },
  )

  test('a message that never ends is bounded, and is not waited for in memory', async () => {
    showLogs()
    const client = await tapped.session('client-endless')
    client.socket.write(Buffer.concat([Buffer.from('Q'), uint32(0x3fff_ffff)]))
    const part = Buffer.alloc(1024 * 1024, 0x41)
    for (let count = 0; count < 200 && !client.closed; count++) {
      if (!client.socket.write(part)) await sleep(5)
    }
    await client.settle(100, 2_000)
    await tapped.compare()
    expect((await tapped.memory()).most - memoryBefore).toBeLessThan(growthMiBMax)
    await tapped.assertAlive()
  })
})

describe('a target that answers a query', () => {
  const headers = (type: string) => lengths.map((length) => Buffer.concat([Buffer.from(type), uint32(length), Buffer.alloc(64)])) // prettier-ignore
  const answers: [string, Buffer[]][] = [
    ...[...'TDCEZNSKdGHWIAVRtn12s3v\0\xff'].map((type): [string, Buffer[]] => [
      `with a message ${JSON.stringify(type)} of a false length (CVE-2026-107348)`,
      headers(type),
    ]),
    ['with a row longer than its description', [Buffer.concat([description(25), row('a', 'b'), complete, ready])]],
    ['with a row shorter than its description', [Buffer.concat([description(25, 25), row('a'), complete, ready])]],
    ['with a row and no description', [Buffer.concat([row('a'), complete, ready])]],
    ['with a value of a negative length', [Buffer.concat([description(25), message('D', Buffer.concat([uint16(1), int32(-2)])), complete, ready])]],
    ['with a value longer than its row', [Buffer.concat([description(25), message('D', Buffer.concat([uint16(1), int32(0x7fff_ffff), Buffer.from('x')])), complete, ready])]],
    ['with bytes behind the values of a row', [Buffer.concat([description(25), message('D', Buffer.concat([uint16(0), Buffer.from('123-45-6789')])), complete, ready])]],
    ['with a description of 65,535 columns that are not there', [Buffer.concat([message('T', uint16(65_535)), complete, ready])]],
    ['with a description that is cut', [Buffer.concat([message('T', Buffer.concat([uint16(1), Buffer.from('c\0')])), ready])]],
    ['with CopyBoth', [Buffer.concat([message('W', Buffer.of(0, 0, 0)), message('d', 'secret')])]],
    ['with a CopyIn that nobody asked for', [Buffer.concat([message('G', Buffer.of(0, 0, 0)), ready])]],
    ['with a CopyOut that nobody asked for', [Buffer.concat([message('H', Buffer.of(0, 0, 1, 0, 0)), message('d', 'a\tb\n'), message('c', ''), complete, ready])]],
    ['with CopyData and no CopyOut', [Buffer.concat([message('d', 'a\n'), complete, ready])]],
    ['with an ErrorResponse without an SQLSTATE (CVE-2026-6666)', [Buffer.concat([message('E', 'Mno\0\0'), ready])]],
    ['with an ErrorResponse without an end', [Buffer.concat([message('E', 'SERROR\0C42601\0Mno'), ready])]],
    ['with an empty ErrorResponse', [Buffer.concat([message('E', ''), ready])]],
    ['with an ErrorResponse of 10,000 fields', [Buffer.concat([message('E', `${'Mx\0'.repeat(10_000)}\0`), ready])]],
    ['with a question about who we are', [message('R', uint32(3)), message('R', Buffer.concat([uint32(10), Buffer.from('SCRAM-SHA-256\0\0')]))]],
    ['with another key for cancel requests', [Buffer.concat([message('K', Buffer.alloc(8)), complete, ready])]],
    ['with NegotiateProtocolVersion', [Buffer.concat([message('v', Buffer.concat([uint32(0x0003_0000), uint32(0)])), complete, ready])]],
    ['twice', [Buffer.concat([complete, ready, complete, ready, description(25), row('a'), complete, ready])]],
    ['with a notification in the middle of its rows', [Buffer.concat([description(25), row('a'), message('A', Buffer.concat([uint32(1), Buffer.from('c\0p\0')])), row('b'), complete, ready])]],
    ['with a notice in the middle of its rows', [Buffer.concat([description(25), row('a'), message('N', 'SNOTICE\0C00000\0Mx\0\0'), row('b'), complete, ready])]],
    ['with a ReadyForQuery that is none', [message('Z', 'X'), message('Z', ''), message('Z', 'II')]],
    ['with a ParameterStatus without an end', [Buffer.concat([message('S', 'client_encoding'), complete, ready]), Buffer.concat([message('S', 'client_encoding\0SJIS\0'), complete, ready])]],
    ['with answers to messages that were not sent', [Buffer.concat([message('1', ''), message('2', ''), message('s', ''), message('3', ''), message('t', uint16(0)), message('n', ''), ready])]],
    ['with a message of no known type', [message('?', 'x'), message('\x01', 'x')]],
    ['with half a message, and leaves', [Buffer.concat([description(25), Buffer.from('D'), uint32(100), Buffer.from('half')])]],
    ['with nothing, and leaves', [Buffer.alloc(0)]],
    ['with HTTP', [Buffer.from('HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n')]],
  ] // prettier-ignore

  test.each(answers)('%s harms nobody', async (_, variants) => {
    showLogs()
    await Promise.all(
      variants.map(async (bytes) => {
        const client = await tapped.session('target', (name) =>
          tapped.tap.scripts.set(name, (proxy) => {
            proxy.write(bytes)
            setTimeout(() => proxy.end(), 100)
          }),
        )
        client.socket.write(query('select 1'))
        await client.settle(200, 2_000)
      }),
    )
    await tapped.compare()
    await tapped.assertAlive()
  })

  const values = [
    Buffer.alloc(0),
    Buffer.of(0),
    Buffer.alloc(3, 0xff),
    Buffer.alloc(64, 0xff),
    Buffer.alloc(64),
    // Counts, lengths and dimensions that are not there, or too many.
    Buffer.from('7fffffff00000001000000197fffffff7fffffff', 'hex'),
    Buffer.from('00000006000000000000001900000001000000017fffffff', 'hex'),
    Buffer.from('000000010000001900000004fffffffe', 'hex'),
    Buffer.from('ffff7fff8000ffff0001', 'hex'),
    Buffer.from('{'.repeat(2_000)),
    Buffer.from(`[${'['.repeat(2_000)}`),
    Buffer.from('{"a":"b'),
    Buffer.from('("x,'),
  ]
  const types: [string, number][] = [
    ['bool', 16], ['bytea', 17], ['"char"', 18], ['name', 19], ['bigint', 20], ['smallint', 21], ['integer', 23],
    ['text', 25], ['json', 114], ['xml', 142], ['point', 600], ['polygon', 604], ['cidr', 650], ['real', 700],
    ['double', 701], ['money', 790], ['macaddr', 829], ['inet', 869], ['int[]', 1007], ['text[]', 1009],
    ['char', 1042], ['varchar', 1043], ['date', 1082], ['time', 1083], ['timestamp', 1114], ['timestamptz', 1184],
    ['interval', 1186], ['timetz', 1266], ['bit', 1560], ['varbit', 1562], ['numeric', 1700], ['numeric[]', 1231],
    ['record', 2249], ['uuid', 2950], ['tsvector', 3614], ['jsonb', 3802], ['jsonb[]', 3807], ['int4range', 3904],
    ['tstzrange', 3910], ['record[]', 2287], ['int4multirange', 4451], ['jsonpath', 4072], ['no known type', 999_999],
  ] // prettier-ignore

  test.each(types)('with values of %s that are none harms nobody', async (_, type) => {
    showLogs()
    const rows = values.map((value) =>
      message('D', Buffer.concat([uint16(1), int32(value.length), value])),
    )
    await Promise.all(
      [0, 1].map(async (format) => {
        const described = message('T', Buffer.concat([uint16(1), field('ssn', type, format)]))
        const client = await tapped.session('values', (name) =>
          tapped.tap.scripts.set(name, (proxy) => {
            proxy.end(Buffer.concat([described, ...rows, complete, ready]))
          }),
        )
        client.socket.write(query('select ssn from customers'))
        await client.settle(200, 3_000)
      }),
    )
    await tapped.compare()
    await tapped.assertAlive()
  })

  /** Writes pieces as long as the proxy takes them, up to `bytes`. */
  const pour = (proxy: Socket, head: Buffer, piece: Buffer, bytes: number): void => {
    proxy.write(head)
    let left = bytes
    const more = (): void => {
      while (left > 0 && !proxy.destroyed) {
        left -= piece.length
        if (!proxy.write(piece)) {
          proxy.once('drain', more)
          return
        }
      }
      if (!proxy.destroyed) proxy.end()
    }
    more()
  }

  const huge = 256 * 1024 * 1024
  const floods: [string, Buffer, Buffer][] = [
    ['a row without end', Buffer.concat([description(25), Buffer.from('D'), uint32(huge), uint16(1), uint32(huge - 10)]), Buffer.alloc(65_536, 0x41)],
    ['an error without end', Buffer.concat([Buffer.from('E'), uint32(huge), Buffer.from('M')]), Buffer.alloc(65_536, 0x41)],
    ['a description without end', Buffer.concat([Buffer.from('T'), uint32(huge), uint16(65_535)]), Buffer.alloc(65_536, 0x41)],
    ['notices without end', Buffer.alloc(0), Buffer.concat(Array.from({ length: 100 }, () => message('N', 'SNOTICE\0C00000\0Mx\0\0')))],
    ['parameters without end', Buffer.alloc(0), Buffer.concat(Array.from({ length: 100 }, (_, index) => message('S', `gatetrail.n${index}\0${'x'.repeat(100)}\0`)))],
    ['notifications without end', Buffer.alloc(0), Buffer.concat(Array.from({ length: 100 }, () => message('A', Buffer.concat([uint32(1), Buffer.from('c\0p\0')]))))],
  ] // prettier-ignore

  test.each(floods)(
    '%s is bounded in memory, also where the client reads nothing',
    async (name, head, piece) => {
      showLogs()
      // Small messages cost a record each; of them a tenth says as much.
      const bytes = name.startsWith('a ') || name.startsWith('an ') ? huge : huge / 16
      for (const reads of [true, false]) {
        const client = await tapped.session('flood', (session) =>
          tapped.tap.scripts.set(session, (proxy) => pour(proxy, head, piece, bytes)),
        )
        if (!reads) client.socket.pause()
        client.socket.write(query('select 1'))
        await client.settle(500, reads ? 60_000 : 2_000)
        client.socket.destroy()
      }
      await tapped.compare()
      const { most } = await tapped.memory()
      console.log(`${name}: ${Math.round(most - memoryBefore)} MiB more at its most`)
      expect(most - memoryBefore).toBeLessThan(growthMiBMax)
      await tapped.assertAlive()
    },
  )
})

test('what was held against the journal', async () => {
  const { sessionsCompared, compared } = tapped
  console.log(sessionsCompared, 'sessions', compared, await tapped.memory())
  await tapped.assertNoBugs()
  expect(sessionsCompared).toBeGreaterThan(100)
  expect(compared.bytesToClient).toBeGreaterThan(0)
  expect(compared.bytesToTarget).toBeGreaterThan(0)
})
