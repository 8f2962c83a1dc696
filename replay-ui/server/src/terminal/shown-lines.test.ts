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

  it('is found after a correction wherever the pieces are cut', () => {
    for (const text of ['$ abcdX\bE', '$ abXY\b\bcde', '$ xyz\b\b\babcd\b\bcde']) {
      for (let cut = 0; cut <= text.length; cut++) {
        for (let again = cut; again <= text.length; again++) {
          const pieces = [text.slice(0, cut), text.slice(cut, again), text.slice(again)]
          expect({ pieces, at: pieceWith('abcde', ...pieces) }).not.toEqual({ pieces, at: -1 })
        }
      }
    }
  })

  it('costs no more where much is taken back', () => {
    const cpuOf = (piece: string): number => {
      const lines = new ShownLines('needle')
      const started = process.cpuUsage()
      for (let line = 0; line < 4; line++) lines.take(`${piece}\n`)
      const { user, system } = process.cpuUsage(started)
      return user + system
    }
    const half = 'x'.repeat(100_000)
    cpuOf(`${half}\b`)
    const plain = cpuOf(`\b${half}${half}`)
    expect(cpuOf(half + '\bx'.repeat(50_000))).toBeLessThan(plain * 20 + 50_000)
  })

  it('of one character keeps no line', () => {
    const lines = new ShownLines('y')
    lines.take('x'.repeat(10_000))
    expect(lines.take('y')).toBe('y')
  })
})
