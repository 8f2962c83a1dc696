import { describe, expect, it } from 'vitest'
import { Ruleset, type FindOptions } from '../find-spans.ts'
import { phoneDetectors } from './phone.ts'

const rules = new Ruleset(phoneDetectors)
const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** Findings as `level:text`. */
function find(text: string, options?: FindOptions): string[] {
  const bytes = encoder.encode(text)
  return rules
    .find(bytes, 0, bytes.length, options)
    .map(({ start, end, level }) => `${level}:${decoder.decode(bytes.subarray(start, end))}`)
}

// Numbers are those that are kept free for fiction: 555-0100 to 0199, and Ofcom's for drama.
describe('numbers with a calling code', () => {
  it.each([
    ['+14155550134', 'certain:+14155550134'],
    ['tel:+14155550134;isub=1', 'certain:+14155550134'],
    ['{"to":"+447700900123"}', 'certain:+447700900123'],
    ['call +44 7700 900 123, or', 'certain:+44 7700 900 123'],
    ['+44 (0)20 7946 0123.', 'certain:+44 (0)20 7946 0123'],
    ['+1 (415) 555-0134', 'certain:+1 (415) 555-0134'],
    ['+1-415-555-0134x459', 'certain:+1-415-555-0134x459'],
    ['+1 415 555 0134 ext. 12 please', 'certain:+1 415 555 0134 ext. 12'],
    ['+33 1 99 00 12 34', 'certain:+33 1 99 00 12 34'],
    ['+49\u00a030\u00a023125 123', 'certain:+49\u00a030\u00a023125 123'],
    ['+61 491‑570‑156', 'certain:+61 491‑570‑156'],
    ['+49 30 23125 123 12:30', 'certain:+49 30 23125 123'],
    ['+298 12 34 56', 'likely:+298 12 34 56'],
    ['0044 7700 900123', 'likely:0044 7700 900123'],
    ['001-415-555-0134', 'likely:001-415-555-0134'],
    ['00447700900123', 'likely:00447700900123'],
  ])('%j is found', (text, found) => {
    expect(find(text)).toEqual([found])
  })

  it.each([
    '+1234567',
    '+0 123 456 789',
    '+2024-01-31 10:11:12',
    'a+14155550134',
    '++14155550134',
    '2024-01-31T10:11:12+0100',
    '2024-01-31T10:11:12+01:00',
    '+14155550134567890',
    '+99912345',
    '+1 115 555 0134567',
    '0012345678901',
    '0000447700900123',
    '@@ -1,7 +1234567,9 @@',
  ])('%j is none', (text) => {
    expect(find(text)).toEqual([])
  })
})

describe('national numbers', () => {
  it.each([
    ['(415) 555-0134', 'likely:(415) 555-0134'],
    ['(415)555-0134', 'likely:(415)555-0134'],
    ['415-555-0134', 'likely:415-555-0134'],
    ['1-415-555-0134', 'likely:1-415-555-0134'],
    ['415.555.0134', 'likely:415.555.0134'],
    ['020 7946 0123', 'likely:020 7946 0123'],
    ['07700 900123', 'likely:07700 900123'],
    ['01 99 00 12 34', 'likely:01 99 00 12 34'],
    ['01.99.00.12.34', 'likely:01.99.00.12.34'],
    ['0491-570-156', 'likely:0491-570-156'],
    ['030/23125123', 'likely:030/23125123'],
    ['(030) 23125 123', 'likely:(030) 23125 123'],
    ['(11) 95555-0134', 'likely:(11) 95555-0134'],
    ['07700900123', 'likely:07700900123'],
  ])('%j is found wherever it stands', (text, found) => {
    expect(find(text)).toEqual([found])
    expect(find(`"${text}",`)).toEqual([found])
  })

  it.each([
    ['Phone: 555 0134', 'likely:555 0134'],
    ['phone_number=4155550134', 'likely:4155550134'],
    ['"mobilePhone":"30123456"', 'likely:30123456'],
    ['phone2: 5550134', 'likely:5550134'],
    ['Can someone call me on 555 0134?', 'likely:555 0134'],
    ['23 12 51 23 office', 'likely:23 12 51 23'],
    ['Phone: 55 01 34', 'likely:55 01 34'],
    ['Tel. 9 555 0134', 'likely:9 555 0134'],
    ['5550134-Fax', 'likely:5550134'],
    ['5550134 (mobile)', 'likely:5550134'],
    ['Fax 415 555 0134', 'likely:415 555 0134'],
  ])('%j is found by the word beside it', (text, found) => {
    expect(find(text)).toEqual([found])
    expect(find(text.replaceAll(/[a-z]+/gi, 'x'))).toEqual([])
  })

  it('is found in a column of that name, and only there', () => {
    expect(find('30123456', { names: ['home', 'phone'] })).toEqual(['likely:30123456'])
    expect(find('30123456', { names: ['order', 'id'] })).toEqual([])
  })

  it('is possible where ten digits are one of North America', () => {
    expect(find('4155550134')).toEqual([])
    expect(find('4155550134', { levelMin: 'possible' })).toEqual(['possible:4155550134'])
  })

  it('is not found behind a word that belongs to a number before it', () => {
    expect(find('phone 415-555-0134, order 12345678')).toEqual(['likely:415-555-0134'])
  })

  it.each([
    '2024-01-31 10:11:12',
    'phone call at 2024-01-31 10:11',
    'call on 31.01.2024',
    '1700000000',
    '1700000000123',
    '192.168.100.200',
    '1.2.3-4.5.6',
    '200 0 0 960 205 468',
    '48 c8 01 00 02 48 89 31',
    '978-3-16-148410-0',
    '0.17307312',
    '0x0123456789',
    '536-90-4399',
    '4111 1111 1111 1111',
    'f81d4fae-7dec-11d0-a765-00a0c91e6bf6',
    '550e8400-0441-4155-0134-446655440000',
    'the office is at 17031 2202 Main St',
    'JIRA-12345678',
    '000-123-4567',
    '123-456-7890',
    '12/31/1999 0123',
    '0 1 2 3 4 5 6 7 8 9',
    '1,234,567.89',
    'call 0x41555501',
    'Boston, MA 02110-1301, USA',
    'calls to the stack (CVE-2026-9358)',
    'cellBorder:#80808059',
    '{"number": 2147483647}',
    'order number 4155550134',
    'line 4155550134 is too long',
    '(1(1(1(1(1(1(1(1',
    '5550134 mobile users',
    'phone 1.5.12 12.0134',
    'fax 12.55501',
    '1998-2024 Example Mobile, Inc',
    '"text": "2147483647"',
    'Mobile 2024-01-31',
    '10.1000/182-4155',
  ])('%j is none', (text) => {
    expect(find(text)).toEqual([])
  })
})

describe('groups of digits alone', () => {
  it.each([
    ['4321 8765 (mobile)', ['likely:4321 8765']],
    ['4321-8765-Fax', ['likely:4321-8765']],
    ['4321 8765 4321 fax', ['likely:4321 8765 4321']],
    ['phone 4321 8765', ['likely:4321 8765']],
    ['4321 8765', []],
    ['532 234 56 78', ['likely:532 234 56 78']],
    ['1 321-265-4321', ['likely:1 321-265-4321']],
    ['432 165 4321', []],
    ['67)–3286)–3876 (office)', ['likely:3286)–3876']],
  ])('are a telephone by their form, or by a word before or behind them: %j', (text, found) => {
    expect(find(text)).toEqual(found)
  })
})
