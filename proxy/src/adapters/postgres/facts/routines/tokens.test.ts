import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { tokensOf } from './tokens.ts'

const words = (source: string): string[] | undefined =>
  tokensOf(source)?.flatMap(({ kind, text }) => (kind === 'other' ? [] : [text]))

describe('the words of a body', () => {
  test.each<[string, string[] | undefined]>([
    ['Begin RETURN x; End', ['begin', 'return', 'x', 'end']],
    ['a -- delete\nb', ['a', 'b']],
    ['a /* delete /* x */ delete */ b', ['a', 'b']],
    ["a 'delete '' delete' b", ['a', 'b']],
    ["a E'\\' delete' b", ['a', 'b']],
    ['a $$ delete $$ b $x$ $$ $x$ c', ['a', 'b', 'c']],
    ['"Delete" "a""b"', ['Delete', 'a"b']],
    ['$1 + $2.x', ['x']],
    ['a$b$c', ['a$b$c']],
    ['1..10 a', ['a']],
    ['x:=y', ['x', 'y']],
    ['x=-- delete\ny', ['x', 'y']],
    ['x*/* delete */y', ['x', 'y']],
    ["a 'b\\' delete", undefined],
    ['U&"x"', undefined],
    ["u&'x'", undefined],
    ["'open", undefined],
    ['"open', undefined],
    ['$$ open', undefined],
    ['/* open', undefined],
  ])('of %s are %j', (source, expected) => {
    expect(words(source)).toEqual(expected)
  })

  test('cover the source in order, or it is not read at all', () => {
    const pieces = fc.constantFrom(...`' " $ $$ $a$ -- /* */ \\ E' ; a B 1 . , := << ( ) \n \t é U& =`.split(' '), ' ')
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => {
        const source = parts.join('')
        const tokens = tokensOf(source)
        let at = 0
        for (const { start, end } of tokens ?? []) {
          expect(start).toBeGreaterThanOrEqual(at)
          expect(end).toBeGreaterThan(start)
          at = end
        }
        expect(at).toBeLessThanOrEqual(source.length)
      }),
    )
  }) // prettier-ignore
})
