/** kill -9 of a shipping process at random instants: the next one goes on, nothing is lost, sessions stay in order. */
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { topics } from '@gatetrail/schemas'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createSessionStamp } from '../session-stamp.ts'
import { kafkaIsThere, startKafka, type TestKafka } from '../testing/kafka-broker.ts'
import { firstCopiesOutOfOrder, readTopic } from '../testing/read-topic.ts'
import {
  appendEvent,
  makeTestDirectory,
  openTestJournal,
  written,
  type TestDirectory,
} from '../testing/test-journal.ts'
import { startShipper } from './start-shipper.ts'

const kills = 5
const root = fileURLToPath(new URL('../../..', import.meta.url))
const shipperProcess = path.join(root, 'eventlog/dist/testing/shipper-process.js')

describe.skipIf(!kafkaIsThere())('a shipper that is killed', { timeout: 240_000 }, () => {
  let kafka: TestKafka
  let directory: TestDirectory
  beforeAll(async () => {
    // The child runs what was built: Node 20 does not run TypeScript.
    const tsc = path.join(root, 'node_modules/typescript/bin/tsc')
    await promisify(execFile)(process.execPath, [tsc, '-b', 'eventlog'], { cwd: root })
    kafka = await startKafka()
    await kafka.createTopics()
    directory = await makeTestDirectory()
  }, 240_000)
  afterAll(async () => {
    await kafka?.stop()
    await directory?.remove()
  })

  test(`at ${kills} random instants: every record is there, and first copies are in order`, async () => {
    const journal = await openTestJournal(directory, { segmentBytesMax: 256 * 1024 })
    const stamps = Array.from({ length: 10 }, () => createSessionStamp())
    const appended = new Set<string>()
    const stopped = new AbortController()
    const appending = (async () => {
      while (!stopped.signal.aborted) {
        for (const stamp of stamps)
          for (let index = 0; index < 10; index++)
            appended.add(`${stamp.id}:${appendEvent(journal, stamp, 'x'.repeat(300))}`)
        await written(journal, stamps[0]!)
        await delay(5)
      }
    })()
    let shipped = 0
    for (let kill = 0; kill < kills; kill++) {
      const child = spawn(
        process.execPath,
        [shipperProcess, directory.journal, directory.positions, kafka.brokers[0]!],
        { stdio: 'inherit' },
      )
      const before = shipped
      while (shipped === before) {
        await delay(100)
        shipped = (await readTopic(kafka.brokers, topics.records)).length
      }
      await delay(Math.random() * 400)
      await end(child)
    }
    stopped.abort()
    await appending
    const last = await startShipper({
      directory: directory.journal,
      positionsDirectory: directory.positions,
      kafka: kafka.settings(),
    })
    await last.idle()
    await last.close()
    await journal.close('shutdown')
    const messages = await readTopic(kafka.brokers, topics.records)
    const found = new Set(messages.map(({ headers }) => headers['ce_id']!))
    expect([...appended].filter((id) => !found.has(id))).toEqual([])
    expect(firstCopiesOutOfOrder(messages)).toEqual([])
  })
})

async function end(child: ChildProcess): Promise<void> {
  const exited = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await exited
}
