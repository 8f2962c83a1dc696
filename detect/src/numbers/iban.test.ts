import { describe, expect, it } from 'vitest'
import { Ruleset } from '../find-spans.ts'
import { ibanFormats } from './iban-formats.ts'
import { ibanDetectors } from './iban.ts'

const rules = new Ruleset(ibanDetectors)
const encoder = new TextEncoder()
const decoder = new TextDecoder()

function find(text: string): string[] {
  const bytes = encoder.encode(text)
  return rules
    .find(bytes, 0, bytes.length)
    .map(({ start, end, level }) => `${level}:${decoder.decode(bytes.subarray(start, end))}`)
}

/** With the check digits of ISO 7064, computed apart from the detector: as one large number. */
function iban(country: string, account: string): string {
  const digits = [...`${account}${country}00`].map((letter) => parseInt(letter, 36)).join('')
  return country + String(98n - (BigInt(digits) % 97n)).padStart(2, '0') + account
}

function printed(text: string, separator = ' '): string {
  return text.match(/.{1,4}/g)?.join(separator) ?? ''
}

const countries = ibanFormats.split(',').map((format) => format.trim().split(' '))
const examples = countries.map(([country = '', runs = '']) => {
  const letterOf = { n: '7', a: 'K', c: 'B' }
  const account = runs.replaceAll(/(\d+)([nac])/g, (_, count: string, kind: 'n' | 'a' | 'c') =>
    letterOf[kind].repeat(Number(count)),
  )
  return iban(country, account)
})

describe('IBAN', () => {
  it.each(examples)('%s is found, plain, in small letters and as printed', (text) => {
    const small = text.toLowerCase()
    expect(text.length).toBeLessThanOrEqual(34)
    for (const form of [
      text,
      small,
      printed(text),
      printed(text, '-'),
      `${text.slice(0, 4)} ${text.slice(4)}`,
    ]) {
      expect(find(form)).toEqual([`certain:${form}`])
      expect(find(`{"to":"${form}"} 12`)).toEqual([`certain:${form}`])
    }
  })

  it.each(examples)('%s with another digit is none', (text) => {
    const last = text.at(-1) === '1' ? '2' : '1'
    expect(find(text.slice(0, -1) + last)).toEqual([])
    expect(find(printed(text.slice(0, -1) + last))).toEqual([])
    expect(find(text.slice(0, -1))).toEqual([])
  })

  const german = iban('DE', '123456780987654321')
  it.each([
    `X${german}`,
    `${german}1`,
    `${german}A`,
    `${german}-1`,
    german.replace('DE', 'De'),
    german.replace('DE', 'XX'),
    `${german.slice(0, 5)} ${german.slice(5)}`,
    printed(german).replace(' ', '-'),
    printed(german).replace(' ', '  '),
    printed(german).slice(0, -1),
    iban('DE', '12345678098765432A'),
  ])('%j is none', (text) => {
    expect(find(text)).toEqual([])
  })

  it('ends before a further word', () => {
    expect(find(`${printed(german)} 1234 failed`)).toEqual([`certain:${printed(german)}`])
  })
})
