/** However a text is made, looking for secrets in it costs about as much per byte as in any other that is full of triggers. */
import { describe, expect, it } from 'vitest'
import { secretRules } from './testing/find-secrets.ts'

const bytesOfText = 1 << 17
/** Generous: the machine is shared. A quadratic search of 64 KiB would be slower by thousands. */
const ratioMax = 100

const parts = [
  'token=',
  'token=a1',
  'token:b',
  '"token":"',
  'password=a,',
  "password '",
  'pwd: a1',
  '--password ',
  'okta_key_key_key',
  ' api_key =',
  'eyJ',
  'eyJ.',
  '://a:b',
  '://a:b@c',
  '-----BEGIN PRIVATE KEY-----\n',
  'xoxb-',
  ' sk-',
  ' hvs.a-b-c',
  'hooks.slack.com/services/',
  '1Q~',
  'curl ',
  'mysql -',
  'bearer ',
  'authorization:',
  '<token>',
  'ZXlK,',
  '$2a$ ',
  '$argon2id$v=19$m=',
  'AZDO',
]

function repeated(part: string): Uint8Array {
  return new TextEncoder().encode(part.repeat(Math.ceil(bytesOfText / part.length)))
}

function seconds(bytes: Uint8Array): number {
  let best = Infinity
  for (let round = 0; round < 3; round++) {
    const begin = performance.now()
    for (let at = 0; at < bytes.length; at += 1 << 16)
      secretRules.find(bytes, at, Math.min(bytes.length, at + (1 << 16)))
    best = Math.min(best, performance.now() - begin)
  }
  return best / 1000 / bytes.length
}

describe('the cost of looking for secrets', () => {
  it.each(parts)('is linear in a text of %j', (part) => {
    const ordinary = seconds(
      repeated('{"user":"bob","password":"x7geheim","token":null,"n":12345},\n'),
    )
    expect(seconds(repeated(part)) / ordinary).toBeLessThan(ratioMax)
  })
})
