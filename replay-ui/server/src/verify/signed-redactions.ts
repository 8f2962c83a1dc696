/**
 * What record.redacted records say may stand where other bytes were written: as far as a writer has signed it. Whoever can write into
 * the store alone could else explain an edit by a record of their own. From verify-trail.ts.
 */
import { RecordVerifier, Redactions } from '@gatetrail/eventlog'
import {
  decodeEventBody,
  decodeRecord,
  isGatetrailError,
  retentionDaysDefault,
  type EventBody,
} from '@gatetrail/schemas'
import { z } from 'zod'
import { verifyRecordsPerRead } from '../limits.ts'
import type { Questions } from '../store/question.ts'
import { storeRecords } from './store-records.ts'

const redactionsMax = 1_000_000
/** A writer signs every 5 s: what is older and not signed is the end of one that died, or nobody's. */
export const signedWithinMs = 60_000

type Kind = 'gatetrail.record.redacted' | 'gatetrail.journal.recovered'
type Stated<K extends Kind> = { position: number; timeMs: number; body: EventBody<K> }
type Asking = { questions: Questions; publicKeys: readonly string[] }

/** `inJournal`: writers of which the journal is here: their records are compared with it. */
export async function signedRedactions({
  questions,
  publicKeys,
  inJournal,
  session,
  nowMs,
}: Asking & {
  inJournal: ReadonlySet<string>
  /** Only what is said of its records. */
  session?: string | undefined
  nowMs: number
}): Promise<Redactions> {
  const redactions = new Redactions()
  const asking = { questions, publicKeys }
  let recovered: Map<string, number> | undefined
  for (const [writer, all] of await statedByWriter(questions, 'gatetrail.record.redacted')) {
    const stated = session === undefined ? all : all.filter(({ body }) => body.session === session)
    if (stated.length === 0) continue
    const isSigned = await signedOf(asking, writer)
    for (const { position, timeMs, body } of stated) {
      const isKnown =
        isSigned(position) ||
        inJournal.has(writer) ||
        Math.abs(nowMs - timeMs) < signedWithinMs ||
        // The end of one that was killed is in nobody's signature but for its length, in that of its successor.
        ((recovered ??= await signedRecoveries(asking)).get(writer) ?? -1) >= position
      if (isKnown) redactions.add(body)
    }
  }
  return redactions
}

/** By writer that died: the last position that its successor has found, and signed. */
export async function signedRecoveries(asking: Asking): Promise<Map<string, number>> {
  const last = new Map<string, number>()
  const stated = await statedByWriter(asking.questions, 'gatetrail.journal.recovered')
  for (const [successor, found] of stated) {
    const isSigned = await signedOf(asking, successor)
    for (const { position, body } of found)
      if (isSigned(position))
        last.set(body.writer, Math.max(body.lastPosition, last.get(body.writer) ?? -1))
  }
  return last
}

/** Whether what stands in the store at a position of this writer is what the writer has signed. */
async function signedOf(
  { questions, publicKeys }: Asking,
  writer: string,
): Promise<(position: number) => boolean> {
  const verifier = new RecordVerifier({ publicKeys })
  const { records: days } = retentionDaysDefault
  for await (const records of storeRecords(questions, writer, days, true))
    for (const { bytes, ...record } of records)
      verifier.add({ ...record, writer, bytes: bytes.length === 0 ? undefined : bytes })
  const { failures, writers } = verifier.finish()
  const edited = new Set<number | undefined>()
  for (const { kind, position } of failures) {
    if (kind !== 'record_edited') return () => false // It is named where this writer is verified.
    edited.add(position)
  }
  const signedThrough = writers[0]?.signedThrough ?? -1
  return (position) => position <= signedThrough && !edited.has(position)
}

const statedRow = z.object({ writer_id: z.string(), position: z.int(), bytes64: z.string() })

async function statedByWriter<K extends Kind>(
  questions: Questions,
  kind: K,
): Promise<Map<string, Stated<K>[]>> {
  const stated = new Map<string, Stated<K>[]>()
  for (let at = 0; at < redactionsMax; at += verifyRecordsPerRead) {
    const rows = await questions.rows(
      `SELECT toString(writer) AS writer_id, position, base64Encode(bytes) AS bytes64
      FROM records WHERE tenant = {tenant:String} AND kind = {kind:String}
      ORDER BY session, seq LIMIT ${verifyRecordsPerRead} OFFSET ${at}`,
      { kind },
      statedRow,
    )
    for (const { writer_id: writer, position, bytes64 } of rows) {
      const bytes = Buffer.from(bytes64, 'base64')
      if (bytes.length === 0) continue // Expired, and so is what it was about.
      try {
        const { header, body } = decodeRecord(bytes)
        const one = {
          ...{ position, timeMs: header.timeMicros / 1000 },
          body: decodeEventBody(kind, body, header.version),
        }
        const known = stated.get(writer)
        if (known === undefined) stated.set(writer, [one])
        else known.push(one)
      } catch (error) {
        if (!isGatetrailError(error)) throw error // The record verifier names it.
      }
    }
    if (rows.length < verifyRecordsPerRead) break
  }
  return stated
}
