import { expect, it } from 'vitest'
import { keepDownload, pageAt, takeDownload, whoIs } from './kept-download.ts'

const auditor = whoIs({ issuer: 'https://id.example', subject: '7', name: 'dana' })
const page = pageAt({ pathname: '/touches', search: '?by=place' })
const asked = { who: auditor, page }
const file = '/api/export/pii?on=2026-03-12&format=csv'

function storage() {
  const kept = new Map<string, string>()
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  }
}

it('comes once, on the page where it was asked for', () => {
  const kept = storage()
  keepDownload(kept, file, asked, 0)
  expect(takeDownload(kept, asked, 60_000)).toBe(file)
  expect(takeDownload(kept, asked, 60_000)).toBeUndefined()
})

it.each([
  ['on another page', file, { page: pageAt({ pathname: '/', search: '' }) }, 60_000],
  ['to another question of the page', file, { page: pageAt({ pathname: '/touches', search: '?by=run' }) }, 60_000],
  ['to somebody else', file, { who: whoIs({ issuer: 'https://id.example', subject: '8', name: 'dana' }) }, 60_000],
  ['to the subject of another issuer', file, { who: whoIs({ issuer: 'https://other.example', subject: '7', name: 'dana' }) }, 60_000],
  ['long after', file, {}, 600_000],
  ['from elsewhere', '//evil.example/x', {}, 60_000],
])('does not come %s', (_, address, then, nowMs) => {
  const kept = storage()
  keepDownload(kept, address, asked, 0)
  expect(takeDownload(kept, { ...asked, ...then }, nowMs)).toBeUndefined()
}) // prettier-ignore

it('comes on the same page however its address is written', () => {
  const zoned = (search: string) => pageAt({ pathname: '/touches', search })
  expect(zoned('?tz=Europe/Berlin&place=a+b')).toBe(zoned('?tz=Europe%2FBerlin&place=a%20b'))
  expect(zoned('')).toBe(zoned('?'))
})

it('is forgotten where the browser has no room, or something else stands in its place', () => {
  const full = { ...storage(), setItem: () => { throw new DOMException('full') } } // prettier-ignore
  keepDownload(full, file, asked, 0)
  expect(takeDownload(full, asked, 0)).toBeUndefined()
  expect(takeDownload({ ...storage(), getItem: () => '{' }, asked, 0)).toBeUndefined()
})
