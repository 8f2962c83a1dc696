/**
 * A dead writer's journal: cuts its torn tail, finds the sessions that it left open, and reports both in the successor's
 * own system session; never writes into a dead writer's sessions. Dead is who has no lock. The lock is taken over for the
 * work, so that of several successors one does it; the marker at the end keeps the next one from doing it again. (A crash
 * between report and marker makes a second report: twice, never not at all.)
 *
 * It reads back only to the last segment whose header lists the open sessions, usually the last one: 64 MiB, not the whole
 * journal. Damage in older segments is for the reader to find, which reads everything.
 */
import { truncate } from 'node:fs/promises'
import path from 'node:path'
import { GatetrailError, kindCodeOf, uuidText, type SegmentHeader } from '@gatetrail/schemas'
import { lockDirectory, type DirectoryLock } from './directory-lock.ts'
import { checkFrame, incompleteFrame, isFrameWithDamagedLength } from './frame.ts'
import type { Journal } from './journal/journal.ts'
import {
  listSegments,
  listWriterNames,
  readFinishedMarker,
  writeFinishedMarker,
} from './list-writers.ts'
import type { Log } from './log.ts'
import type { Damage } from './reader/batch.ts'
import { readSegmentHeader } from './reader/segment-order.ts'
import { WriterFollower, type Tail } from './reader/writer-follower.ts'
import { segmentFileName } from './segment.ts'

type Successor = Pick<Journal, 'writer' | 'system' | 'appendSystem' | 'afterWrite'>
type OpenSession = { lastSeq: number; lastTimeMicros: number }
type Findings = {
  openSessions: Map<string, OpenSession>
  damage: Damage[]
  lastPosition: number
  segment: string
  bytesCut: number
}

/** Recovers every dead writer's journal beside the successor's own. Returns how many. */
export async function recoverDeadWriters(
  journalDirectory: string,
  successor: Successor,
  log: Log,
): Promise<number> {
  let recovered = 0
  for (const writer of await listWriterNames(journalDirectory)) {
    const directory = path.join(journalDirectory, writer)
    if (writer === successor.writer || (await readFinishedMarker(directory)) !== undefined) continue
    const lock = await tryLock(directory)
    if (lock === undefined) continue
    try {
      if ((await readFinishedMarker(directory)) !== undefined) continue
      const findings = await examine(directory, writer)
      await report(successor, writer, findings)
      const { lastPosition } = findings
      const by = successor.writer
      await writeFinishedMarker(directory, {
        format: 1,
        writer,
        state: 'recovered',
        by,
        lastPosition,
      })
      recovered++
      const { bytesCut, openSessions } = findings
      log.warn(
        { writer, lastPosition, bytesCut, openSessions: openSessions.size },
        "a dead writer's journal was recovered",
      )
    } finally {
      await lock.release()
    }
  }
  return recovered
}

/** Undefined: the writer lives, or another successor is at work, or the directory is gone. */
async function tryLock(directory: string): Promise<DirectoryLock | undefined> {
  try {
    return await lockDirectory(directory)
  } catch (error) {
    if (error instanceof GatetrailError && error.code === 'DIRECTORY_IN_USE') return undefined
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

async function examine(directory: string, writer: string): Promise<Findings> {
  const begin = await lastListedSegment(directory)
  const openSessions = new Map<string, OpenSession>(
    (begin?.openSessions ?? []).map(([id, lastSeq, lastTimeMicros]) => [
      id,
      { lastSeq, lastTimeMicros },
    ]),
  )
  const follower = new WriterFollower({
    directory,
    writer,
    from: { segment: begin?.segment ?? 0, offset: 0, nextPosition: begin?.firstPosition ?? 0 },
    live: false,
    startAnywhere: begin === undefined,
  })
  const damage: Damage[] = []
  try {
    for (;;) {
      const batch = await follower.readBatch()
      if (batch === undefined) break
      damage.push(...batch.damage)
      for (const record of batch.records) follow(openSessions, record)
    }
    const { tail, nextPosition } = follower
    const cut = await cutTail(tail, writer, nextPosition, damage)
    return {
      openSessions,
      damage,
      lastPosition: nextPosition - 1,
      segment: tail === undefined ? '' : segmentFileName(tail.segment),
      bytesCut: cut,
    }
  } finally {
    await follower.close()
  }
}

/** The last segment whose header is whole and lists what was open when it began. */
async function lastListedSegment(directory: string): Promise<SegmentHeader | undefined> {
  for (const segment of (await listSegments(directory)).toReversed()) {
    const header = await readSegmentHeader(path.join(directory, segmentFileName(segment)))
    if (header?.openSessions != null && header.segment === segment) return header
  }
  return undefined
}

const openedCode = kindCodeOf('gatetrail.session.opened')
const closedCode = kindCodeOf('gatetrail.session.closed')

function follow(openSessions: Map<string, OpenSession>, record: Uint8Array): void {
  const kindCode = record[1]! * 256 + record[2]!
  const session = uuidText(record, 4)
  if (kindCode === closedCode) {
    openSessions.delete(session)
    return
  }
  const open = openSessions.get(session)
  if (open === undefined && kindCode !== openedCode) return
  const view = new DataView(record.buffer, record.byteOffset)
  const state = {
    lastSeq: view.getUint32(36),
    lastTimeMicros: view.getUint32(48) * 2 ** 32 + view.getUint32(52),
  }
  if (open === undefined) openSessions.set(session, state)
  else Object.assign(open, state)
}

/** Only a record that was written in part is cut: it was never forwarded. Anything else behind the last record is damage. */
async function cutTail(
  tail: Tail | undefined,
  writer: string,
  nextPosition: number,
  damage: Damage[],
): Promise<number> {
  if (tail === undefined || tail.bytes.length === 0) return 0
  const { bytes, segment, offset } = tail
  const isTorn = isTornRecord(bytes)
  if (isTorn) {
    await truncate(tail.file, offset)
    return bytes.length
  }
  const toPosition = -1
  damage.push({
    writer,
    fromPosition: nextPosition,
    toPosition,
    segment,
    offset,
    reason: 'corrupt_record',
  })
  return 0
}

function isTornRecord(bytes: Buffer): boolean {
  if (bytes.length < 8) return true
  return (
    checkFrame(bytes, 0, bytes.length) === incompleteFrame &&
    !isFrameWithDamagedLength(bytes, 0, bytes.length)
  )
}

async function report(successor: Successor, writer: string, findings: Findings): Promise<void> {
  const { openSessions, damage, lastPosition, segment, bytesCut } = findings
  for (const { fromPosition, toPosition, reason, segment } of damage) {
    successor.appendSystem('gatetrail.gap.found', {
      writer,
      fromPosition,
      toPosition,
      segment: segmentFileName(segment),
      reason,
    })
  }
  successor.appendSystem('gatetrail.journal.recovered', {
    writer,
    segment,
    bytesCut,
    lastPosition,
    openSessions: openSessions.size,
  })
  for (const [session, { lastSeq, lastTimeMicros }] of openSessions) {
    successor.appendSystem('gatetrail.session.aborted', {
      session,
      writer,
      lastSeq,
      lastTimeMicros,
      reason: 'crash',
    })
  }
  await new Promise<void>((resolve, reject) => {
    successor.afterWrite(successor.system, 'command', (error) => {
      if (error === undefined) resolve()
      else reject(error)
    })
  })
}
