/** Texts for tests of streams: values of every kind, what is nearly one, and noise, side by side. All are made up. */
import { samples, nearMisses } from './samples.ts'

export type RandomNumbers = (min: number, max: number) => number

/** Whole numbers from `min` to `max`, both included; the same ones for the same seed (mulberry32). */
export function randomNumbers(seed: number): RandomNumbers {
  let state = seed
  return (min, max) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return min + (((mixed ^ (mixed >>> 14)) >>> 0) % (max - min + 1))
  }
}

const encoder = new TextEncoder()
const separators = [
  ' ',
  ' ',
  ' ',
  '\n',
  '\r\n',
  ', ',
  ';',
  '\t',
  '"',
  '","',
  ': ',
  '=',
  '\0',
  '',
  '\\n',
  ' | ',
  '(',
  ')',
]
const words =
  'the order of a customer was shipped to name email phone card iban ssn passport password secret token api_key select from where user id born address date of birth Müller Straße Österreich 東京 Иван 👍 naïve'.split(
    ' ',
  )

/** `parts` of them. */
export function randomText(random: RandomNumbers, parts: number): Uint8Array {
  const pieces: Uint8Array[] = []
  for (let part = 0; part < parts; part++) {
    pieces.push(randomPart(random), encoder.encode(oneOf(random, separators)))
  }
  return Buffer.concat(pieces)
}

function randomPart(random: RandomNumbers): Uint8Array {
  switch (random(0, 9)) {
    case 0:
    case 1:
    case 2:
    case 3:
      return encoder.encode(oneOf(random, samples))
    case 4:
      return encoder.encode(oneOf(random, nearMisses))
    case 5:
      return cutOut(random, encoder.encode(oneOf(random, samples)))
    case 6:
      return Uint8Array.from({ length: random(1, 20) }, () => random(0, 255))
    case 7:
      return encoder.encode(
        oneOf(random, ['a', '1', 'f0', '4111 ', '@', '-', '.', ':']).repeat(random(1, 80)),
      )
    default:
      return encoder.encode(oneOf(random, words))
  }
}

/** A part of it, as a cut or a bad copy leaves it. */
function cutOut(random: RandomNumbers, bytes: Uint8Array): Uint8Array {
  const from = random(0, bytes.length - 1)
  return bytes.subarray(from, random(from, bytes.length))
}

function oneOf<T>(random: RandomNumbers, all: readonly T[]): T {
  return all[random(0, all.length - 1)]!
}
