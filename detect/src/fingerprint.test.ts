import { createHmac } from 'node:crypto'
import { expect, it } from 'vitest'
import { fingerprintBytes, Fingerprinter } from './fingerprint.ts'

const key = new Uint8Array(32).fill(7)
const otherKey = new Uint8Array(32).fill(8)

it('a fingerprint is the first 12 bytes of an HMAC over group, NUL and normalised value', () => {
  const expected = createHmac('sha256', key).update('US_SSN\x00219099999').digest()
  const made = new Fingerprinter(key).of('US_SSN', '219-09-9999')
  expect(Buffer.from(made!)).toEqual(expected.subarray(0, fingerprintBytes))
})

it('the same value gives the same fingerprint however it is written, and no other does', () => {
  const prints = new Fingerprinter(key)
  const of = (entity: string, value: string) =>
    Buffer.from(prints.of(entity, value) ?? []).toString('hex')
  expect(of('US_SSN', '219 09 9999')).toBe(of('US_SSN', ' 219099999 '))
  expect(of('EMAIL', 'Ada@Example.org')).toBe(of('EMAIL', 'ada@example.org'))
  expect(of('US_SSN', '219-09-9998')).not.toBe(of('US_SSN', '219-09-9999'))
  expect(of('US_ITIN', '219099999')).not.toBe(of('US_SSN', '219099999'))
  expect(
    Buffer.from(new Fingerprinter(otherKey).of('US_SSN', '219099999')!).toString('hex'),
  ).not.toBe(of('US_SSN', '219099999'))
})

it('kinds of secrets share a group: who holds a token need not know what it is', () => {
  const prints = new Fingerprinter(key)
  expect(prints.of('API_KEY', 'not-a-real-token')).toEqual(prints.of('JWT', 'not-a-real-token'))
})

it('nothing is made of a blank value', () => {
  expect(new Fingerprinter(key).of('EMAIL', '  \t')).toBeUndefined()
})

it('a key of another length is refused', () => {
  expect(() => new Fingerprinter(new Uint8Array(31))).toThrow(RangeError)
})
