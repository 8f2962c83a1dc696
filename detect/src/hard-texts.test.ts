import { describe, expect, it } from 'vitest'
import { findSpans } from './index.ts'

const bytesOfText = 256 * 1024
/**
 * How much slower than a plain text one may be that begins like a finding at every place. Seen: 3 to 10. Generous, because the machine is
 * shared, but not for what looks at the same bytes again and again.
 */
const ratioMax = 25
const roundsMax = 8

const encoder = new TextEncoder()

function textOf(part: string): Uint8Array {
  return encoder.encode(part.repeat(Math.ceil(bytesOfText / part.length))).subarray(0, bytesOfText)
}

/** Of the processor. */
function msOf(bytes: Uint8Array): number {
  const before = process.cpuUsage()
  for (let at = 0; at < bytes.length; at += 1 << 16)
    findSpans(bytes, at, Math.min(bytes.length, at + (1 << 16)))
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

const plain = textOf(
  "INSERT INTO orders VALUES (48213, 'shipped', '2025-03-14 09:26:53', 112.50, NULL);\n",
)

/** Of the best round of each, both taken in turns; more rounds only while it is too much. */
function ratioOf(bytes: Uint8Array): number {
  let [best, bestPlain] = [Infinity, Infinity]
  for (let round = 0; round < roundsMax; round++) {
    best = Math.min(best, msOf(bytes))
    bestPlain = Math.min(bestPlain, msOf(plain))
    if (round >= 2 && best / bestPlain < ratioMax) break
  }
  return best / bestPlain
}

describe('the cost of any text', () => {
  it.each([
    ...['1', '7 ', '12-', '123.', '1.1.1.1.1.', '1.2.3.4 ', '::::', '::1 ', 'a:b:c:', '12:34:56 '],
    ...['aa:bb:cc:dd:ee:', '01-02-03-04-05-', '0123.4567.', '@', 'a@', 'a@b.', '%', '\\n', '\\u00'],
    ...['+1 (', '+49 30 ', '(030) ', '4111 1111 1111 1112 ', '4111111111111112 ', '536-90-4399 '],
    ...['AB12 CDEF ', 'DE89370400440532013009 ', '0x00a329c0648769a73afac7f9381e08fb43dbea72 '],
    ...['1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb ', 'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5 '],
    // Each begins a token, an assignment or a number that reaches over the next ones.
    ...['ZXlK=', 'ya29.=', 'ya29.=xxxx', 'bkaj_=', 'xoxd-=', 'SG.=', 'pbkdf2_sha=', 'eyJrIjoi='],
    ...['authorization=', 'twitter=', 'sl_key=', 'passwordpassword:', '12--xpasswd=,--sqb_,01-0$'],
    ...['12)-', '1)-', '2345 2345 2345 ', 'A', '1 A St ', 'sk- ', 'St ', 'Dr. ', 'gasse'],
    ...['auth0', 'fff'],
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
      'Mr ',
    ],
  ])('is bounded, byte for byte: %j', (part) => {
    expect(ratioOf(textOf(part))).toBeLessThan(ratioMax)
  })
})
