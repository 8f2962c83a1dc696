/** Rows of a COPY that came in one piece of input are masked as if each had come alone. */
import { Masking } from '@gatetrail/detect'
import type { Touch } from '@gatetrail/schemas'
import { beforeAll, describe, expect, it } from 'vitest'
import { createDetection } from '../../../detection/detection.ts'
import { emptyModel, type Column } from '../catalogue/model.ts'
import { snapshotOf } from '../catalogue/snapshot.ts'
import { describeStatement } from '../facts/describe-statement.ts'
import { emptyEnvironment } from '../facts/environment.ts'
import { loadParser } from '../facts/index.ts'
import { testRelation } from '../facts/testing/test-model.ts'
import { ColumnKnowledge } from './column-knowledge.ts'
import { CopyBinaryFields } from './copy-binary-fields.ts'
import { CopyOutMask, maskShown } from './copy-out-mask.ts'
import { copyPlan, type CopyPlan } from './copy-plan.ts'
import { CoverageCounts } from './coverage-counts.ts'
import { TouchCounts } from './touch-counts.ts'

const seed = 20_261_122
const rowsMax = 120
const textOid = 25
/** `size` is left as it is. */
const names = ['note', 'ssn', 'more', 'doc', 'size', 'years', 'stay'] as const
const typeOids: Partial<Record<(typeof names)[number], number>> = {
  doc: 3802,
  size: 23,
  years: 3904,
  stay: 1186,
}
const tags: Partial<Record<(typeof names)[number], string>> = {
  ssn: 'US_SSN',
  years: 'MEDICAL',
  stay: 'MEDICAL',
}
const relation = testRelation({
  oid: 20_000,
  name: 'papers',
  columns: names.map((name, index): Column => ({
    ...{ attribute: index + 1, name, generated: false },
    typeOid: typeOids[name] ?? textOid,
    ...(tags[name] !== undefined && { tag: tags[name], place: `public.papers.${name}` }),
  })),
})
const snapshot = snapshotOf(
  {
    ...emptyModel,
    relationsByOid: new Map([[20_000, relation]]),
    relationsByName: new Map([['public.papers', relation]]),
  },
  new Map(),
)
const pieces = [
  ...['robin@oak.example', '4532015112830366', '12', 'x', 'a\tb', 'c\nd', 'e\\f', '"', ',', ' '],
  ...['password=Zx9kQw7Lm2Vt', '\\N', '536-90-4399', 'é', '1', ''],
]

const mails = ['robin@oak.example', 'ada_l@oak.example'] as const
const numbers = ['536-90-4399', '536-90-4398'] as const
const cards = ['4532015112830366', '4929123456789015'] as const
const passwords = ['password=Zx9kQw7Lm2Vt', 'password=Hq4vRt8Yp3Wz'] as const

beforeAll(() => loadParser())

type Style = 'token' | 'null' | 'redact' | 'same_length'

function planOf(options: string, reveals: boolean, style: Style): CopyPlan {
  const masking = new Masking({ default: style, styles: {} }, new Uint8Array(32).fill(7))
  const detection = createDetection({ off: [], columns: false, custom: [] }, masking)
  const { copy } = describeStatement(`copy papers to stdout (${options})`, emptyEnvironment)
  return copyPlan({
    knowledge: new ColumnKnowledge(detection),
    showsStored: true,
    copy,
    response: { binary: options.includes('binary'), columns: names.length },
    lineage: undefined,
    snapshot,
    mayHoldTagged: true,
    reveal: (entity) => reveals && entity === 'EMAIL',
  })
}

function dice(state: number): (below: number) => number {
  let value = state
  return (below) => {
    value = (Math.imul(value, 1664525) + 1013904223) >>> 0
    return Math.floor((value / 2 ** 32) * below)
  }
}

function valueOf(below: (count: number) => number): string | undefined {
  if (below(8) === 0) return undefined
  return Array.from({ length: below(5) }, () => pieces[below(pieces.length)]!).join(' ')
}

function messageOf(format: string, values: readonly (string | undefined)[]): Buffer {
  const [tab, mark] = [format === 'csv' ? ',' : '\t', '"']
  return message(
    format === 'binary'
      ? binaryRow(values)
      : `${values.map((value) => (format === 'csv' ? inCsv(value, mark) : inText(value))).join(tab)}\n`,
  )
}

function message(content: Buffer | string): Buffer {
  const body = Buffer.from(content)
  const head = Buffer.from('d....')
  head.writeInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}

const inText = (value: string | undefined): string =>
  value?.replaceAll('\\', '\\\\').replaceAll('\t', '\\t').replaceAll('\n', '\\n') ?? '\\N'

const inCsv = (value: string | undefined, mark: string): string =>
  value === undefined
    ? ''
    : /[",\n]|^$/.test(value)
      ? `${mark}${value.replaceAll(mark, mark + mark)}${mark}`
      : value

function binaryRow(values: readonly (string | undefined)[]): Buffer {
  const count = Buffer.alloc(2)
  count.writeInt16BE(values.length)
  const fields = values.flatMap((value, column) => {
    const bytes = Buffer.from(value === undefined ? '' : column === 3 ? `\u0001${value}` : value)
    const length = Buffer.alloc(4)
    length.writeInt32BE(value === undefined ? -1 : bytes.length)
    return [length, bytes]
  })
  return Buffer.concat([count, ...fields])
}

type Masked = { shown: string[]; recorded: string[]; touches: readonly Touch[] }

/** `together`: all messages in one piece of input, as it is read from a socket. */
function maskAll(plan: CopyPlan, messages: readonly Buffer[], together: boolean): Masked {
  const touches = new TouchCounts()
  const copyOut = new CopyOutMask(() => plan, touches, new CoverageCounts())
  const masked: Masked = { shown: [], recorded: [], touches: [] }
  let input = Buffer.concat(messages)
  let at = 0
  for (const message of messages) {
    if (!together) [input, at] = [Buffer.from(message), 0]
    const end = at + message.length
    const newEnd = copyOut.apply(input, at + 5, end, input.length)
    if (newEnd > end) throw new Error(`a message grew by ${newEnd - end} bytes`)
    const record = Buffer.from(input.subarray(at, newEnd))
    maskShown(record, copyOut.format, copyOut.recordRanges, at)
    masked.shown.push(input.toString('latin1', at + 5, newEnd))
    masked.recorded.push(record.toString('latin1', 5))
    at = end
  }
  return { ...masked, touches: touches.entries }
}

describe.each(['text', 'csv', 'binary'])('in %s', (format) => {
  it.each([
    ['masked', false, 'token'],
    ['masked to NULL', false, 'null'],
    ['revealed', true, 'token'],
  ] as const)(
    `rows are masked alike together and alone, %s (seed ${seed})`,
    (_, reveals, style) => {
      const plan = planOf(`format ${format}`, reveals, style)
      const below = dice(seed)
      let found = 0
      for (let round = 0; round < 60; round++) {
        const messages = Array.from({ length: 1 + below(rowsMax) }, () =>
          messageOf(
            format,
            names.map((name) => (name === 'size' ? String(below(1000)) : valueOf(below))),
          ),
        )
        if (format === 'binary') messages.unshift(binaryHead())
        const alone = maskAll(plan, messages, false)
        expect(maskAll(plan, messages, true)).toEqual(alone)
        if (!reveals) expect(alone.shown.join('')).not.toContain('robin')
        expect(alone.recorded.join('')).not.toContain('robin')
        found += alone.touches.length
      }
      expect(found).toBeGreaterThan(100)
    },
  )
})

it.each([
  [false, 'token'],
  [false, 'null'],
  [true, 'token'],
] as const)(
  `binary rows are masked alike in one message, each in its own, and with the head: revealed %s, %s (seed ${seed})`,
  (reveals, style) => {
    const plan = planOf('format binary', reveals, style)
    const below = dice(seed)
    for (let round = 0; round < 60; round++) {
      const rows = Array.from({ length: 1 + below(40) }, () =>
        binaryRow(names.map((name) => (name === 'size' ? String(below(1000)) : valueOf(below)))),
      )
      const head = binaryHead().subarray(5)
      const [first, ...others] = rows
      const joined = [
        [head, ...rows],
        [Buffer.concat([head, first!]), ...others],
        [Buffer.concat([head, ...rows])],
        [head, Buffer.concat(rows)],
      ].map((bodies) => {
        const { shown, recorded, touches } = maskAll(plan, bodies.map(message), true)
        return { shown: shown.join(''), recorded: recorded.join(''), touches }
      })
      for (const other of joined.slice(1)) expect(other).toEqual(joined[0])
    }
  },
)

describe.each(['_', ',', ':', '[', 'S', '|'])('in text, between %s', (delimiter) => {
  it.each([
    ['redact', false],
    ['redact', true],
    ['same_length', false],
    ['token', true],
  ] as const)(
    `no mask takes more than the place of its value: %s, revealed %s (seed ${seed})`,
    (style, reveals) => {
      const plan = planOf(`format text, delimiter '${delimiter}'`, reveals, style)
      const below = dice(seed)
      for (let round = 0; round < 40; round++) {
        const messages = Array.from({ length: 1 + below(12) }, () =>
          message(
            [
              [mails, cards][below(2)]![below(2)]!,
              numbers[below(2)]!,
              [...mails, ...cards, ...passwords][below(6)]!,
              '{"a": 1}',
              '7',
              ['[2020,2030)', 'empty', '(,2031)'][round % 3]!,
              ['12 years 3 mons', '4 years', '-17:20:31'][round % 3]!,
            ]
              .map((value) => inText(value).replaceAll(delimiter, `\\${delimiter}`))
              .join(delimiter) + '\n',
          ),
        )
        const alone = maskAll(plan, messages, false)
        expect(maskAll(plan, messages, true)).toEqual(alone)
        const hidden = [...numbers, ...cards, ...passwords, ...(reveals ? [] : mails), '2020']
        for (const canary of hidden) expect(alone.shown.join('')).not.toContain(canary)
        for (const canary of [...hidden, ...mails])
          expect(alone.recorded.join('')).not.toContain(canary)
        // Not even a piece of one.
        expect(alone.shown.join('')).not.toMatch(/\d{6}/)
        for (const row of [...alone.shown, ...alone.recorded]) {
          const fields = row.replace(/\\./g, '').split(delimiter)
          expect(fields, row).toHaveLength(names.length)
          // Nothing was escaped twice.
          const unescaped = row.replace(/\\(.)/g, '$1')
          expect(unescaped).not.toContain('\\')
          expect(unescaped).toContain('(,)')
        }
      }
    },
  )
})

it('masks the bytes of a binary value that look like NULL in text', () => {
  const row = binaryRow(['note', '\\N', 'more', '{}', '1234', undefined, '\\N'])
  const messages = [binaryHead(), message(row)]
  const { shown } = maskAll(planOf('format binary', false, 'same_length'), messages, true)
  expect(shown[1]).not.toContain('\\N')
  expect(shown[1]).toContain('1234')
})

it('takes a length that is none for NULL, whatever comes with it in one read', () => {
  const plan = planOf('format binary', false, 'redact')
  const values = ['note', 'anna@example.org', 'more', '{}', '1234', 'x', undefined]
  const row = message(binaryRow(values))
  const torn = Buffer.from(row)
  torn.writeInt32BE(-2, torn.length - 4)
  const messages = [binaryHead(), row, torn, row]
  const alone = maskAll(plan, messages, false)
  expect(alone.shown).toHaveLength(4)
  expect(maskAll(plan, messages, true)).toEqual(alone)
  expect(alone.shown.join('')).not.toContain('anna')
})

describe.each(['text', 'csv', 'binary'])(
  'a message in %s that is longer than what is looked ahead',
  (format) => {
    const values = ['536-90-4399', 'to robin@oak.example', undefined, '7', '[2020,2030)', '4 years']
    const messages = ['x', 'word '.repeat(20_000), 'y', 'word '.repeat(30_000)].map((note) =>
      messageOf(format, [note, ...values]),
    )
    if (format === 'binary') messages.unshift(binaryHead())

    it('is masked as a short one is', () => {
      const plan = planOf(`format ${format}`, true, 'token')
      for (const together of [false, true]) {
        const { shown, recorded } = maskAll(plan, messages, together)
        const [short, long, ...more] = shown.slice(-4)
        expect(long!.slice(-36)).toBe(short!.slice(-36))
        expect(more.map((row) => row.slice(-36))).toEqual([short!.slice(-36), short!.slice(-36)])
        for (const canary of ['536-90', '2020', '4 years'])
          expect(shown.join('')).not.toContain(canary)
        expect(recorded.join('')).not.toContain('robin')
      }
    })
  },
)

it('needs no more memory for a message of a million fields', () => {
  const copyOut = new CopyOutMask(
    () => planOf('format text', false, 'token'),
    new TouchCounts(),
    new CoverageCounts(),
  )
  const long = message('a\t'.repeat(1_000_000) + '\n')
  const before = process.memoryUsage().arrayBuffers
  expect(copyOut.apply(long, 5, long.length)).toBe(long.length)
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4 * 1024 * 1024)
  expect(copyOut.format.format).toBe('text')
})

function binaryHead(): Buffer {
  return message(Buffer.concat([Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'), Buffer.alloc(8)]))
}

it(`finds the fields of binary rows wherever they are cut (seed ${seed})`, () => {
  const below = dice(seed)
  for (let round = 0; round < 300; round++) {
    const rows = Array.from({ length: 1 + below(5) }, () =>
      Array.from({ length: below(5) }, () => valueOf(below)),
    )
    const stream = Buffer.concat([binaryHead().subarray(5), ...rows.map(binaryRow)])
    const fields = new CopyBinaryFields()
    const found: string[] = []
    let open: number[] = []
    for (let at = 0; at < stream.length;) {
      const end = Math.min(stream.length, at + 1 + below(round % 2 === 0 ? 9 : 90))
      fields.each(stream, at, end, (column, from, to, _first, last) => {
        open.push(...stream.subarray(from, to))
        if (!last) return
        found.push(`${column} ${Buffer.from(open).toString()}`)
        open = []
      })
      at = end
    }
    const bytesOf = (value: string, column: number): string => `${column === 3 ? '\u0001' : ''}${value}` // prettier-ignore
    const expected = rows.flatMap((row) => row.flatMap((value, column) => value === undefined || bytesOf(value, column) === '' ? [] : [`${column} ${bytesOf(value, column)}`])) // prettier-ignore
    expect(found).toEqual(expected)
    expect(fields.rows).toBe(rows.length)
  }
})
