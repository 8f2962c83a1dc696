/**
 * Invented customers, the same ones every time. Valid in form, so that detectors take them seriously, and nobody's: social
 * security numbers of ranges that look issued, card numbers of the payment networks' test ranges with a right Luhn digit,
 * phone numbers 555-01xx, which are kept for fiction, and mail domains of RFC 2606.
 */
import { assert } from '@gatetrail/schemas'

export type Random = () => number

/** mulberry32: small, fast, good enough for names. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export type Customer = {
  id: number
  name: string
  ssn: string
  email: string
  phone: string
  card: string
  birth_date: string
  address: string
  city: string
  state: string
  postal_code: string
  created_at: string
}

export function inventCustomer(id: number, random: Random): Customer {
  const first = pick(firstNames, random)
  const last = pick(lastNames, random)
  const [city, state, postal, area] = pick(cities, random)
  const two = (value: number) => String(value).padStart(2, '0')
  return {
    id,
    name: `${first} ${last}`,
    // The serial comes from the id: no two customers share a number.
    ssn: `${100 + Math.floor(random() * 560)}-${two(1 + Math.floor(random() * 99))}-${String(1 + ((id * 37) % 9999)).padStart(4, '0')}`,
    email: `${first}.${last}${id}@${pick(mailDomains, random)}`.toLowerCase(),
    phone: `(${area}) 555-01${two(Math.floor(random() * 100))}`,
    card: withLuhnDigit(`${pick(cardPrefixes, random)}${digits(9, random)}`),
    birth_date: `${1945 + Math.floor(random() * 60)}-${two(1 + Math.floor(random() * 12))}-${two(1 + Math.floor(random() * 28))}`,
    address: `${1 + Math.floor(random() * 9899)} ${pick(streets, random)}`,
    city,
    state,
    postal_code: `${postal}${two(Math.floor(random() * 100))}`,
    created_at: momentOf(random),
  }
}

/** A moment of 2024 or 2025, ISO 8601. */
export function momentOf(random: Random): string {
  const start = Date.UTC(2024, 0, 1)
  return new Date(start + Math.floor(random() * 730 * 86_400) * 1000).toISOString()
}

export function pick<const Item>(items: readonly Item[], random: Random): Item {
  const item = items[Math.floor(random() * items.length)]
  assert(item !== undefined, 'a list to pick from is not empty')
  return item
}

function digits(count: number, random: Random): string {
  return Array.from({ length: count }, () => Math.floor(random() * 10)).join('')
}

/** ISO/IEC 7812-1 annex B. */
export function withLuhnDigit(number: string): string {
  let sum = 0
  for (const [index, digit] of [...number].toReversed().entries()) {
    const doubled = index % 2 === 0 ? Number(digit) * 2 : Number(digit)
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return `${number}${(10 - (sum % 10)) % 10}`
}

// Six digits of test ranges; nine more and the check digit follow.
const cardPrefixes = ['411111', '424242', '400005', '555555', '510510'] as const
const mailDomains = ['example.com', 'example.net', 'example.org', 'mail.example'] as const
const firstNames = [
  ...['Ada', 'Amir', 'Bea', 'Carlos', 'Chen', 'Dana', 'Elif', 'Emma', 'Femi', 'Grace', 'Hana'],
  ...['Ines', 'Ivan', 'Jonas', 'Kofi', 'Lena', 'Liam', 'Maya', 'Mateo', 'Nia', 'Noor', 'Olga'],
  ...['Omar', 'Priya', 'Quinn', 'Rosa', 'Sam', 'Sofia', 'Tariq', 'Uma', 'Viktor', 'Wei', 'Yuki'],
]
const lastNames = [
  ...['Abara', 'Becker', 'Costa', 'Dubois', 'Eriksen', 'Fischer', 'Garcia', 'Haddad', 'Ito'],
  ...['Jansen', 'Kowalski', 'Larsen', 'Mbeki', 'Nguyen', 'Okafor', 'Park', 'Quiroga', 'Reyes'],
  ...['Silva', 'Tanaka', 'Usman', 'Varga', 'Walsh', 'Xu', 'Yilmaz', 'Zhang', 'Moreau', 'Novak'],
]
const streets = [
  'Alder Street',
  'Birch Lane',
  'Canal Road',
  'Dock Street',
  'Elm Avenue',
  'Foundry Way',
  'Grove Street',
  'Harbor Drive',
  'Maple Court',
  'Orchard Road',
] as const
/** City, state, first three digits of its postal codes, telephone area. */
const cities = [
  ['Portland', 'OR', '972', '503'],
  ['Austin', 'TX', '787', '512'],
  ['Madison', 'WI', '537', '608'],
  ['Denver', 'CO', '802', '303'],
  ['Raleigh', 'NC', '276', '919'],
  ['Boston', 'MA', '021', '617'],
  ['Tucson', 'AZ', '857', '520'],
  ['Seattle', 'WA', '981', '206'],
] as const
