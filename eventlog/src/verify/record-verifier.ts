/**
 * Re-derives everything from record bytes: leaf hashes, heads and signatures of heartbeats, density of positions and of
 * each session's seq. The same for a journal (verify-journal.ts) and for rows of the store. No I/O.
 */
import { hash, type KeyObject } from 'node:crypto'
import {
  decodeEventBody,
  GatetrailError,
  kindCodeOf,
  limits,
  recordFormat,
  recordHeaderBytes,
  recordKindOf,
  uuidBytes,
  uuidText,
} from '@gatetrail/schemas'
import { readUint32 } from '../frame.ts'
import { publicKeyFromRaw } from '../signing-key.ts'
import { Redactions } from './redactions.ts'
import { failuresMax, type VerifyFailure, type VerifyReport } from './report.ts'
import { WriterChain } from './writer-chain.ts'

/** One record, as the journal or the store holds it. */
export type VerifyRow = {
  writer: string
  /** Undefined: expired. Then position, session, seq and leafHash must be there. */
  bytes?: Uint8Array | undefined
  /** As stored beside the bytes; left out: derived from the bytes alone. */
  leafHash?: Uint8Array | undefined
  /** The columns beside the bytes, where there are any: they must say what the record's header says. */
  position?: number | undefined
  session?: string | undefined
  seq?: number | undefined
}

export type VerifyOptions = {
  /** Trusted keys of writers, base64url (loadPublicKeys). */
  publicKeys: readonly string[]
  /** The last position that a writer is known to have reached, from elsewhere: finds a cut tail or a missing writer. */
  expectedLastPositions?: ReadonlyMap<string, number>
  /** The leaf hash that another copy has for a record: names the record that was edited, not only the link. */
  leafOf?: (writer: string, position: number) => Uint8Array | undefined
  /** What records of other writers say. Those of the records that are verified are added. */
  redactions?: Redactions
  /** For each record that is not as written, and is explained. */
  onRedacted?(session: string | undefined): void
}

type WriterState = {
  id: Buffer
  chain: WriterChain
  firstPosition: number
  nextPosition: number
  records: number
  expired: number
  /** Next seq by session id (as 16 characters). */
  sessions: Map<string, number>
  /** The same of closed sessions, of which only the latest are kept. */
  closedSessions: Map<string, number>
}

const closedSessionsMax = 100_000

const codes = {
  heartbeat: kindCodeOf('gatetrail.writer.heartbeat'),
  recovered: kindCodeOf('gatetrail.journal.recovered'),
  aborted: kindCodeOf('gatetrail.session.aborted'),
  closed: kindCodeOf('gatetrail.session.closed'),
  redacted: kindCodeOf('gatetrail.record.redacted'),
} as const

/** Verifies records of any number of writers. Those of one writer must come in order of position. */
export class RecordVerifier {
  readonly #options: VerifyOptions
  readonly #keys: readonly KeyObject[]
  readonly #writers = new Map<string, WriterState>()
  readonly #failures: VerifyFailure[] = []
  #failureCount = 0
  #records = 0
  /** Edited, unless a `record.redacted` explains it: by `session:seq`, with the leaf hash in hex. */
  readonly #edited = new Map<string, VerifyFailure & { leaf: string; stored: string }>()
  readonly #redacted: Redactions
  #redactedCount = 0
  readonly #expectedLast: Map<string, number>
  readonly #aborted: { writer: string; session: string; lastSeq: number }[] = []
  #scratch = Buffer.alloc(64 * limits.KiB)

  constructor(options: VerifyOptions) {
    this.#options = options
    this.#redacted = options.redactions ?? new Redactions()
    this.#keys = options.publicKeys
      .map(publicKeyFromRaw)
      .filter((key): key is KeyObject => key !== undefined)
    this.#expectedLast = new Map(options.expectedLastPositions)
  }

  add(row: VerifyRow): void {
    this.#records++
    const { bytes, writer } = row
    if (bytes === undefined) return this.#addExpired(row)
    if (bytes.length < recordHeaderBytes || bytes[0] !== recordFormat) {
      const position = row.position ?? this.#writers.get(writer)?.nextPosition
      return this.#fail({
        kind: 'record_invalid',
        ...where(writer, position, row.session, row.seq),
        reason: `${bytes.length} bytes are no record that this release knows`,
      })
    }
    const headerPosition = readUint53(bytes, 40)
    const state = this.#stateOf(writer, row.position ?? headerPosition)
    if (!this.#isInPlace(row, bytes, state, headerPosition)) return
    const seq = readUint32(bytes, 36)
    this.#follow(state, writer, headerPosition)
    const kindCode = bytes[1]! * 256 + bytes[2]!
    this.#followSession(state, writer, bytes, seq, headerPosition, kindCode)
    const leaf = this.#leaf(row, bytes, headerPosition, seq, kindCode)
    if (kindCode === codes.heartbeat) this.#heartbeat(state, writer, bytes, headerPosition, leaf)
    else state.chain.add(leaf)
    this.#note(bytes, kindCode)
  }

  /** Damage that was found while the bytes were read. Reported once, not again as missing positions. */
  skip(failure: VerifyFailure, nextPosition: number): void {
    this.#fail(failure)
    const state = this.#writers.get(failure.writer)
    if (state === undefined || nextPosition <= state.nextPosition) return
    state.nextPosition = nextPosition
    state.chain.interrupt()
  }

  finish(): VerifyReport {
    for (const [key, { leaf, stored, ...failure }] of this.#edited)
      if (!this.#redacted.explain(key, leaf, stored)) this.#fail(failure)
      else {
        this.#redactedCount++
        this.#options.onRedacted?.(failure.session)
      }
    for (const [writer, expected] of this.#expectedLast) this.#checkTail(writer, expected)
    for (const { writer, session, lastSeq } of this.#aborted) {
      const next = this.#writers.get(writer)?.sessions.get(sessionKey(uuidBytes(session)))
      if (next === undefined || next === lastSeq + 1) continue
      this.#fail({
        kind: 'session_records_missing',
        writer,
        session,
        seq: Math.min(next, lastSeq + 1),
        reason: `the session was at seq ${lastSeq} when its writer died; here it ends at ${next - 1}`,
      })
    }
    return {
      failures: this.#failures,
      failureCount: this.#failureCount,
      redacted: this.#redactedCount,
      records: this.#records,
      writers: [...this.#writers].map(([writer, state]) => ({
        writer,
        firstPosition: state.firstPosition,
        lastPosition: state.nextPosition - 1,
        records: state.records,
        expired: state.expired,
        signedThrough: state.chain.signedThrough,
        closed: state.chain.closed,
      })),
    }
  }

  #addExpired(row: VerifyRow): void {
    const { writer, position, session, seq, leafHash } = row
    if (position === undefined || leafHash === undefined)
      return this.#fail({
        kind: 'record_invalid',
        ...where(writer, position, session, seq),
        reason: 'the record has neither bytes nor a leaf hash',
      })
    const state = this.#stateOf(writer, position)
    this.#follow(state, writer, position)
    state.expired++
    state.chain.add(leafHash)
    if (session !== undefined && seq !== undefined)
      this.#followSeq(state, writer, sessionKey(uuidBytes(session)), seq, position)
  }

  #stateOf(writer: string, position: number): WriterState {
    let state = this.#writers.get(writer)
    if (state === undefined) {
      state = {
        id: Buffer.from(uuidBytes(writer)),
        chain: new WriterChain(writer, this.#keys, position),
        firstPosition: position,
        nextPosition: position,
        records: 0,
        expired: 0,
        sessions: new Map(),
        closedSessions: new Map(),
      }
      this.#writers.set(writer, state)
    }
    return state
  }

  #isInPlace(row: VerifyRow, bytes: Uint8Array, state: WriterState, position: number): boolean {
    const wrong =
      state.id.compare(bytes, 20, 36) !== 0
        ? 'writer'
        : row.position !== undefined && row.position !== position
          ? 'position'
          : row.seq !== undefined && row.seq !== readUint32(bytes, 36)
            ? 'seq'
            : row.session !== undefined && row.session !== uuidText(bytes, 4)
              ? 'session'
              : position < state.nextPosition
                ? 'order'
                : undefined
    if (wrong === undefined) return true
    const expected = row.position ?? position
    if (expected >= state.nextPosition) {
      // Its place is taken by something else: the place is there, what belongs to it is not.
      this.#follow(state, row.writer, expected)
      state.chain.interrupt()
      if (row.session !== undefined && row.seq !== undefined) {
        const key = sessionKey(uuidBytes(row.session))
        state.sessions.set(key, row.seq + 1)
      }
    }
    const session = row.session ?? uuidText(bytes, 4)
    this.#fail({
      kind: 'record_misplaced',
      ...where(row.writer, expected, session, row.seq ?? readUint32(bytes, 36)),
      recordKind: nameOfKind(bytes[1]! * 256 + bytes[2]!),
      reason:
        wrong === 'order'
          ? 'the record stands behind one of a later position'
          : `the ${wrong} in its header is another one`,
    })
    return false
  }

  #follow(state: WriterState, writer: string, position: number): void {
    state.records++
    if (position > state.nextPosition) {
      const fromPosition = state.nextPosition
      this.#fail({
        kind: 'records_missing',
        writer,
        position: fromPosition,
        toPosition: position - 1,
        reason: `positions ${fromPosition} to ${position - 1} are missing`,
      })
      state.chain.interrupt()
    }
    state.nextPosition = position + 1
  }

  #followSession(
    state: WriterState,
    writer: string,
    bytes: Uint8Array,
    seq: number,
    position: number,
    kindCode: number,
  ): void {
    const key = sessionKey(bytes.subarray(4, 20))
    this.#followSeq(state, writer, key, seq, position)
    if (kindCode === codes.closed) closeSession(state, key)
  }

  #followSeq(state: WriterState, writer: string, key: string, seq: number, position: number): void {
    const next = state.sessions.get(key) ?? state.closedSessions.get(key)
    state.sessions.set(key, seq + 1)
    const expected = next ?? (state.firstPosition === 0 ? 0 : seq)
    if (seq === expected) return
    this.#fail({
      kind: seq > expected ? 'session_records_missing' : 'record_misplaced',
      ...where(writer, position, uuidText(Buffer.from(key, 'latin1')), Math.min(seq, expected)),
      reason: `the session goes on with seq ${seq} where ${expected} was due`,
    })
  }

  #leaf(
    row: VerifyRow,
    bytes: Uint8Array,
    position: number,
    seq: number,
    kindCode: number,
  ): Uint8Array {
    if (bytes.length + 1 > this.#scratch.length) this.#scratch = Buffer.alloc(bytes.length * 2)
    this.#scratch.set(bytes, 1) // Byte 0 stays the leaf prefix 0x00.
    const text = hash('sha256', this.#scratch.subarray(0, bytes.length + 1), 'binary')
    const derived = Buffer.from(text, 'latin1')
    const stored = row.leafHash ?? this.#options.leafOf?.(row.writer, position)
    if (stored === undefined || derived.equals(stored)) return derived
    const session = uuidText(bytes, 4)
    this.#edited.set(`${session}:${seq}`, {
      kind: 'record_edited',
      ...where(row.writer, position, session, seq),
      recordKind: nameOfKind(kindCode),
      reason: 'the bytes do not give the leaf hash on record',
      leaf: Buffer.from(stored).toString('hex'),
      stored: derived.toString('hex'),
    })
    return stored
  }

  #heartbeat(
    state: WriterState,
    writer: string,
    bytes: Uint8Array,
    position: number,
    leaf: Uint8Array,
  ): void {
    let heartbeat
    try {
      heartbeat = decodeEventBody(
        'gatetrail.writer.heartbeat',
        bytes.subarray(recordHeaderBytes),
        bytes[3],
      )
    } catch (error) {
      state.chain.interrupt()
      return this.#fail({
        kind: 'record_invalid',
        ...where(writer, position, uuidText(bytes, 4), readUint32(bytes, 36)),
        recordKind: 'gatetrail.writer.heartbeat',
        reason: error instanceof GatetrailError ? error.message : 'the heartbeat cannot be read',
      })
    }
    const fromPosition = state.chain.fromPosition
    const verdict = state.chain.close(heartbeat, position, leaf)
    if (verdict === 'sound' || verdict === 'unknown') return
    this.#fail({
      kind: verdict,
      ...where(writer, fromPosition, uuidText(bytes, 4), readUint32(bytes, 36)),
      toPosition: position,
      recordKind: 'gatetrail.writer.heartbeat',
      reason:
        verdict === 'chain_broken'
          ? `a record of positions ${fromPosition} to ${position} is not the one that was signed`
          : `the heartbeat at position ${position} is not signed by a trusted key`,
    })
  }

  /** What a record says about other records. */
  #note(bytes: Uint8Array, kindCode: number): void {
    if (kindCode !== codes.recovered && kindCode !== codes.aborted && kindCode !== codes.redacted)
      return
    const body = bytes.subarray(recordHeaderBytes)
    try {
      if (kindCode === codes.recovered) {
        const { writer, lastPosition } = decodeEventBody(
          'gatetrail.journal.recovered',
          body,
          bytes[3],
        )
        // Only where the dead writer's records are here at all: its journal may have been removed since.
        if (this.#writers.has(writer))
          this.#expectedLast.set(
            writer,
            Math.max(lastPosition, this.#expectedLast.get(writer) ?? -1),
          )
      } else if (kindCode === codes.aborted) {
        this.#aborted.push(decodeEventBody('gatetrail.session.aborted', body, bytes[3]))
      } else {
        this.#redacted.add(decodeEventBody('gatetrail.record.redacted', body, bytes[3]))
      }
    } catch (error) {
      if (!(error instanceof GatetrailError)) throw error
      this.#fail({
        kind: 'record_invalid',
        ...where(
          uuidText(bytes, 20),
          readUint53(bytes, 40),
          uuidText(bytes, 4),
          readUint32(bytes, 36),
        ),
        recordKind: nameOfKind(kindCode),
        reason: error.message,
      })
    }
  }

  #checkTail(writer: string, expected: number): void {
    const state = this.#writers.get(writer)
    const last = state === undefined ? -1 : state.nextPosition - 1
    if (last >= expected) return
    this.#fail({
      kind: 'tail_missing',
      writer,
      position: last + 1,
      toPosition: expected,
      reason: `the writer reached position ${expected}; its records end at ${last}`,
    })
  }

  #fail(failure: VerifyFailure): void {
    this.#failureCount++
    if (this.#failures.length < failuresMax) this.#failures.push(failure)
  }
}

/** Verifies rows of the store, or any records: see RecordVerifier. */
export async function verifyRecords(
  rows: Iterable<VerifyRow> | AsyncIterable<VerifyRow>,
  options: VerifyOptions,
): Promise<VerifyReport> {
  const verifier = new RecordVerifier(options)
  if (Symbol.iterator in rows) for (const row of rows) verifier.add(row)
  else for await (const row of rows) verifier.add(row)
  return verifier.finish()
}

function where(
  writer: string,
  position: number | undefined,
  session: string | undefined,
  seq: number | undefined,
): { writer: string; position?: number; session?: string; seq?: number } {
  return {
    writer,
    ...(position === undefined ? {} : { position }),
    ...(session === undefined ? {} : { session }),
    ...(seq === undefined ? {} : { seq }),
  }
}

function closeSession(state: WriterState, key: string): void {
  const { sessions, closedSessions } = state
  closedSessions.set(key, sessions.get(key) ?? 0)
  sessions.delete(key)
  if (closedSessions.size <= closedSessionsMax) return
  for (const oldest of closedSessions.keys()) {
    closedSessions.delete(oldest)
    break
  }
}

function sessionKey(id: Uint8Array): string {
  return Buffer.from(id.buffer, id.byteOffset, id.length).toString('latin1')
}

function nameOfKind(kindCode: number): string {
  return recordKindOf(kindCode) ?? `kind ${kindCode}`
}

function readUint53(bytes: Uint8Array, at: number): number {
  return readUint32(bytes, at) * 2 ** 32 + readUint32(bytes, at + 4)
}
