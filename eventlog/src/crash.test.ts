/** kill -9 of a real process under load, in a loop: what was acknowledged is there, and the successor says what happened. */
import { execFile, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { appendFile, readFile, rm, truncate } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { decodeEventBody, type StoredRecord } from '@gatetrail/schemas'
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { listWriters } from './list-writers.ts'
import { createSessionStamp } from './session-stamp.ts'
import {
  appendEvent,
  idsOf,
  makeTestDirectory,
  openTestJournal,
  readBack,
  written,
  type TestDirectory,
} from './testing/test-journal.ts'
import { verifyJournal } from './verify/verify-journal.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const writerProcess = path.join(root, 'eventlog/dist/testing/writer-process.js')

let directory: TestDirectory
// The child runs what was built: Node 20 does not run TypeScript.
beforeAll(async () => {
  const tsc = path.join(root, 'node_modules/typescript/bin/tsc')
  await promisify(execFile)(process.execPath, [tsc, '-b', 'eventlog'], { cwd: root })
})
beforeEach(async () => {
  directory = await makeTestDirectory()
})
afterEach(() => directory.remove())

/** Runs the writer, kills it after some time, returns what it had acknowledged and which sessions it had opened. */
function runAndKill(
  durability: string,
  afterMs: number,
): Promise<{ ids: string[]; open: string[] }> {
  return new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      [writerProcess, directory.journal, directory.keys, durability],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    let output = ''
    child.once('error', reject)
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (output === '') setTimeout(() => child.kill('SIGKILL'), afterMs)
      output += text
    })
    child.stdout.once('close', () => {
      const lines = output.slice(0, output.lastIndexOf('\n') + 1).split('\n')
      const open = lines.filter((line) => line.startsWith('open ')).map((line) => line.slice(5))
      const ids = lines.filter((line) => line.includes(':'))
      resolve({ ids, open })
    })
  })
}

function bodies(records: readonly StoredRecord[], kind: 'gatetrail.session.aborted'): string[] {
  return records
    .filter(({ header }) => header.kind === kind)
    .map(({ body }) => decodeEventBody(kind, body).session)
}

test('kill -9 ten times: no acknowledged record is lost, every open session is aborted once, all verifies', async () => {
  const acknowledged: string[] = []
  const opened: string[] = []
  let kills = 0
  for (let round = 0; round < 10; round++) {
    const { ids, open } = await runAndKill(round === 9 ? 'fsync' : 'write', randomInt(5, 60))
    acknowledged.push(...ids)
    opened.push(...open)
    kills++
  }
  const startedMs = performance.now()
  const successor = await openTestJournal(directory)
  expect(performance.now() - startedMs).toBeLessThan(5_000)
  await successor.close('shutdown')
  const { records, damage } = await readBack(directory.journal)
  expect(damage).toEqual([])
  const ids = idsOf(records)
  const known = new Set(ids)
  expect(known.size).toBe(ids.length)
  expect(acknowledged.filter((id) => !known.has(id))).toEqual([])
  const aborted = bodies(records, 'gatetrail.session.aborted')
  expect(new Set(aborted).size).toBe(aborted.length)
  expect(opened.filter((session) => !aborted.includes(session))).toEqual([])
  const report = await verifyJournal(directory.journal, { publicKeys: [successor.key.publicKey] })
  expect(report.failures).toEqual([])
  // Of a run of nothing one would see it here.
  process.stdout.write(
    `${kills} kills, ${acknowledged.length} records acknowledged, ${aborted.length} aborted\n`,
  )
  expect(acknowledged.length).toBeGreaterThan(100)
})

/** A writer that was killed, and whose journal ends with a whole record. */
async function makeDeadWriter(): Promise<{ writer: string; file: string; session: string }> {
  await runAndKill('write', 50)
  const [journal] = await listWriters(directory.journal)
  const { records } = await readBack(directory.journal)
  // Where the kill struck is chance: behind the last record may be a torn one, or a segment that has only begun.
  const file = await cutBehind(records.at(-1)!.bytes)
  const session = records.find(({ header }) => header.kind === 'gatetrail.session.opened')!.header
  return { writer: journal!.writer, file, session: session.session }
}

/** Removes what stands behind this record in the dead writer's journal. The file that it is in. */
async function cutBehind(record: Uint8Array): Promise<string> {
  const [journal] = await listWriters(directory.journal)
  for (const { path: file } of journal!.segments.toReversed()) {
    const start = (await readFile(file)).lastIndexOf(record)
    if (start !== -1) {
      await truncate(file, start + record.length)
      return file
    }
    await rm(file)
  }
  throw new Error('the record is in no segment')
}

test('a torn tail is cut and reported with its length, once, even by two successors that start together', async () => {
  const { writer, file } = await makeDeadWriter()
  await appendFile(file, Buffer.from([0, 0, 1, 0, 9, 9, 9, 9, 0, 1, 0]))
  const successors = await Promise.all([openTestJournal(directory), openTestJournal(directory)])
  for (const successor of successors) await successor.close('shutdown')
  await (await openTestJournal(directory)).close('shutdown')
  const { records, damage } = await readBack(directory.journal)
  expect(damage).toEqual([])
  const recovered = records
    .filter(({ header }) => header.kind === 'gatetrail.journal.recovered')
    .map(({ body }) => decodeEventBody('gatetrail.journal.recovered', body))
  expect(recovered).toHaveLength(1)
  expect(recovered[0]).toMatchObject({ writer, bytesCut: 11, openSessions: 8 })
  expect(bodies(records, 'gatetrail.session.aborted')).toHaveLength(8)
})

test('a complete record with a damaged length at the end is no torn tail: reported as a gap, not cut', async () => {
  const { file } = await makeDeadWriter()
  const { records } = await readBack(directory.journal)
  const bytes = await readFile(file)
  const at = bytes.length - records.at(-1)!.bytes.length - 9 + 2
  bytes[at] = bytes[at]! ^ 0x40
  await truncate(file, 0)
  await appendFile(file, bytes)
  const successor = await openTestJournal(directory)
  await successor.close('shutdown')
  const reported = (await readBack(directory.journal, successor.writer)).records
  const gap = reported.find(({ header }) => header.kind === 'gatetrail.gap.found')
  expect(decodeEventBody('gatetrail.gap.found', gap!.body)).toMatchObject({
    reason: 'corrupt_record',
    fromPosition: records.at(-1)!.header.position,
  })
  const recovered = reported.find(({ header }) => header.kind === 'gatetrail.journal.recovered')
  expect(decodeEventBody('gatetrail.journal.recovered', recovered!.body).bytesCut).toBe(0)
})

test('a live writer is left alone; what it wrote before its death is found by one that lives on', async () => {
  const first = await openTestJournal(directory)
  const stamp = createSessionStamp()
  first.append('gatetrail.session.opened', stamp, '{}')
  appendEvent(first, stamp)
  await written(first, stamp)
  const second = await openTestJournal(directory)
  expect((await readBack(directory.journal, second.writer)).records).toHaveLength(1)
  // It closes with its session open: that is left to a successor.
  await first.close('error')
  const third = await openTestJournal(directory)
  const { records } = await readBack(directory.journal, third.writer)
  expect(bodies(records, 'gatetrail.session.aborted')).toEqual([stamp.id])
  await second.close('shutdown')
  await third.close('shutdown')
})
