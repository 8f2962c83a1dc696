import { expect, test } from 'vitest'
import { catalogueNotes, journalNotes } from './service-notes.ts'

const stats = {
  records: 0,
  bytesWritten: 0,
  writeCalls: 0,
  backlogBytes: 1_000,
  waitingBytes: 0,
  segment: 1,
  openSessions: 0,
  spaceLow: false,
  failed: false,
  failures: 0,
  lastError: 'ENOSPC: no space left',
}
const journal = (differs: Partial<typeof stats>, accepting = false) => ({
  accepting,
  stats: () => ({ ...stats, ...differs }),
})

test('a journal that takes sessions has nothing to say, whatever went wrong before', () => {
  expect(journalNotes(journal({}, true), 2_000)).toEqual([])
})

test('a journal that takes none says which of three reasons it is', () => {
  expect(journalNotes(journal({ failed: true }), 2_000)[0]).toMatch(/cannot be written: ENOSPC/)
  expect(journalNotes(journal({ spaceLow: true }), 2_000)[0]).toMatch(/disk .* nearly full/)
  expect(journalNotes(journal({ backlogBytes: 2_000 }), 2_000)[0]).toMatch(
    /full: 2000 of 2000 bytes/,
  )
})

test('a connection is named whose target does not answer, and no other', () => {
  const connection = (name: string, failure?: string) => ({
    configuration: { name },
    catalogue: { failure: () => failure },
  })
  const notes = catalogueNotes([connection('orders'), connection('stock', 'UPSTREAM_UNAVAILABLE')])
  expect(notes).toEqual([
    'connection stock: the catalogue of its target cannot be read (UPSTREAM_UNAVAILABLE)',
  ])
})
