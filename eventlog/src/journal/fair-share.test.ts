/** Back-pressure: who is slowed when readers fall behind, and when it ends. */
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openJournalReader } from '../reader/journal-reader.ts'
import { createSessionStamp } from '../session-stamp.ts'
import {
  appendEvent,
  makeTestDirectory,
  openTestJournal,
  written,
  type TestDirectory,
} from '../testing/test-journal.ts'
import { FairShare } from './fair-share.ts'

let directory: TestDirectory
beforeEach(async () => {
  directory = await makeTestDirectory()
})
afterEach(() => directory.remove())

test('below half of the bound nobody waits; above it the large session waits and the small one does not', () => {
  const share = new FairShare(100_000_000)
  const [large, small] = [createSessionStamp(), createSessionStamp()]
  share.update(49_000_000, 0, 0)
  expect(share.isActive).toBe(false)
  expect(share.pauseMs(large, 0)).toBe(0)
  share.update(60_000_000, 1_000_000, 0)
  share.record(large, 10_000_000, 0)
  share.record(small, 1_000, 0)
  share.update(60_000_000, 1_000_000, 0)
  expect(share.pauseMs(large, 0)).toBeGreaterThan(500)
  expect(share.pauseMs(small, 0)).toBe(0)
  share.update(100_000_000, 1_000_000, 1)
  expect(share.pauseMs(small, 1)).toBeGreaterThan(0)
  share.update(10_000_000, 1_000_000, 2)
  expect(share.pauseMs(large, 2)).toBe(0)
})

test('a small session that asks now and then is not stopped while many share little room, and the large one still is', () => {
  const share = new FairShare(64_000_000)
  const small = Array.from({ length: 50 }, () => createSessionStamp())
  const large = createSessionStamp()
  // 12 MB are left and nobody takes anything over: a share is some 24 KB/s.
  share.update(52_000_000, 0, 0)
  for (let nowMs = 0; nowMs < 2_000; nowMs += 200) {
    for (const stamp of small) {
      share.record(stamp, 4_000, nowMs)
      expect(share.pauseMs(stamp, nowMs)).toBe(0)
    }
    share.record(large, 64_000, nowMs)
  }
  expect(share.pauseMs(large, 2_000)).toBeGreaterThan(500)
})

test('sessions that obey their pauses never fill the journal while readers take over anything', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1_000, max: 200_000 }), { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 50_000, max: 5_000_000 }),
      (recordBytes, drainPerSecond) => {
        const bytesMax = 20_000_000
        const share = new FairShare(bytesMax)
        const sessions = recordBytes.map((bytes) => ({
          stamp: createSessionStamp(),
          bytes,
          readyAtMs: 0,
        }))
        let backlog = 0
        let largest = 0
        for (let nowMs = 0; nowMs < 60_000; nowMs += 10) {
          for (const session of sessions) {
            if (session.readyAtMs > nowMs) continue
            const pauseMs = share.pauseMs(session.stamp, nowMs)
            session.readyAtMs = nowMs + pauseMs
            if (pauseMs > 0) continue
            backlog += session.bytes
            share.grow(session.bytes)
            if (share.isActive) share.record(session.stamp, session.bytes, nowMs)
          }
          backlog = Math.max(0, backlog - drainPerSecond / 100)
          if (nowMs % 500 === 0) share.update(backlog, drainPerSecond, nowMs)
          largest = Math.max(largest, backlog)
        }
        // A record that was on its way may still come in.
        expect(largest).toBeLessThan(bytesMax + 8 * 200_000)
      },
    ),
    { numRuns: 30 },
  )
})

test('a journal whose reader is behind slows its largest session, and stops when the reader catches up', async () => {
  const { positions: positionsDirectory } = directory
  const journal = await openTestJournal(directory, { bytesMax: 4_000_000, positionsDirectory })
  const [large, small] = [createSessionStamp(), createSessionStamp()]
  for (let index = 0; index < 50; index++) {
    appendEvent(journal, large, 'x'.repeat(60_000))
    await written(journal, large)
  }
  appendEvent(journal, small)
  expect(journal.pauseMs(large)).toBeGreaterThan(0)
  expect(journal.pauseMs(small)).toBe(0)
  expect(journal.accepting).toBe(true)
  for (let index = 0; index < 20; index++) appendEvent(journal, large, 'x'.repeat(60_000))
  await written(journal, large)
  expect(journal.pauseMs(small)).toBeGreaterThan(0)
  expect(journal.accepting).toBe(false)
  const reader = await openJournalReader({ directory: directory.journal, positionsDirectory })
  for (let batch = await reader.next(0); batch !== undefined; batch = await reader.next(0))
    await reader.commit(batch)
  await new Promise((resolve) => setTimeout(resolve, 1_200))
  expect(journal.pauseMs(large)).toBe(0)
  expect(journal.accepting).toBe(true)
  expect(journal.stats().backlogBytes).toBeLessThan(10_000)
  await reader.close()
  await journal.close('shutdown')
})
