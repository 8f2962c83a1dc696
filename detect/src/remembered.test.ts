/** What was read last of a text is remembered, so that no byte is read again and again. It must not be told from reading anew. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { contextWords } from './context-words.ts'
import { addressDetectors } from './people/address.ts'
import { Scan } from './scan.ts'
import { entropy } from './secrets/characters.ts'
import { Run } from './secrets/run.ts'
import { unquotedEnd } from './secrets/unquoted-value.ts'
import { windowEntropy } from './secrets/window-entropy.ts'

const encoder = new TextEncoder()
const run = new Run(0, 'ab=.')
const [cards, persons] = [contextWords('card cardholder pan'), contextWords('person ssn')]

/** Texts of few kinds of parts, and places in it in order. */
const cases = fc
  .array(
    fc.constantFrom(
      'a',
      'b',
      '=',
      '.',
      ' ',
      '\n',
      'card',
      'Card',
      'person',
      'x:',
      ',k=',
      ', ',
      '7',
    ),
    { minLength: 1, maxLength: 300 },
  )
  .chain((parts) => {
    const bytes = encoder.encode(parts.join(''))
    const places = fc.array(fc.nat(bytes.length - 1), { minLength: 2, maxLength: 20 })
    return fc.tuple(fc.constant(bytes), places)
  })

/** Asked at all places one after the other of one scan, and of one of its own for each. */
function expectSame(ask: (scan: Scan, at: number) => unknown): void {
  fc.assert(
    fc.property(cases, ([bytes, places]) => {
      const inOrder = places.toSorted((a, b) => a - b)
      for (const asked of [inOrder, places]) {
        const one = new Scan(bytes, 0, bytes.length)
        for (const at of asked)
          expect(ask(one, at)).toEqual(ask(new Scan(bytes, 0, bytes.length), at))
      }
    }),
    { numRuns: 1000 },
  )
}

describe('what is remembered of a text', () => {
  it('of words before a street is that none is the number of a house', () => {
    const [street] = addressDetectors
    const parts = fc.constantFrom(
      ...[
        'St ',
        'St ',
        'Rd, ',
        'Elm ',
        '12 ',
        '7 ',
        '5th ',
        'a ',
        '1.5 ',
        'x',
        'Long-Word-Of-A-Street ',
        '\n',
        ', ',
      ],
    )
    fc.assert(
      fc.property(fc.array(parts, { minLength: 3, maxLength: 30 }), (chosen) => {
        const bytes = encoder.encode(chosen.join(''))
        const one = new Scan(bytes, 0, bytes.length)
        const apart = [...chosen.join('').matchAll(/St |Rd,/g)].flatMap(({ index }) => {
          const alone = new Scan(bytes, 0, bytes.length)
          for (const scan of [one, alone]) street?.confirm(scan, index, index + 3)
          return alone.found
        })
        expect(one.found).toEqual(apart)
      }),
      { numRuns: 3000 },
    )
  })

  it('of runs of characters is where they end', () => {
    expectSame((scan, at) => [run.end(scan, at, 40), run.end(scan, at, 5)])
  })

  it('of values without quotes is where they end', () => {
    expectSame(unquotedEnd)
  })

  it('of words is where none stands', () => {
    expectSame((scan, at) => [scan.isNamed(at, cards), scan.isNamed(at, persons)])
  })

  it('of how often bytes occur is their entropy', () => {
    fc.assert(
      fc.property(cases, ([bytes, places]) => {
        const scan = new Scan(bytes, 0, bytes.length)
        for (const at of places) {
          const to = Math.min(bytes.length, at + 120)
          expect(windowEntropy(scan, at, to)).toBeCloseTo(entropy(bytes, at, to), 5)
        }
      }),
    )
  })
})
