/** Columns of databases that hold nothing personal, without a telling name: none of them may be masked. */
import { describe, expect, it } from 'vitest'
import { ColumnVote } from './column-vote.ts'

/** The same numbers in every run. */
function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

const next = numbers(6)
const below = (max: number): number => Math.floor(next() * max)
const digits = (count: number): string => Array.from({ length: count }, () => below(10)).join('')
const hex = (count: number): string =>
  Array.from({ length: count }, () => below(16).toString(16)).join('')
const capitals = (count: number): string =>
  Array.from({ length: count }, () => String.fromCharCode(65 + below(26))).join('')
const one = (texts: readonly string[]): string => texts[below(texts.length)]!
const two = (max: number): string => String(below(max)).padStart(2, '0')
const day = (): string =>
  `20${two(25)}-${String(1 + below(12)).padStart(2, '0')}-${String(1 + below(28)).padStart(2, '0')}`

const things =
  'Desk Lamp,Wireless Mouse,Oak Table,Garden Hose,Steel Bolt,Paper Towel,Rain Coat'.split(',')
const places =
  'Lisbon,Porto Alegre,Graz,Uppsala,New Haven,Kyoto,San Marino,Charlotte,Florence,Cape Town'.split(
    ',',
  )

const harmless: Record<string, (index: number) => string> = {
  'a serial number': (i) => String(i + 1),
  'a serial number of ten digits': (i) => String(4_000_000_000 + i),
  'random numbers of nine digits': () => digits(9),
  'random numbers of ten digits': () => digits(10),
  'random numbers of eleven digits': () => digits(11),
  'random numbers of sixteen digits': () => digits(16),
  'order ids of groups': () => `${digits(3)}-${digits(7)}-${digits(7)}`,
  'order ids with letters': () => `CA-20${two(25)}-${digits(6)}`,
  'epochs in seconds': () => String(1_500_000_000 + below(200_000_000)),
  'epochs in milliseconds': () => String(1_500_000_000_000 + below(200_000_000_000)),
  dates: day,
  'dates of another kind': () => `${1 + below(12)}/${1 + below(28)}/20${two(25)}`,
  timestamps: () => `${day()} ${two(24)}:${two(60)}:${two(60)}.${digits(6)}+02`,
  times: () => `${two(24)}:${two(60)}`,
  UUIDs: () => `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`,
  'MD5 sums': () => hex(32),
  'SHA-1 sums': () => hex(40),
  'SHA-256 sums': () => hex(64),
  amounts: () => `${below(9000)}.${two(100)}`,
  'amounts in thousands': () => `${1 + below(9)} ${digits(3)} ${digits(3)}`,
  'amounts with dots': () => `${1 + below(999)}.${digits(3)}.${digits(3)},00`,
  latitudes: () => `${below(90)}.${digits(6)}`,
  'coordinates of places': () => `${below(90)}.${digits(4)}, -${below(180)}.${digits(4)}`,
  versions: () => `${below(20)}.${below(40)}.${below(99)}`,
  'versions of four': () => `${10 + below(90)}.0.${1000 + below(9000)}.${below(200)}`,
  'ISBN-13': () => `978-${below(10)}-${digits(3)}-${digits(5)}-${below(10)}`,
  'EAN-13': () => `40${digits(11)}`,
  SKUs: () => `${capitals(3)}-${digits(4)}-${capitals(2)}`,
  'codes of parts': () => `${digits(2)}-${digits(3)}-${digits(2)}`,
  'codes of 3-4': () => `${digits(3)}-${digits(4)}`,
  'codes of 4-4': () => `${digits(4)}-${digits(4)}`,
  ISSN: () => `${digits(4)}-${digits(3)}X`,
  'years of seasons': () => {
    const year = 1950 + below(70)
    return `${year}-${year + 1}`
  },
  things: () => one(things),
  places: () => one(places),
  countries: () => one(['Jordan', 'Georgia', 'France', 'Chad', 'Kenya', 'Peru', 'India', 'Oman']),
  states: () => one(['Virginia', 'Texas', 'Ohio', 'Georgia', 'North Carolina', 'Utah', 'Maine']),
  months: () => one(['January', 'April', 'May', 'June', 'August', 'December']),
  URLs: () => `https://shop.example.com/item/${digits(8)}?ref=${hex(6)}`,
  paths: () => `/var/lib/app/${hex(2)}/${hex(30)}.dat`,
  'user agents': () => `Mozilla/5.0 (X11; Linux x86_64; rv:${60 + below(60)}.0) Gecko/20100101`,
  sentences: () => `The ${one(things).toLowerCase()} arrived in ${one(places)} on ${day()}.`,
  titles: () =>
    `${one(['Silent', 'Crooked', 'Golden', 'Lost'])} ${one(['Orchard', 'River', 'Harbour'])}`,
  companies: () =>
    `${one(['Alder', 'Northgate', 'Vintner', 'Sable'])} ${one(['Ltd', 'GmbH', 'Inc.', 'S.A.'])}`,
  flags: () => one(['t', 'f']),
  'sizes of things': () => `${below(99)}x${below(99)}x${below(99)}`,
  'phases of 3-4': () => `${below(9)}-${below(9)}`,
  JSON: () => `{"id":${digits(6)},"tags":["${one(things)}"]}`,
  base64: () => Buffer.from(hex(40)).toString('base64'),
  'postal codes': () => digits(5),
  'postal codes of nine': () => `${digits(5)}-${digits(4)}`,
  'log lines': () =>
    `${day()} ${two(24)}:00:01 INFO worker-${below(9)} took ${digits(3)} ms for ${hex(8)}`,
}

describe('columns of things', () => {
  it.each(Object.entries(harmless))('%s are not masked', (_, make) => {
    for (const name of ['c7', 'value', 'attribute_3']) {
      const vote = new ColumnVote({ name, relation: 'things' })
      const encoder = new TextEncoder()
      for (let index = 0; index < 200; index++) vote.add(encoder.encode(make(index)))
      const found = vote.decided()
      expect(found?.level === 'possible' ? undefined : found).toBeUndefined()
    }
  })
})
