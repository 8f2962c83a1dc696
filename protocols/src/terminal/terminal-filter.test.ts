import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TerminalFilter } from './terminal-filter.ts'

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)
const filtered = (text: string): string => new TerminalFilter().push(bytesOf(text))

describe('what a recorded terminal was given', () => {
  it.each([
    ['colours', '\u001b[1;38;5;200mred\u001b[0m\u001b[4:3mwave\u001b[m'],
    [
      'cursor, erasing, scrolling',
      '\u001b[2J\u001b[H\u001b[10;20Hx\u001b[K\u001b[2;20r\u001b[r\u001b7\u001b8',
    ],
    ['the alternate screen', '\u001b[?1049h\u001b[?25l\u001b[?1049l'],
    ['lines drawn with characters', '\u001b(0lqk\u001b(B\u000e\u000f'],
    ['text in any script', 'ünit 名前 e\u0301 👩\r\n\ttab\b'],
  ])('passes as it is: %s', (_what, text) => {
    expect(filtered(text)).toBe(text)
  })

  it.each([
    ['the clipboard', '\u001b]52;c;cm0gLXJmIC8=\u0007'],
    ['a title', '\u001b]0;owned\u001b\\'],
    ['a title in eight bits', '\u009d2;owned\u009c'],
    ['a link', '\u001b]8;;javascript:alert(1)\u001b\\\u001b]8;;\u001b\\'],
    [
      'questions that a terminal answers',
      '\u001b[6n\u001b[c\u001b[>c\u001b[=c\u001b[?6n\u001b[?25$p\u001b[21t\u001b[>q\u0005\u001bZ',
    ],
    [
      'device strings',
      '\u001bP$qm\u001b\\\u001bPq#0;2;0;0;0\u001b\\\u001b_Gi=1\u001b\\\u001b^pm\u001b\\\u001bXsos\u001b\\',
    ],
    [
      'mouse, focus and paste modes',
      '\u001b[?1000h\u001b[?1006h\u001b[?1004h\u001b[?2004h\u001b[?2026h',
    ],
    ['the bell and other controls', '\u0007\u0000\u0001\u001c'],
    ['text that nobody sees', '\u001b[8m'],
    ['text that nobody sees, by a subparameter', '\u001b[8:1m'],
    ['a sequence longer than any', `\u001b[${'1;'.repeat(100)}`],
  ])('loses %s', (_what, text) => {
    expect(filtered(`before${text}`)).toBe('before')
  })

  it('keeps the other modes of a sequence that sets several', () => {
    expect(filtered('\u001b[?25;1000;7h')).toBe('\u001b[?25;7h')
    expect(filtered('\u001b[1;8;31mx')).toBe('\u001b[1;31mx')
    expect(filtered('\u001b[38;5;8mx')).toBe('\u001b[38;5;8mx')
  })

  it('repeats a character no more often than a line holds, and stacks few marks on one', () => {
    expect(filtered('x\u001b[2147483647b')).toBe('x\u001b[500b')
    expect(filtered(`a${'\u0301'.repeat(1_000_000)}`)).toBe(`a${'\u0301'.repeat(8)}`)
  })

  it('shows where text was turned around or hidden', () => {
    expect(filtered('a\u202eb\u200bc')).toBe('a\ufffdb\ufffdc')
  })

  it('reads on after a string that nobody ends', () => {
    expect(filtered(`\u001b]0;${'x'.repeat(100_000)} shown`)).toMatch(/^x+ shown$/)
    expect(filtered('\u001b]0;hidden\u0018shown')).toBe('shown')
  })

  it('gives the same however its bytes are cut, and is at rest exactly where a reader could begin; another goes on where it stands', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 5 }),
      fc.constantFrom(
        '\u001b[31m',
        '\u001b[38;5;8;008m',
        '\u001b[2;007H',
        '\u001b[70000A',
        '\u001b[?2J',
        '한글',
        'e\u0301'.repeat(6),
        '\u001b]0;t\u0007',
        '\u001bPq\u001b\\',
        '\u001b[?1049h',
        '\u001b(0',
        '\u009b1m',
        '\u001b',
        '👩',
      ),
    )
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 20 }),
        fc.array(fc.nat({ max: 40 }), { maxLength: 10 }),
        (pieces, cuts) => {
          const bytes = bytesOf(pieces.join(''))
          const whole = new TerminalFilter().push(bytes)
          const filter = new TerminalFilter()
          let fresh: TerminalFilter | undefined
          let resumed: TerminalFilter | undefined
          let shown = ''
          let from = 0
          for (const at of [...cuts.toSorted((left, right) => left - right), bytes.length]) {
            const part = bytes.subarray(from, Math.max(from, Math.min(at, bytes.length)))
            from += part.length
            const text = filter.push(part)
            if (fresh !== undefined) expect(fresh.push(part)).toBe(text)
            if (resumed !== undefined) expect(resumed.push(part)).toBe(text)
            resumed = new TerminalFilter(filter.place)
            shown += text
            fresh =
              filter.atRest && filter.isPlain && !/\p{M}|\u0301/u.test(shown)
                ? new TerminalFilter()
                : fresh
          }
          expect(shown).toBe(whole)
        },
      ),
    )
  })

  it('reads what is whole at once as it reads it byte by byte', () => {
    const sequence = fc
      .tuple(
        fc.constantFrom('', '?', '>'),
        fc.array(fc.constantFrom('', '0', '1', '8', '08', '38', '5', '12345', '1:2'), {
          maxLength: 6,
        }),
        fc.constantFrom(...'ABHJKLMPSTXdmrbhlcnp'),
      )
      .map(([prefix, numbers, final]) => `\u001b[${prefix}${numbers.join(';')}${final}`)
    fc.assert(
      fc.property(
        fc.array(fc.oneof(sequence, fc.string({ unit: 'grapheme', maxLength: 6 })), {
          maxLength: 12,
        }),
        (pieces) => {
          const bytes = bytesOf(pieces.join(''))
          const slow = new TerminalFilter()
          const byBytes = Array.from(bytes, (_, at) => slow.push(bytes.subarray(at, at + 1)))
          expect(new TerminalFilter().push(bytes)).toBe(byBytes.join(''))
        },
      ),
      { numRuns: 1_000 },
    )
  })

  it('never gives what is on no list, whatever it is given', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (bytes, many) => {
        const hostile = many
          ? bytes.map((byte) => (byte % 3 === 0 ? 0x1b : 0x20 + (byte % 0x60)))
          : bytes
        const text = new TerminalFilter().push(hostile)
        expect(text).not.toMatch(
          /\u001b(?![[()*+78DEHMc])|[\u0000-\u0007\u0010-\u001a\u001c-\u001f\u007f-\u009f]/,
        ) // eslint-disable-line no-control-regex
        for (const [sequence] of text.matchAll(/\u001b\[[^@-~]*[@-~]?/g))
          // eslint-disable-line no-control-regex
          expect(sequence).toMatch(/^\u001b\[(?:!p|\??[0-9;:]*[@-Zad-hlmrsu`])$/) // eslint-disable-line no-control-regex
      }),
    )
  })
})
