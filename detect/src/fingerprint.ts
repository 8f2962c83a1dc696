/**
 * Keyed fingerprints of values: what stands in the record in place of a value, so that whoever holds the value can ask where
 * it was touched. HMAC-SHA-256 over the group of its entity, NUL and the normalised value, of which the first 12 bytes are
 * kept: with 10^9 values in a store, one that was never touched is found with a chance of 10^-20. See docs/fingerprints.md.
 */
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { normaliseValue } from './normalise.ts'
import { groupOf, type Entity } from './ruleset.ts'

export const fingerprintBytes = 12
const keyBytes = 32

const encoder = new TextEncoder()

/** Makes fingerprints with one key. */
export class Fingerprinter {
  readonly #keyed: ReturnType<typeof keyedHash>
  readonly #digest = new Uint8Array(sha256.outputLen)

  /** @throws RangeError for a key of another length than 32 bytes */
  constructor(key: Uint8Array) {
    if (key.length !== keyBytes) throw new RangeError(`a key of fingerprints has ${keyBytes} bytes`)
    this.#keyed = keyedHash(key)
  }

  /**
   * Writes the fingerprint of the value that stands in `bytes` from `start` to `end` into `into` at `at`. False, and nothing
   * written, if the value is blank.
   */
  write(
    entity: Entity,
    bytes: Uint8Array,
    start: number,
    end: number,
    into: Uint8Array,
    at: number,
  ): boolean {
    const value = normaliseValue(entity, bytes, start, end)
    if (value.length === 0) return false
    // The state after the key is copied: half of the work of an HMAC of a short text.
    const one = this.#keyed.clone()
    one.update(encoder.encode(`${groupOf(entity)}\0`))
    one.update(value)
    one.digestInto(this.#digest)
    one.destroy()
    into.set(this.#digest.subarray(0, fingerprintBytes), at)
    return true
  }

  /** The fingerprint of a value; undefined if it is blank. */
  of(entity: Entity, value: string): Uint8Array | undefined {
    const bytes = encoder.encode(value)
    const made = new Uint8Array(fingerprintBytes)
    return this.write(entity, bytes, 0, bytes.length, made, 0) ? made : undefined
  }
}

function keyedHash(key: Uint8Array) {
  return hmac.create(sha256, key)
}
