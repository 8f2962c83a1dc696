/**
 * `gatetrail verify`: everything derived anew from bytes, on journal and store, and both against each other.
 *
 *   1 journal   bytes, chain, signatures, tails            eventlog's verifyJournal
 *   2 store     the same from `records`, column by column  eventlog's RecordVerifier
 *   3 copies    journal against store                      compare-copies.ts
 *   4 derived   rows against records                       check-derived.ts
 */
import { loadPublicKeys, RecordVerifier, type Redactions, verifyJournal } from '@gatetrail/eventlog'
import {
  GatetrailError,
  recordHeaderBytes,
  retentionDaysDefault,
  uuidText,
} from '@gatetrail/schemas'
import { z } from 'zod'
import { verifyFailuresMax } from '../limits.ts'
import { ofSession, type Questions } from '../store/question.ts'
import { checkCounts } from './check-counts.ts'
import { DerivedCheck } from './check-derived.ts'
import { compareCopies } from './compare-copies.ts'
import type { Failure, Summary } from './failure.ts'
import { signedRecoveries, signedRedactions } from './signed-redactions.ts'
import { storeRecords, type StoreRecord } from './store-records.ts'
import { unsignedEnd } from './unsigned-end.ts'
import { writersToRead, type Writer } from './writers.ts'

export type VerifyRequest = {
  questions: Questions
  journalDirectory: string
  keysDirectory: string
  positionsDirectory: string
  keepHours: number
  /** Only what concerns this session. */
  session?: string | undefined
  /** Only writers that wrote since then. Of a session: whenever they wrote. */
  since?: Date | undefined
  nowMs: number
  onFailure(failure: Failure): void
  /** Records of the store that were read, of so many; each is read twice: alone, and beside the journal. */
  onProgress?(progress: { records: number; recordsTotal: number }): void
}

/** @throws GatetrailError NOT_FOUND for a session that neither journal nor store knows */
export async function verifyTrail(
  request: VerifyRequest,
): Promise<{ summary: Summary; ofSession: Summary }> {
  const publicKeys = await trustedKeys(request.keysDirectory)
  const writers = await writersToRead(request)
  const sink = new FailureSink(request)
  const summary: Summary = {
    ok: true, state: 'intact', failures: 0, journalRecords: 0, storeRecords: 0, expired: 0,
    redacted: 0, writers: writers.length, sessions: 0, unsignedRecords: 0,
  } // prettier-ignore
  // The same of the session's own records: how many there are of others is not everybody's to know.
  const ofSession: Summary = { ...summary, writers: 1, sessions: 1 }
  const derived = new DerivedCheck(request.questions, sink.add)
  const redactions = await signedRedactions({
    ...{ questions: request.questions, publicKeys, nowMs: request.nowMs },
    session: request.session,
    inJournal: new Set(writers.filter((one) => one.inJournal).map(({ writer }) => writer)),
  })
  let recovered: ReturnType<typeof signedRecoveries> | undefined
  const { questions } = request
  const recoveries = () => (recovered ??= signedRecoveries({ questions, publicKeys }))
  const recordsTotal = 2 * writers.reduce((sum, { inStore }) => sum + inStore, 0)
  let read = 0
  const counted = async function* (batches: AsyncGenerator<StoreRecord[], void, void>) {
    for await (const batch of batches) {
      read += batch.length
      request.onProgress?.({ records: Math.min(read, recordsTotal), recordsTotal })
      yield batch
    }
  }
  const recordsOf = ({ writer }: Writer, withBytes: boolean) =>
    counted(storeRecords(request.questions, writer, retentionDaysDefault.records, withBytes))
  for (const writer of writers) {
    const signedThrough = await checkJournal(request, writer, publicKeys, sink, summary)
    const records = recordsOf(writer, true)
    await checkStore(
      request,
      writer,
      { publicKeys, redactions, recoveries, records },
      sink,
      derived,
      { summary, ofSession },
    )
    await compareCopies({
      writer: writer.writer,
      journalDirectory: request.journalDirectory,
      records: recordsOf(writer, false),
      committed: writer.committed,
      journalPresent: writer.inJournal,
      fail: sink.add,
      onRecord: ({ session, position }) => {
        if (session !== request.session) return
        ofSession.journalRecords++
        if (position > signedThrough) ofSession.unsignedRecords++
      },
    })
  }
  await checkDuplicates(request.questions, sink, request.session)
  await checkCounts(request.questions, sink.add, request.session)
  if (request.session !== undefined && sink.added === 0)
    await requireSession(request, request.session)
  summary.sessions = request.session === undefined ? await countSessions(request.questions) : 1
  for (const one of [summary, ofSession]) {
    one.failures = sink.added
    one.ok = sink.added === 0
    one.state = !one.ok ? 'failed' : one.expired > 0 ? 'intact_content_expired' : 'intact'
  }
  return { summary, ofSession }
}

/** Passes on what was asked for, each once. */
class FailureSink {
  readonly #request: VerifyRequest
  readonly #seen = new Set<string>()
  added = 0

  constructor(request: VerifyRequest) {
    this.#request = request
  }

  /** `isOfSession`: by its bytes, whatever stands beside them. */
  readonly add = (failure: Failure, isOfSession = false): void => {
    const { session } = this.#request
    // A failure without a session (a cut tail, a broken link) may concern any of them.
    if (
      session !== undefined &&
      !isOfSession &&
      failure.session !== undefined &&
      failure.session !== session
    )
      return
    const key = JSON.stringify([
      failure.where,
      failure.kind,
      failure.writer,
      failure.position,
      failure.session,
      failure.seq,
    ])
    if (this.#seen.has(key)) return
    if (this.#seen.size < verifyFailuresMax) {
      this.#seen.add(key)
      this.#request.onFailure(failure)
    }
    this.added++
  }
}

async function trustedKeys(keysDirectory: string): Promise<string[]> {
  try {
    return await loadPublicKeys(keysDirectory)
  } catch (cause) {
    throw new GatetrailError(
      'VERIFY_FAILED',
      `no public key of a writer can be read in ${keysDirectory}`,
      {
        hint: 'Signatures cannot be checked without it.',
        cause,
      },
    )
  }
}

/** Gives the last position that the writer has signed. */
async function checkJournal(
  request: VerifyRequest,
  writer: Writer,
  publicKeys: string[],
  sink: FailureSink,
  summary: Summary,
): Promise<number> {
  if (!writer.inJournal) {
    const { lastTimeMs, writer: name } = writer
    if (lastTimeMs !== undefined && request.nowMs - lastTimeMs < request.keepHours * 3_600_000) {
      sink.add({
        where: 'journal',
        kind: 'journal_removed',
        writer: name,
        reason: `the journal of this writer is gone, though it wrote within the last ${request.keepHours} hours`,
      })
    }
    return -1
  }
  const { positionsDirectory, journalDirectory } = request
  const report = await verifyJournal(journalDirectory, {
    writer: writer.writer,
    publicKeys,
    positionsDirectory,
  })
  for (const failure of report.failures) sink.add({ where: 'journal', ...failure })
  summary.journalRecords += report.records
  for (const { lastPosition, signedThrough } of report.writers) {
    summary.unsignedRecords += lastPosition - signedThrough
  }
  return report.writers[0]?.signedThrough ?? -1
}

async function checkStore(
  request: VerifyRequest,
  writer: Writer,
  known: {
    publicKeys: string[]
    redactions: Redactions
    recoveries: () => ReturnType<typeof signedRecoveries>
    records: AsyncGenerator<StoreRecord[], void, void>
  },
  sink: FailureSink,
  derived: DerivedCheck,
  { summary, ofSession }: { summary: Summary; ofSession: Summary },
): Promise<void> {
  const { writer: name, committed } = writer
  const { publicKeys, redactions } = known
  const verifier = new RecordVerifier({
    ...{ publicKeys, redactions },
    onRedacted: (session) => {
      if (session === request.session) ofSession.redacted++
    },
    ...(committed > 0 && { expectedLastPositions: new Map([[name, committed - 1]]) }),
  })
  /** Records of the session by their header, which the store says are another's. */
  const moved = new Set<number>()
  for await (const records of known.records) {
    for (const record of records) {
      const { position, session, seq, kind, leafHash, bytes, expired } = record
      const gone = bytes.length === 0
      if (
        session !== request.session &&
        bytes.length >= recordHeaderBytes &&
        uuidText(bytes, 4) === request.session &&
        moved.size < verifyFailuresMax
      )
        moved.add(position)
      if (gone && !expired) {
        const reason = 'the bytes of this record are gone though they have not expired'
        sink.add({
          where: 'store',
          kind: 'bytes_missing',
          writer: name,
          position,
          session,
          seq,
          recordKind: kind,
          reason,
        })
      }
      if (gone) summary.expired++
      if (session === request.session) {
        ofSession.storeRecords++
        if (gone) ofSession.expired++
      }
      verifier.add({
        writer: name,
        position,
        session,
        seq,
        leafHash,
        bytes: gone ? undefined : bytes,
      })
    }
    await derived.check(
      request.session === undefined
        ? records
        : records.filter(({ session }) => session === request.session),
    )
  }
  const report = verifier.finish()
  for (const failure of report.failures)
    sink.add({ where: 'store', ...failure }, moved.has(failure.position ?? -1))
  if (!writer.inJournal) {
    const { questions, nowMs } = request
    for (const end of report.writers) {
      const failure = await unsignedEnd({ questions, nowMs, recoveries: known.recoveries }, end)
      if (failure !== undefined) sink.add(failure)
    }
  }
  summary.storeRecords += report.records
  summary.redacted += report.redacted
}

const duplicateRow = z.object({ session_id: z.string(), seq: z.int(), copies: z.int() })
const densityRow = z.object({ session_id: z.string(), records: z.int(), last: z.int() })

/** `count() = uniqExact(session, seq) = sum of max(seq) + 1` (design §3). */
async function checkDuplicates(
  questions: Questions,
  sink: FailureSink,
  only: string | undefined,
): Promise<void> {
  const [where, parameters] =
    only === undefined ? ['tenant = {tenant:String}', {}] : [ofSession, { session: only }]
  const duplicates = await questions.rows(
    `SELECT toString(session) AS session_id, seq, count() AS copies FROM records WHERE ${where}
    GROUP BY session, seq HAVING copies > 1 ORDER BY session, seq LIMIT 1000`,
    parameters,
    duplicateRow,
  )
  for (const { session_id: session, seq, copies } of duplicates) {
    sink.add({
      where: 'store',
      kind: 'duplicate',
      session,
      seq,
      reason: `this record is in the store ${copies} times`,
    })
  }
  const sparse = await questions.rows(
    `SELECT toString(session) AS session_id, uniqExact(seq) AS records, toInt64(max(seq)) AS last FROM records
    WHERE ${where} GROUP BY session HAVING records != last + 1 ORDER BY session LIMIT 1000`,
    parameters,
    densityRow,
  )
  for (const { session_id: session, records, last } of sparse) {
    sink.add({
      where: 'store',
      kind: 'session_records_missing',
      session,
      reason: `the session has ${records} records in the store and its last seq is ${last}`,
    })
  }
}

const countRow = z.object({ sessions: z.int() })

async function countSessions(questions: Questions): Promise<number> {
  const row = await questions.row(
    'SELECT uniqExact(session) AS sessions FROM records WHERE tenant = {tenant:String}',
    {},
    countRow,
  )
  return row?.sessions ?? 0
}

async function requireSession(request: VerifyRequest, session: string): Promise<void> {
  const row = await request.questions.row(
    'SELECT count() AS sessions FROM records WHERE tenant = {tenant:String} AND session = {session:UUID}',
    { session },
    countRow,
  )
  if ((row?.sessions ?? 0) > 0) return
  throw new GatetrailError('NOT_FOUND', `no session ${session} is on record`, {
    hint: 'A session appears about a second after its first record.',
  })
}
