import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { email } from './contact/email.ts'
import { creditCard, creditCardInGroups } from './numbers/credit-card.ts'
import { usSsn } from './numbers/us-ssn.ts'
import { entities, findSpans, maskSpan, noSpans, Ruleset, rulesetVersion } from './index.ts'

const encoder = new TextEncoder()

/** Of the entities that are tested here: others are tested beside their detectors. */
const rules = new Ruleset([email, creditCard, creditCardInGroups, usSsn])

/** Findings as `ENTITY/level:text`. */
function find(text: string): string[] {
  const bytes = encoder.encode(text)
  return rules
    .find(bytes, 0, bytes.length)
    .map(
      ({ start, end, entity, level }) =>
        `${entity}/${level}:${new TextDecoder().decode(bytes.subarray(start, end))}`,
    )
}

const letters = (text: string): string[] => text.split('')

function withLuhn(body: string): string {
  let sum = 0
  for (let index = 0; index < body.length; index++) {
    const digit = Number(body[body.length - 1 - index])
    const value = index % 2 === 0 ? digit * 2 : digit
    sum += value > 9 ? value - 9 : value
  }
  return body + String((10 - (sum % 10)) % 10)
}

describe('golden positives', () => {
  const golden: [string, string[]][] = [
    ['bob@example.com', ['EMAIL/certain:bob@example.com']],
    ['Mail bob.smith+tag@mail.example.co.uk.', ['EMAIL/certain:bob.smith+tag@mail.example.co.uk']],
    [
      '<bob@example.com>, "eve_1@x-y.io"',
      ['EMAIL/certain:bob@example.com', 'EMAIL/certain:eve_1@x-y.io'],
    ],
    ['a@b.co', ['EMAIL/certain:a@b.co']],
    ['1234@163.com', ['EMAIL/certain:1234@163.com']],
    ['müller@exämple.de', ['EMAIL/certain:müller@exämple.de']],
    ['иван@пример.рф', ['EMAIL/certain:иван@пример.рф']],
    ['邮箱bob@example.com是', ['EMAIL/certain:bob@example.com']],
    ['x@xn--80ak6aa92e.xn--p1ai', ['EMAIL/certain:x@xn--80ak6aa92e.xn--p1ai']],
    ['{"note":"a\\nbob@example.com\\n"}', ['EMAIL/certain:bob@example.com']],
    ['"\\u00fcller@example.com"', ['EMAIL/certain:ller@example.com']],
    ['...bob@example.com-', ['EMAIL/certain:bob@example.com']],
    ['536-90-4399', ['US_SSN/likely:536-90-4399']],
    ['SSN 536 90 4399.', ['US_SSN/certain:536 90 4399']],
    ['(536-90-4399)', ['US_SSN/likely:536-90-4399']],
    ['ssn-536-90-4399.pdf', ['US_SSN/certain:536-90-4399']],
    ['536-90-4399,219-09-9999', ['US_SSN/likely:536-90-4399', 'US_SSN/likely:219-09-9999']],
    ['\\t536-90-4399\\n', ['US_SSN/likely:536-90-4399']],
    ['899-99-9999 001-01-0001', ['US_SSN/likely:899-99-9999', 'US_SSN/likely:001-01-0001']],
    ['4111111111111111', ['CREDIT_CARD/certain:4111111111111111']],
    ['4111 1111 1111 1111', ['CREDIT_CARD/certain:4111 1111 1111 1111']],
    ['4111-1111-1111-1111', ['CREDIT_CARD/certain:4111-1111-1111-1111']],
    ['4111 1111 1111 1111 05/27 123', ['CREDIT_CARD/certain:4111 1111 1111 1111']],
    ['no. 12 4111 1111 1111 1111', ['CREDIT_CARD/certain:4111 1111 1111 1111']],
    ['3782 822463 10005', ['CREDIT_CARD/certain:3782 822463 10005']],
    ['4222222222222', ['CREDIT_CARD/likely:4222222222222']],
    ['card 4006381330060', ['CREDIT_CARD/likely:4006381330060']],
    ['378282246310005', ['CREDIT_CARD/certain:378282246310005']],
    ['30569309025904', ['CREDIT_CARD/certain:30569309025904']],
    [
      '5555555555554444;2223003122003222',
      ['CREDIT_CARD/certain:5555555555554444', 'CREDIT_CARD/certain:2223003122003222'],
    ],
    ['6011111111111117', ['CREDIT_CARD/certain:6011111111111117']],
    ['3530111333300000', ['CREDIT_CARD/certain:3530111333300000']],
    ['4222222222222', ['CREDIT_CARD/likely:4222222222222']],
    ['6304000000000000', ['CREDIT_CARD/likely:6304000000000000']],
    ['{"card":"4111111111111111"}', ['CREDIT_CARD/certain:4111111111111111']],
    ['"\\n4111 1111 1111 1111"', ['CREDIT_CARD/certain:4111 1111 1111 1111']],
    ['4111111111111111@example.com', ['EMAIL/certain:4111111111111111@example.com']],
    ['4111 1111 1111 1111@example.com', ['CREDIT_CARD/certain:4111 1111 1111 1111']],
    [
      '536-90-4399 bob@example.com 4111111111111111',
      [
        'US_SSN/likely:536-90-4399',
        'EMAIL/certain:bob@example.com',
        'CREDIT_CARD/certain:4111111111111111',
      ],
    ],
  ]
  it.each(golden)('finds in %s', (text, expected) => {
    expect(find(text)).toEqual(expected)
  })
})

describe('golden negatives', () => {
  it.each([
    'user@host',
    '@example.com',
    'a @ b.co',
    'lodash@4.17.21',
    'react@18.0.0-rc.next',
    'icon@2x.png',
    'a@.com',
    'a@-b.com',
    'a@b..com',
    '000-12-3456',
    '666-12-3456',
    '900-12-3456',
    '999-99-9999',
    '536-00-4399',
    '536-90-0000',
    '536904399',
    '536-904399',
    '536-90 4399',
    '1536-90-4399',
    '536-90-43990',
    '1-536-90-4399',
    '536-90-4399-1',
    '536-90-4399.5',
    'A536-90-4399',
    '536-90-4399x',
    '12 536 90 4399',
    '536 90 4399 12',
    '+536-90-4399',
    '4111111111111112',
    '1111111111111117',
    '0000000000000000',
    '411111111111',
    'ean 4006381330060',
    '41111111111111111111',
    'a4111111111111111',
    '4111111111111111f',
    '0.4111111111111111',
    '4111111111111111.25',
    '+4111111111111111',
    '4111  1111  1111  1111',
    '4111-1111 1111-1111',
    '4111-1111-1111-1111-1',
    '1-4111-1111-1111-1111',
    '4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1',
    '2026-03-12 10:15:30.123456+00',
    '20260312101530',
    '1773310530',
    '1773310530123',
    '1773310530123456',
    '1773310530123456789',
    'deadbeef-4111-1111-1111-111111111111',
    '0190c5f0-7c1e-7d3a-8b2f-4111111111111111aaaa',
    'd41d8cd98f00b204e9800998ecf8427e',
    '192.168.100.200',
    '10.20.30.40:5432',
    '1.2.3-4.5.6',
    '978-3-16-148410-0',
    '1;12;123;1234;12345;123456;1234567;12345678',
  ])('finds nothing in %s', (text) => {
    expect(find(text)).toEqual([])
  })

  it('returns one shared frozen array when there is nothing', () => {
    expect(findSpans(encoder.encode('nothing here, 12 apples'), 0, 23)).toBe(noSpans)
    expect(Object.isFrozen(noSpans)).toBe(true)
  })

  it('never looks outside start and end', () => {
    const bytes = encoder.encode('7536-90-43997')
    expect(findSpans(bytes, 1, 12)).toEqual([
      { start: 1, end: 12, entity: 'US_SSN', level: 'likely', detector: 'us_ssn' },
    ])
    expect(findSpans(encoder.encode('bob@example.com'), 0, 11)).toBe(noSpans)
  })

  it('names its rule set and entities', () => {
    expect(rulesetVersion).toMatch(/^builtin-\d+$/)
    expect(entities).toEqual(expect.arrayContaining(['EMAIL', 'US_SSN', 'CREDIT_CARD', 'JWT']))
  })
})

describe('properties', () => {
  const digit = fc.constantFrom(...letters('0123456789'))
  const digitsOf = (count: number) => fc.string({ unit: digit, minLength: count, maxLength: count })
  const around = fc.constantFrom('', ' ', ', ', '"', '(', '\n', '=', '\t', '是', ': ', '|')

  it('finds every valid SSN, wherever it stands', () => {
    const ssn = fc
      .tuple(
        fc.integer({ min: 1, max: 899 }),
        fc.integer({ min: 1, max: 99 }),
        fc.integer({ min: 1, max: 9999 }),
      )
      .filter(([area]) => area !== 666)
      .map(([area, group, serial]) =>
        [
          String(area).padStart(3, '0'),
          String(group).padStart(2, '0'),
          String(serial).padStart(4, '0'),
        ].join('-'),
      )
    fc.assert(
      fc.property(ssn, around, around, (value, before, after) => {
        expect(find(before + value + after)).toEqual([`US_SSN/likely:${value}`])
      }),
    )
  })

  it('finds every Visa and Mastercard number in one group and in fours, and none with a wrong check digit', () => {
    const number = fc.oneof(
      digitsOf(14).map((rest) => withLuhn(`4${rest}`)),
      fc
        .tuple(fc.integer({ min: 51, max: 55 }), digitsOf(13))
        .map(([prefix, rest]) => withLuhn(`${prefix}${rest}`)),
    )
    fc.assert(
      fc.property(
        number,
        fc.constantFrom('', ' ', '-'),
        fc.integer({ min: 1, max: 9 }),
        around,
        (value, separator, add, before) => {
          const printed = (text: string) => text.match(/.{4}/g)!.join(separator)
          expect(find(before + printed(value))).toEqual([`CREDIT_CARD/certain:${printed(value)}`])
          const wrong = value.slice(0, 15) + String((Number(value[15]) + add) % 10)
          expect(find(before + printed(wrong))).toEqual([])
        },
      ),
    )
  })

  it('finds every plain email', () => {
    const word = fc.string({
      unit: fc.constantFrom(...letters('abcxyz019')),
      minLength: 1,
      maxLength: 12,
    })
    fc.assert(
      fc.property(
        word,
        word,
        fc.constantFrom('com', 'org', 'co.uk', 'museum'),
        around,
        (local, domain, top, before) => {
          expect(find(`${before}${local}@${domain}.${top}`)).toEqual([
            `EMAIL/certain:${local}@${domain}.${top}`,
          ])
        },
      ),
    )
  })

  it('gives ordered spans that do not overlap, and masked text has the same length, is UTF-8 and is clean', () => {
    const piece = fc.oneof(
      fc.string({ unit: fc.constantFrom(...letters('@.-_ 0123456789ab+\\nu:/')), maxLength: 30 }),
      fc.string({ unit: 'binary', maxLength: 8 }),
      fc.constantFrom('bob@example.com', '536-90-4399', '4111 1111 1111 1111', 'üé@ö.де'),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const bytes = encoder.encode(pieces.join(''))
        const spans = findSpans(bytes, 0, bytes.length)
        let last = 0
        for (const span of spans) {
          expect(span.start).toBeGreaterThanOrEqual(last)
          expect(span.end).toBeGreaterThan(span.start)
          last = span.end
          maskSpan(bytes, span)
        }
        expect(last).toBeLessThanOrEqual(bytes.length)
        new TextDecoder('utf-8', { fatal: true }).decode(bytes)
        for (const span of spans)
          expect(find(new TextDecoder().decode(bytes.subarray(span.start, span.end)))).toEqual([])
      }),
      { numRuns: 1000 },
    )
  })
})

describe('linear time', () => {
  const bytesMax = 256 * 1024
  it.each([
    '@',
    'a@',
    'a.',
    '1-',
    '123-',
    '123-45-',
    '123-45-678',
    '4111 ',
    '4111-',
    '4111 1111 1111 1112 ',
    '411 ',
    '1',
    '4111111111111112 ',
    'a@b.',
    'é',
    '%',
    'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@',
    '@a.aa.aa.aa.aa.aa.aa.aa',
    'a@b.co ',
    '536-90-4399 ',
    '-@',
    '\\u',
    '4111111111111111@',
  ])('%j: eight times as much takes no more than some eight times as long', (pattern) => {
    const bytes = encoder
      .encode(pattern.repeat(Math.ceil(bytesMax / pattern.length)))
      .subarray(0, bytesMax)
    const best = { eighth: Infinity, whole: Infinity }
    // Of the processor, not of the clock: other processes may run as well.
    const msOf = (length: number): number => {
      const before = process.cpuUsage()
      findSpans(bytes, 0, length)
      const { user, system } = process.cpuUsage(before)
      return (user + system) / 1000
    }
    // An absolute time would say more of the machine than of us. Quadratic would be 64 times.
    for (let round = 0; round < 20; round++) {
      best.eighth = Math.min(best.eighth, msOf(bytesMax / 8))
      best.whole = Math.min(best.whole, msOf(bytesMax))
      if (round >= 4 && best.whole < best.eighth * growthMax) break
    }
    expect(best.whole).toBeLessThan(best.eighth * growthMax)
  })
})

const growthMax = 32
