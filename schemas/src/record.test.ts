/**
 * The bytes of records, against golden fixtures: one per kind, in ../fixtures. A fixture of a released version is never
 * changed: journals in the field hold such bytes. A new version of a body gets a new fixture.
 */
import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ChunkBuilder, decodeChunk, fragmentFlags, type Fragment } from './chunk.ts'
import {
  decodeEventBody,
  decodeRecord,
  encodeRecord,
  recordHeaderBytes,
  uuidBytes,
  uuidText,
} from './record.ts'
import { recordHeaderLayout } from './reference/record-layout.ts'
import { chunkKind, eventKinds, kindCodeOf, recordKindOf, type EventKind } from './registry.ts'

type FixtureFragment = Omit<Fragment, 'bytes'> & { hex: string }
type Fixture = {
  kind: string
  header: Parameters<typeof encodeRecord>[0]
  body: unknown
  bytes: string
}

const folder = new URL('../fixtures/', import.meta.url)
const fixtures = readdirSync(folder).map(
  (name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Fixture,
)
const eventFixtures = fixtures.filter(({ kind }) => kind !== chunkKind.name)

test('every version of every kind has a fixture, and no fixture is of an unknown kind', () => {
  const versions = Object.entries(eventKinds).flatMap(([kind, { version }]) =>
    Array.from({ length: version }, (_, index) => `${kind} ${index + 1}`),
  )
  expect(fixtures.map(({ kind, header }) => `${kind} ${header.version}`).sort()).toEqual(
    [...versions, `${chunkKind.name} ${chunkKind.version}`].sort(),
  )
})

test('no two kinds share a number', () => {
  const codes = Object.values(eventKinds).map(({ code }): number => code)
  expect(new Set([...codes, chunkKind.code]).size).toBe(codes.length + 1)
})

test.each(eventFixtures)(
  '$kind $header.version: the golden bytes read and write as they always did',
  (fixture) => {
    const kind = recordKindOf(fixture.header.kindCode) as EventKind
    expect(kind).toBe(fixture.kind)
    const bytes = Buffer.from(fixture.bytes, 'hex')
    const { header, body } = decodeRecord(bytes)
    expect(header).toEqual({ kind, ...fixture.header })
    const read = decodeEventBody(kind, body, header.version)
    if (header.version === eventKinds[kind].version) expect(read).toEqual(fixture.body)
    else expect(read).toMatchObject(fixture.body as object) // Brought up to the current version.
    const json = Buffer.from(JSON.stringify(fixture.body))
    expect(Buffer.from(encodeRecord(fixture.header, json)).toString('hex')).toBe(fixture.bytes)
  },
)

test.each(eventFixtures)(
  '$kind $header.version: a body with a member more or of another type is refused',
  (fixture) => {
    const kind = fixture.kind as EventKind
    const parse = (body: unknown): unknown =>
      decodeEventBody(kind, Buffer.from(JSON.stringify(body)), fixture.header.version)
    const body = fixture.body as Record<string, unknown>
    expect(() => parse({ ...body, unheardOf: 1 })).toThrow(/unheardOf/)
    const [first] = Object.keys(body)
    expect(() => parse({ ...body, [first!]: null })).toThrow(
      expect.objectContaining({ code: 'RECORD_INVALID' }),
    )
  },
)

test('the golden chunk reads and writes as it always did', () => {
  const fixture = fixtures.find(({ kind }) => kind === chunkKind.name)!
  const { fragments } = fixture.body as { fragments: FixtureFragment[] }
  const { header, body } = decodeRecord(Buffer.from(fixture.bytes, 'hex'))
  expect(header.kind).toBe(chunkKind.name)
  const chunk = decodeChunk(body)
  expect(
    chunk.fragments.map(({ bytes, ...rest }) => ({
      ...rest,
      hex: Buffer.from(bytes).toString('hex'),
    })),
  ).toEqual(fragments.map(({ hex, totalLength, ...rest }) => ({ ...rest, totalLength, hex })))
  const built = build(
    fragments.map(({ hex, ...rest }) => ({ ...rest, bytes: Buffer.from(hex, 'hex') })),
  )
  expect(Buffer.from(built)).toEqual(Buffer.from(body))
})

const uuid = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => uuidText(bytes))
const uint53 = fc.nat({ max: Number.MAX_SAFE_INTEGER })

test('any header and body come back from their bytes', () => {
  fc.assert(
    fc.property(
      fc.record({
        kindCode: fc.nat({ max: 65_535 }),
        version: fc.nat({ max: 255 }),
        session: uuid,
        writer: uuid,
        seq: fc.nat({ max: 2 ** 32 - 1 }),
        position: uint53,
        timeMicros: uint53,
        offsetMicros: uint53,
      }),
      fc.uint8Array({ maxLength: 500 }),
      (header, body) => {
        const record = decodeRecord(encodeRecord(header, body))
        expect(record.header).toEqual({ kind: recordKindOf(header.kindCode), ...header })
        expect(record.body).toEqual(body)
      },
    ),
  )
})

test('any bytes either are a record or are refused with RECORD_INVALID', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        decodeRecord(bytes)
        expect(bytes.length).toBeGreaterThanOrEqual(recordHeaderBytes)
      } catch (error) {
        expect(error).toMatchObject({ code: 'RECORD_INVALID' })
      }
    }),
  )
})

const fragment: fc.Arbitrary<Fragment> = fc
  .record({
    direction: fc.constantFrom('to_client' as const, 'to_target' as const),
    type: fc.nat({ max: 255 }),
    first: fc.boolean(),
    last: fc.boolean(),
    masked: fc.boolean(),
    withheld: fc.boolean(),
    offsetMicros: fc.nat({ max: 2 ** 40 }),
    bytes: fc.uint8Array({ maxLength: 300 }),
    more: fc.nat({ max: 2 ** 40 }),
  })
  .map(({ more, bytes, ...rest }) => {
    const whole = rest.first && rest.last && !rest.withheld
    return { ...rest, bytes, totalLength: whole ? bytes.length : bytes.length + more }
  })

function build(fragments: readonly Fragment[], builder = new ChunkBuilder('postgres')): Uint8Array {
  for (const { bytes, ...part } of fragments) {
    const flags =
      (part.direction === 'to_client' ? fragmentFlags.toClient : 0) |
      (part.first ? fragmentFlags.first : 0) |
      (part.last ? fragmentFlags.last : 0) |
      (part.masked ? fragmentFlags.masked : 0) |
      (part.withheld ? fragmentFlags.withheld : 0)
    builder.add(flags, part.type, part.offsetMicros, part.totalLength, bytes, 0, bytes.length)
  }
  const target = new Uint8Array(builder.length)
  expect(builder.writeTo(target, 0)).toBe(target.length)
  return target
}

test('any fragments come back from a chunk, also from a builder that was used before', () => {
  const builder = new ChunkBuilder('postgres')
  fc.assert(
    fc.property(fc.array(fragment, { maxLength: 40 }), (unordered) => {
      const fragments = [...unordered].sort((a, b) => a.offsetMicros - b.offsetMicros)
      expect(decodeChunk(build(fragments, builder)).fragments).toEqual(fragments)
      expect(builder.empty).toBe(true)
    }),
  )
})

test('a chunk has the same bytes whether those of its fragments are copied at once or when it is written', () => {
  const [builder, atOnce] = [new ChunkBuilder('postgres'), new ChunkBuilder('postgres')]
  const sources = [0, 1].map((seed) => Uint8Array.from({ length: 600 }, (_, at) => at * 7 + seed))
  const piece = fc.record({
    source: fc.constantFrom(...sources),
    /** Mostly behind the piece before. */
    gap: fc.constantFrom(0, 0, 0, 5),
    length: fc.nat({ max: 60 }),
    lasting: fc.constantFrom(true, true, false),
  })
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      let at = 0
      for (const { source, gap, length, lasting } of pieces) {
        const [start, end] = [Math.min(600, at + gap), Math.min(600, at + gap + length)]
        at = end
        const rest = [fragmentFlags.first, 68, 0, length, source, start, end] as const
        if (lasting) builder.addLasting(...rest)
        else builder.add(...rest)
        atOnce.add(...rest)
        expect(builder.length).toBe(atOnce.length)
      }
      const [written, expected] = [builder, atOnce].map((each) => {
        const target = new Uint8Array(each.length)
        each.writeTo(target, 0)
        return target
      })
      expect(written).toEqual(expected)
      expect(builder.empty).toBe(true)
    }),
  )
})

test('a chunk cut or flipped anywhere is refused with RECORD_INVALID, or is a chunk, never a crash', () => {
  fc.assert(
    fc.property(
      fc.array(fragment, { minLength: 1, maxLength: 6 }),
      fc.nat(),
      fc.nat({ max: 7 }),
      fc.boolean(),
      (fragments, where, bit, cut) => {
        const bytes = build(fragments)
        const at = where % bytes.length
        const damaged = cut ? bytes.subarray(0, at) : bytes
        if (!cut) damaged[at] = damaged[at]! ^ (1 << bit)
        try {
          decodeChunk(damaged)
        } catch (error) {
          expect(error).toMatchObject({ code: 'RECORD_INVALID' })
        }
      },
    ),
  )
})

test('UUIDs come back from their bytes, and nothing else passes for one', () => {
  fc.assert(fc.property(uuid, (text) => uuidText(uuidBytes(text)) === text))
  expect(() => uuidBytes('01939e5b-8c00-7000-8000-0000000000')).toThrow(/not a UUID/)
})

test('the documented layout of the header is the one that is written', () => {
  let at = 0
  for (const { offset, bytes } of recordHeaderLayout) {
    expect(offset).toBe(at)
    if (typeof bytes === 'number') at += bytes
  }
  expect(at).toBe(recordHeaderBytes)
  const header = {
    kindCode: kindCodeOf('gatetrail.statement.decided'),
    version: 7,
    session: '11111111-1111-1111-1111-111111111111',
    writer: '22222222-2222-2222-2222-222222222222',
    seq: 0x33333333,
    position: 0x4444444444444,
    timeMicros: 0x5555555555555,
    offsetMicros: 0x6666666666666,
  }
  const bytes = Buffer.from(encodeRecord(header, new Uint8Array()))
  expect([bytes[0], bytes.readUInt16BE(1), bytes[3]]).toEqual([1, 41, 7])
  expect(bytes.toString('hex', 4, 36)).toBe('11'.repeat(16) + '22'.repeat(16))
  expect(bytes.readUInt32BE(36)).toBe(header.seq)
  expect([40, 48, 56].map((at) => Number(bytes.readBigUInt64BE(at)))).toEqual([
    header.position,
    header.timeMicros,
    header.offsetMicros,
  ])
})
