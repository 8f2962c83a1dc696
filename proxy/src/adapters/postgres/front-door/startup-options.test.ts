import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isGatetrailError } from '@gatetrail/schemas'
import { acceptStartupOptions, parseOptionsText } from './startup-options.ts'

const accept = (parameters: Record<string, string>): Record<string, string> =>
  Object.fromEntries(acceptStartupOptions(new Map(Object.entries(parameters))))

test('settings of the allow-list pass under their proper names, whatever their case', () => {
  expect(
    accept({ user: 'u', database: 'd', datestyle: 'ISO', TIMEZONE: 'UTC', Search_Path: 'a, b' }),
  ).toEqual({ DateStyle: 'ISO', TimeZone: 'UTC', search_path: 'a, b' })
})

test('options become settings of the same list, and a setting of its own wins over them', () => {
  expect(
    accept({
      options: '-c statement_timeout=5s -cTimeZone=UTC --lock-timeout=7 -c search_path=a\\ b',
      TimeZone: 'Asia/Tokyo',
    }),
  ).toEqual({
    statement_timeout: '5s',
    TimeZone: 'Asia/Tokyo',
    lock_timeout: '7',
    search_path: 'a b',
  })
})

test.each([
  ['session_authorization by options', { options: '-c session_authorization=postgres' }],
  ['role', { role: 'postgres' }],
  ['standard_conforming_strings', { standard_conforming_strings: 'off' }],
  ['local_preload_libraries', { options: '-c local_preload_libraries=x' }],
  ['a switch other than -c', { options: '-d 5' }],
  ['-c= (CVE-2026-107349)', { options: '-c=' }],
  ['-c without a word behind it', { options: '-c' }],
  ['a -c without a value', { options: '-c geqo' }],
  ['an empty name', { options: '-c =x' }],
  ['a newline in a value', { application_name: 'a\nb' }],
  ['a value that is too long', { application_name: 'x'.repeat(1025) }],
  ['an encoding whose second bytes look like letters', { client_encoding: 'SJIS' }],
])('%s is refused with OPTION_REFUSED', (_, parameters) => {
  expect(() => accept(parameters)).toThrow(expect.objectContaining({ code: 'OPTION_REFUSED' }))
})

test('the refusal names the option', () => {
  expect(() => accept({ row_security: 'off' })).toThrow(/"row_security"/)
})

test('replication is refused as unsupported, and replication=false asks for nothing', () => {
  expect(() => accept({ replication: 'database' })).toThrow(
    expect.objectContaining({ code: 'FEATURE_UNSUPPORTED' }),
  )
  expect(accept({ replication: 'false' })).toEqual({})
})

test('any text of options ends in settings or in a refusal, and never in another error', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(...'-c= \\abgeqo\n_,'), maxLength: 60 }),
      (text) => {
        try {
          for (const [name] of parseOptionsText(text)) expect(name).not.toBe('')
        } catch (error) {
          expect(isGatetrailError(error) && error.code).toBe('OPTION_REFUSED')
        }
      },
    ),
  )
})
