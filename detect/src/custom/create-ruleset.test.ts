/** Detectors of a user's own: what they find, what they don't, and which can't be. */
import { describe, expect, it } from 'vitest'
import {
  builtInRules,
  createRuleset,
  CustomRuleError,
  FindingStream,
  type CustomRule,
  type Ruleset,
  type Span,
} from '../index.ts'
import { processorSeconds } from '../stream/testing/processor-time.ts'
import { literalBegin } from './literal-begin.ts'

const encoder = new TextEncoder()

function rulesOf(rule: Partial<CustomRule>): Ruleset {
  return createRuleset({
    off: [],
    custom: [{ entity: 'EMPLOYEE_ID', context: [], level: 'likely', ...rule }],
  })
}

/** Findings as `ENTITY:text`. */
function find(rules: Ruleset, text: string, names?: string[]): string[] {
  const bytes = encoder.encode(text)
  return rules
    .find(bytes, 0, bytes.length, names === undefined ? {} : { names })
    .map(
      ({ start, end, entity }) => `${entity}:${Buffer.from(bytes.subarray(start, end)).toString()}`,
    )
}

describe('a pattern', () => {
  it.each([
    ['EMP-\\d{6}', 'x EMP-004711, EMP-12', ['EMPLOYEE_ID:EMP-004711']],
    ['\\bEMP-\\d{6}\\b', 'TEMP-004711 EMP-0047112 EMP-004711', ['EMPLOYEE_ID:EMP-004711']],
    ['(?i)emp-\\d{6}', 'Emp-004711', ['EMPLOYEE_ID:Emp-004711']],
    [
      '\\b[A-Z]{2}\\d{5}\\b',
      'AB12345\nXAB12345 CD54321.',
      ['EMPLOYEE_ID:AB12345', 'EMPLOYEE_ID:CD54321'],
    ],
    [
      '^[A-Z]{2}\\d{5}$',
      'AB12345\nxCD54321\nEF11111',
      ['EMPLOYEE_ID:AB12345', 'EMPLOYEE_ID:EF11111'],
    ],
    ['Straße \\d+', 'Große Straße 12', ['EMPLOYEE_ID:Straße 12']],
    ['a[^z]*z', 'ab\ncz', []],
  ])('%s finds in %j: %j', (pattern, text, expected) => {
    expect(find(rulesOf({ pattern }), text)).toEqual(expected)
  })

  it('finds what lies across two stretches of a long line, once', () => {
    const rules = rulesOf({ pattern: '[A-Z]{2}#\\d{5}' })
    for (let before = 2030; before < 2060; before++) {
      expect(find(rules, `${'-'.repeat(before)}AB#12345${'-'.repeat(3000)}`)).toEqual([
        'EMPLOYEE_ID:AB#12345',
      ])
    }
  })

  it('of several finds what each of them finds', () => {
    const custom = ['[A-Z]{2}#\\d{5}', '\\d{2}/\\d{4}', '#\\d+x'].map((pattern, index) => ({
      entity: `KIND_${index}`,
      pattern,
      context: [],
      level: 'likely' as const,
    }))
    const rules = createRuleset({ off: [], custom })
    expect(find(rules, 'AB#12345 of 12/3456\n#7x and #8')).toEqual([
      'KIND_0:AB#12345',
      'KIND_1:12/3456',
      'KIND_2:#7x',
    ])
  })

  it('is linear on what makes a backtracking engine stand still', () => {
    const rules = rulesOf({ pattern: '(x+x+)+y' })
    const text = encoder.encode('x'.repeat(400_000))
    const secondsFor = (length: number) => processorSeconds(() => rules.find(text, 0, length))
    const short = secondsFor(text.length / 10)
    // Ten times the text: quadratic would be 100.
    expect(secondsFor(text.length) / short).toBeLessThan(40)
  })

  it.each([
    ['(', 'missing closing )'],
    ['(?=a)b', 'invalid or unsupported Perl syntax'],
    ['a{2000}', 'invalid repeat count'],
    ['(a)\\1', 'invalid escape sequence'],
    ['a*', 'matches nothing at all'],
    [`(?:${'[ab]{1,900}'.repeat(5)})c`, 'too large'],
  ])('%s is refused: %s', (pattern, message) => {
    expect(() => rulesOf({ pattern })).toThrow(message)
    expect(() => rulesOf({ pattern })).toThrow(CustomRuleError)
  })
})

describe('the text a pattern begins with', () => {
  it.each([
    ['EMP-\\d{6}', 'EMP-'],
    ['abcd?e', 'abc'],
    ['abcd{2}', 'abc'],
    ['abcd+', 'abcd'],
    ['a\\.b\\.c', 'a.b.c'],
    ['abc(d|e)', 'abc'],
    ['abc[|]', 'abc'],
    ['\\babc', 'abc'],
    ['(?i)ABC', 'ABC'],
    ['abc|def', undefined],
    ['abc(d|(e|f))|g', undefined],
    ['ab?c', undefined],
    ['(abc)', undefined],
    ['.abc', undefined],
    ['\\b-abc', undefined],
  ])('of %s is %s', (pattern, text) => {
    expect(literalBegin(pattern)?.text).toBe(text)
  })
})

describe('a list of words', () => {
  it('are needed where there is no pattern', () => {
    expect(() => rulesOf({})).toThrow('neither a pattern nor words')
  })

  it('finds whole words in any case of letters, the longest of them', () => {
    const rules = rulesOf({
      entity: 'PROJECT',
      words: ['Blue Heron', 'Blue Heron II', 'Äpfel', 'iris'],
    })
    expect(find(rules, 'BLUE HERON, blue heron ii; Äpfel Iris irises')).toEqual([
      'PROJECT:BLUE HERON',
      'PROJECT:blue heron ii',
      'PROJECT:Äpfel',
      'PROJECT:Iris',
    ])
    expect(find(rules, 'xiris, éiris, iris7, Blue Heronry')).toEqual([])
  })

  it.each([[['ab']], [['a\nb c']], [['x'.repeat(300)]]])('%j is refused', (words) => {
    expect(() => rulesOf({ words })).toThrow(CustomRuleError)
  })
})

describe('context', () => {
  const rules = rulesOf({ pattern: '\\b\\d{6}\\b', context: ['employee', 'staff'] })

  it('must stand before on the line, or name the column', () => {
    expect(find(rules, 'order 123456, staff no. 123457')).toEqual(['EMPLOYEE_ID:123457'])
    expect(find(rules, 'staff\n123456')).toEqual([])
    expect(find(rules, '123456', ['employee', 'no'])).toEqual(['EMPLOYEE_ID:123456'])
  })

  it('of anything but plain words is refused', () => {
    expect(() => rulesOf({ pattern: '\\d{6}', context: ['employee id'] })).toThrow(CustomRuleError)
  })
})

describe('a ruleset', () => {
  const text = 'bob@example.com 4111 1111 1111 1111'

  it('does not find what is off', () => {
    expect(find(createRuleset({ off: ['EMAIL'], custom: [] }), text)).toEqual([
      'CREDIT_CARD:4111 1111 1111 1111',
    ])
  })

  it('is the built-in one if nothing is configured', () => {
    expect(createRuleset({ off: [], custom: [] })).toBe(builtInRules)
  })

  it('has another version whenever something else is configured', () => {
    const versions = [
      createRuleset({ off: [], custom: [] }),
      createRuleset({ off: ['EMAIL'], custom: [] }),
      createRuleset({ off: ['PHONE'], custom: [] }),
      rulesOf({ pattern: 'EMP-\\d{6}' }),
      rulesOf({ pattern: 'EMP-\\d{7}' }),
      rulesOf({ pattern: 'EMP-\\d{6}', level: 'certain' }),
      rulesOf({ words: ['EMP'] }),
    ].map(({ version }) => version)
    expect(new Set(versions).size).toBe(versions.length)
    expect(rulesOf({ pattern: 'EMP-\\d{6}' }).version).toBe(versions[3])
    expect(versions[1]).toMatch(/^builtin-\d+\+[0-9a-f]{8}$/)
  })

  it('of custom detectors finds the same in a stream, however it is cut', () => {
    const rules = createRuleset({
      off: ['EMAIL'],
      custom: [
        { entity: 'A', pattern: '\\b[A-Z]{2}#\\d{5}\\b', context: [], level: 'likely' },
        { entity: 'B', pattern: 'EMP-\\d{6}', context: [], level: 'certain' },
        { entity: 'C', words: ['Blue Heron', 'Äpfel'], context: [], level: 'likely' },
      ],
    })
    const line = `${'-'.repeat(1500)} AB#12345 EMP-004711 Blue Heron bob@example.com Äpfel\n`
    const bytes = encoder.encode(`${line}${'='.repeat(2040)}CD#54321${line}${line}EMP-004712`)
    const whole = rules.find(bytes, 0, bytes.length)
    expect(whole.length).toBe(14)
    for (const size of [1, 7, 1000, 2048]) {
      const stream = new FindingStream(rules)
      const spans: Span[] = []
      for (let at = 0; at < bytes.length; at += size) {
        spans.push(...stream.feed(bytes.subarray(at, at + size)).spans)
      }
      spans.push(...stream.end().spans)
      expect(spans).toEqual(whole)
    }
  })
})
