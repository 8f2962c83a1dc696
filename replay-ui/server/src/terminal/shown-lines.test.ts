import { describe, expect, it } from 'vitest'
import { ShownLines } from './shown-lines.ts'

const pieceWith = (text: string, ...pieces: string[]): number => {
  const lines = new ShownLines(text)
  return pieces.findIndex((piece) => lines.take(piece) !== undefined)
}

describe('a text in the lines of a terminal', () => {
  it('is found where it became whole, however it was cut and coloured', () => {
    expect(pieceWith('rm -rf', '$ r', '\u001b[31mm\u001b[0m', ' -R', 'f /')).toBe(3)
    expect(pieceWith('NAME', 'x\r\nna', 'me\r\n', 'name')).toBe(1)
  })

  it('is not found over the end of a line, nor where the cursor went elsewhere', () => {
    expect(pieceWith('ab', 'a\r\nb', 'a\u001b[5;1Hb')).toBe(-1)
  })

  it('is what was left standing after a correction', () => {
    expect(pieceWith('passt', 'pasd\b \bst')).toBe(0)
    expect(pieceWith('pasd', 'pas', 'x\bd')).toBe(1)
  })

  it('is told once, with what stands around it', () => {
    const lines = new ShownLines('needle')
    expect(lines.take('a needle in it')).toBe('a needle in it')
    expect(lines.take(' and more')).toBeUndefined()
    expect(lines.take(`${'='.repeat(100_000)}\r\n`)).toBeUndefined()
    expect(lines.take(' needle')).toBe(' needle')
  })
})
