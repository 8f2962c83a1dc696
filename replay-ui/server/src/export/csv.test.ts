import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { csvLine } from './csv.ts'

describe('a cell of CSV', () => {
  it.each([
    ['=1+1', `"'=1+1"`],
    ['+1', `"'+1"`],
    ['-1', `"'-1"`],
    ['@SUM(A1)', `"'@SUM(A1)"`],
    ['\t=1', `"'\\t=1"`],
    ['\r=1', `"'\\r=1"`],
    ['  =cmd|calc', `"'  =cmd|calc"`],
    ['\n\n@x', `"'\\n\\n@x"`],
    ['\u00a0=1', `"'\u00a0=1"`],
    ['\u200b=1', `"'\\u200b=1"`],
    ['\ufeff=1', `"'\\ufeff=1"`],
    ['＝1', `"'＝1"`],
    ['a"b,c;d', `"a""b,c;d"`],
    // Where semicolons separate cells.
    ['select 1;=1+1;x', String.raw`"select 1;\u003d1+1;x"`],
    ['a\r\nb', String.raw`"a\r\nb"`],
    ['\u001b[31mred', String.raw`"\u001b[31mred"`],
    ['\u0000', String.raw`"\u0000"`],
    ['user\u202egpj.exe', String.raw`"user\u202egpj.exe"`],
    ['a\u2028b', String.raw`"a\u2028b"`],
    ['C:\\new', String.raw`"C:\\new"`],
    ['plain = text', '"plain = text"'],
    ['', '""'],
  ])('of %j is %s', (text, cell) => {
    expect(csvLine([text])).toBe(`${cell}\r\n`)
  })

  it('of a number or nothing is as it is, a negative one too', () => {
    expect(csvLine([1, -2, true, null, 'x'])).toBe('1,-2,true,,"x"\r\n')
  })

  it('never breaks its line, never begins a formula, and can be read back, whatever it holds', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 1 }), (texts) => {
        const line = csvLine(texts)
        expect(line.indexOf('\n')).toBe(line.length - 1)
        expect(line.slice(0, -2)).not.toMatch(/\p{Cc}/u)
        const cells = [...line.slice(0, -2).matchAll(/"((?:[^"]|"")*)"(?:,|$)/g)].map(
          ([, text = '']) => text.replaceAll('""', '"'),
        )
        expect(cells).toHaveLength(texts.length)
        for (const [index, cell] of cells.entries()) {
          expect(cell).not.toMatch(/^\s*[=+\-@\t\r]/)
          const back = cell
            .replace(/^'(?=(\s|\\[ntr]|\\u\{?[0-9a-f]{4,}\}?)*[=+\-@＝＋－＠]|\\[tr])/, '')
            .replaceAll(/\\(?:u\{([0-9a-f]+)\}|u([0-9a-f]{4})|(.))/g, (_all, long, short, one) =>
              one === undefined
                ? String.fromCodePoint(Number.parseInt(long ?? short, 16))
                : ({ n: '\n', r: '\r', t: '\t' }[String(one)] ?? String(one)),
            )
          if (!texts[index]!.startsWith("'")) expect(back).toBe(texts[index])
        }
      }),
    )
  })
})
