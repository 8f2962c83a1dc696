/** For the tests of this folder: what the detectors of secrets find in a text, and values that look random and are nobody's. */
import { Ruleset } from '../../find-spans.ts'
import type { FindOptions } from '../../find-spans.ts'
import { secretDetectors } from '../index.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder()
export const secretRules: Ruleset = new Ruleset(secretDetectors)

/** Findings as `detector/level:text`. */
export function findSecrets(text: string, options?: FindOptions): string[] {
  const bytes = encoder.encode(text)
  return secretRules
    .find(bytes, 0, bytes.length, options)
    .map(
      ({ start, end, detector, level }) =>
        `${detector}/${level}:${decoder.decode(bytes.subarray(start, end))}`,
    )
}

const lower = '0123456789abcdefghijklmnopqrstuvwxyz'
export const alphabets = {
  hex: '0123456789abcdef',
  lower,
  upper: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567',
  word: `${lower}ABCDEFGHIJKLMNOPQRSTUVWXYZ`,
  base64: `${lower}ABCDEFGHIJKLMNOPQRSTUVWXYZ+/`,
} as const

/** The same ones for the same seed (Lehmer's generator). */
export function randomText(length: number, alphabet: string, seed: number = 7): string {
  let state = seed
  return Array.from({ length }, () => {
    state = (state * 48_271) % 2_147_483_647
    return alphabet[Math.floor((state / 2_147_483_647) * alphabet.length)]
  }).join('')
}
