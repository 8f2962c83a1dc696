/**
 * Looks for personal data in the records of one session, in their order, and masks it in their bytes: in frames of both
 * directions, however they are cut into chunks, and in the texts of statements. From run-scan.ts; what comes back goes to
 * redact-records.ts. Pure but for the bytes that it is given.
 */
import {
  maskSpan,
  maskWhole,
  wordsOfName,
  type Fingerprinter,
  type Ruleset,
  type Span,
} from '@gatetrail/detect'
import {
  ChunkIndex,
  fragmentFlags,
  isGatetrailError,
  limits,
  recordHeaderBytes,
  type Principal,
} from '@gatetrail/schemas'
import type { DecodedEvent, DecodedRecord } from '../batch.ts'
import { FoundTouches } from './found-touches.ts'
import { FrameValues } from './frame-values.ts'
import { noLateColumns, type LateColumns } from './late-columns.ts'

/** What is looked for, and how values are remembered. */
export type ScanRules = {
  readonly ruleset: Pick<Ruleset, 'find' | 'version'>
  readonly fingerprinter: Fingerprinter
  /** Id of the fingerprinter's key. */
  readonly keyId: string
}

/** A record in which something was found, or whose bytes are a part of a frame in which something was. */
export type ScannedRecord = {
  record: DecodedRecord
  /** Masked. */
  bytes: Uint8Array
  found: FoundTouches
}

type Segment = { scanned: ScannedRecord; start: number; end: number }
type OpenFrame = { type: number; segments: Segment[]; length: number }
type Decided = { seq: number; startedMicros: number }

/** Longer frames are looked at in pieces: a value across two of them is not found, and the pieces have no columns. */
const frameBytesMax = limits.session.inspectedFrameBytesMax

export class SessionFinder {
  /** Of the session, from its opening. */
  principal: Principal | undefined
  connection = ''
  /** Values in which there was no text to be looked into. */
  uninspectedBytes = 0
  readonly #rules: ScanRules
  readonly #late: LateColumns
  readonly #lateOnly: boolean
  readonly #index = new ChunkIndex()
  readonly #values = new FrameValues()
  readonly #names = new Map<string, readonly string[]>()
  readonly #open: { to_client: OpenFrame | undefined; to_target: OpenFrame | undefined } = {
    to_client: undefined,
    to_target: undefined,
  }
  /** Records that an open frame is in wait for its end. */
  #waiting: ScannedRecord[] = []
  /** Statements without an end so far, oldest first: several where the client does not wait for answers, or has cursors. */
  #running: Decided[] = []
  #completedSeq = -1
  #decided: Decided | undefined

  /** `lateOnly`: nothing is looked for but the values that the proxy has counted as late. */
  constructor(
    rules: ScanRules,
    { late, lateOnly }: { late: LateColumns; lateOnly: boolean } = noLate,
  ) {
    this.#rules = rules
    this.#late = late
    this.#lateOnly = lateOnly
  }

  /** `next`: the statement that is decided after this record, if one is: what the client has sent of it came before. */
  add(record: DecodedRecord, next: Decided | undefined): void {
    const scanned = { record, bytes: record.bytes, found: new FoundTouches() }
    this.#waiting.push(scanned)
    if (record.decoded.type === 'chunk') this.#chunk(scanned, next)
    else if (record.decoded.type === 'event') this.#event(scanned, record.decoded.event, next)
  }

  /** Records that are done with, of which something is to be said. `end`: no more come. */
  take(end: boolean): ScannedRecord[] {
    const held = new Set(
      Object.values(this.#open).flatMap((frame) => frame?.segments.map(({ scanned }) => scanned)),
    )
    const waits = (scanned: ScannedRecord) => !end && held.has(scanned)
    const done = this.#waiting.filter((scanned) => scanned.found.counts.size > 0 && !waits(scanned))
    this.#waiting = this.#waiting.filter(waits)
    return done
  }

  #chunk(scanned: ScannedRecord, next: Decided | undefined): void {
    const { body, bytes } = scanned.record
    const index = this.#index
    try {
      index.read(body)
    } catch (error) {
      if (!isGatetrailError(error)) throw error
      return // It is among the dead letters.
    }
    let at = bytes.length - body.length + index.payloadAt
    for (let fragment = 0; fragment < index.count; fragment++) {
      const flags = index.flags[fragment]!
      const start = at
      at += index.lengths[fragment]!
      if ((flags & fragmentFlags.withheld) !== 0) continue
      const direction = (flags & fragmentFlags.toClient) === 0 ? 'to_target' : 'to_client'
      const segment = { scanned, start, end: at }
      if ((flags & fragmentFlags.first) !== 0)
        this.#open[direction] = { type: index.types[fragment]!, segments: [segment], length: 0 }
      else this.#open[direction]?.segments.push(segment)
      const open = this.#open[direction]
      if (open === undefined) continue // Its beginning has expired.
      open.length += at - start
      if ((flags & fragmentFlags.last) === 0 && open.length < frameBytesMax) continue
      this.#frame(direction, open, direction === 'to_client' ? this.#answered() : next)
      this.#open[direction] =
        (flags & fragmentFlags.last) === 0 ? { type: 0, segments: [], length: 0 } : undefined
    }
  }

  /** Type 0: a piece of a longer one, or from before authentication. */
  #frame(direction: 'to_client' | 'to_target', frame: OpenFrame, statement: Decided | undefined) {
    const { segments, type } = frame
    const [first] = segments
    if (first === undefined) return
    const whole = segments.length === 1 ? undefined : joined(segments)
    const bytes = whole ?? first.scanned.bytes
    const start = whole === undefined ? first.start : 0
    const end = whole === undefined ? first.end : whole.length
    let changed = false
    const visit = (from: number, to: number, place: string, column?: string) => {
      const late = column === undefined ? undefined : this.#lateEntity(column)
      if (late !== undefined && hasValue(bytes, from, to)) {
        // Counted by the proxy: only masked here.
        for (const { scanned } of overlapping(segments, from - start, to - start))
          scanned.found.masked(late)
        if (isText(bytes, from, to)) maskWhole(bytes, from, to)
        else bytes.fill(0, from, to)
        changed = true
        return
      }
      const spans = this.#find(bytes, from, to, place, column)
      for (const span of spans) {
        this.#note(segments, span.start - start, place, span, bytes, statement)
        maskSpan(bytes, span)
      }
      if (spans.length > 0) changed = true
    }
    if (type === 0) visit(start, end, direction === 'to_client' ? 'result' : 'statement')
    else this.#values.each(direction, type, bytes, start, end, visit)
    if (whole !== undefined && changed) putBack(segments, whole)
  }

  /** Answers come in the order of statements. */
  #answered(): Decided | undefined {
    return this.#running.find(({ seq }) => seq > this.#completedSeq) ?? this.#decided
  }

  /** Of any statement that the row may be of: frames do not say which one they answer. */
  #lateEntity(column: string): string | undefined {
    const running = this.#running.length > 0 ? this.#running : [this.#decided]
    for (const statement of running) {
      const columns = statement === undefined ? undefined : this.#late.get(statement.seq)
      const late = columns?.find((one) => one.column === column)
      if (late !== undefined) return late.entity
    }
    return undefined
  }

  #find(
    bytes: Uint8Array,
    start: number,
    end: number,
    place: string,
    column?: string,
  ): readonly Span[] {
    if (this.#lateOnly || end - start < valueBytesMin) return []
    // A binary jsonb begins with its version; other binary formats hold no text, or it is found within.
    const from = bytes[start] === 1 ? start + 1 : start
    if (place !== 'statement' && !isText(bytes, from, end)) {
      this.uninspectedBytes += end - start
      return []
    }
    if (column === undefined) return this.#rules.ruleset.find(bytes, from, end)
    let names = this.#names.get(column)
    if (names === undefined) {
      names = wordsOfName(column)
      if (this.#names.size < namesMax) this.#names.set(column, names)
    }
    return this.#rules.ruleset.find(bytes, from, end, { names })
  }

  /** Counts a value at the record in which it begins; the others that it goes on in are only changed. */
  #note(
    segments: readonly Segment[],
    offset: number,
    place: string,
    span: Span,
    bytes: Uint8Array,
    statement: Decided | undefined,
  ): void {
    const [first, ...others] = overlapping(segments, offset, offset + span.end - span.start)
    first?.scanned.found.add(this.#rules.fingerprinter, statement, place, span, bytes)
    for (const { scanned } of others) scanned.found.masked(span.entity)
  }

  #event(scanned: ScannedRecord, event: DecodedEvent, next: Decided | undefined): void {
    const { header } = scanned.record
    switch (event.kind) {
      case 'gatetrail.session.opened':
        this.principal = event.body.principal
        this.connection = event.body.connection
        return
      case 'gatetrail.statement.described': {
        const text = this.#text(scanned, event.body.text, 'statement', next)
        if (text !== undefined) replaceBody(scanned, { ...event.body, text })
        return
      }
      case 'gatetrail.statement.decided': {
        this.#decided = { seq: header.seq, startedMicros: header.timeMicros }
        this.#running.push(this.#decided)
        if (this.#running.length > runningMax) this.#running.shift()
        const { text } = event.body
        const masked = text && this.#text(scanned, text, 'statement', this.#decided)
        if (masked !== undefined && masked !== '')
          replaceBody(scanned, { ...event.body, text: masked })
        return
      }
      case 'gatetrail.statement.completed': {
        const { error, statement: seq, startedMicros } = event.body
        this.#running = this.#running.filter((running) => running.seq !== seq)
        this.#completedSeq = Math.max(this.#completedSeq, seq)
        if (error === undefined) return
        const of = { seq, startedMicros }
        const message = this.#text(scanned, error.message, 'result.error', of)
        if (message !== undefined)
          replaceBody(scanned, { ...event.body, error: { ...error, message } })
        return
      }
      default: // The other events of a session hold nothing of its data.
    }
  }

  /** The masked text; undefined if nothing is in it. */
  #text(
    scanned: ScannedRecord,
    text: string,
    place: string,
    statement: Decided | undefined,
  ): string | undefined {
    if (this.#lateOnly) return undefined
    const bytes = Buffer.from(text)
    const spans = this.#rules.ruleset.find(bytes, 0, bytes.length)
    if (spans.length === 0) return undefined
    for (const span of spans) {
      // The frame of the statement has the same value: counted there.
      if (place === 'statement') scanned.found.masked(span.entity)
      else scanned.found.add(this.#rules.fingerprinter, statement, place, span, bytes)
      maskSpan(bytes, span)
    }
    return bytes.toString('utf8')
  }
}

const namesMax = 10_000
const runningMax = 1_000
/** Nothing that is looked for is shorter (detect/src/detector.ts): most values of rows are numbers like 7. */
const valueBytesMin = 3
const noLate = { late: noLateColumns, lateOnly: false }

/** The segments in which bytes of a frame are, by their offsets in it. */
function overlapping(segments: readonly Segment[], from: number, to: number): Segment[] {
  let at = 0
  return segments.filter(({ start, end }) => {
    const first = at
    at += end - start
    return from < at && to > first
  })
}

/** A letter or a digit, or a binary value that is not all zeros: it is not masked yet. */
function hasValue(bytes: Uint8Array, start: number, end: number): boolean {
  const text = isText(bytes, start, end)
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!
    const lower = byte | 0x20
    if (!text && byte !== 0) return true
    if (
      text &&
      ((byte >= 0x30 && byte <= 0x39) || (lower >= 0x61 && lower <= 0x7a) || byte >= 0x80)
    )
      return true
  }
  return false
}

function joined(segments: readonly Segment[]): Uint8Array {
  return Buffer.concat(
    segments.map(({ scanned, start, end }) => scanned.bytes.subarray(start, end)),
  )
}

function putBack(segments: readonly Segment[], whole: Uint8Array): void {
  let at = 0
  for (const { scanned, start, end } of segments) {
    scanned.bytes.set(whole.subarray(at, at + end - start), start)
    at += end - start
  }
}

/** The header stays; the body is written as the proxy writes it. */
function replaceBody(scanned: ScannedRecord, body: object): void {
  const header = scanned.record.bytes.subarray(0, recordHeaderBytes)
  scanned.bytes = Buffer.concat([header, Buffer.from(JSON.stringify(body))])
}

function isText(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!
    if (byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d) return false
  }
  return true
}
