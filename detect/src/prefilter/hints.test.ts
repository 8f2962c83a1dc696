import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { builtInDetectors } from '../built-in-detectors.ts'
import type { Detector } from '../detector.ts'
import { Ruleset } from '../find-spans.ts'

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
    default:
      return detector
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

it('leaves no finding out of which a detector without hints would know', () => {
  fc.assert(
    fc.property(text, (value) => {
      const bytes = encoder.encode(value)
      const options = { levelMin: 'possible' } as const
      expect(hinted.find(bytes, 0, bytes.length, options)).toEqual(
        plain.find(bytes, 0, bytes.length, options),
      )
    }),
    { numRuns: 3000 },
  )
})
