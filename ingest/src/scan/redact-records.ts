/**
 * Puts what a scan found on record, and then in place of the stored payloads their masked forms. In this order: what is masked can
 * not be found again, and without its record.redacted a record would count as edited. Done again after a crash anywhere between, it
 * makes the same rows.
 */
import type { Journal } from '@gatetrail/eventlog'
import { decodeRecord, leafHash } from '@gatetrail/schemas'
import { noFindings, type DecodedRecord } from '../batch.ts'
import { derivePages, isIntact, sessionSizes } from '../derive-sessions.ts'
import { onRecord } from '../reports.ts'
import { decodeBody, sha256 } from '../steps/decode-records.ts'
import { inSessions, type Store } from '../store/store.ts'
import type { ScannedRecord, ScanRules, SessionFinder } from './find-in-session.ts'

/** One record to be redacted, and whose session it is of. */
export type ToRedact = ScannedRecord & Pick<SessionFinder, 'principal' | 'connection'>

type Recorder = Pick<Journal, 'system' | 'appendSystem' | 'afterWrite'>

/** Resolves when all of it is in the journal. @throws GatetrailError JOURNAL_UNWRITABLE */
export async function recordFindings(
  journal: Recorder,
  scan: string,
  records: readonly ToRedact[],
  { ruleset, keyId }: ScanRules,
): Promise<void> {
  for (const { record, bytes, found, principal, connection } of records) {
    const { session, seq, timeMicros, offsetMicros } = record.header
    for (const { statement, ordinal, touches } of found.byStatement()) {
      journal.appendSystem('gatetrail.pii.found', {
        ...{ scan, session, seq, ordinal, offsetMicros, connection },
        ...(statement !== undefined && { statement: statement.seq }),
        startedMicros: statement?.startedMicros ?? timeMicros,
        ...(principal !== undefined && { principal }),
        ruleset: ruleset.version,
        fingerprintKey: keyId,
        touches,
      })
    }
    const redactedHash = Buffer.from(leafHash(sha256, bytes)).toString('hex')
    for (const [entity, count] of found.counts)
      journal.appendSystem('gatetrail.record.redacted', {
        ...{ session, seq, entity, count, redactedHash },
        leafHash: Buffer.from(record.leaf).toString('hex'),
      })
  }
  await onRecord(journal)
}

/** @throws GatetrailError STORE_UNAVAILABLE, STORE_REFUSED */
export async function redactRecords(store: Store, records: readonly ToRedact[]): Promise<void> {
  const redacted = records.map(redactedForm)
  const sizes = await sessionSizes(
    store,
    inSessions(new Set(redacted.map(({ header }) => header.session))),
  )
  // Of a session of which some bytes have expired there is nothing to derive its rows from.
  const expired = new Set(sizes.filter((size) => !isIntact(size)).map(({ session }) => session))
  const whole = redacted.filter(({ header }) => !expired.has(header.session))
  await derivePages(store, { sizes, late: whole, tenantOf: tenantOfStored, tableSuffix: '' })
}

function tenantOfStored(): never {
  throw new Error('a record that is redacted is stored, and has its tenant')
}

function redactedForm({ record, bytes }: ToRedact): DecodedRecord {
  const stored = decodeRecord(bytes)
  const { writer, position } = stored.header
  return {
    ...record,
    ...stored,
    decoded: decodeBody({ writer, position, bytes }, stored, noFindings()),
    redactions: (record.redactions ?? 0) + 1,
  }
}
