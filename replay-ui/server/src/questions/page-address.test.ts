import { isGatetrailError } from '@gatetrail/schemas'
import { expect, it } from 'vitest'
import { pageAddress } from './page-address.ts'

function refusal(address: string): string {
  try {
    return `taken: ${pageAddress(address)}`
  } catch (error) {
    if (isGatetrailError(error)) return error.code
    throw error
  }
}

it.each([
  '/',
  '/?on=2026-03-12&tz=Europe%2FBerlin',
  '/touches?by=place&principal=corp%23kim%40example.com&from=2026-01-01',
  '/runs/github/8123?attempt=2',
  '/sessions/018f2c5e-7b1a-7000-8000-000000000001?at=12',
  '/search?q=drop+table',
])('takes a page of ours: %s', (address) => {
  expect(pageAddress(address)).toBe(address)
})

it.each([
  'https://evil.example/touches',
  '//evil.example/touches',
  '/\\evil.example/touches',
  '/%2e%2e/api/sessions',
  '/touches/../api/sessions',
  '/./api/holds',
  '/api/sessions',
  '/login/callback?code=1',
  '/logout',
  'javascript:alert(1)',
  'touches',
  '/touches#x',
  '/touches?by=\u202eplace',
  '/touches?by=\nplace',
  '/\t/evil.example',
  ' /touches',
  '/Touches',
])('refuses what is none: %j', (address) => {
  expect(refusal(address)).toBe('REQUEST_INVALID')
})

it('refuses words to search for that are a value of a person', () => {
  expect(refusal('/search?q=219-09-9991')).toBe('REQUEST_INVALID')
  expect(refusal('/search?q=kim%40example.com')).toBe('REQUEST_INVALID')
})

it('begins at the first page', () => {
  expect(pageAddress('/touches?by=place&cursor=eyJhIjoxfQ&tz=UTC')).toBe('/touches?by=place&tz=UTC')
  expect(pageAddress('/sessions?cursor=219-09-9991')).toBe('/sessions')
})
