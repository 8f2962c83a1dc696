import { describe, expect, it } from 'vitest'
import { Ruleset } from '../find-spans.ts'
import { creditCard, creditCardInGroups } from './credit-card.ts'
import { usItin, usItinBare } from './us-itin.ts'
import { usSsn, usSsnBare } from './us-ssn.ts'

const rules = new Ruleset([usSsn, usSsnBare, usItin, usItinBare, creditCard, creditCardInGroups])
const encoder = new TextEncoder()

function find(text: string, names: readonly string[] = []): string[] {
  const bytes = encoder.encode(text)
  return rules
    .find(bytes, 0, bytes.length, { names })
    .map(({ start, end, entity, level }) => `${entity}/${level}:${text.slice(start, end)}`)
}

describe('numbers of the United States', () => {
  it.each([
    ['ssn: 536904399', 'US_SSN/likely:536904399'],
    ['SSN 536.90.4399', 'US_SSN/certain:536.90.4399'],
    ['social security number is 536-90-4399', 'US_SSN/certain:536-90-4399'],
    ['036904399', 'US_SSN/likely:036904399'],
    ['912-70-4399', 'US_ITIN/likely:912-70-4399'],
    ['ITIN 912704399', 'US_ITIN/likely:912704399'],
    ['itin=912 70 4399', 'US_ITIN/certain:912 70 4399'],
  ])('are found in %s', (text, expected) => {
    expect(find(text)).toEqual([expected])
  })

  it.each([
    '536904399',
    'order 036904399 of',
    '012345678',
    '021000021', // A bank's.
    '536.90.4399',
    '912-45-4399',
    '912-89-4399',
    '912704399',
    '5369043991',
  ])('are none in %s', (text) => {
    expect(find(text)).toEqual([])
  })

  it('are found where the column is called so', () => {
    expect(find('536904399', ['customer', 'ssn'])).toEqual(['US_SSN/likely:536904399'])
    expect(find('912704399', ['itin'])).toEqual(['US_ITIN/likely:912704399'])
  })
})

function withLuhn(body: string): string {
  for (let check = 0; check < 10; check++) {
    let sum = 0
    ;[...body, String(check)].toReversed().forEach((digit, index) => {
      const value = index % 2 === 0 ? Number(digit) : Number(digit) * 2
      sum += value > 9 ? value - 9 : value
    })
    if (sum % 10 === 0) return `${body}${check}`
  }
  return body
}

describe('cards of rare issuers', () => {
  it.each([
    ['Maestro, 12 digits', '50189999999'],
    ['UATP', '10009999999999'],
  ])('are found beside a word only: %s', (_, body) => {
    const number = withLuhn(body)
    expect(find(`card ${number}`)).toEqual([`CREDIT_CARD/likely:${number}`])
    expect(find(`item ${number}`)).toEqual([])
  })

  it.each([
    ['Maestro', '675964982643845'],
    ['JCB of 15 digits', '18001234567890'],
    ['Mir', '220012345678901'],
    ['UnionPay, 19 digits', '622812345678901234'],
    ['Visa, 19 digits', '403012345678901234'],
    ['Troy', '979212345678901'],
  ])('are found by prefix and length alone: %s', (_, body) => {
    const number = withLuhn(body)
    expect(find(`item ${number}`)).toEqual([`CREDIT_CARD/likely:${number}`])
    expect(find(`item ${number}1`)).toEqual([])
  })
})
