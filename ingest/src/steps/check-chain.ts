/**
 * Step 3 of 7. From decode-records.ts, to drop-duplicates.ts. Re-derives each writer's chain: positions are dense, and each
 * heartbeat's head and signature cover the leaves since the one before. What does not hold is a named gap; the records go
 * on all the same. Pure but for the state of the writers that it is given.
 */
import { createPublicKey, verify, type KeyObject } from 'node:crypto'
import {
  emptyHead,
  hashBytes,
  heartbeatMessage,
  linkHead,
  type EventBody,
} from '@gatetrail/schemas'
import type { DecodedRecord, Findings, Gap } from '../batch.ts'
import { sha256 } from './decode-records.ts'

type Heartbeat = EventBody<'gatetrail.writer.heartbeat'>

/** What is known of one writer while its records are checked. Loaded by load-writers.ts after a restart. */
export type WriterState = {
  writer: string
  tenant: string
  publicKey: KeyObject | undefined
  nextPosition: number
  /** The highest position that somebody said exists: a heartbeat, or the successor that recovered the journal. */
  positionPromised: number
  /** Leaf hashes since the last heartbeat, one after the other; the first is that of `leavesFrom`. */
  leaves: Uint8Array
  leavesFrom: number
  leavesCount: number
  /** Undefined: not known, so that the next heartbeat can only be checked by its signature. */
  previousHead: Uint8Array | undefined
}

/** At 50,000 records a second a heartbeat covers 250,000. More than this are not checked against their heartbeat. */
const leavesMax = 2_000_000

export function newWriter(writer: string, tenant: string): WriterState {
  return {
    writer,
    tenant,
    publicKey: undefined,
    nextPosition: 0,
    positionPromised: -1,
    leaves: new Uint8Array(64 * hashBytes),
    leavesFrom: 0,
    leavesCount: 0,
    previousHead: emptyHead,
  }
}

export function checkChain(
  records: readonly DecodedRecord[],
  writers: ReadonlyMap<string, WriterState>,
  findings: Findings,
): void {
  for (const record of records) {
    const writer = writers.get(record.header.writer)!
    checkOne(record, writer, findings)
    takeIn(record, writers)
  }
}

function checkOne(record: DecodedRecord, writer: WriterState, findings: Findings): void {
  const { position } = record.header
  if (position < writer.nextPosition) return // Read again; drop-duplicates.ts looks at it.
  if (position > writer.nextPosition) {
    const missing = gap(writer, writer.nextPosition, position - 1, 'missing_positions')
    if (!isNamed(missing, findings.gaps)) findings.gaps.push(missing)
    forgetLeaves(writer, position)
  }
  if (record.decoded.type === 'event' && record.decoded.event.kind === 'gatetrail.writer.heartbeat')
    checkHeartbeat(writer, position, record.decoded.event.body, findings)
  appendLeaf(writer, record.leaf)
  writer.nextPosition = position + 1
}

/** Whether the reader has named these positions already, with a closer reason. */
function isNamed(missing: Gap, gaps: readonly Gap[]): boolean {
  return gaps.some(
    ({ writer, fromPosition, toPosition }) =>
      writer === missing.writer &&
      fromPosition <= missing.fromPosition &&
      toPosition >= missing.toPosition,
  )
}

function checkHeartbeat(
  writer: WriterState,
  position: number,
  heartbeat: Heartbeat,
  findings: Findings,
): void {
  const { fromPosition, toPosition } = heartbeat
  const broken = () => findings.gaps.push(gap(writer, fromPosition, toPosition, 'chain_broken'))
  if (
    toPosition >= position ||
    fromPosition > toPosition + 1 ||
    !signatureHolds(writer, heartbeat)
  ) {
    broken()
    forgetLeaves(writer, position)
    return
  }
  const count = toPosition - fromPosition + 1
  const checkable =
    writer.previousHead !== undefined && writer.leavesFrom + writer.leavesCount === position
  if (checkable) {
    const leaves = writer.leaves.subarray(0, count * hashBytes)
    const holds =
      fromPosition === writer.leavesFrom &&
      count <= writer.leavesCount &&
      heartbeat.previousHead === hex(writer.previousHead) &&
      heartbeat.head === hex(linkHead(sha256, writer.previousHead ?? emptyHead, [leaves]))
    if (!holds) broken()
  }
  // A gap between what the heartbeat covers and itself leaves the next one without all of its leaves.
  const complete = writer.leavesCount === 0 || writer.leavesFrom <= toPosition + 1
  writer.previousHead = complete ? Buffer.from(heartbeat.head, 'hex') : undefined
  dropLeaves(writer, toPosition + 1)
}

function signatureHolds(writer: WriterState, heartbeat: Heartbeat): boolean {
  if (writer.publicKey === undefined) return false
  const message = heartbeatMessage({ writer: writer.writer, ...heartbeat })
  return verify(null, message, writer.publicKey, Buffer.from(heartbeat.signature, 'base64url'))
}

/** What records say about writers: their key and tenant, and how far a dead one came. */
function takeIn(record: DecodedRecord, writers: ReadonlyMap<string, WriterState>): void {
  if (record.decoded.type !== 'event') return
  const { event } = record.decoded
  switch (event.kind) {
    case 'gatetrail.writer.started': {
      const writer = writers.get(record.header.writer)!
      writer.tenant = event.body.tenant
      writer.publicKey = publicKeyOf(event.body.publicKey)
      return
    }
    case 'gatetrail.journal.recovered': {
      const dead = writers.get(event.body.writer)
      if (dead !== undefined)
        dead.positionPromised = Math.max(dead.positionPromised, event.body.lastPosition)
      return
    }
    default:
  }
}

/** The Ed25519 key from its raw 32 bytes, base64url. Undefined if it is none: then no signature of it holds. */
export function publicKeyOf(raw: string): KeyObject | undefined {
  try {
    return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: raw }, format: 'jwk' })
  } catch {
    return undefined
  }
}

/** Promised positions that have not come although everything was read: a lost tail. Each is reported once. */
export function lostTails(writers: Iterable<WriterState>): Gap[] {
  const gaps: Gap[] = []
  for (const writer of writers) {
    if (writer.positionPromised < writer.nextPosition) continue
    gaps.push(gap(writer, writer.nextPosition, writer.positionPromised, 'lost_tail'))
    writer.positionPromised = -1
  }
  return gaps
}

export function appendLeaf(writer: WriterState, leaf: Uint8Array): void {
  if (writer.leavesCount >= leavesMax) return forgetLeaves(writer, writer.nextPosition + 1)
  const at = writer.leavesCount * hashBytes
  if (at + hashBytes > writer.leaves.length) {
    const larger = new Uint8Array(writer.leaves.length * 2)
    larger.set(writer.leaves)
    writer.leaves = larger
  }
  writer.leaves.set(leaf, at)
  writer.leavesCount++
}

/** The leaves up to `position` are not all known: the next heartbeat cannot be re-derived. */
export function forgetLeaves(writer: WriterState, position: number): void {
  writer.previousHead = undefined
  writer.leavesFrom = position
  writer.leavesCount = 0
}

/** Drops the leaves before `position`, which a heartbeat covers. */
function dropLeaves(writer: WriterState, position: number): void {
  const covered = Math.min(writer.leavesCount, Math.max(0, position - writer.leavesFrom))
  writer.leaves.copyWithin(0, covered * hashBytes, writer.leavesCount * hashBytes)
  writer.leavesCount -= covered
  writer.leavesFrom = writer.leavesCount === 0 ? position : writer.leavesFrom + covered
}

function gap(
  writer: WriterState,
  fromPosition: number,
  toPosition: number,
  reason: Gap['reason'],
): Gap {
  return { writer: writer.writer, fromPosition, toPosition, reason }
}

function hex(bytes: Uint8Array | undefined): string {
  return bytes === undefined ? '' : Buffer.from(bytes).toString('hex')
}
