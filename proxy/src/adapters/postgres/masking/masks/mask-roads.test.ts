/** The same value has the same token on every road: otherwise nothing that is masked could be joined. */
import { Masking } from '@gatetrail/detect'
import { describe, expect, it } from 'vitest'
import { copyFormat, maskField } from '../copy-format.ts'
import { JsonFindings } from '../json-findings.ts'
import { maskOfTags } from './mask-of-tags.ts'
import { maskOfType, type Types } from './mask-of-type.ts'
import { nullValue } from './value-mask.ts'

const types: Types = { typesByOid: new Map(), relationsByOid: new Map() }
const masking = new Masking(
  { default: 'token', styles: { CREDIT_CARD: 'format_preserving', US_SSN: 'keep_last_four', PHONE: 'null', IBAN: 'redact' } }, // prettier-ignore
  Buffer.alloc(32, 4),
)
const email = 'Ada.Lovelace@example.org'

function masked(typeOid: number, format: number, value: Buffer | string, entity = 'EMAIL'): string {
  const bytes = Buffer.from(value)
  const end = maskOfType(typeOid, format, types, false, masking.of(entity))(bytes, 0, bytes.length)
  return end === nullValue ? 'NULL' : bytes.toString('latin1', 0, end)
}

function copied(value: string, name: 'text' | 'csv', written: boolean, delimiter?: string): string {
  const format = copyFormat({ ...copy, format: name, ...(delimiter && { delimiter }) }, false)
  const bytes = Buffer.from(value)
  const mask = maskOfType(25, 0, types, false, masking.of('EMAIL'))
  return bytes.toString('latin1', 0, maskField(format, mask, bytes, 0, bytes.length, 0, written))
}

const copy = {
  direction: 'out',
  relation: 'public.people',
  query: false,
  format: 'text',
  toProgramOrFile: false,
  unknownOption: false,
} as const

describe('a token', () => {
  const token = masked(25, 0, email)

  it('is the same in text and binary columns, in COPY, in JSON, in arrays, in bytea and within a text', () => {
    expect(token).toMatch(/^tok_[a-z2-7]{20}$/)
    expect(masked(25, 1, email)).toBe(token)
    expect(masked(1043, 0, email.toLowerCase())).toBe(token)
    for (const written of [false, true]) {
      expect(copied(email, 'text', written)).toBe(token)
      expect(copied(`"${email}"`, 'csv', written)).toBe(`"${token}"`)
      const long = `${'x'.repeat(9)}${email}`
      const escaped = copied(long, 'text', written, '_')
      expect(escaped).toBe(masked(25, 0, long).replaceAll('_', '\\_'))
    }
    expect(masked(114, 0, `"${email}"`)).toBe(`"${token}"`)
    expect(masked(3802, 1, `\u0001"${email}"`)).toBe(`\u0001"${token}"`)
    expect(masked(1009, 0, `{${email},NULL,"${email}"}`)).toBe(`{${token},NULL,${token}}`)
    expect(masked(17, 1, email)).toBe(token)
    expect(masked(17, 0, `\\x${Buffer.from(email).toString('hex')}`)).toBe(
      `\\x${Buffer.from(token).toString('hex')}`,
    )
    const text = Buffer.from(`{"a": "${email}", "b": "to ${email}!"}`)
    const starts = [text.indexOf(email), text.lastIndexOf(email)]
    const spans = starts.map((start) => ({ start, end: start + email.length, entity: 'EMAIL', level: 'certain', detector: 'email' }) as const) // prettier-ignore
    new JsonFindings(masking).mask(text, 0, text.length, spans)
    expect(text.toString()).toBe(`{"a": "${token}", "b": "to ${token}!"}`)
  })
})

describe('a format-preserving mask', () => {
  it('of a card is the same as a number, as text and as JSON', () => {
    const card = '4929123456789015'
    const shown = masked(25, 0, card, 'CREDIT_CARD')
    const int8 = Buffer.alloc(8)
    int8.writeBigInt64BE(BigInt(card))
    expect(masked(20, 0, card, 'CREDIT_CARD')).toBe(shown)
    expect(Buffer.from(masked(20, 1, int8, 'CREDIT_CARD'), 'latin1').readBigInt64BE()).toBe(BigInt(shown)) // prettier-ignore
    expect(masked(1700, 0, card, 'CREDIT_CARD')).toBe(shown)
    expect(masked(114, 0, card, 'CREDIT_CARD')).toBe(shown)
    expect(masked(25, 0, '4929-1234-5678-9015', 'CREDIT_CARD').replaceAll('-', '')).toBe(shown)
  })
})

describe('a column of several classes', () => {
  const tag = (dataClass: string): { place: string; dataClass: string } => ({ place: 'a.b.c', dataClass }) // prettier-ignore

  it('is masked by the style that hides most', () => {
    expect(maskOfTags(masking, [tag('US_SSN'), tag('EMAIL')]).style).toBe('token')
    expect(maskOfTags(masking, [tag('US_SSN'), tag('IBAN')]).style).toBe('redact')
    expect(maskOfTags(masking, [tag('IBAN'), tag('PHONE')]).style).toBe('null')
    expect(maskOfTags(masking, []).style).toBe('token')
  })

  it('that is computed shows nothing that is the same for the same value, nor a part of it', () => {
    const bytes = Buffer.from(email)
    for (const entity of ['EMAIL', 'CREDIT_CARD', 'US_SSN']) {
      const mask = maskOfType(25, 0, types, true, masking.of(entity))
      expect(mask(bytes, 0, bytes.length)).toBe(bytes.length)
      expect(bytes.toString()).toBe('*'.repeat(bytes.length))
    }
  })
})
