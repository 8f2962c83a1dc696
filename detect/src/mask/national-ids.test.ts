import { describe, expect, it } from 'vitest'
import type { IdRule } from '../numbers/national/id-rule.ts'
import { allIdRules } from '../numbers/national/all-rules.ts'
import { permuteNationalId } from './national-ids.ts'
import { Permutation } from './permutation.ts'

const permutation = new Permutation(new Uint8Array(16).fill(3))
const decoder = new TextDecoder()

/** Of these almost no number is valid: a date with more digits beside it, a list of places, a country. */
const rare = new Set(
  'cn_resident_id lu_ccss ch_ahv is_kennitala fr_nir ro_cnp yu_jmbg za_id eg_national_id no_fodselsnummer'.split(
    ' ',
  ),
)

/** A number of this form that is valid, from a generator that is the same in each run. */
function validNumber(form: string, rule: IdRule, seed: number): string | undefined {
  let state = seed
  const next = (count: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return (state >>> 8) % count
  }
  for (let tries = 0; tries < 300_000; tries++) {
    const text = form.replaceAll(/[0A*]/g, (mark) => {
      const isDigit = mark === '0' || (mark === '*' && next(2) === 0)
      return isDigit ? String(next(10)) : String.fromCharCode(0x41 + next(26))
    })
    if (rule.isValid(read(text))) return text
  }
  return undefined
}

function read(text: string): Uint8Array {
  const characters = text.replaceAll(/[^0-9A-Za-z]/g, '')
  return Uint8Array.from(characters, (character) => Number.parseInt(character, 36))
}

const shapeOf = (text: string): string => text.replaceAll(/[0-9]/g, '0').replaceAll(/[A-Z]/g, 'A')

function masked(text: string): string | undefined {
  const bytes = new TextEncoder().encode(text)
  return permuteNationalId(permutation, bytes, 0, bytes.length) ? decoder.decode(bytes) : undefined
}

describe('a format-preserving mask of an identity number', () => {
  const cases = allIdRules.map((rule) => [rule.name, rule] as const)

  it.each(cases)('%s is valid as one, in all of its forms, or there is none', (name, rule) => {
    let masks = 0
    for (const form of rule.forms) {
      for (let seed = 1; seed <= 3; seed++) {
        const text = validNumber(form, rule, seed)
        const result = text === undefined ? undefined : masked(text)
        if (text === undefined || result === undefined) continue
        masks++
        expect(rule.isValid(read(result))).toBe(true)
        expect(shapeOf(result)).toBe(shapeOf(text))
        expect(masked(text)).toBe(result)
      }
    }
    if (!rare.has(name)) expect(masks).toBeGreaterThan(0)
  })

  it('of one that is not valid is not either', () => {
    for (const text of ['12345678A', '94347659190', '943 476 5918']) {
      const result = masked(text)!
      expect(result).not.toBe(text)
      for (const rule of allIdRules) {
        const hasForm = rule.forms.some((form) => form === shapeOf(text))
        if (hasForm && rule.isValid(read(result))) expect(rule.isValid(read(text))).toBe(true)
      }
    }
  })
})
