import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findSpans } from '@gatetrail/detect'
import { byValueAlone } from '../../../detection/testing/detections.ts'
import { ColumnKnowledge } from './column-knowledge.ts'
import { copyFormat } from './copy-format.ts'
import { copyRefusal } from './copy-rules.ts'
import { CopyInRecord } from './client-record.ts'
import { CoverageCounts } from './coverage-counts.ts'
import { maskErrorText } from './error-text.ts'
import { JsonFindings } from './json-findings.ts'
import { nothingKnown } from './reach.ts'
import { RowMask } from './row-mask.ts'
import { columnActions, planRow } from './row-plan.ts'
import { RowStream } from './row-stream.ts'
import { eachLiteral } from './sql-literals.ts'
import { TouchCounts } from './touch-counts.ts'
import { emptySnapshot } from '../catalogue/snapshot.ts'
import { snapshot } from '../relay/testing/memory-session.ts'
import { dataRow, error } from '../relay/testing/messages.ts'

const ssn = '123-45-6789'
const knowing = { knowledge: new ColumnKnowledge(byValueAlone), showsStored: true, ballots: new Map() } // prettier-ignore

describe('constants of a statement', () => {
  const masked = (sql: string): string => {
    const bytes = Buffer.from(sql)
    eachLiteral(bytes, 0, bytes.length, (start, end) => bytes.fill('*', start, end))
    return bytes.toString()
  }
  it.each([
    ["select 'a' || 'b''c'", "select '*' || '****'"],
    ["select E'it\\'s' , x'1F'", "select E'*****' , x'**'"],
    ["select 'a\\' , x", "select '**' , x"],
    ['select "a \'name\'", b', 'select "a \'name\'", b'],
    ['select $$a$b$$, $t$x$$y$t$, $1', 'select $$***$$, $t$****$t$, $1'],
    ['select 12345, t1234567, 1234', 'select *****, t1234567, 1234'],
    ['select 123_45_6789, 0x75bcd15, 1e5', 'select ***********, *********, 1e5'],
    ["select 1 -- it's\n, 'x'", "select 1 -- it'*\n, '*'"],
    ["/* a /* 'b' */ c */ select 'd'", "/* a /* '*' */ c */ select '*'"],
    ['/* run 1234-5678, job a7 */ select 1', '/* run 1234-5678, job a7 */ select 1'],
    ['-- was: 123456789 and "x"\nselect 1', '-- was: ********* and "*"\nselect 1'],
    ["select 'never closed", "select '************"],
  ])('of %s are found as PostgreSQL finds them', (sql, expected) => {
    expect(masked(sql)).toBe(expected)
  })
})

describe('a row', () => {
  const columns = [
    { name: 'text', tableOid: 20_001, attribute: 1, typeOid: 25, format: 0 },
    { name: 'ssn', tableOid: 20_000, attribute: 3, typeOid: 25, format: 0 },
    { name: 'id', tableOid: 20_000, attribute: 1, typeOid: 23, format: 0 },
  ]
  const ssnTag = { place: 'public.people.ssn', dataClass: 'US_SSN' }
  const bornTag = { place: 'public.people.born', dataClass: 'BIRTH_DATE' }
  const known = { tags: [], unknown: false }
  const lineage = [
    { name: 'text', origin: 'public.notes.text', ...known },
    { name: 'ssn', origin: 'public.people.ssn', ...known, tags: [ssnTag] },
    { name: 'id', origin: 'public.people.id', ...known },
  ]
  const input = {
    columns,
    formats: undefined,
    snapshot,
    lineage,
    writes: false,
    reveal: (dataClass: string) => dataClass === 'BIRTH_DATE',
    ...knowing,
  }
  const { pass, detect, mask, reveal } = columnActions
  const expression = { name: 'x', tableOid: 0, attribute: 0, typeOid: 25, format: 0 }
  const planned = (column: object, output: object | undefined, more: object = {}) =>
    planRow({
      ...input,
      ...more,
      columns: [{ ...expression, ...column }],
      lineage: output === undefined ? undefined : [{ name: 'x', ...known, ...output }],
    })

  it('is masked by what the target says of its columns, and by lineage', () => {
    expect([...planRow(input).actions]).toEqual([detect, mask, pass])
    expect(planned({ tableOid: 20_000, attribute: 3 }, {}).actions[0]).toBe(mask)
    expect(planned({}, { tags: [ssnTag] }).actions[0]).toBe(mask)
    expect(planned({}, {}).actions[0]).toBe(detect)
  })
  it('shows an expression only if every class in it may be seen, and counts each', () => {
    expect(planned({}, { tags: [bornTag] }).actions[0]).toBe(reveal)
    const plan = planned({}, { tags: [bornTag, ssnTag] })
    expect(plan.actions[0]).toBe(mask)
    expect(plan.sources[0]).toEqual([bornTag, ssnTag])
    expect(planned({}, { tags: [bornTag], unknown: true }).actions[0]).toBe(mask)
  })
  it('shows what may hold anything only to whom policy reveals every tagged column', () => {
    const all = { reveal: () => true }
    expect(planned({}, undefined, all).actions[0]).toBe(reveal)
    expect(planned({}, { unknown: true }, all).actions[0]).toBe(reveal)
    const others = { reveal: (dataClass: string) => dataClass !== 'US_SSN' }
    expect(planned({}, { unknown: true }, others).actions[0]).toBe(mask)
  })
  it('is masked whole where lineage is not told, or does not fit the answer', () => {
    expect(planned({}, undefined).actions[0]).toBe(mask)
    expect(planned({}, { unknown: true }).levels[0]).toBe('possible')
    expect(planned({ name: 'y' }, {}).actions[0]).toBe(mask)
    expect(planRow({ ...input, lineage: lineage.slice(1) }).actions[2]).toBe(pass)
    expect(planned({ name: 'a'.repeat(63) }, { name: 'a'.repeat(70) }).actions[0]).toBe(detect)
    expect(planned({}, undefined, { snapshot: emptySnapshot() }).actions[0]).toBe(detect)
  })
  it('with a plain column of a table shows it without lineage, unless it was just written', () => {
    const plain = { tableOid: 20_001, attribute: 1 }
    expect(planned(plain, undefined).actions[0]).toBe(detect)
    expect(planned(plain, { unknown: true }).actions[0]).toBe(detect)
    expect(planned(plain, undefined, { writes: true }).actions[0]).toBe(mask)
    expect(planned({ tableOid: 30_000, attribute: 1 }, undefined).actions[0]).toBe(mask)
    expect(planned({ tableOid: 20_001, attribute: 0 }, undefined).actions[0]).toBe(mask)
  })
  it('of another table than the text seemed to mean is masked whole', () => {
    const plain = { tableOid: 20_001, attribute: 1 }
    const other = { origin: 'public.people.id' }
    expect(planned(plain, other, { writes: true }).actions[0]).toBe(mask)
  })
  const words = fc.constantFrom(
    'ssn 123-45-6789',
    'ada@example.com',
    'word',
    'é',
    ' ',
    '4111111111111111',
  )
  const text = fc.array(words, { maxLength: 400 }).map((parts) => parts.join(' '))

  it('masked in pieces is the row masked as a whole', () => {
    fc.assert(
      fc.property(
        fc.tuple(text, text),
        fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 8 }),
        ([first, second], sizes) => {
          const plan = planRow(input)
          const whole = dataRow(first, second, '7')
          const pieces = Buffer.from(whole)
          const touches = new TouchCounts()
          new RowMask(new CoverageCounts()).apply(plan, touches, whole, 0, whole.length)
          const streamTouches = new TouchCounts()
          const stream = new RowStream(plan, streamTouches, new CoverageCounts())
          const shown: Buffer[] = []
          for (let at = 0, index = 0; at < pieces.length; index++) {
            const end = at + sizes[index % sizes.length]!
            shown.push(Buffer.from(stream.push(Buffer.from(pieces.subarray(at, end))).shown))
            at = end
          }
          expect(Buffer.concat(shown).equals(whole)).toBe(true)
          expect(streamTouches.entries).toEqual(touches.entries)
        },
      ),
      { numRuns: 60 },
    )
  })
})

describe('a tagged value of a row that is too large to be held', () => {
  const streamed = (typeOid: number, format: number, value: Buffer, size: number): Buffer => {
    const columns = [{ name: 'ssn', tableOid: 20_000, attribute: 3, typeOid, format }]
    const plan = planRow({ columns, formats: undefined, snapshot, lineage: undefined, writes: false, reveal: () => false, ...knowing }) // prettier-ignore
    const row = dataRow(value)
    const stream = new RowStream(plan, new TouchCounts(), new CoverageCounts())
    const shown: Buffer[] = []
    for (let at = 0; at < row.length; at += size) {
      shown.push(Buffer.from(stream.push(Buffer.from(row.subarray(at, at + size))).shown))
    }
    const whole = Buffer.concat(shown)
    expect(whole.length).toBe(row.length)
    return whole.subarray(11)
  }
  const long = 'x"y7'.repeat(30_000)
  it.each([1000, 65_537, 1_000_000])('is masked same length, in pieces of %i bytes', (size) => {
    expect(streamed(25, 0, Buffer.from(long), size).toString()).toMatch(/^\*+$/)
    const json = streamed(3802, 1, Buffer.from(`\u0001[${JSON.stringify(long)}]`), size)
    expect(json[0]).toBe(1)
    expect(JSON.parse(json.subarray(1).toString())).toMatch(/^\*+$/)
    const hex = streamed(17, 0, Buffer.from(`\\x${'0f'.repeat(60_000)}`), size).toString()
    expect(hex).toMatch(/^\\x(2a)+$/)
    expect(streamed(17, 1, Buffer.from(long), size).every((byte) => byte === 0x2a)).toBe(true)
  })
  it('is filled up with blanks where its mask is shorter', () => {
    expect(streamed(23, 0, Buffer.from('-123456'), 3).toString()).toBe('0      ')
    expect(streamed(1082, 0, Buffer.from('1961-07-03 BC'), 4).toString()).toBe('2000-01-01   ')
    expect(streamed(20, 1, Buffer.alloc(8, 7), 3)).toEqual(Buffer.alloc(8))
  })
})

describe('a finding within bytes', () => {
  const found = (typeOid: number, format: number, value: Buffer): [Buffer, number] => {
    const columns = [{ name: 'raw', tableOid: 0, attribute: 0, typeOid, format }]
    const plan = planRow({ columns, formats: undefined, snapshot: emptySnapshot(), lineage: undefined, writes: false, reveal: () => false, ...knowing }) // prettier-ignore
    const row = dataRow(value)
    const touches = new TouchCounts()
    new RowMask(new CoverageCounts()).apply(plan, touches, row, 0, row.length)
    return [row.subarray(11), touches.entries.length]
  }
  it('is masked where they are text, and they pass as they are where they are not', () => {
    const text = Buffer.from(`ssn ${ssn}!`)
    expect(found(17, 1, text)[0].toString()).toBe('ssn ***-**-****!')
    const [hex] = found(17, 0, Buffer.from(`\\x${text.toString('hex')}`))
    expect(Buffer.from(hex.toString().slice(2), 'hex').toString()).toBe('ssn ***-**-****!')
    const binary = Buffer.concat([Buffer.from([0, 1, 2]), text])
    expect(found(17, 1, binary)).toEqual([binary, 0])
    const inHex = Buffer.from(`\\x${binary.toString('hex')}`)
    expect(found(17, 0, inHex)).toEqual([inHex, 0])
  })
})

describe('a finding within JSON', () => {
  const masked = (json: string, cuts: readonly number[] = []): string => {
    const bytes = Buffer.from(json)
    const findings = new JsonFindings()
    const spans = findSpans(bytes, 0, bytes.length)
    let start = 0
    for (const end of [...cuts, bytes.length]) {
      findings.mask(bytes, start, end, spans)
      start = end
    }
    return bytes.toString()
  }
  it.each([
    ['{"a": "123-45-6789"}', '{"a": "***-**-****"}'],
    ['[4111111111111111, 7]', '[0               , 7]'],
    ['{"card":4111111111111111.5e2,"b":true}', '{"card":4111111111111111.5e2,"b":true}'],
    [String.raw`{"a": "\nada@example.com\n"}`, String.raw`{"a": "\n***@*******.***\n"}`],
    [String.raw`["\u0061da@example.com"]`, String.raw`["\u0061**@*******.***"]`],
    ['{"ada@example.com": null}', '{"***@*******.***": null}'],
  ])('of %s leaves JSON: %s', (json, expected) => {
    expect(JSON.stringify(JSON.parse(masked(json)))).not.toContain('@example.com')
    expect(masked(json)).toBe(expected)
  })
  it('is masked alike wherever the value is cut within a string', () => {
    const json = '{"a": "mail ada@example.com or 123-45-6789", "b": [1]}'
    for (let cut = 1; cut < json.length; cut++) expect(masked(json, [cut])).toBe(masked(json))
  })
})

describe('an error of the target', () => {
  const told = (sqlstate: string, text: string, detail: string, reaches: boolean): string => {
    const bytes = error(sqlstate, text, detail)
    maskErrorText(byValueAlone, bytes, 0, bytes.length, reaches, undefined)
    return bytes.toString()
  }
  it('says no value of a statement that could reach tagged data', () => {
    const bytes = told('23505', 'duplicate "Smith" found', 'Key (name)=(Smith) exists.', true)
    expect(bytes).not.toContain('Smith')
    expect(told('22P02', 'bad input: «Smith»', '', true)).not.toContain('Smith')
    for (const state of ['P0001', '00000', '01000']) {
      expect(told(state, 'Smith was raised', '', true)).not.toContain('Smith')
      expect(told(state, 'raised', '\0HSmith\0tSmith', true)).not.toContain('Smith')
    }
    expect(told('42000', 'Smith was raised', '\0WPL/pgSQL', true)).not.toContain('Smith')
  })
  it('names columns and positions as before', () => {
    expect(told('42703', 'column "smith" does not exist', '\0P8', true)).toContain('"smith"')
  })
  it('without a position names no value that was taken for a name, and no number', () => {
    for (const state of ['42P01', '42704', '3D000', '3F000']) {
      expect(told(state, 'relation "smith" does not exist', '', true)).not.toContain('smith')
    }
    for (const state of ['42703', '42883']) {
      expect(told(state, 'function smith() does not exist', '', true)).not.toContain('smith')
    }
    expect(told('54000', 'too large: 712345601', '', true)).toContain('too large: *********')
    expect(told('22021', 'byte 0xe2 in "UTF8"', '', true)).not.toContain('e2')
  })
  it('names a cursor of the statement, not one that a function looked for', () => {
    const text = 'cursor "smith" does not exist'
    expect(told('34000', text, '\0RPerformPortalFetch', true)).toContain('"smith"')
    expect(told('34000', text, '\0Rcursor_to_xml', true)).not.toContain('smith')
    expect(told('26000', text, '', true)).not.toContain('smith')
  })
  it('is inspected in any case', () => {
    expect(told('23505', `duplicate ${ssn}`, `Key (${ssn})`, false)).not.toContain('6789')
  })
})

describe('COPY', () => {
  const reach = { reaches: true, constants: true, filtered: [], written: [], known: nothingKnown }
  const copy = {
    relation: 'public.people',
    query: false,
    direction: 'out',
    format: 'text',
    unknownOption: false,
    toProgramOrFile: false,
  } as const
  it('of a tagged relation passes unless we cannot find its fields', () => {
    const why = (more: object, encodingUnsafe = false): string | undefined =>
      copyRefusal({ ...copy, ...more }, reach, encodingUnsafe)
    expect(why({})).toBeUndefined()
    expect(why({ format: 'csv', quote: "'" })).toBeUndefined()
    expect(why({ format: 'binary' }, true)).toBeUndefined()
    expect(why({}, true)).toMatch(/encoding/)
    expect(why({ encoding: 'UTF8' }, true)).toBeUndefined()
    expect(why({ encoding: 'Shift-JIS' })).toMatch(/encoding/)
    expect(why({ delimiter: '§' })).toMatch(/options/)
    expect(why({ unknownOption: true })).toMatch(/options/)
    const untagged = copyRefusal({ ...copy, delimiter: '§' }, { ...reach, reaches: false }, true)
    expect(untagged).toBeUndefined()
  })

  it('data cut anywhere never shows a value on record', () => {
    const data = Buffer.from(`1\t${ssn}\tada@example.com\n2\tcard 4111 1111 1111 1111\tx\n`)
    for (let cut = 1; cut < data.length; cut++) {
      const record = new CopyInRecord(
        byValueAlone,
        [],
        copyFormat(undefined, false),
        false,
        'copy.x',
        new TouchCounts(),
      )
      const pieces = [data.subarray(0, cut), data.subarray(cut)].map(
        (piece) => record.apply(piece, 0, piece.length) ?? piece,
      )
      const text = Buffer.concat(pieces).toString()
      for (const secret of ['45-678', 'ada@ex', '1 1111 1111 1']) expect(text).not.toContain(secret)
    }
  })

  it('a field of CSV with many lines never shows one of them on record, wherever it is cut', () => {
    const lines = ['MIIEvQIBADANBgkqhkiG9w0BAQEFAASC', 'BKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj']
    const key = ['-----BEGIN PRIVATE KEY-----', ...lines, '-----END PRIVATE KEY-----'].join('\n')
    const data = Buffer.from(`1,first\n2,"${key}"\n3,last\n`)
    const csv = { ...copyFormat(undefined, false), format: 'csv', delimiter: 0x2c } as const
    for (let cut = 1; cut < data.length; cut++) {
      const record = new CopyInRecord(byValueAlone, [], csv, false, 'copy.x', new TouchCounts())
      const pieces = [data.subarray(0, cut), data.subarray(cut)].map(
        (piece) => record.apply(piece, 0, piece.length) ?? piece,
      )
      const text = Buffer.concat(pieces).toString()
      for (const line of lines) expect(text).not.toContain(line.slice(4, 24))
      if (cut > 10 && cut < data.length - 10) expect(text).toMatch(/^1,first\n[^]*\n3,last\n$/)
    }
  })
})
