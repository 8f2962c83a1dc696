import { expect, it } from 'vitest'
import { keepDownload, takeDownload } from './kept-download.ts'

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
  keepDownload(kept, file, '/touches', 0)
  expect(takeDownload(kept, '/touches', 60_000)).toBe(file)
  expect(takeDownload(kept, '/touches', 60_000)).toBeUndefined()
})

it.each([
  ['on another page', file, '/', 60_000],
  ['long after', file, '/touches', 600_000],
  ['from elsewhere', '//evil.example/x', '/touches', 60_000],
])('does not come %s', (_, address, page, nowMs) => {
  const kept = storage()
  keepDownload(kept, address, '/touches', 0)
  expect(takeDownload(kept, page, nowMs)).toBeUndefined()
})

it('is forgotten where the browser has no room, or something else stands in its place', () => {
  const full = { ...storage(), setItem: () => { throw new DOMException('full') } } // prettier-ignore
  keepDownload(full, file, '/touches', 0)
  expect(takeDownload(full, '/touches', 0)).toBeUndefined()
  expect(takeDownload({ ...storage(), getItem: () => '{' }, '/touches', 0)).toBeUndefined()
})
