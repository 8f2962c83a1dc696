import { describe, expect, it } from 'vitest'
import { findSpans } from './index.ts'

const bytesOfText = 1024 * 1024
/** How much slower than a plain text one may be that begins like a finding at every place. Generous: the machine is shared. */
const ratioMax = 60
const growthRounds = 3

const encoder = new TextEncoder()

function textOf(part: string): Uint8Array {
  return encoder.encode(part.repeat(Math.ceil(bytesOfText / part.length))).subarray(0, bytesOfText)
}

/** Of the processor, the best of some rounds. */
function msOf(bytes: Uint8Array): number {
  let best = Infinity
  for (let round = 0; round < growthRounds; round++) {
    const before = process.cpuUsage()
    for (let at = 0; at < bytes.length; at += 1 << 16)
      findSpans(bytes, at, Math.min(bytes.length, at + (1 << 16)))
    const { user, system } = process.cpuUsage(before)
    best = Math.min(best, (user + system) / 1000)
  }
  return best
}

const plain = msOf(
  textOf("INSERT INTO orders VALUES (48213, 'shipped', '2025-03-14 09:26:53', 112.50, NULL);\n"),
)

describe('the cost of any text', () => {
  it.each([
    ...['1', '7 ', '12-', '123.', '1.1.1.1.1.', '1.2.3.4 ', '::::', '::1 ', 'a:b:c:', '12:34:56 '],
    ...['aa:bb:cc:dd:ee:', '01-02-03-04-05-', '0123.4567.', '@', 'a@', 'a@b.', '%', '\\n', '\\u00'],
    ...['+1 (', '+49 30 ', '(030) ', '4111 1111 1111 1112 ', '4111111111111112 ', '536-90-4399 '],
    ...['AB12 CDEF ', 'DE89370400440532013009 ', '0x00a329c0648769a73afac7f9381e08fb43dbea72 '],
    ...['1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb ', 'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5 '],
    ...['eyJ', '-----BEGIN ', 'password=', 'secret token key ', '://', 'https://a:b@', '$2b$'],
    ...[
      'a',
      'a1 ',
      'deadbeef',
      'Zm9v+mFy/',
      '.',
      '\0',
      'phone 555 ',
      'SSN 123456789 ',
      'Mr Smith ',
    ],
  ])('is bounded, byte for byte: %j', (part) => {
    expect(msOf(textOf(part)) / plain).toBeLessThan(ratioMax)
  })
})
