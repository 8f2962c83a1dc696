/**
 * Dead letters of a fleet, from wherever the event store and Kafka can be reached: what is not in the store goes to the log
 * once more, to whoever ingests its session; what is there, and could not be interpreted, is derived anew in the store.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { RecordSender } from '@gatetrail/eventlog'
import { decodeRecord, isGatetrailError } from '@gatetrail/schemas'
import { noFindings, type DecodedRecord } from './batch.ts'
import { deriveSessions } from './derive-sessions.ts'
import {
  inPlaces,
  redrive,
  type RedriveOptions,
  type RedriveProgress,
  type StoredLetter,
} from './redrive.ts'
import { decodeRecords } from './steps/decode-records.ts'
import { addDeadLetters, insertRows } from './steps/insert-rows.ts'
import { selectRows, type Store } from './store/store.ts'
import { createRowBuffers } from './tables/buffers.ts'

export type FleetRedriveOptions = RedriveOptions & {
  store: Store
  sender: RecordSender
  tenant: string
  /** How long ingest may take to store what was sent. */
  storedMs?: number
}

const storedMsDefault = 60_000
const pollIntervalMs = 250

/** @throws GatetrailError STORE_UNAVAILABLE, KAFKA_UNAVAILABLE */
export function redriveFleet(
  options: FleetRedriveOptions,
  onProgress: (progress: RedriveProgress) => void = () => undefined,
): Promise<RedriveProgress> {
  const { store } = options
  const target = {
    store,
    nowMs: Date.now,
    take: (letters: readonly StoredLetter[]) => take(letters, options),
  }
  return redrive(target, options, onProgress)
}

async function take(letters: readonly StoredLetter[], options: FleetRedriveOptions): Promise<void> {
  const { store, sender, tenant } = options
  const known = letters.filter(({ reason }) => isStored(reason))
  if (known.length > 0) await derive(known, store, tenant)
  const sent = letters.filter((letter) => !isStored(letter.reason) && isSound(letter.bytes))
  await keepAside(
    letters.filter((letter) => !isStored(letter.reason) && !isSound(letter.bytes)),
    options,
  )
  if (sent.length === 0) return
  await sender.send(sent.map(({ bytes }) => bytes))
  await untilStored(sent, options)
}

/** Their records are in the store, and only what is derived of them is not. */
function isStored(reason: StoredLetter['reason']): boolean {
  return reason === 'body_invalid' || reason === 'chunk_invalid'
}

function isSound(bytes: Uint8Array): boolean {
  try {
    decodeRecord(bytes)
    return true
  } catch (error) {
    if (!isGatetrailError(error)) throw error
    return false
  }
}

async function derive(
  letters: readonly StoredLetter[],
  store: Store,
  tenant: string,
): Promise<void> {
  const findings = noFindings()
  const records: DecodedRecord[] = decodeRecords(
    letters.map(({ writer, position, bytes }) => ({ writer, position, bytes })),
    Math.floor(Date.now() / 1000),
    findings,
  )
  await deriveSessions(store, records, () => tenant)
  const rows = createRowBuffers()
  addDeadLetters(findings.deadLetters, rows, () => tenant, Date.now() * 1000)
  await insertRows(store, rows)
}

/** This release cannot read them either. */
async function keepAside(
  letters: readonly StoredLetter[],
  { store, tenant }: FleetRedriveOptions,
): Promise<void> {
  if (letters.length === 0) return
  const rows = createRowBuffers()
  addDeadLetters(letters, rows, () => tenant, Date.now() * 1000)
  await insertRows(store, rows)
}

/** Or dead again; or still on its way when the time is over. */
async function untilStored(
  letters: readonly StoredLetter[],
  { store, storedMs = storedMsDefault }: FleetRedriveOptions,
): Promise<void> {
  const deadline = performance.now() + storedMs
  const sinceMicros = letters.reduce((last, { timeMicros }) => Math.max(last, timeMicros), 0)
  for (;;) {
    const [row] = await selectRows(
      store.write,
      `SELECT uniqExact(writer, position) AS settled FROM (
         SELECT writer, position FROM records WHERE ${inPlaces(letters)}
         UNION ALL SELECT writer, position FROM dead_letters
           WHERE toUnixTimestamp64Micro(time) > ${sinceMicros} AND ${inPlaces(letters)})`,
    )
    if (Number(row?.['settled']) >= letters.length || performance.now() > deadline) return
    await sleep(pollIntervalMs)
  }
}
