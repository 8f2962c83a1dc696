import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findSpans } from '../index.ts'
import { entities, type Entity } from '../ruleset.ts'
import { luhnSum } from './checked-numbers.ts'
import { Masking, nullMask, type EntityMask } from './masking.ts'
import { onlyDigits, slotsOf } from './slots.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true })
const key = new Uint8Array(32).fill(7)
const styles = ['same_length', 'redact', 'keep_last_four', 'null', 'token', 'format_preserving'] as const // prettier-ignore

function maskOf(style: (typeof styles)[number], entity: Entity): EntityMask {
  return new Masking({ default: style, styles: {} }, key).of(entity)
}

function whole(style: (typeof styles)[number], entity: Entity, text: string): string | undefined {
  const bytes = encoder.encode(text)
  const end = maskOf(style, entity).whole(bytes, 0, bytes.length)
  return end === nullMask ? undefined : decoder.decode(bytes.subarray(0, end))
}

function inText(style: (typeof styles)[number], entity: Entity, text: string): string {
  const bytes = encoder.encode(`<${text}>`)
  maskOf(style, entity).inText(bytes, 1, bytes.length - 1)
  const masked = decoder.decode(bytes)
  expect(masked).toMatch(/^<.*>$/s)
  return masked.slice(1, -1)
}

const preserved = (entity: Entity, text: string): string =>
  whole('format_preserving', entity, text)!

describe('redact', () => {
  it('tells the entity and no more', () => {
    expect(whole('redact', 'EMAIL', 'ada@example.org')).toBe('[EMAIL]')
    expect(whole('redact', 'EMAIL', 'a-much-longer-one@example.org')).toBe('[EMAIL]')
    expect(whole('redact', 'CREDIT_CARD', 'abcde')).toBe('[CRE]')
    expect(whole('redact', 'EMAIL', 'ab')).toBe('**')
    expect(inText('redact', 'EMAIL', 'ada@example.org')).toBe('[EMAIL]********')
  })

  it('puts no ]]> into a document', () => {
    const bytes = encoder.encode('<a>x@y.org]&gt;</a>')
    maskOf('redact', 'EMAIL').inText(bytes, 3, 10)
    expect(decoder.decode(bytes)).toBe('<a>[EMAIL*]&gt;</a>')
  })
})

describe('keep_last_four', () => {
  it('keeps nothing of a password', () => {
    expect(whole('keep_last_four', 'PASSWORD', 'hunter2x')).toBe('********')
    expect(inText('keep_last_four', 'PASSWORD', 'hunter2x')).toBe('********')
  })

  it.each([
    ['4929-1234-5678-9010', '****-****-****-9010'],
    ['529-81-4402', '***-**-4402'],
    ['abcdef', '***def'],
    ['a', '*'],
    ['12-3', '**-3'],
    ['J\u00f6rg Ma\u00df', '***** Ma**'],
  ])('of %s keeps at most half: %s', (text, masked) => {
    expect(whole('keep_last_four', 'CREDIT_CARD', text)).toBe(masked)
  })
})

describe('a token', () => {
  it('is the same wherever the same value stands, and however it is written', () => {
    const tokens = ['529-81-4402', '529814402', '529 81 4402'].map((text) => whole('token', 'US_SSN', text)) // prettier-ignore
    expect(new Set(tokens).size).toBe(1)
    expect(tokens[0]).toMatch(/^t[a-z2-7]{8}$/)
    expect(inText('token', 'US_SSN', '529-81-4402')).toBe(`${tokens[0]}**`)
    expect(whole('token', 'EMAIL', 'Ada@Example.org')).toBe(whole('token', 'EMAIL', 'ada@example.org')) // prettier-ignore
  })

  it('has a prefix that says so where there is room, and never more than 30 characters', () => {
    expect(whole('token', 'EMAIL', 'ada@example.org')).toMatch(/^tok_[a-z2-7]{11}$/)
    expect(whole('token', 'EMAIL', `${'a'.repeat(60)}@example.org`)).toMatch(/^tok_[a-z2-7]{26}$/)
  })

  it('of a value too short for 40 bits is none: it becomes *', () => {
    expect(whole('token', 'PERSON', 'Ada')).toBe('***')
    expect(whole('token', 'PERSON', 'Ada Love')).toBe('*** ****')
  })

  it('differs for another value and under another key', () => {
    expect(whole('token', 'EMAIL', 'ada@example.org')).not.toBe(whole('token', 'EMAIL', 'bob@example.org')) // prettier-ignore
    const other = new Masking({ default: 'token', styles: {} }, new Uint8Array(32)).of('EMAIL')
    const bytes = encoder.encode('ada@example.org')
    other.whole(bytes, 0, bytes.length)
    expect(decoder.decode(bytes)).not.toBe(whole('token', 'EMAIL', 'ada@example.org'))
  })

  it('without a key is none', () => {
    const bytes = encoder.encode('ada@example.org')
    new Masking({ default: 'token', styles: {} }).of('EMAIL').whole(bytes, 0, bytes.length)
    expect(decoder.decode(bytes)).toBe('***@*******.***')
  })
})

describe('a format-preserving mask', () => {
  const isLuhn = (text: string): boolean => {
    const bytes = encoder.encode(text)
    return luhnSum(bytes, slotsOf(bytes, 0, bytes.length, onlyDigits)) % 10 === 0
  }
  const withLuhn = (digits: readonly number[]): string => {
    for (let check = 0; ; check++) {
      const text = [...digits, check].join('')
      if (isLuhn(text)) return text
    }
  }
  const withIbanCheck = (country: string, account: string): string => {
    const text = [...`${account}${country}00`].map((letter) => Number.parseInt(letter, 36)).join('')
    const check = 98n - (BigInt(text) % 97n)
    return `${country}${String(check).padStart(2, '0')}${account}`
  }
  /** ISO 13616: check digits are 02 to 98; 00, 01 and 99 are alike modulo 97, and none. */
  const isIban = (text: string): boolean => {
    const check = Number(text.slice(2, 4))
    if (!(check >= 2 && check <= 98)) return false
    const turned = text.slice(4) + text.slice(0, 4)
    return BigInt([...turned].map((letter) => Number.parseInt(letter, 36)).join('')) % 97n === 1n
  }
  const isSsn = (text: string): boolean =>
    /^(?!000|666|9)\d{3}-?(?!00)\d\d-?(?!0000)\d{4}$/.test(text)
  const digit = fc.integer({ min: 0, max: 9 })
  const digits = (count: number): fc.Arbitrary<string> =>
    fc.array(digit, { minLength: count, maxLength: count }).map((all) => all.join(''))

  it('of a card is a card of the same network, whatever its length', () => {
    const card = fc.array(digit, { minLength: 12, maxLength: 18 }).map(withLuhn)
    fc.assert(
      fc.property(card, (text) => {
        const masked = preserved('CREDIT_CARD', text)
        expect(isLuhn(masked)).toBe(true)
        expect(masked).toHaveLength(text.length)
        expect(masked.slice(0, 4)).toBe(text.slice(0, 4))
      }),
    )
  })

  it('of a number that is no card is none either', () => {
    fc.assert(
      fc.property(digits(16), (text) => {
        expect(isLuhn(preserved('CREDIT_CARD', text))).toBe(isLuhn(text))
      }),
    )
  })

  it('of an IBAN is one of the same country, with its blanks and letters', () => {
    const account = fc.stringMatching(/^[A-Z]{4}[0-9]{14}$/)
    fc.assert(
      fc.property(account, (text) => {
        const iban = withIbanCheck('GB', text)
        const masked = preserved('IBAN', iban)
        expect(isIban(masked)).toBe(true)
        expect(masked).toMatch(/^GB\d\d[A-Z]{4}\d{14}$/)
        const spaced = iban.replaceAll(/(.{4})/g, '$1 ').trim()
        expect(preserved('IBAN', spaced).replaceAll(' ', '')).toBe(masked)
        expect(isIban(preserved('IBAN', `GB99${text}`))).toBe(false)
      }),
      { numRuns: 50 },
    )
  })

  it('of a social security number is one that could be given, of another not', () => {
    fc.assert(
      fc.property(digits(9), (text) => {
        const dashed = `${text.slice(0, 3)}-${text.slice(3, 5)}-${text.slice(5)}`
        const masked = preserved('US_SSN', dashed)
        expect(masked).toMatch(/^\d{3}-\d\d-\d{4}$/)
        expect(isSsn(masked)).toBe(isSsn(dashed))
        expect(preserved('US_SSN', text)).toBe(masked.replaceAll('-', ''))
      }),
    )
  })

  it('of a taxpayer number is one', () => {
    for (const text of ['912-70-1234', '999-99-9999', '900-50-0000', '950881111']) {
      const masked = preserved('US_ITIN', text)
      expect(masked).toMatch(/^9\d\d-?(?:5\d|6[0-5]|7\d|8[0-8]|9[0-24-9])-?\d{4}$/)
      expect(masked).not.toBe(text)
    }
  })

  it.each([
    [
      'EMAIL',
      'Ada.Love9@Example.co.uk',
      /^[A-Z][a-z]{2}\.[A-Z][a-z]{3}\d@[A-Z][a-z]{6}\.[a-z]{2}\.uk$/,
    ],
    ['PHONE', '+49 30 901820', /^\+49 [2-9]\d \d{6}$/],
    ['PHONE', '(415) 555-0134', /^\([2-9]\d\d\) [2-9]\d\d-\d{4}$/],
    ['PHONE', '+1 415 555 0134', /^\+1 [2-9]\d\d [2-9]\d\d \d{4}$/],
    ['PHONE', '0049 151 23456789', /^0049 1\d\d \d{8}$/],
    ['IP_ADDRESS', '192.168.17.4', /^[12]\d\d\.[12]\d\d\.[1-9]\d\.\d$/],
    [
      'IP_ADDRESS',
      '2001:db8::8a2e:370:7334',
      /^[0-9a-f]{4}:[0-9a-f]{3}::[0-9a-f]{4}:[0-9a-f]{3}:[0-9a-f]{4}$/,
    ],
    ['MAC_ADDRESS', '08:00:2B:01:02:03', /^[0-9A-F]{2}(:[0-9A-F]{2}){5}$/],
    ['CRYPTO', `0x${'ab12'.repeat(10)}`, /^0x[0-9a-f]{40}$/],
    ['CRYPTO', '1BoatSLRHtKNngkdXEeobR76b53LETtpyT', /^1[1-9A-HJ-NP-Za-km-z]{33}$/],
    ['DATE_OF_BIRTH', '1961-07-01', /^\d{4}-(?:0[1-9]|1[012])-(?:0[1-9]|[12]\d|3[01])$/],
    ['DATE_OF_BIRTH', '01.07.1961', /^(?:0[1-9]|[12]\d|3[01])\.(?:0[1-9]|1[012])\.\d{4}$/],
    ['PERSON', 'Ada Lovelace', /^[A-Z][a-z]{2} [A-Z][a-z]{7}$/],
    ['API_KEY', 'k3y-ABCdef123456', /^[a-z]\d[a-z]-[A-Z]{3}[a-z]{3}\d{6}$/],
    ['CUSTOMER', '1234567', /^[1-9]\d{6}$/],
  ] as const)('of %s %s looks the same', (entity, text, form) => {
    const masked = preserved(entity, text)
    expect(masked).toMatch(form)
    expect(masked).not.toBe(text)
    expect(preserved(entity, text)).toBe(masked)
    expect(inText('format_preserving', entity, text)).toBe(masked)
  })

  it.each([
    ['PERSON', 'Ada', '***'],
    ['US_SSN', '12345', '*****'],
    ['DATE_OF_BIRTH', '07/01/1961', '**/**/****'],
    ['IP_ADDRESS', '10.0.0.1', '**.*.*.*'],
    ['API_KEY', 'a'.repeat(200), '*'.repeat(200)],
  ])(
    'of %s %s is none: too few values have that form, or it can not be told',
    (entity, text, masked) => {
      expect(preserved(entity, text)).toBe(masked)
    },
  )

  it('is found as the same entity again', () => {
    const found = (text: string): string[] => {
      const bytes = encoder.encode(text)
      return findSpans(bytes, 0, bytes.length).map(({ entity }) => entity)
    }
    for (const [entity, text] of [
      ['EMAIL', 'ada.lovelace@example.org'],
      ['CREDIT_CARD', withLuhn([4, 9, 2, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1])],
      ['US_SSN', '529-81-4402'],
    ] as const) {
      expect(found(text)).toEqual([entity])
      expect(found(preserved(entity, text))).toEqual([entity])
    }
  })

  it.each(entities)('of %s leaves nothing of a value that is none', (entity) => {
    for (const text of [
      'SMITH 529-81-4402',
      'Lovelace.Smith',
      'Jones/Smith 12',
      'a:b/Smith Jones',
      '0123456789Smith',
      'jones@smith.jonessmith1',
    ]) {
      expect(preserved(entity, text)).not.toMatch(/smith|jones|lovelace/i)
      expect(inText('format_preserving', entity, text)).not.toMatch(/smith|jones|lovelace/i)
    }
  })

  it('gives different values for different values of one length', () => {
    // Of dates and of what must be hexadecimal these texts are none.
    const entity = fc.constantFrom(
      ...entities.filter((name) => name !== 'DATE_OF_BIRTH' && name !== 'MAC_ADDRESS'),
    )
    const text = fc.stringMatching(/^[1-9a-z][0-9a-z]{9}[0-9A-Z]{4}$/)
    fc.assert(
      fc.property(entity, text, text, (name, one, other) => {
        expect(preserved(name, one) === preserved(name, other)).toBe(one === other)
      }),
    )
    fc.assert(
      fc.property(entity, digits(14), digits(14), (name, one, other) => {
        expect(preserved(name, one) === preserved(name, other)).toBe(one === other)
      }),
    )
  })
})

describe('every style', () => {
  const style = fc.constantFrom(...styles)
  const entity = fc.constantFrom<Entity>(...entities, 'CUSTOM')
  const text = fc.oneof(
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 80 }),
    fc.stringMatching(/^[-0-9a-zA-Z@.:/ ]{1,40}$/),
  )

  it('keeps the length within a text, and what is around it, and writes no mark of any format', () => {
    fc.assert(
      fc.property(style, entity, text, (name, of, value) => {
        const masked = inText(name, of, value)
        expect(encoder.encode(masked)).toHaveLength(encoder.encode(value).length)
        if (!/["'\\,{}()<>&\n\t\0]/.test(value)) expect(masked).not.toMatch(/["'\\,{}()<>&\n\t\0]/)
      }),
      { numRuns: 2_000 },
    )
  })

  it('is never longer than the value, and the same for the same value', () => {
    fc.assert(
      fc.property(style, entity, text, (name, of, value) => {
        const masked = whole(name, of, value)
        expect(masked === undefined).toBe(name === 'null')
        expect(whole(name, of, value)).toBe(masked)
        if (masked !== undefined) {
          expect(encoder.encode(masked).length).toBeLessThanOrEqual(encoder.encode(value).length)
        }
      }),
      { numRuns: 2_000 },
    )
  })

  it('hides a value of ten letters or digits, but for what it says it keeps', () => {
    const long = fc.stringMatching(/^[0-9a-z]{10,30}$/)
    fc.assert(
      fc.property(style, entity, long, (name, of, value) => {
        expect(whole(name, of, value)).not.toBe(value)
        expect(inText(name, of, value)).not.toBe(value)
      }),
    )
  })

  it('is configured by entity, and by default for all others', () => {
    const masking = new Masking({ default: 'redact', styles: { EMAIL: 'null' } })
    expect(masking.of('EMAIL').style).toBe('null')
    expect(masking.of('PHONE').style).toBe('redact')
    expect(masking.of('constructor').style).toBe('redact')
  })

  it('that needs a key is none for what a client can make up', () => {
    const masking = new Masking({ default: 'token', styles: { EMAIL: 'redact', PHONE: 'format_preserving' } }, key).forComputed // prettier-ignore
    expect([masking.of('PERSON').style, masking.of('EMAIL').style, masking.of('PHONE').style]).toEqual(['same_length', 'redact', 'same_length']) // prettier-ignore
  })
})
