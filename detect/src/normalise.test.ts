import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { normaliseValue } from './normalise.ts'
import { entities } from './ruleset.ts'

const encoder = new TextEncoder()

function normal(entity: string, text: string): string {
  const bytes = encoder.encode(`<${text}>`)
  return new TextDecoder().decode(normaliseValue(entity, bytes, 1, bytes.length - 1))
}

describe('a normal form', () => {
  it.each([
    ['US_SSN', ['529-81-4402', '529814402', ' 529 81 4402 '], '529814402'],
    ['CREDIT_CARD', ['4929 1234 5678 9010', '4929-1234-5678-9010'], '4929123456789010'],
    ['IBAN', ['de12 5001 0517 0648 4898 90', 'DE12500105170648489890'], 'DE12500105170648489890'],
    ['EMAIL', ['Ada@Example.org', ' ada@example.org'], 'ada@example.org'],
    ['EMAIL', ['J\u00d6RG@example.org', 'jo\u0308rg@example.org'], 'j\u00f6rg@example.org'],
    ['PHONE', ['+1 (415) 555-0134', '415.555.0134', '1-415-555-0134 x12'], '4155550134'],
    ['PHONE', ['+49 (0)30 901820', '0049 30 901820', '+4930901820'], '4930901820'],
    ['MAC_ADDRESS', ['08:00:2B:01:02:03', '0800.2b01.0203'], '08002b010203'],
    ['IP_ADDRESS', ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'], '2001:db8::1'],
    ['IP_ADDRESS', ['::ffff:10.0.0.1', '::FFFF:a00:1'], '::ffff:a00:1'],
    ['IP_ADDRESS', ['10.0.0.1', '10.000.0.01'], '10.0.0.1'],
    ['IP_ADDRESS', ['1:0:0:2:0:0:0:3', '1:0:0:2::3'], '1:0:0:2::3'],
    [
      'DATE_OF_BIRTH',
      ['1961-07-13', '13.07.1961', '07/13/1961', '13 July 1961', 'Jul 13, 1961'],
      '19610713',
    ],
    ['PERSON', ['Ada  LOVELACE', 'ada lovelace', 'Ada Lovelace.'], 'ada lovelace'],
    ['CRYPTO', ['0xAbCdEf', '0xabcdef'], '0xabcdef'],
  ] as const)('of %s is the same however it is written: %j', (entity, texts, form) => {
    for (const text of texts) expect(normal(entity, text)).toBe(form)
  })

  it.each([
    ['US_SSN', 'none 1'],
    ['PHONE', 'n/a'],
    ['IP_ADDRESS', '1:2:3'],
    ['IP_ADDRESS', '::1::2'],
    ['IP_ADDRESS', '1:2:3:4:5:6:7:8::9'],
    ['DATE_OF_BIRTH', '7/1/61'],
    ['PERSON', '???'],
    ['API_KEY', 'aBc'],
    ['CUSTOMER', 'aBc 1'],
  ])('of %s is the value itself where it is none: %s', (entity, text) => {
    expect(normal(entity, text)).toBe(text)
  })

  it('is never empty, never throws and stays itself', () => {
    fc.assert(
      fc.property(fc.constantFrom(...entities), fc.string({ unit: 'grapheme' }), (entity, text) => {
        const form = normal(entity, text)
        expect(form === '').toBe(/^[\0- ]*$/.test(text))
        if (entity !== 'PHONE') expect(normal(entity, form)).toBe(form)
      }),
      { numRuns: 2_000 },
    )
  })

  it('reads nothing outside of the value', () => {
    fc.assert(
      fc.property(fc.constantFrom(...entities), fc.string(), (entity, text) => {
        const bytes = encoder.encode(text)
        const around = encoder.encode(`(0) 12:ab.9@${text}9)0:1`)
        expect(normaliseValue(entity, around, 12, 12 + bytes.length)).toEqual(
          normaliseValue(entity, bytes, 0, bytes.length),
        )
      }),
    )
  })
})
