import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { copyOptions } from './copy-options.ts'
import { copyRows } from './copy-rows.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder()

type Row = (string | null)[]

/** Rows of data that comes in pieces of these sizes. */
function decoded(
  sql: string,
  bytes: Uint8Array,
  sizes: readonly number[] = [1_000],
  binary = false,
): Row[] {
  const found: Row[] = []
  const rows = copyRows(copyOptions(sql, 0, binary), (fields) => {
    found.push(fields.map((field) => (field.bytes === undefined ? null : decoder.decode(field.bytes))))
  }) // prettier-ignore
  for (let at = 0, index = 0; at < bytes.length; index++) {
    const end = Math.min(bytes.length, at + sizes[index % sizes.length]!)
    rows.push(bytes.subarray(at, end), 0)
    at = end
  }
  rows.end()
  return found
}

const value = fc.option(
  fc.string({ unit: fc.constantFrom('a', '\\', '\t', '\n', '\r', '"', ',', 'é', ' ', 'N', '.') }),
)
const someRows = fc.array(fc.array(value, { minLength: 2, maxLength: 4 }), { maxLength: 5 })
const someSizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 9 })

const asText = (field: string | null): string =>
  field === null
    ? '\\N'
    : field.replace(/[\\\t\n\r]/g, (found) => ({ '\\': '\\\\', '\t': '\\t', '\n': '\\n' })[found] ?? '\\r') // prettier-ignore
const asCsv = (field: string | null): string =>
  field === null ? '' : `"${field.replaceAll('"', '""')}"`
const asBinary = (field: string | null): Buffer => {
  const bytes = Buffer.from(field ?? '')
  const length = Buffer.alloc(4)
  length.writeInt32BE(field === null ? -1 : bytes.length)
  return Buffer.concat([length, bytes])
}

describe('rows of a COPY', () => {
  it.each([
    ['copy t to stdout', '\t', asText],
    ['copy t to stdout csv', ',', asCsv],
  ])('come out of "%s" as they went in, however the data was cut', (sql, delimiter, written) => {
    fc.assert(
      fc.property(someRows, someSizes, (rows, sizes) => {
        const text = rows.map((row) => `${row.map(written).join(delimiter)}\n`).join('')
        expect(decoded(sql, encoder.encode(text), sizes)).toEqual(rows)
      }),
    )
  })

  it('come out of a binary one as they went in, however the data was cut', () => {
    const head = Buffer.concat([Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'), Buffer.alloc(8)])
    fc.assert(
      fc.property(someRows, someSizes, (rows, sizes) => {
        const body = rows.map((row) => Buffer.concat([Buffer.from([0, row.length]), ...row.map(asBinary)])) // prettier-ignore
        const bytes = Buffer.concat([head, ...body, Buffer.from([255, 255])])
        expect(decoded('', bytes, sizes, true)).toEqual(rows)
      }),
    )
  })

  it('never take more than a bound of a field, and any bytes without an error', () => {
    const found: { kept: number; cut: number }[] = []
    const rows = copyRows(copyOptions('copy t to stdout', 0, false), (fields) => {
      for (const { bytes, cut } of fields) found.push({ kept: bytes?.length ?? 0, cut })
    })
    for (let piece = 0; piece < 100; piece++) rows.push(new Uint8Array(1_000).fill(0x61), 0)
    rows.push(encoder.encode('\n'), 0)
    expect(found).toEqual([{ kept: 8_192, cut: 91_808 }])
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, binary) => {
        expect(Array.isArray(decoded('copy t to stdout csv', bytes, [7], binary))).toBe(true)
      }),
    )
  })

  it('go on with the next line behind bytes that are not on record', () => {
    const found: number[] = []
    const rows = copyRows(copyOptions('copy t to stdout', 0, false), (fields) => {
      found.push(fields.at(-1)?.cut ?? -1)
    })
    rows.push(encoder.encode('1\tbeginning'), 500)
    rows.push(encoder.encode('rest\n2\tnext\n'), 0)
    expect(found).toEqual([500, 0])
  })
})

describe('how a COPY writes its rows', () => {
  const csv = { format: 'csv', header: true, delimiter: ';', nullText: '-' }
  it.each([
    [`copy t (a, "b c") to stdout with (format csv, header, delimiter ';', null '-')`, csv],
    [`COPY t(a, "b c") TO STDOUT CSV HEADER DELIMITER AS ';' NULL AS '-'`, csv],
    [`/* copy /* x */ from stdin; */ select 'copy t to stdout;'; copy t (a, "b c") from stdin (format 'csv', header match, delimiter E'\\x3b', null '-')`, csv],
    [`copy t (a, "b c") to stdout (format csv, header false)`, { format: 'csv', header: false, delimiter: ',', nullText: '', quote: '"' }],
    [`copy t (a, "b c") to stdout (delimiter E'\\t', null $x$none$x$)`, { format: 'text', header: false, delimiter: '\t', nullText: 'none' }],
    [`copy t (a, "b c") from stdin csv force not null a quote '$' escape '\\'`, { format: 'csv', nullText: '', quote: '$', escape: '\\' }],
  ] as const)('is read from %s', (sql, expected) => {
    expect(copyOptions(sql, 0, false)).toMatchObject({ ...expected, columns: ['a', 'b c'] })
  }) // prettier-ignore

  it('is that of the COPY that is asked for, among several; without one, that of plain text', () => {
    const sql = 'copy a to stdout; copy b to program $$x$$; copy (select (1)) to stdout csv'
    expect(copyOptions(sql, 1, false)).toMatchObject({ format: 'csv', columns: [] })
    expect(copyOptions('nonsense', 0, false)).toMatchObject({ format: 'text', nullText: '\\N' })
    expect(copyOptions(undefined, 3, true).format).toBe('binary')
  })
})
