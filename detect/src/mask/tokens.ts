/**
 * Tokens: in place of a value something that is the same wherever the same value stands, and tells nothing else of it.
 * HMAC-SHA-256 of its normal form, in letters and digits. Pure.
 */
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { normaliseValue } from '../normalise.ts'
import type { Entity } from '../ruleset.ts'

/** RFC 4648 base 32, in small letters: no database folds them, and none is a mark in any format. */
const alphabet = 'abcdefghijklmnopqrstuvwxyz234567'
/** 130 bits. */
const codeLength = 26
/** 40 bits: among a million values two have the same with even chances. Fewer join what does not belong together. */
const codeLengthMin = 8
const longPrefix = 'tok_'
const shortPrefix = 't'

const encoder = new TextEncoder()

export class Tokens {
  readonly #mac: ReturnType<typeof hmac.create>

  constructor(key: Uint8Array) {
    this.#mac = hmac.create(sha256, key)
  }

  /**
   * The token of the value from `start` to `end`, not longer than its normal form nor than itself, so that its length too is
   * the same however the value is written. Undefined: there is no room for one.
   */
  of(entity: Entity, bytes: Uint8Array, start: number, end: number): Uint8Array | undefined {
    const normal = normaliseValue(entity, bytes, start, end)
    const room = Math.min(normal.length, end - start)
    const prefix = room < longPrefix.length + codeLengthMin ? shortPrefix : longPrefix
    const length = Math.min(codeLength, room - prefix.length)
    if (length < codeLengthMin) return undefined
    return encoder.encode(prefix + codeOf(this.digest(normal), length))
  }

  /** 32 bytes. */
  digest(value: Uint8Array): Uint8Array {
    return this.#mac.clone().update(value).digest()
  }
}

function codeOf(digest: Uint8Array, length: number): string {
  let code = ''
  let bits = 0
  let held = 0
  for (let at = 0; code.length < length; at++) {
    held = ((held << 8) | digest[at]!) & 0xf_ff
    for (bits += 8; bits >= 5 && code.length < length;) {
      bits -= 5
      code += alphabet[(held >> bits) & 31]!
    }
  }
  return code
}
