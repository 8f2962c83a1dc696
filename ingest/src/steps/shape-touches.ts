/**
 * Rows of touches and their fingerprints: part of step 6, shape-rows.ts. Of pii.touched, and of pii.found, which says of another
 * session what a scan found in it: its row has nothing that isn't in the record itself.
 */
import { fingerprintBytes } from '@gatetrail/detect'
import { noScan, type EventBody } from '@gatetrail/schemas'
import type { RecordPoint } from '../fold/fold-session.ts'
import {
  principalOf,
  principalRow,
  unknownPrincipal,
  type PrincipalRow,
} from '../tables/principal.ts'
import type { SessionRow } from '../tables/sessions.ts'
import { statementKey } from './load-state.ts'
import type { Shaping } from './shape-rows.ts'

type Touched = EventBody<'gatetrail.pii.touched'>
type Found = EventBody<'gatetrail.pii.found'>
type Fingerprinted = EventBody<'gatetrail.pii.fingerprinted'>

/** Where touches stand, and whose they are. */
type Place = {
  session: string
  seq: number
  /** Of the first touch. */
  ordinal: number
  offsetMicros: number
  scan: string
  principal: PrincipalRow
  /** That decided the statement; undefined: the row of the statement tells. */
  policies: readonly string[] | undefined
}

export function addTouched(
  body: Touched,
  point: RecordPoint,
  session: SessionRow,
  shaping: Shaping,
): void {
  const principal = session.principal === '' ? unknownPrincipal : principalOf(session)
  const policies =
    body.statement === undefined
      ? []
      : shaping.state.statements.get(statementKey(point.session, body.statement))?.policies
  addRows(body, point, { ...point, ordinal: 0, scan: noScan, principal, policies }, shaping)
}

export function addFound(body: Found, point: RecordPoint, shaping: Shaping): void {
  const { session, seq, ordinal, offsetMicros, scan, connection } = body
  const principal =
    body.principal === undefined ? unknownPrincipal : principalRow(body.principal, connection)
  // Of another session, of which this batch need not know anything.
  const policies = body.statement === undefined ? [] : undefined
  addRows(body, point, { session, seq, ordinal, offsetMicros, scan, principal, policies }, shaping)
}

function addRows(
  body: Touched | Found,
  { tenant, rowVersion }: RecordPoint,
  { session, seq, ordinal: firstOrdinal, offsetMicros, scan, principal, policies }: Place,
  { rows }: Shaping,
): void {
  const { statement, startedMicros, connection, ruleset, fingerprintKey = '' } = body
  body.touches.forEach((touch, index) => {
    const ordinal = firstOrdinal + index
    rows.piiTouches.add({
      tenant,
      session,
      seq,
      ordinal,
      statement,
      time: startedMicros,
      offset_micros: offsetMicros,
      ...principal,
      connection,
      place: touch.place,
      entity: touch.entity,
      outcome: touch.outcome,
      level: touch.level,
      count: touch.count,
      unfingerprinted: touch.unfingerprinted ?? 0,
      ruleset,
      scan,
      policies: policies ?? [],
      policies_known: policies !== undefined,
      row_version: rowVersion,
    })
    const of = { tenant, key_id: fingerprintKey, entity: touch.entity, time: startedMicros }
    const key = { session, seq, ordinal, scan, row_version: rowVersion }
    for (const fingerprint of fingerprintsOf(touch))
      rows.piiFingerprints.add({ fingerprint, ...of, ...key })
  })
}

/** Fingerprints that were made behind the answer: their touches have rows by their own record. */
export function addFingerprinted(
  { touched: seq, startedMicros: time, fingerprintKey: key_id, touches }: Fingerprinted,
  { tenant, session, rowVersion: row_version }: RecordPoint,
  { rows }: Shaping,
): void {
  for (const touch of touches) {
    const { ordinal, entity } = touch
    for (const fingerprint of fingerprintsOf(touch))
      rows.piiFingerprints.add({
        ...{ tenant, fingerprint, key_id, entity, time, session, seq, ordinal },
        ...{ scan: noScan, row_version },
      })
  }
}

/** What is behind the last whole one is no fingerprint. */
function* fingerprintsOf({ fingerprints }: { fingerprints?: string | undefined }) {
  if (fingerprints === undefined) return
  const bytes = Buffer.from(fingerprints, 'base64url')
  for (let at = 0; at + fingerprintBytes <= bytes.length; at += fingerprintBytes)
    yield bytes.subarray(at, at + fingerprintBytes)
}
