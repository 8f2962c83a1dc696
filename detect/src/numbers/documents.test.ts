import { describe, expect, it } from 'vitest'
import { Ruleset } from '../find-spans.ts'
import { documentDetectors } from './documents.ts'

const rules = new Ruleset(documentDetectors)
const encoder = new TextEncoder()
const decoder = new TextDecoder()

function find(text: string): string[] {
  const bytes = encoder.encode(text)
  return rules
    .find(bytes, 0, bytes.length)
    .map((span) => `${span.entity}:${decoder.decode(bytes.subarray(span.start, span.end))}`)
}

describe('numbers of documents', () => {
  it.each([
    ['Passport no.: 501234567', 'US_PASSPORT:501234567'],
    ['my travel passport is C50123456', 'US_PASSPORT:C50123456'],
    ['{"passportNumber":"C50123456"}', 'US_PASSPORT:C50123456'],
    ['passport number: K5012345', 'NATIONAL_ID:K5012345'],
    ['Reisepass C01X0006H ausgestellt', 'NATIONAL_ID:C01X0006H'],
    ['Personalausweis: L50X00T47', 'NATIONAL_ID:L50X00T47'],
    ['XYZ501234 es mi número de pasaporte', 'NATIONAL_ID:XYZ501234'],
    ["my driver's license number is D5012345", 'US_DRIVER_LICENSE:D5012345'],
    ['driver_license: D501-2345-6789', 'US_DRIVER_LICENSE:D501-2345-6789'],
    ['Driving licence no 50123456', 'US_DRIVER_LICENSE:50123456'],
    ['Führerschein: B072RRE2I55', 'US_DRIVER_LICENSE:B072RRE2I55'],
    ['Account number: 5012345678', 'US_BANK:5012345678'],
    ['checking account 501234567890', 'US_BANK:501234567890'],
  ])('in %j one is found', (text, found) => {
    expect(find(text)).toEqual([found])
  })

  it.each([
    '501234567',
    'passport.js 0.6.0 released',
    'passport expires 2031-01-31',
    'npm i passport-local@1.0.0',
    'license: MIT, version 5.0.12345',
    'GPU driver 535.104.05, license 2024',
    'driver e1000e loaded',
    'account created 2024-01-31',
    'accounts: 12345678 rows',
    'passport\n501234567',
  ])('in %j none is', (text) => {
    expect(find(text)).toEqual([])
  })
})
