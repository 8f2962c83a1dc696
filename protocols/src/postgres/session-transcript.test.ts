import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import golden from '../../golden/psql-sessions.json' with { type: 'json' }
import sessions from '../../golden/sessions.json' with { type: 'json' }
import { FrameAssembler, type RecordedFrame } from './frame-assembler.ts'
import { SessionReader } from './session-reader.ts'
import type { StatementPath } from './session-steps.ts'
import { visibleLine } from './visible-text.ts'
import { StatementTranscript, type TranscriptRequest } from './session-transcript.ts'

const request: TranscriptRequest = {
  seq: 7,
  prompt: 'orders',
  recordedText: '',
  touched: false,
  findings: [],
  refusal: undefined,
  page: 0,
  rowsPerPage: 200,
  colors: false,
}

function frameOf(line: string): RecordedFrame {
  const bytes = Uint8Array.from(Buffer.from(line.slice(1), 'hex'))
  const direction = line.startsWith('<') ? 'to_client' : 'to_target'
  return {
    direction,
    type: bytes[0]!,
    bytes,
    totalLength: bytes.length,
    masked: false,
    withheld: false,
  }
}

function message(
  direction: '<' | '>',
  type: string,
  ...parts: (string | number[])[]
): RecordedFrame {
  const body = Buffer.concat(
    parts.map((part) => Buffer.from(typeof part === 'string' ? part : Uint8Array.from(part))),
  )
  const header = Buffer.alloc(5)
  header.write(type, 0, 'latin1')
  header.writeUInt32BE(body.length + 4, 1)
  return frameOf(`${direction}${Buffer.concat([header, body]).toString('hex')}`)
}

const int16 = (value: number): number[] => [value >> 8, value & 255]
const int32 = (value: number): number[] => [...int16(value >>> 16), ...int16(value & 0xffff)]
const column = (name: string, typeOid: number, format = 0): (string | number[])[] => [
  `${name}\0`, int32(0), int16(0), int32(typeOid), int16(4), int32(-1), int16(format),
] // prettier-ignore
const row = (...values: string[]): RecordedFrame =>
  message(
    '<',
    'D',
    int16(values.length),
    ...values.flatMap((value) => [int32(Buffer.byteLength(value)), value]),
  )
const ready = message('<', 'Z', 'I')

function play(
  frames: readonly (RecordedFrame | { seq: number; path: StatementPath })[],
  overrides: Partial<TranscriptRequest> = {},
): StatementTranscript {
  const transcript = new StatementTranscript({ ...request, ...overrides })
  const reader = new SessionReader(transcript)
  for (const frame of frames) {
    if ('seq' in frame) reader.decision(frame)
    else reader.frame(frame)
  }
  return transcript
}

/**
 * A decision follows each message that asks for one, as the proxy records it: going on with a portal is none. The
 * transcripts of all, one below the other.
 */
function transcriptsOf(frames: readonly RecordedFrame[]): string {
  const record: Parameters<typeof play>[0][number][] = []
  const portals = new Set<string>()
  let seq = 0
  for (const frame of frames) {
    record.push(frame)
    if (frame.direction === 'to_client') continue
    const path = paths.get(frame.type)
    const portal = Buffer.from(frame.bytes.subarray(5, frame.bytes.indexOf(0, 5))).toString()
    if (frame.type === 0x42) portals.delete(portal)
    if (path === undefined || (path === 'extended' && portals.has(portal))) continue
    if (path === 'extended') portals.add(portal)
    record.push({ seq: ++seq, path })
  }
  return Array.from({ length: seq }, (_, index) => {
    const { text, complete } = play(record, { seq: index + 1 }).transcript()
    return `[${index + 1}]${complete ? '' : ' (not complete)'}\n${text.replaceAll('\r\n', '\n')}`
  }).join('\n')
}

const paths: ReadonlyMap<number, StatementPath> = new Map([
  [0x51, 'simple'],
  [0x45, 'extended'],
  [0x46, 'function_call'],
])

function assembled(frames: readonly RecordedFrame[], sizes: readonly number[]): RecordedFrame[] {
  const assembler = new FrameAssembler()
  let cuts = 0
  return frames.flatMap((frame) => {
    const found: RecordedFrame[] = []
    for (let at = 0; at < frame.bytes.length;) {
      const end = Math.min(frame.bytes.length, at + sizes[cuts++ % sizes.length]!)
      const { direction, type, masked, withheld, totalLength } = frame
      const whole = assembler.add({
        ...{ direction, type, masked, withheld, totalLength, offsetMicros: 0 },
        first: at === 0,
        last: end === frame.bytes.length,
        bytes: frame.bytes.subarray(at, end),
      })
      if (whole !== undefined) found.push(whole)
      at = end
    }
    return found
  })
}

function expandTabs(line: string): string {
  return line
    .split('\t')
    .reduce((before, part) => before.padEnd((before.length >> 3) * 8 + 8) + part)
}

describe('a transcript', () => {
  it.each(golden)('of $name is what psql printed', ({ sql, frames, output, name }) => {
    const { text } = play([{ seq: 7, path: 'simple' }, ...frames.map(frameOf)]).transcript()
    const prompt = sql
      .split('\n')
      .map((line, index) => `orders${index === 0 ? '=>' : '->'} ${visibleLine(line).text}\r\n`)
    expect(text.startsWith(prompt.join(''))).toBe(true)
    // psql passes on the rows of a COPY as they are: here they are a table, see the sessions below.
    if (name.startsWith('copy')) return
    const shown = text
      .slice(prompt.join('').length)
      .replace(/^-- The statement was empty.\r\n/m, '')
      .replaceAll('\r\n', '\n')
    // A tab comes out as the columns that a terminal would leave.
    expect(shown).toBe(output.replace(/[^\n]+/g, expandTabs))
  })

  it.each(sessions)('of each statement of $name is the one on file', async ({ name, frames }) => {
    const shown = transcriptsOf(frames.map(frameOf))
    await expect(shown).toMatchFileSnapshot(`../../golden/transcripts/${name}.txt`)
  })

  it.each(sessions)('of $name is the same however its frames were cut', ({ frames }) => {
    const whole = transcriptsOf(frames.map(frameOf))
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1 }), (sizes) => {
        expect(transcriptsOf(assembled(frames.map(frameOf), sizes))).toBe(whole)
      }),
      { numRuns: 20 },
    )
  })

  it('shows pages of rows, the head on each, the count on the last', () => {
    const frames = [
      message('>', 'Q', 'select n\0'),
      { seq: 7, path: 'simple' as const },
      message('<', 'T', int16(1), ...column('n', 23)),
      ...Array.from({ length: 5 }, (_, index) => row(String(index))),
      message('<', 'C', 'SELECT 5\0'),
      ready,
    ]
    const page = (number: number) => play(frames, { page: number, rowsPerPage: 2 }).transcript()
    expect(page(0).text).toBe(
      'orders=> select n\r\n n \r\n---\r\n 0\r\n 1\r\n-- Rows 1 to 2; more on the next page.\r\n',
    )
    expect(page(1).text).toBe(
      ' n \r\n---\r\n 2\r\n 3\r\n-- Rows 3 to 4; more on the next page.\r\n',
    )
    expect(page(2)).toMatchObject({
      text: ' n \r\n---\r\n 4\r\n(5 rows)\r\n\r\n',
      complete: true,
      rows: 5,
    })
  })

  it('of a full last page ends there', () => {
    const frames = [
      message('>', 'Q', 'select n\0'),
      { seq: 7, path: 'simple' as const },
      message('<', 'T', int16(1), ...column('n', 23)),
      row('1'), row('2'), message('<', 'C', 'SELECT 2\0'), ready,
    ] // prettier-ignore
    expect(play(frames, { rowsPerPage: 2 }).transcript().text).toContain('(2 rows)')
  })

  it('gives pipelined statements their own answers, whether decisions come before or after their frames', () => {
    const bind = message('>', 'B', '\0\0', int16(0), int16(1), int32(1), 'z', int16(1), int16(1))
    const execute = message('>', 'E', '\0', int32(0))
    const frames = [
      message('>', 'P', '\0select $1\0', int16(1), int32(25)),
      bind,
      message('>', 'D', 'P\0'),
      execute,
      message('>', 'P', '\0select 2\0', int16(0)),
      message('>', 'B', '\0\0', int16(0), int16(0), int16(0)),
      { seq: 3, path: 'extended' as const },
      { seq: 7, path: 'extended' as const },
      execute,
      message('>', 'S'),
      message('<', '1'), message('<', '2'), message('<', 'T', int16(1), ...column('a', 23, 1)),
      message('<', 'D', int16(1), int32(4), int32(42)),
      message('<', 'C', 'SELECT 1\0'),
      message('<', '1'), message('<', '2'),
      row('two'), message('<', 'C', 'SELECT 1\0'), ready,
    ] // prettier-ignore
    expect(play(frames, { seq: 3 }).transcript().text).toBe(
      "orders=> select $1\r\n-- Parameters: $1 = 'z'\r\n a  \r\n----\r\n 42\r\n(1 row)\r\n\r\n",
    )
    expect(play(frames, { seq: 7 }).transcript().text).toBe(
      'orders=> select 2\r\n column 1 \r\n----------\r\n two\r\n(1 row)\r\n\r\n',
    )
  })

  it('of a Parse that was refused shows the refusal, and what was skipped disturbs nothing after it', () => {
    const error = message('<', 'E', 'SERROR\0C42501\0Mpolicy does not allow it\0HAsk.\0\0')
    const frames = [
      message('>', 'P', 'a\0drop table t\0', int16(0)),
      { seq: 7, path: 'parse' as const },
      message('>', 'B', '\0a\0', int16(0), int16(0), int16(0)),
      message('>', 'E', '\0', int32(0)),
      message('>', 'S'),
      error, ready,
      message('>', 'Q', 'select 1\0'),
      { seq: 9, path: 'simple' as const },
      message('<', 'T', int16(1), ...column('n', 23)), row('1'), message('<', 'C', 'SELECT 1\0'), ready,
    ] // prettier-ignore
    expect(play(frames, { refusal: 'Refused by Gatetrail.' }).transcript().text).toBe(
      'orders=> drop table t\r\nERROR:  policy does not allow it\r\nHINT:  Ask.\r\n-- Refused by Gatetrail.\r\n',
    )
    expect(play(frames, { seq: 9 }).transcript().text).toContain(' 1\r\n(1 row)')
  })

  it('never holds a control character that is not ours, whatever the data', () => {
    const nasty = fc
      .string({ unit: 'binary', maxLength: 40 })
      .map((text) => text.replaceAll('\0', ''))
    fc.assert(
      fc.property(nasty, nasty, nasty, (name, value, report) => {
        const { text } = play(
          [
            message('>', 'Q', `${value}\0`),
            { seq: 7, path: 'simple' },
            message('<', 'T', int16(1), ...column(name, 25)),
            row(value),
            message('<', 'N', `S${report}\0M${value}\0D${report}\0\0`),
            message('<', 'H', [0], int16(0)),
            message('<', 'd', value),
            message('<', 'E', `SERROR\0M${report}\0P1\0\0`),
            ready,
          ],
          { prompt: name, colors: true, refusal: report },
        ).transcript()
        const ours = text
          .replaceAll(new RegExp('\u001b\\[(0|1|2|31|33)m', 'g'), '')
          .replaceAll('\r\n', '')
        expect(ours).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
      }),
    )
  })

  it('counts and colours masked cells of a touched answer, and says where the client saw more', () => {
    const frames = [
      message('>', 'Q', 'x\0'),
      { seq: 7, path: 'simple' as const },
      message('<', 'T', int16(2), ...column('a', 25), ...column('b', 25)),
      row('***-**-****', '5 *** hotel'),
      { ...row('****', 'x'), masked: true },
      message('<', 'C', 'SELECT 2\0'),
      ready,
    ]
    const { text, maskedCells } = play(frames, { touched: true, colors: true }).transcript()
    expect(maskedCells).toBe(2)
    expect(text).toContain('\u001b[33m***-**-****\u001b[0m | 5 *** hotel')
    expect(text).toContain('The client saw values')
    expect(play(frames).transcript().maskedCells).toBe(0)
  })

  it('comes out of any frames in any order, without an error', () => {
    const kinds = 'QPBEDCSHFXdcf12CDEGHIKNSTVWZnst3A'
    const frame = fc
      .record({
        direction: fc.constantFrom<'<' | '>'>('<', '>'),
        type: fc.constantFrom(...kinds),
        body: fc.oneof(
          fc.uint8Array({ maxLength: 40 }),
          fc.constantFrom('\0\0\0\0', 'a\0', 'copy t to stdout csv header\0', 'Sa\0', 'I', 'T').map((text) => Buffer.from(text)),
        ),
      })
      .map(({ direction, type, body }) => message(direction, type, [...body])) // prettier-ignore
    const entry = fc.oneof(
      { weight: 4, arbitrary: frame },
      fc.constantFrom<StatementPath>('simple', 'extended', 'parse', 'function_call').map((path) => ({ seq: 7, path })),
    ) // prettier-ignore
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 40 }), (entries) => {
        const { text } = play(entries).transcript()
        expect(text.replaceAll('\r\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
      }),
      { numRuns: 500 },
    )
  })

  it('is bounded, however many statements one text holds', () => {
    const many = Array.from({ length: 5_000 }, () => [
      message('<', 'T', int16(1), ...column('n', 23)),
      message('<', 'C', 'SELECT 0\0'),
      message('<', 'C', 'SET\0'),
    ])
    const { text, complete } = play([
      message('>', 'Q', 'x\0'), { seq: 7, path: 'simple' }, ...many.flat(), ready,
    ]).transcript() // prettier-ignore
    expect(text.split('\r\n').length).toBeLessThan(6_000)
    expect(text).toContain('-- It gave more answers than are shown.')
    expect(complete).toBe(true)
  })

  it('cuts a value that is too long to show, and says so', () => {
    const { text } = play([
      message('>', 'Q', 'x\0'), { seq: 7, path: 'simple' },
      message('<', 'T', int16(1), ...column('v', 25)), row('é'.repeat(3_000)), ready,
    ]).transcript() // prettier-ignore
    const unwrapped = text.replaceAll('.\r\n.', '')
    expect(unwrapped).toContain(`${'é'.repeat(2_048)} … (1904 more bytes)`)
    for (const line of text.split('\r\n')) expect(line.length).toBeLessThan(130)
  })
})

describe('frames', () => {
  it('come out the same however they were cut into fragments', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 5, maxLength: 300 }),
        fc.integer({ min: 1, max: 50 }),
        (bytes, size) => {
          const assembler = new FrameAssembler()
          const out: RecordedFrame[] = []
          for (let at = 0; at < bytes.length; at += size) {
            const frame = assembler.add({
            direction: 'to_client', type: 0x44, first: at === 0, last: at + size >= bytes.length, masked: false,
            withheld: false, offsetMicros: 0, totalLength: bytes.length, bytes: bytes.subarray(at, at + size),
          }) // prettier-ignore
            if (frame !== undefined) out.push(frame)
          }
          expect(out).toHaveLength(1)
          expect(out[0]!.bytes).toEqual(bytes)
        },
      ),
    )
  })
})
