import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { byValueAlone } from '../../../detection/testing/detections.ts'
import { emptyModel } from '../catalogue/model.ts'
import type { ValueShape } from './column-types.ts'
import { CoverageCounts } from './coverage-counts.ts'
import { RecordFinder } from './find-in-record.ts'
import { ValueFinder } from './find-in-value.ts'
import { collapse, eachHexRun } from './nested-text.ts'
import { TouchCounts } from './touch-counts.ts'

const hexOf = (text: string): string => Buffer.from(text).toString('hex')
const mail = 'ada@example.com'

/** What a client is shown, and how many findings were counted. */
function shown(shape: ValueShape, value: string): [string, number] {
  const bytes = Buffer.from(value)
  const touches = new TouchCounts()
  const rules = {
    place: 'x',
    reveals: () => false,
    types: emptyModel,
    detection: byValueAlone,
    masking: byValueAlone.masking,
    options: {},
  }
  const coverage = new CoverageCounts()
  new ValueFinder(coverage).find(shape, rules, touches, bytes, 0, bytes.length)
  return [bytes.toString(), touches.entries.reduce((sum, { count }) => sum + count, 0)]
}

describe('text with values in values', () => {
  it('is collapsed to one mark for each run, and every byte knows its place', () => {
    const marks = fc.string({
      unit: fc.constantFrom('"', '\\', 'a', 'é', '\\"', '""'),
      maxLength: 60,
    })
    fc.assert(
      fc.property(marks, (text) => {
        const bytes = Buffer.from(`>${text}<`)
        const collapsed = collapse(bytes, 1, bytes.length - 1)
        if (collapsed === undefined) {
          expect(text).not.toMatch(/["\\]{2}/)
          return
        }
        expect(Buffer.from(collapsed.text).toString()).not.toMatch(/["\\]{2}/)
        expect(collapsed.places.at(-1)).toBe(bytes.length - 1)
        collapsed.text.forEach((byte, index) => {
          const original = bytes[collapsed.places[index]!]!
          expect([0x22, 0x5c].includes(byte) || byte === original).toBe(true)
        })
      }),
    )
  })

  it('is found in binary formats of types that are not known: ranges and maps of texts', () => {
    const range = `\u0002\u0000\u0000\u0000\u000f${mail}`
    expect(shown('unknown', range)).toEqual([range.replace(mail, '***@*******.***'), 1])
  })

  it('has bytea in pairs of digits behind \\x, and nothing else', () => {
    const runs = (text: string): string[] => {
      const found: string[] = []
      const bytes = Buffer.from(text)
      eachHexRun(bytes, 0, bytes.length, (first, last) => found.push(text.slice(first, last)))
      return found
    }
    expect(runs('(1,"\\\\x616263646566676")')).toEqual(['61626364656667'])
    expect(runs('x616263646566 \\x6162 \\y616263646566')).toEqual([])
    expect(runs('\\x616263646566\\x616263646566')).toHaveLength(2)
  })

  it('shows no finding of a bytea in a row, an array, JSON or a COPY', () => {
    const hex = hexOf(`write to ${mail}!`)
    const masked = hexOf('write to ***@*******.***!')
    expect(shown('nested_text', `(1,"\\\\x${hex}")`)).toEqual([`(1,"\\\\x${masked}")`, 1])
    expect(shown('json', `{"raw":"\\\\x${hex}"}`)).toEqual([`{"raw":"\\\\x${masked}"}`, 1])
    expect(shown('bytes_text', `\\x${hex}`)).toEqual([`\\x${masked}`, 1])
    expect(shown('bytes_text', `\\\\x${hex}`)).toEqual([`\\\\x${masked}`, 1])
  })

  it('shows no secret between doubled quotes, and is a row again', () => {
    const secret = 'tR7quollBramble9'
    const [row, count] = shown('nested_text', `(7,"api_key = ""${secret}""",x)`)
    expect([row, count]).toEqual([`(7,"api_key = ""${'*'.repeat(16)}""",x)`, 1])
  })
})

describe('what a client sends', () => {
  const recorded = (text: string, doubled = false): [string, string[]] => {
    const bytes = Buffer.from(text)
    const found: string[] = []
    const finder = new RecordFinder(byValueAlone, (_, value, start, end) => {
      found.push(Buffer.from(value.slice(start, end)).toString())
    })
    finder.mask(bytes, 0, bytes.length, 0, () => bytes)
    if (doubled) finder.maskDoubled(bytes, 0, bytes.length)
    return [bytes.toString(), found]
  }
  it('is on record masked in constants of bytea too', () => {
    const [text, found] = recorded(`insert into t values ('\\x${hexOf(mail)}', '${mail}')`)
    expect(text).toBe(`insert into t values ('\\x${hexOf('*'.repeat(15))}', '***@*******.***')`)
    expect(found).toEqual([mail, mail])
  })
  it('is on record masked between the doubled quotes of CSV', () => {
    const [text, found] = recorded('1,"password = ""tR7quollBramble9"""\n', true)
    expect(text).not.toContain('quoll')
    expect(found).toEqual(['tR7quollBramble9'])
  })
})
