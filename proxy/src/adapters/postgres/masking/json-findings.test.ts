import { findSpans, Masking } from '@gatetrail/detect'
import { maskingStyles, type MaskingStyle } from '@gatetrail/schemas'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { JsonFindings } from './json-findings.ts'

const email = 'ada.lovelace@example.org'
const ssn = '529-81-4402'
const card = '4929123456789015'

function maskingOf(style: MaskingStyle): Masking {
  return new Masking({ default: style, styles: {} }, Buffer.alloc(32, 3))
}

function masked(style: MaskingStyle, text: string): string {
  const bytes = Buffer.from(text)
  new JsonFindings(maskingOf(style)).mask(bytes, 0, bytes.length, findSpans(bytes, 0, bytes.length))
  return bytes.toString()
}

function token(text: string): string {
  const bytes = Buffer.from(text)
  return bytes.toString('utf8', 0, maskingOf('token').of('EMAIL').whole(bytes, 0, bytes.length))
}

describe('a finding within JSON', () => {
  it('that is a whole string is the token that a column would have, and blanks', () => {
    const shown = masked('token', JSON.stringify({ who: email, n: 1 }))
    expect(JSON.parse(shown)).toEqual({ who: token(email), n: 1 })
    const long = `${'a'.repeat(50)}@example.org`
    expect(JSON.parse(masked('token', JSON.stringify([long, long])))).toEqual([token(long), token(long)]) // prettier-ignore
  })

  it('within a longer string keeps the length of that', () => {
    const shown = JSON.parse(masked('redact', JSON.stringify({ note: `ask ${email}, please` })))
    expect(shown).toEqual({ note: `ask [EMAIL]${'*'.repeat(email.length - 7)}, please` })
  })

  it('becomes null where NULL is the style, but as a key or as part of a string it keeps its length', () => {
    const text = JSON.stringify({ a: email, [email]: 1, b: [ssn], c: `to ${email}` })
    expect(JSON.parse(masked('null', text))).toEqual({
      a: null,
      '***.********@*******.***': 1,
      b: [null],
      c: 'to ***.********@*******.***',
    })
  })

  it('that is a number stays one', () => {
    for (const style of maskingStyles) {
      const shown: unknown = JSON.parse(masked(style, `{"card": ${card}, "n": 7}`))
      expect(shown).toMatchObject({ n: 7 })
      expect(JSON.stringify(shown)).not.toContain(card)
    }
    expect(JSON.parse(masked('keep_last_four', `{"card": ${card}}`))).toEqual({ card: 9015 })
    const preserved = masked('format_preserving', `{"card": ${card}}`)
    expect(preserved).toMatch(/^\{"card": 4929\d{12}\}$/)
  })

  it('leaves JSON in every style, wherever it stands, however it is cut', () => {
    const value = fc.constantFrom(email, ssn, card, `\n${email}\\"`, `"${ssn}"`, 'caf\u00e9', '\u0001\u0002', Number(card), 0, null) // prettier-ignore
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof({ depthSize: 'small' }, value, tie('list'), tie('map')),
      list: fc.array(tie('tree'), { maxLength: 4 }),
      map: fc.dictionary(fc.constantFrom('a', email, ssn, '"'), tie('tree'), { maxKeys: 4 }),
    }))
    const blanks = fc.constantFrom(undefined, 1)
    fc.assert(
      fc.property(
        fc.constantFrom(...maskingStyles),
        tree,
        blanks,
        fc.nat(),
        (style, of, space, cut) => {
          const text = JSON.stringify(of, undefined, space)
          const whole = masked(style, text)
          JSON.parse(whole)
          expect(whole).not.toMatch(/lovelace|529-81-4402|4929123456789015/)
          expect(Buffer.byteLength(whole)).toBe(Buffer.byteLength(text))
          const bytes = Buffer.from(text)
          const spans = findSpans(bytes, 0, bytes.length)
          // Streams cut nowhere within a finding.
          let at = cut % (bytes.length + 1)
          for (const span of spans) if (span.start < at && at < span.end) at = span.start
          const json = new JsonFindings(maskingOf(style))
          json.mask(
            bytes,
            0,
            at,
            spans.filter(({ end }) => end <= at),
          )
          json.mask(
            bytes,
            at,
            bytes.length,
            spans.filter(({ start }) => start >= at),
          )
          JSON.parse(bytes.toString())
          expect(bytes.toString()).not.toMatch(/lovelace|529-81-4402|4929123456789015/)
        },
      ),
      { numRuns: 2_000 },
    )
  })
})
