/** However the network cuts both streams, the same bytes are forwarded and the same records are written. */
import { frameHeaderBytes } from '@gatetrail/protocols'
import fc from 'fast-check'
import { beforeAll, expect, it } from 'vitest'
import { loadParser } from '../facts/index.ts'
import type { RecordedFrame } from './testing/memory-journal.ts'
import { memorySession } from './testing/memory-session.ts'
import * as m from './testing/messages.ts'

beforeAll(() => loadParser())

type Round = { client: Buffer; target: Buffer }

const people = [
  { name: 'id', table: 20_000, attribute: 1, type: 23 },
  { name: 'name', table: 20_000, attribute: 2 },
  { name: 'ssn', table: 20_000, attribute: 3 },
  { name: 'born', table: 20_000, attribute: 4, type: 1082 },
]
const rows = [
  m.dataRow('1', 'Ada, ada@example.com', '123-45-6789', '1970-01-02'),
  m.dataRow('2', 'pays with 4111 1111 1111 1111', null, null),
  m.dataRow('3', 'x'.repeat(300), 'nothing like one', '1999-12-31'),
]

const binaryRows = [
  ['1', 'Ada, ada@example.com', '123-45-6789', '1970-01-02'],
  ['2', 'z'.repeat(300), '219-09-9999', ''],
  ['3', 'pays with 4111 1111 1111 1111', null, null],
  ['4', 'nothing like one', '123-45-6789', '1999-12-31'],
].map((values) => m.dataRow(...values).subarray(frameHeaderBytes))

const rounds: Record<string, Round> = {
  simple: {
    client: m.query('select * from people'),
    target: Buffer.concat([
      m.rowDescription(...people),
      ...rows,
      m.commandComplete('SELECT 3'),
      m.ready(),
    ]),
  },
  extended: {
    client: Buffer.concat([
      m.parse('', 'select * from people where id = $1'),
      m.bind('', '', ['1']),
      m.execute(''),
      m.sync,
    ]),
    // The relay asks for the description of the portal by itself.
    target: Buffer.concat([
      m.parseComplete,
      m.bindComplete,
      m.rowDescription(...people),
      rows[0]!,
      m.commandComplete('SELECT 1'),
      m.ready(),
    ]),
  },
  failing: {
    client: Buffer.concat([
      m.parse('', 'select 1 / $1'),
      m.bind('', '', ['0']),
      m.execute(''),
      m.parse('', 'select 2'),
      m.bind('', ''),
      m.execute(''),
      m.sync,
    ]),
    target: Buffer.concat([
      m.parseComplete,
      m.bindComplete,
      m.error('22012', 'division by zero'),
      m.ready(),
    ]),
  },
  copyOut: {
    client: m.query('copy people to stdout'),
    target: Buffer.concat([
      m.copyOut,
      m.copyData('1\tAda\t123-45-6789\t1970-01-02\n'),
      m.copyData('2\tcard 4111-1111-1111-1111\t\\N\t\\N\n'),
      m.copyDone,
      m.commandComplete('COPY 2'),
      m.ready(),
    ]),
  },
  copyOutBinary: {
    client: m.query('copy people to stdout (format binary)'),
    target: Buffer.concat([
      m.message('H', [1], m.i16(4), m.i16(1), m.i16(1), m.i16(1), m.i16(1)),
      m.message('d', 'PGCOPY\n', [0xff], '\r\n\0', m.i32(0), m.i32(0), binaryRows[0]!),
      ...binaryRows.slice(1).map((row) => m.message('d', row)),
      m.message('d', m.i16(-1)),
      m.copyDone,
      m.commandComplete('COPY 4'),
      m.ready(),
    ]),
  },
  shrinking: {
    client: m.query('select born, name from people'),
    target: Buffer.concat([
      m.rowDescription({ ...people[3]!, type: 1700 }, people[1]!),
      m.dataRow('1234567.89', 'Ada'),
      m.dataRow('1', 'pays with 4111 1111 1111 1111'),
      m.dataRow('23456.7', 'y'.repeat(200)),
      m.commandComplete('SELECT 3'),
      m.ready(),
    ]),
  },
  notices: {
    client: m.query('select text from notes'),
    target: Buffer.concat([
      m.message('N', 'SNOTICE\0C00000\0Mwrite to ada@example.com\0\0'),
      m.parameterStatus('application_name', 'ada@example.com'),
      m.rowDescription({ name: 'text', table: 20_001, attribute: 1 }),
      m.dataRow('078-05-1120 is one, 666-00-0000 is none'),
      m.commandComplete('SELECT 1'),
      m.ready(),
    ]),
  },
}

/** What went where, and what is on record, without times. */
async function play(
  names: readonly string[],
  cut: (bytes: Buffer) => Buffer[],
): Promise<Record<string, unknown>> {
  const session = memorySession()
  for (const name of names) {
    await session.fromClient(...cut(rounds[name]!.client))
    await session.fromTarget(...cut(rounds[name]!.target))
  }
  await session.fromClient(m.terminate)
  const events = session.journal.records
    .filter(({ kind }) => kind !== 'gatetrail.frames.recorded')
    .map(({ kind, body }) => ({ kind, body: withoutTimes(body) }))
  return {
    toTarget: session.target.received.toString('latin1'),
    toClient: session.client.received.toString('latin1'),
    frames: session.journal
      .frames()
      .map(({ bytes, ...frame }) => ({ ...frame, bytes: bytes.toString('latin1') })),
    events,
    end: session.end(),
  }
}

function withoutTimes(body: unknown): unknown {
  const { statement, startedMicros, durationMicros, ...rest } = body as Record<string, unknown>
  void statement
  void startedMicros
  void durationMicros
  return rest
}

it('forwards and records the same however the streams are cut', async () => {
  const whole = (bytes: Buffer): Buffer[] => [bytes]
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom(...Object.keys(rounds)), { minLength: 1, maxLength: 4 }),
      fc.array(fc.integer({ min: 1, max: 120 }), { minLength: 1, maxLength: 20 }),
      async (names, sizes) => {
        const cut = (bytes: Buffer): Buffer[] => {
          const pieces: Buffer[] = []
          for (let at = 0, index = 0; at < bytes.length; index++) {
            const size = sizes[index % sizes.length]!
            pieces.push(bytes.subarray(at, at + size))
            at += size
          }
          return pieces
        }
        expect(await play(names, cut)).toEqual(await play(names, whole))
      },
    ),
    { numRuns: 40 },
  )
})

it('records what it sends, also where masks are shorter than values', async () => {
  const { toClient, frames } = await play(['shrinking', 'copyOutBinary'], (all) => [all])
  const recorded = (frames as RecordedFrame[]).filter(({ direction }) => direction === 'to_client')
  expect(recorded.map(({ bytes }) => String(bytes)).join('')).toBe(toClient)
})

it('gives the same one byte at a time', async () => {
  const names = Object.keys(rounds)
  const bytes = (all: Buffer): Buffer[] => Array.from(all, (_, at) => all.subarray(at, at + 1))
  const played = await play(names, bytes)
  expect(played).toEqual(await play(names, (all) => [all]))
  const text = JSON.stringify(played)
  for (const secret of [
    '123-45-6789',
    '078-05-1120',
    '4111',
    'ada@example',
    '1970-01-02',
    '4567',
  ]) {
    expect(text).not.toContain(secret)
  }
})
