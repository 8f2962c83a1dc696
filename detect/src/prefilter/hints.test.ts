import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { builtInDetectors } from '../built-in-detectors.ts'
import type { Detector } from '../detector.ts'
import { Ruleset } from '../find-spans.ts'
import { samples } from '../stream/testing/samples.ts'

const encoder = new TextEncoder()

/** Called for all that stands in the row of its word or byte. */
function withoutHints(detector: Detector): Detector {
  const { name, confirm } = detector
  switch (detector.on) {
    case 'word': {
      const { bytes, digits, startsWith, followedBy } = detector
      const sets = { ...(startsWith && { startsWith }), ...(followedBy && { followedBy }) }
      return { name, confirm, on: 'word', bytes, digits, ...sets }
    }
    case 'byte': {
      const { byte, after, followedBy } = detector
      const sets = { ...(after && { after }), ...(followedBy && { followedBy }) }
      return { name, confirm, on: 'byte', byte, ...sets }
    }
    default: {
      const { literals, exact } = detector
      return { name, confirm, on: 'literal', literals, exact }
    }
  }
}

const hinted = new Ruleset(builtInDetectors)
const plain = new Ruleset(builtInDetectors.map(withoutHints))

const digits = (length: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: length, maxLength: length })
const group = fc.oneof(
  fc.integer({ min: 1, max: 7 }).chain(digits),
  fc.constantFrom('a1', 'ff', '0a', 'beef', '1EG4', 'TE5', 'MK73', 'ES', 'x12'),
)
/** Groups with one separator, as numbers are written, or with several. */
const number = fc.oneof(
  fc
    .tuple(fc.constantFrom(' ', '-', '.', '/', ':', '–'), fc.array(group, { maxLength: 6 }))
    .map(([separator, groups]) => groups.join(separator)),
  fc
    .array(fc.oneof(group, fc.constantFrom(' ', '-', '.', '/', ':', '(', ') ', '+')), {
      maxLength: 9,
    })
    .map((parts) => parts.join('')),
  fc.tuple(digits(3), digits(2), digits(4)).map((groups) => groups.join('-')),
  fc.tuple(digits(3), digits(3), digits(4)).map((groups) => groups.join('.')),
)
const word = fc.constantFrom('phone ', 'ssn ', 'cpf ', 'mac ', 'card ', 'v', '"', '\n', ', ', 'é')
const text = fc.array(fc.oneof(number, word), { maxLength: 12 }).map((parts) => parts.join(''))

/** What begins tokens and names, in other cases, within other texts, and what may follow. */
const literal = fc.constantFrom(
  ...builtInDetectors.flatMap((one) => (one.on === 'literal' ? one.literals : [])),
)
const name = fc.constantFrom(
  ...[
    'token',
    'Secret',
    'password',
    'PWD',
    'apiKey',
    'access_key',
    'okta',
    'heroku',
    '"auth',
    'sk-',
  ],
)
const mark = fc.oneof(
  literal,
  name,
  literal.map((one) => one.toUpperCase()),
  fc.constantFrom('A', 'a', 'AT', 'd', 'l', 'api', 'db_', 'my', '_', '-', '.', '\\n', '%3D', 'é'),
)
const behindMark = fc.oneof(
  fc.constantFrom('=', ': ', ' ', '"', "='", '_', ')', '2=', 'Value=', '/', '', '\\": "', ',', '|'),
  fc.constantFrom('": "', "' => '", '"] = "', '":"', '\t= ', '+="', '?='),
  fc.constantFrom('word', 'word=', 's=', 'code: ', 'phrase '),
)
const mixed = 'q7Zt2Wm9Xc4Vb1Nk8Lj5Hg3Fd6Sa0PoIuYtR'
const value = fc.oneof(
  fc
    .tuple(fc.constantFrom(mixed, mixed.toLowerCase(), 'd0d3b1c04e9f4a7'), fc.nat(100))
    .map(([unit, length]) => unit.repeat(7).slice(0, length)),
  fc.constantFrom('x7Geheim9!', 'hunter2', 'null', ...samples),
)
const token = fc
  .array(fc.tuple(mark, behindMark, value), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.flat().join(''))

it.each([
  ['numbers', text],
  ['tokens and names', token],
])('leaves no finding out of which a detector without hints would know: %s', (_, texts) => {
  fc.assert(
    fc.property(texts, (written) => {
      const bytes = encoder.encode(written)
      const options = { levelMin: 'possible' } as const
      expect(hinted.find(bytes, 0, bytes.length, options)).toEqual(
        plain.find(bytes, 0, bytes.length, options),
      )
    }),
    { numRuns: 3000 },
  )
})

it('has something to find in most of the texts of tokens and names', () => {
  const texts = fc.sample(token, 300).map((written) => encoder.encode(written))
  expect(texts.filter((bytes) => hinted.find(bytes, 0, bytes.length).length > 0).length).toBeGreaterThan(100) // prettier-ignore
})
