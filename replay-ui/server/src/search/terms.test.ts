import { isGatetrailError } from '@gatetrail/schemas'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { excerptOf, rowsBefore } from './excerpt.ts'
import { patternOf, placesOf, prefixes, termsOf, wholeWords } from './terms.ts'

const said = (question: string) =>
  termsOf(question).map(({ words, prefix }) => words.join(' ') + (prefix ? '*' : ''))

describe('a question', () => {
  it('is words, phrases and beginnings of words, in small letters', () => {
    expect(said('Invoice OVERDUE')).toEqual(['invoice', 'overdue'])
    expect(said('"permission denied" for')).toEqual(['permission denied', 'for'])
    expect(said('cust* "not a*"')).toEqual(['cust*', 'not a'])
    expect(said('Ärger 東京')).toEqual(['ärger', '東京'])
    expect(said('"never closed')).toEqual(['never closed'])
  })

  it('takes for words one after the other what is written together', () => {
    expect(said("O'Brien customer_id 50% a.bcd*")).toEqual([
      'o brien',
      'customer id',
      '50',
      'a bcd*',
    ])
  })

  it('without a word, of too many, or of a beginning that is too short is refused', () => {
    for (const question of ['', '%', '***', '" "', 'ab*', 'x '.repeat(33)])
      expect(() => termsOf(question), question).toThrow('cannot be searched for')
  })

  it('makes patterns that mean their letters, whatever is typed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (question) => {
        let terms
        try {
          terms = termsOf(question)
        } catch (error) {
          expect(isGatetrailError(error)).toBe(true)
          return
        }
        for (const word of [...wholeWords(terms), ...prefixes(terms)])
          expect(word).not.toMatch(/[\u0000-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u007f]/)
        for (const term of terms) {
          const pattern = patternOf(term)
          if (pattern !== undefined)
            expect(new RegExp(pattern, 'u').test(term.words.join(' - '))).toBe(true)
        }
      }),
    )
  })
})

describe('places', () => {
  it('are found where a letter has two small ones, and lie in the text as it is written', () => {
    const text = 'from İzmir to İSTANBUL, not istanbul, on the İ 5'
    for (const question of ['İstanbul', 'i\u0307stanbul', 'İst*']) {
      const places = placesOf(text, termsOf(question))
      expect(places.map(({ from, to }) => text.slice(from, to))).toEqual(['İSTANBUL'])
    }
    const last = placesOf(text, termsOf('"İ 5"'))
    expect(last.map(({ from, to }) => text.slice(from, to))).toEqual(['İ 5'])
  })
})

describe('what was masked', () => {
  it('is neither found by its form nor by its length', () => {
    const text = 'mail **.****@*******.*** of someone'
    expect(() => termsOf('"**.****@*******.***"')).toThrow('cannot be searched for')
    const lengths = ['*', '**', '********'].map((mask) =>
      placesOf(text, termsOf(`"mail ${mask} of"`)),
    )
    expect(lengths).toEqual([lengths[0], lengths[0], lengths[0]])
  })
})

describe('an excerpt', () => {
  const shown = 'id\u001fname\u001d1\u001fAnn\u001e2\u001fBob the builder\u001e3\u001fCy\u001e'

  it('begins with the row, marks what was found, and holds no control characters', () => {
    const { excerpt, marks, at } = excerptOf(shown, termsOf('"the builder" bob'))
    expect(excerpt).toBe('…2 │ Bob the builder ⏎ 3 │ Cy ⏎ ')
    expect(marks.map(({ from, to }) => excerpt.slice(from, to))).toEqual(['Bob', 'the builder'])
    expect(rowsBefore(shown, at)).toBe(1)
  })

  it('is cut between characters and keeps its marks in place, wherever the words are', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), fc.string({ unit: 'binary', maxLength: 400 }), (before, after) => {
        const { excerpt, marks } = excerptOf(`${before} Needle ${after}`, termsOf('needle'))
        expect(excerpt).not.toMatch(/\p{Cc}/u)
        expect(() => encodeURIComponent(excerpt)).not.toThrow() // Of halves of characters it does.
        for (const { from, to } of marks) expect(excerpt.slice(from, to).toLowerCase()).toBe('needle')
        expect(marks.length).toBeGreaterThan(0)
      }),
    ) // prettier-ignore
  })
})
