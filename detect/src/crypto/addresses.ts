/**
 * Addresses of cryptocurrencies. With a check in it: Bitcoin, Litecoin, Dogecoin, Dash, Tron, Zcash (base58-check.ts), and those
 * of bech32.ts. A mistyped one is a person's as well: it is likely where nothing else stands in the value or a word says it.
 * Ethereum's, 0x and 40 hexadecimal digits, have a check in the case of their letters, which most programs drop: not asked for.
 */
import { withinLine, type Detector } from '../detector.ts'
import { byteClass, byteClasses } from '../byte-classes.ts'
import type { Scan } from '../scan.ts'
import { isWholeValue } from '../whole-value.ts'
import { contextWords } from '../context-words.ts'
import { hasAddressCheck, isBase58 } from './base58-check.ts'
import { hasCheck, isBech32 } from './bech32.ts'

const { digit, hexLetter } = byteClass
const hex = digit | hexLetter

const words = contextWords(
  `bitcoin btc wallet wallets ethereum eth litecoin ltc dogecoin doge dash tron trx zcash crypto cryptocurrency bech base
  coin coins satoshi satoshis hodl blockchain address`,
)

export const base58Address: Detector = {
  name: 'base58_address',
  on: 'word',
  bytes: [26, 35],
  digits: 'some',
  startsWith: '123mnLMDXTA97',
  confirm(scan, at, end) {
    const { bytes } = scan
    if (!isBase58(bytes, at, end) || !standsFree(scan, at, end)) return
    if (hasAddressCheck(bytes, at, end)) {
      scan.add(at, end, 'CRYPTO', 'certain', 'base58_address')
      return
    }
    const byte = bytes[at]!
    const isBitcoin = byte === 0x31 || byte === 0x33
    if (isBitcoin && isMeant(scan, at, end)) scan.add(at, end, 'CRYPTO', 'likely', 'base58_address')
  },
}

/** Bitcoin, its test network, Litecoin, Cardano: `bc1`, `tb1`, `ltc1`, `addr1`. */
const prefixes = ['bc', 'tb', 'bcrt', 'ltc', 'tltc', 'addr', 'stake', 'cosmos', 'osmo'].map(
  (text) => new TextEncoder().encode(text),
)
const one = 0x31

export const bech32Address: Detector = {
  name: 'bech32_address',
  on: 'word',
  bytes: [39, 110],
  digits: 'some',
  startsWith: 'btlascoBTLASCO',
  confirm(scan, at, end) {
    const { bytes } = scan
    const divider = prefixes.find((prefix) => isPrefix(bytes, at, prefix))
    if (divider === undefined) return
    const first = at + divider.length + 1
    if (!isBech32(bytes, first, end) || !standsFree(scan, at, end)) return
    // In capitals only where a QR code is written out.
    const isLower = bytes[at]! >= 0x61
    if (!hasCheck(bytes, at, first - 1, end)) {
      if (isLower && isMeant(scan, at, end)) scan.add(at, end, 'CRYPTO', 'likely', 'bech32_address')
      return
    }
    const level = isLower ? 'certain' : scan.isNamed(at, words) ? 'likely' : 'possible'
    scan.add(at, end, 'CRYPTO', level, 'bech32_address')
  },
}

export const ethereumAddress: Detector = {
  name: 'ethereum_address',
  on: 'word',
  bytes: [42, 42],
  digits: 'some',
  startsWith: '0',
  confirm(scan, at, end) {
    const { bytes } = scan
    if ((bytes[at + 1]! | 0x20) !== 0x78) return
    let zeros = 0
    for (let index = at + 2; index < end; index++) {
      if ((byteClasses[bytes[index]!]! & hex) === 0) return
      if (bytes[index] === 0x30) zeros++
    }
    // The empty address, and small numbers written at full length.
    if (zeros > 30 || !standsFree(scan, at, end)) return
    const isSure = hasBothCases(bytes, at + 2, end) && scan.isNamed(at, words)
    scan.add(at, end, 'CRYPTO', isSure ? 'certain' : 'likely', 'ethereum_address')
  },
}

function isPrefix(bytes: Uint8Array, at: number, prefix: Uint8Array): boolean {
  for (let index = 0; index < prefix.length; index++)
    if ((bytes[at + index]! | 0x20) !== prefix[index]) return false
  return bytes[at + prefix.length] === one
}

function isMeant(scan: Scan, at: number, end: number): boolean {
  return isWholeValue(scan, at, end) || scan.isNamed(at, words)
}

/** Whether it is no part of base64, a path or a longer name. */
function standsFree({ bytes, start, end }: Scan, from: number, to: number): boolean {
  return (
    (from === start || !isJoin(bytes[from - 1]!)) &&
    (to === end || !isJoin(bytes[to]!) || isSentenceEnd(bytes, to, end))
  )
}

function isJoin(byte: number): boolean {
  switch (byte) {
    case 0x2b: // +
    case 0x2d: // -
    case 0x2e: // .
    case 0x5f: // _
    case 0x40: // @
      return true
    default:
      return false
  }
}

function isSentenceEnd(bytes: Uint8Array, at: number, end: number): boolean {
  return bytes[at] === 0x2e && (at + 1 >= end || bytes[at + 1]! <= 0x20)
}

function hasBothCases(bytes: Uint8Array, at: number, end: number): boolean {
  let lower = 0
  let upper = 0
  for (let index = at; index < end; index++) {
    const byte = bytes[index]!
    if (byte >= 0x61) lower++
    else if (byte >= 0x41) upper++
  }
  return lower > 0 && upper > 0
}

export const cryptoDetectors: readonly Detector[] = withinLine(
  [base58Address, bech32Address, ethereumAddress],
  { ahead: 256, behind: 8 },
)
