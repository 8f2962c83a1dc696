/** What is no personal data: made of a seed, thousands of lines of each kind. Seeds are printed by the titles. */
import { describe, expect, it } from 'vitest'
import { findSpans } from './index.ts'

const linesOfKind = 5000
/** Of a thousand lines. */
const falseMax = 1
const seed = 7_061_121

class Dice {
  #state = seed

  below(count: number): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0
    return Math.floor((this.#state / 2 ** 32) * count)
  }

  of(letters: string, count: number): string {
    return Array.from({ length: count }, () => letters[this.below(letters.length)]).join('')
  }

  hex(count: number): string {
    return this.of('0123456789abcdef', count)
  }

  digits(count: number): string {
    return this.of('123456789', 1) + this.of('0123456789', count - 1)
  }

  two(from: number, to: number): string {
    return String(from + this.below(to - from + 1)).padStart(2, '0')
  }

  day(): string {
    return `20${this.two(0, 29)}-${this.two(1, 12)}-${this.two(1, 28)}`
  }

  time(): string {
    return `${this.two(0, 23)}:${this.two(0, 59)}:${this.two(0, 59)}`
  }
}

const base62 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

const kinds: Readonly<Record<string, (dice: Dice) => string>> = {
  UUIDs: (dice) => [8, 4, 4, 4, 12].map((count) => dice.hex(count)).join('-'),
  'UUIDs without dashes': (dice) => dice.hex(32),
  'MD5, SHA-1 and SHA-256': (dice) => `${dice.hex(32)}  ${dice.hex(40)}  ${dice.hex(64)}`,
  'short commits': (dice) => `${dice.hex(7)} Merge branch ${dice.hex(9)} into main`,
  'git log': (dice) =>
    `commit ${dice.hex(40)}\nDate:   Tue Mar ${dice.two(1, 28)} ${dice.time()} 2026 +0100\n index ${dice.hex(10)}..${dice.hex(10)} 100644`,
  'diff heads': (dice) =>
    `@@ -${dice.below(900)},${dice.below(90)} +${dice.below(900)},${dice.below(90)} @@ function x${dice.below(90)}()`,
  seconds: (dice) => `at ${1_600_000_000 + dice.below(200_000_000)} done`,
  milliseconds: (dice) =>
    `{"ts":${1_600_000_000 + dice.below(200_000_000)}${dice.of('0123456789', 3)}}`,
  'micro- and nanoseconds': (dice) =>
    `${1_600_000_000 + dice.below(200_000_000)}${dice.of('0123456789', 6)} ${1_600_000_000 + dice.below(200_000_000)}${dice.of('0123456789', 9)}`,
  dates: (dice) =>
    `${dice.day()} ${dice.two(1, 28)}.${dice.two(1, 12)}.2024 ${dice.two(1, 12)}/${dice.two(1, 28)}/2025`,
  'dates and times': (dice) => `${dice.day()}T${dice.time()}.${dice.of('0123456789', 6)}+02:00`,
  'compact times': (dice) => `20240115${dice.two(0, 23)}${dice.two(0, 59)}${dice.two(0, 59)}`,
  versions: (dice) =>
    `v${dice.below(30)}.${dice.below(30)}.${dice.below(300)}-rc.${dice.below(9)} ${dice.below(9)}.${dice.below(99)}`,
  decimals: (dice) =>
    `${dice.below(9000)}.${dice.of('0123456789', 2)} -${dice.below(90)}.${dice.of('0123456789', 6)} 1.5e-${dice.below(30)}`,
  'rows of numbers': (dice) =>
    Array.from({ length: 8 }, () => String(dice.below(10_000))).join(','),
  'small ids': (dice) => `order ${dice.digits(5)} item ${dice.digits(3)} of user ${dice.digits(6)}`,
  'dumps of bytes': (dice) =>
    `0000${dice.hex(4)}  ${Array.from({ length: 16 }, () => dice.hex(2)).join(' ')}`,
  containers: (dice) =>
    `${dice.hex(12)}   nginx:1.${dice.below(30)}   "/docker-entry" ${dice.below(9)} days ago   Up`,
  pods: (dice) =>
    `api-${dice.hex(10)}-${dice.of('bcdfghjklmnpqrstvwxz2456789', 5)}   1/1   Running   ${dice.below(9)}   ${dice.below(60)}d`,
  traces: (dice) => `traceparent: 00-${dice.hex(32)}-${dice.hex(16)}-01`,
  ULIDs: (dice) => `01${dice.of('0123456789ABCDEFGHJKMNPQRSTVWXYZ', 24)}`,
  'object ids': (dice) => `ObjectId("65${dice.hex(22)}")`,
  'random words': (dice) => `x_${dice.of(base62, 12)} ${dice.of(base62, 20)}`,
  colors: (dice) =>
    `color: #${dice.hex(6)}; margin: ${dice.below(90)}px ${dice.below(90)}px; z-index: ${dice.below(9999)}`,
  'stack traces': (dice) =>
    `    at org.example.Pool$Inner.run(Pool.java:${dice.below(2000)}) ~[pool-${dice.below(9)}.${dice.below(30)}.${dice.below(9)}.jar:?]`,
  'lines of a server': (dice) =>
    `${dice.day()} ${dice.time()},${dice.of('0123456789', 3)} INFO [main-${dice.below(99)}] request ${dice.digits(7)} took ${dice.below(5000)} ms, heap ${dice.below(9000)}/${dice.digits(5)} kB`,
  'lines of PostgreSQL': (dice) =>
    `${dice.day()} ${dice.time()}.123 UTC [${dice.below(40_000)}] LOG:  duration: ${dice.below(900)}.${dice.of('0123456789', 3)} ms  statement: SELECT ${dice.below(99)}`,
  'lines of a kernel': (dice) =>
    `[${dice.below(99_999)}.${dice.of('0123456789', 6)}] BIOS-e820: [mem 0x${dice.hex(16)}-0x${dice.hex(16)}] usable`,
}

describe(`of ${linesOfKind} lines (seed ${seed})`, () => {
  it.each(Object.entries(kinds))('at most one in a thousand is a finding: %s', (_, lineOf) => {
    const dice = new Dice()
    const lines = Array.from({ length: linesOfKind }, () => lineOf(dice))
    const wrong = lines.filter((line) => {
      const bytes = new TextEncoder().encode(line)
      return findSpans(bytes, 0, bytes.length).length > 0
    })
    expect(wrong.slice(0, 12)).toHaveLength(Math.min(wrong.length, (falseMax * linesOfKind) / 1000))
  })

  it.each(Object.entries(kinds))('no more are as one text: %s', (_, lineOf) => {
    const dice = new Dice()
    const text = Array.from({ length: linesOfKind }, () => lineOf(dice)).join('\n')
    const bytes = new TextEncoder().encode(text)
    const found = findSpans(bytes, 0, bytes.length)
    const texts = found.map(({ start, end, detector }) => `${detector}: ${text.slice(start, end)}`)
    expect(texts.slice(0, 12)).toHaveLength(Math.min(texts.length, (falseMax * linesOfKind) / 1000))
  })
})
