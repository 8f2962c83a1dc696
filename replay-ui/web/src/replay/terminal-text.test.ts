/** Data that reaches a terminal must not be obeyed by it. Checked against xterm.js itself, without a screen. */
import { onlyColours } from '@gatetrail/protocols'
import headless, { type IModes } from '@xterm/headless'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { guardTerminal } from './terminal-guard.ts'
import { fewMarks, legibleNotes, sizeOf, placeInText } from './terminal-text.ts'

const hostile = [
  '\u001b]52;c;aGFja2Vk\u0007',
  '\u001b]0;owned\u0007',
  '\u001b]2;owned\u001b\\',
  '\u001b]8;;javascript:alert(1)\u001b\\click\u001b]8;;\u001b\\',
  '\u001b[6n',
  '\u001b[?6n',
  '\u001b[c',
  '\u001b[>c',
  '\u001b[=c',
  '\u001b[21t',
  '\u001b[18t',
  '\u001b[?25$p',
  '\u001bP$qm\u001b\\',
  '\u001bP+q544e\u001b\\',
  '\u001bZ',
  '\u0005',
  '\u0007',
  '\u009b6n',
  '\u009d0;owned\u009c',
  '\u001b]10;?\u0007',
  '\u001b]4;1;?\u0007',
  'x\u001b[2147483647b',
]

type Effects = { answers: string[]; titles: string[]; bells: number; text: string; modes: IModes }

async function play(text: string, guard?: 'text' | 'screen'): Promise<Effects> {
  const terminal = new headless.Terminal({ cols: 80, rows: 10, allowProposedApi: true })
  const { modes } = terminal
  const effects: Effects = { answers: [], titles: [], bells: 0, text: '', modes }
  terminal.onData((answer) => effects.answers.push(answer))
  terminal.onBinary((answer) => effects.answers.push(answer))
  terminal.onTitleChange((title) => effects.titles.push(title))
  terminal.onBell(() => effects.bells++)
  if (guard !== undefined) guardTerminal(terminal.parser, guard)
  await new Promise<void>((resolve) => terminal.write(text, resolve))
  const { buffer } = terminal
  const lines = Array.from({ length: 10 }, (_, row) =>
    buffer.active.getLine(row)?.translateToString(true),
  )
  effects.text = lines.join('\n').trim()
  effects.modes = terminal.modes
  terminal.dispose()
  return effects
}

describe('the text for the terminal', () => {
  it('holds no control character but line ends and a few colours, whatever came', () => {
    const parts = fc.array(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.constantFrom(
          ...hostile,
          '\u001b[1m',
          '\u001b[33m',
          '\r\n',
          '\u001b[8m',
          '\u001b[38;5;1m',
        ),
      ),
    )
    fc.assert(
      fc.property(parts, (pieces) => {
        const safe = onlyColours(pieces.join(''))
        const rest = safe.replaceAll(/\r\n|\u001b\[(?:0|1|2|31|32|33|36)?m/g, '') // eslint-disable-line no-control-regex
        expect(rest).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/) // eslint-disable-line no-control-regex
        expect(onlyColours(safe)).toBe(safe)
      }),
    )
  })

  it('has no effect on a terminal and is seen, one sequence after the other', async () => {
    for (const sequence of hostile) {
      const { answers, titles, bells, text } = await play(onlyColours(`<${sequence}>`))
      expect({ sequence, answers, titles, bells }).toEqual({
        sequence,
        answers: [],
        titles: [],
        bells: 0,
      })
      expect(text).toMatch(/\\x1B|\\x0|\\u009/)
    }
  })

  it('leaves what psql shows as it is', () => {
    const shown = '\u001b[1morders=>\u001b[0m select 1\r\n\u001b[33m***-**-****\u001b[0m ä 漢\r\n'
    expect(onlyColours(shown)).toBe(shown)
    expect(legibleNotes('\u001b[2m-- note\u001b[0m')).toBe('\u001b[3;90m-- note\u001b[0m')
  })
})

describe('a guarded terminal', () => {
  it.each(['text', 'screen'] as const)(
    'of %s answers nothing and takes no title even from raw escape sequences',
    async (kind) => {
      const unguarded = await play('\u001b[6n\u001b]0;owned\u0007')
      expect([unguarded.answers.length, unguarded.titles.length]).toEqual([1, 1])
      for (const sequence of hostile) {
        const { answers, titles } = await play(sequence, kind)
        expect({ sequence, answers, titles }).toEqual({ sequence, answers: [], titles: [] })
      }
    },
  )

  it('of a screen draws what was recorded, and asks for no mouse, no focus and no keys', async () => {
    const drawn = await play('one\u001b[?1049htwo\u001b[?1049l\u001b[1;3rx\u001b[3b', 'screen')
    expect(drawn.text).toMatch(/^x{4}/)
    const asked = '\u001b[?1000h\u001b[?1004h\u001b[?2004h\u001b[?1006;25h'
    const { modes } = await play(asked, 'screen')
    expect(modes).toMatchObject({
      mouseTrackingMode: 'none',
      sendFocusMode: false,
      bracketedPasteMode: false,
    })
    expect((await play(asked)).modes).toMatchObject({ mouseTrackingMode: 'vt200' })
  })
})

it('sets no more than a few marks on a letter', () => {
  expect(fewMarks(`a${'\u0301'.repeat(1_000_000)}b`)).toBe(`a${'\u0301'.repeat(8)}b`)
  const words = 'é क्षत्रिय สวัสดี đề'.normalize('NFD')
  expect(fewMarks(words)).toBe(words)
})

describe('the size', () => {
  it('is that of the table, and of what is wrapped into it', () => {
    const rule = '-'.repeat(60)
    const text = `\u001b[1morders=>\u001b[0m ${'x'.repeat(100)}\r\n a \r\n${rule}\r\n b \r\n`
    expect(sizeOf(text, 40, 500)).toEqual({ columns: 60, lines: 2 + 3 })
    expect(sizeOf(text, 200, 500)).toEqual({ columns: 200, lines: 4 })
    expect(sizeOf(text, 40, 50)).toEqual({ columns: 50, lines: 3 + 1 + 2 + 1 })
  })
})

it('knows the place of a cell in its text, also where the line is wrapped', () => {
  const wrapped = new Set([1, 2, 5])
  const at = (row: number, column: number) =>
    placeInText(row, column, 80, (each) => wrapped.has(each))
  expect(at(0, 7)).toEqual({ line: 0, column: 7 })
  expect(at(2, 7)).toEqual({ line: 0, column: 167 })
  expect(at(3, 0)).toEqual({ line: 1, column: 0 })
  expect(at(5, 1)).toEqual({ line: 2, column: 81 })
})
