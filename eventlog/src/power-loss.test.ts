/** Power loss on a model of a disk: with `fsync`, no command that was let through is lost, and of output only its bound. */
import { rename, writeFile } from 'node:fs/promises'
import path from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { limits } from '@gatetrail/schemas'
import { WriterFollower } from './reader/writer-follower.ts'
import { createSessionStamp } from './session-stamp.ts'
import { createPowerLossFileSystem } from './testing/power-loss.ts'
import {
  appendEvent,
  idsOf,
  makeTestDirectory,
  openTestJournal,
  readBack,
  type TestDirectory,
} from './testing/test-journal.ts'

let directory: TestDirectory
beforeEach(async () => {
  directory = await makeTestDirectory()
})
afterEach(() => directory.remove())

function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

test('fsync: after a power loss every command that was let through is there; of output at most its bound is missing', async () => {
  let lostOutput = 0
  let commands = 0
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.integer({ min: 5, max: 120 }), async (seed, afterMs) => {
      const random = randomFrom(seed)
      const fileSystem = createPowerLossFileSystem()
      const journal = await openTestJournal(directory, {
        fileSystem,
        durability: 'fsync',
        segmentBytesMax: 20_000,
      })
      const letThrough = { command: [] as string[], output: new Map<string, number>() }
      const run = { isOn: true }
      const loop = async (): Promise<void> => {
        const stamp = createSessionStamp()
        while (run.isOn) {
          const what = random() < 0.3 ? 'command' : 'output'
          const before = stamp.recordedBytes
          const seq = appendEvent(journal, stamp, 'x'.repeat(Math.floor(random() * 3_000)))
          const bytes = stamp.recordedBytes - before
          await new Promise<void>((resolve) => {
            journal.afterWrite(stamp, what, (error) => {
              if (error === undefined && run.isOn) {
                if (what === 'command') letThrough.command.push(`${stamp.id}:${seq}`)
                else letThrough.output.set(`${stamp.id}:${seq}`, bytes)
              }
              resolve()
            })
            setTimeout(resolve, 200).unref() // Nobody is called back after the cut.
          })
        }
      }
      const sessions = [loop(), loop(), loop(), loop()]
      await new Promise((resolve) => setTimeout(resolve, afterMs))
      run.isOn = false
      fileSystem.cut()
      await Promise.all(sessions)
      fileSystem.lose(random)
      // The writer of this process still has its lock: look at a copy of what is left, as a successor would.
      const { records, damage } = await readBack(directory.journal, journal.writer)
      const ids = new Set(idsOf(records))
      expect(letThrough.command.filter((id) => !ids.has(id))).toEqual([])
      const missing = [...letThrough.output].filter(([id]) => !ids.has(id))
      const bySession = new Map<string, number>()
      for (const [id, bytes] of missing) {
        const session = id.slice(0, 36)
        bySession.set(session, (bySession.get(session) ?? 0) + bytes)
      }
      for (const bytes of bySession.values())
        expect(bytes).toBeLessThanOrEqual(limits.journal.unsyncedOutputBytesMax + 4_000)
      for (const { fromPosition, toPosition } of damage)
        expect(toPosition).toBeGreaterThanOrEqual(fromPosition - 1)
      lostOutput += missing.length
      commands += letThrough.command.length
      await rename(
        path.join(directory.journal, journal.writer),
        path.join(directory.root, journal.writer),
      )
    }),
    { numRuns: 12 },
  )
  process.stdout.write(`power losses: ${commands} commands kept, ${lostOutput} outputs lost\n`)
  expect(commands).toBeGreaterThan(20)
  expect(lostOutput).toBeGreaterThan(0)
})

test('a segment of which nothing but zeros arrived is read as damage or as nothing, never endlessly', async () => {
  const journal = await openTestJournal(directory)
  await journal.close('shutdown')
  const writerDirectory = path.join(directory.journal, journal.writer)
  await writeFile(path.join(writerDirectory, '00000002.segment'), Buffer.alloc(3 * limits.MiB))
  const follower = new WriterFollower({
    directory: writerDirectory,
    writer: journal.writer,
    from: { nextPosition: 0, segment: 0, offset: 0 },
    live: false,
    batchBytesMax: 1,
  })
  let records = 0
  for (let rounds = 0; rounds < 20 && !follower.done; rounds++)
    records += (await follower.readBatch())?.records.length ?? 0
  await follower.close()
  expect(records).toBe(3)
  expect(follower.done).toBe(true)
})
