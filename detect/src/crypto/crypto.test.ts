import { sha256 } from '@noble/hashes/sha2.js'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Ruleset } from '../find-spans.ts'
import { cryptoDetectors } from './index.ts'
import { firstWordOfSha256Twice, messageBytesMax } from './sha256-block.ts'

const rules = new Ruleset(cryptoDetectors)
const encoder = new TextEncoder()
const letters = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'

function find(text: string, names: readonly string[] = []): string[] {
  const bytes = encoder.encode(text)
  return rules
    .find(bytes, 0, bytes.length, { names })
    .map(({ start, end, level }) => `${level}:${text.slice(start, end)}`)
}

/** An address as its definition says, by big integers. */
function base58Check(version: number, hash: Uint8Array): string {
  const payload = Uint8Array.from([version, ...hash])
  const check = sha256(sha256(payload)).subarray(0, 4)
  let number = [...payload, ...check].reduce((value, byte) => value * 256n + BigInt(byte), 0n)
  let text = ''
  while (number > 0n) {
    text = letters[Number(number % 58n)]! + text
    number /= 58n
  }
  return (version === 0 ? '1' : '') + text
}

const hashes = fc.uint8Array({ minLength: 20, maxLength: 20 }).filter((hash) => hash[0]! > 0)

describe('SHA-256 of SHA-256', () => {
  it('begins with that word, of any message of at most 55 bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: messageBytesMax }), (message) => {
        const hash = sha256(sha256(message))
        const word = new DataView(hash.buffer, hash.byteOffset).getInt32(0)
        expect(firstWordOfSha256Twice(message, message.length)).toBe(word)
      }),
    )
  })
})

describe('addresses of cryptocurrencies', () => {
  it('are found by their check, whatever they are an address of', () => {
    fc.assert(
      fc.property(hashes, fc.constantFrom(0, 5, 0x6f, 0x30, 0x1e), (hash, version) => {
        const address = base58Check(version, hash)
        // One of Litecoin in some 250 has no digit: no candidate for the scanner.
        fc.pre(/\d/.test(address))
        expect(find(`to ${address}.`)).toEqual([`certain:${address}`])
      }),
    )
  })

  it('are none in text if one letter is another', () => {
    fc.assert(
      fc.property(hashes, fc.integer({ min: 2, max: 25 }), (hash, at) => {
        const address = base58Check(0, hash)
        const wrong =
          address.slice(0, at) + (address[at] === 'x' ? 'y' : 'x') + address.slice(at + 1)
        expect(find(`id ${wrong} of`)).toEqual([])
        expect(find(`bitcoin ${wrong} of`)).toEqual([`likely:${wrong}`])
      }),
    )
  })

  it.each([
    // Of BIP-173 and BIP-350.
    'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4',
    'tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7',
    'bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0',
  ])('are found in bech32: %s', (address) => {
    expect(find(`pay ${address} now`)).toEqual([`certain:${address}`])
    expect(find(`pay ${address.slice(0, -1)}q now`)).toEqual([])
    expect(find(`pay ${address.toUpperCase()} now`)).toEqual([])
  })

  it('are 0x and 40 hexadecimal digits, and no less, more or nothing but zeros', () => {
    const address = '0x00a329c0648769a73afac7f9381e08fb43dbea72'
    expect(find(`from ${address},`)).toEqual([`likely:${address}`])
    expect(find(`from ${address}0`)).toEqual([])
    expect(find(address.slice(0, -1))).toEqual([])
    expect(find(`0x${'0'.repeat(38)}1f`)).toEqual([])
  })
})
