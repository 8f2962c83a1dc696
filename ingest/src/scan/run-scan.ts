/**
 * `gatetrail scan`: looks with today's detectors at what was recorded in sessions that have ended, puts what it finds on record as
 * late touches, and masks it in the store. The table of contents:
 *
 *   1 the sessions, oldest first, from where an earlier attempt ended       scan-state.ts
 *   2 their records, page by page                                          ../derive-sessions.ts
 *   3 find-in-session   frames and texts → findings, masked bytes
 *   4 redact-records    pii.found and record.redacted on record, then stored; then the payloads
 *   5 old versions of rows are merged away, so that they leave the disk
 */
import { randomUUID } from 'node:crypto'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import type { Journal } from '@gatetrail/eventlog'
import { GatetrailError, localTable } from '@gatetrail/schemas'
import { pages, readPage, sessionSizes, type SessionSize } from '../derive-sessions.ts'
import { heldAmong } from '../store/holds.ts'
import { redactedTables } from '../store/redacted-tables.ts'
import { inSessions, literal, runCommand, selectRows, type Store } from '../store/store.ts'
import { SessionFinder, type ScanRules } from './find-in-session.ts'
import { recordFindings, redactRecords, type ToRedact } from './redact-records.ts'
import { loadLateColumns, noLateColumns } from './late-columns.ts'
import { endScan, openScan, saveScan } from './scan-state.ts'

export type ScanOptions = {
  /** Sessions in which something was recorded then or later. */
  since: Date
  /** Sessions that began before. */
  until?: Date
  connection?: string
  /** Nothing is recorded or changed. */
  dryRun?: boolean
}

export type ScanProgress = {
  scan: string
  sessions: number
  sessionsTotal: number
  records: number
  /** Values, by entity. */
  found: Record<string, number>
  recordsRedacted: number
  /** Of frames that could not be looked into. */
  uninspectedBytes: number
  /** Not scanned: they are still open. */
  sessionsOpen: number
  /** Not scanned: a legal hold keeps them as they are. */
  sessionsHeld: number
  /** Not scanned as a whole: bytes of theirs have expired. */
  sessionsExpired: number
  /** It was ended before it was done: run again, it goes on. */
  interrupted?: true
}

export type ScanParts = {
  store: Store
  tenant: string
  /** Of this process. */
  journal: Pick<Journal, 'system' | 'appendSystem' | 'afterWrite'>
  rules: ScanRules
  /** Where it remembers how far it has come. */
  directory: string
  /** Changes rows while nobody else does: what others hold in memory of these is stale afterwards. */
  exclusively(work: () => Promise<void>): Promise<void>
  /** Ends it after what is in hand. The next one goes on from there. */
  signal: AbortSignal
}

const sessionsPerStep = 200
const redactedBytesMax = 32 * 1024 * 1024
const redactedRecordsMax = 5_000
const bytesPerTurn = 1024 * 1024

/** @throws GatetrailError STORE_UNAVAILABLE, STORE_REFUSED, JOURNAL_UNWRITABLE: run it again, and it goes on */
export async function runScan(
  parts: ScanParts,
  options: ScanOptions,
  onProgress: (progress: ScanProgress) => void,
): Promise<ScanProgress> {
  const { store, directory, rules, signal } = parts
  const { since, connection = '', dryRun = false } = options
  const purpose = JSON.stringify([rules.ruleset.version, rules.keyId, connection, parts.tenant])
  const state = await openScan(directory, purpose, since.getTime())
  const wanted = await sessionsToScan(parts, options)
  const { lastSession } = state
  const from = dryRun || lastSession === undefined ? 0 : wanted.ids.indexOf(lastSession) + 1
  const progress: ScanProgress = {
    ...noProgress(state.scan, wanted.ids.length),
    sessions: from,
    sessionsOpen: wanted.open,
    sessionsHeld: wanted.held,
  }
  // First: what it finds is on record under its id, and must be so again after a crash.
  if (!dryRun) await saveScan(directory, state)
  onProgress(progress)
  for (let at = from; at < wanted.ids.length && !signal.aborted; at += sessionsPerStep) {
    const some = wanted.ids.slice(at, at + sessionsPerStep)
    // Before rows are replaced: what is masked is not found again, and its old rows would stay on disk.
    const onRedact = async (months: ReadonlySet<string>) => {
      const all = new Set([...state.months, ...months])
      if (all.size === state.months.length) return
      state.months = [...all]
      await saveScan(directory, state)
    }
    const batch = new Redaction(parts, progress, { dryRun, onRedact })
    await scanSessions(parts, some, batch, progress, { lateOnly: false, onProgress })
    if (dryRun) continue
    if (!signal.aborted) state.lastSession = some.at(-1) ?? state.lastSession
    await saveScan(directory, state)
  }
  if (signal.aborted) return { ...progress, interrupted: true }
  if (dryRun) return progress
  await forgetOldRows(store, state.months)
  await endScan(directory, state)
  return progress
}

function noProgress(scan: string, sessionsTotal: number): ScanProgress {
  return {
    scan,
    sessions: 0,
    sessionsTotal,
    records: 0,
    found: {},
    recordsRedacted: 0,
    uninspectedBytes: 0,
    sessionsOpen: 0,
    sessionsHeld: 0,
    sessionsExpired: 0,
  }
}

/**
 * Masks in the record what the proxy has counted as late: values that went on before it was clear what their column holds. Nothing else
 * is looked for, and no touch is added. Returns how many records were redacted.
 */
export async function redactLate(parts: ScanParts, sessions: readonly string[]): Promise<number> {
  const progress = noProgress(randomUUID(), sessions.length)
  const onRedact = () => Promise.resolve() // Its old rows go when the engine merges them.
  const batch = new Redaction(parts, progress, { dryRun: false, onRedact })
  const onProgress = () => undefined
  for (let at = 0; at < sessions.length && !parts.signal.aborted; at += sessionsPerStep) {
    const some = sessions.slice(at, at + sessionsPerStep)
    await scanSessions(parts, some, batch, progress, { lateOnly: true, onProgress })
  }
  return progress.recordsRedacted
}

async function scanSessions(
  parts: ScanParts,
  sessions: readonly string[],
  batch: Redaction,
  progress: ScanProgress,
  how: { lateOnly: boolean; onProgress: (progress: ScanProgress) => void },
): Promise<void> {
  const { store, tenant, rules, signal } = parts
  const { lateOnly, onProgress } = how
  const late = await loadLateColumns(store, tenant, sessions)
  // A hold that came while this went on holds too.
  const held = await heldAmong(store.read, tenant, sessions)
  for (const size of await sessionSizes(store, inSessions(sessions))) {
    if (signal.aborted) break
    if (held.has(size.session)) {
      progress.sessionsHeld++
      continue
    }
    const of = { late: late.get(size.session) ?? noLateColumns, lateOnly }
    if (size.expired > 0) progress.sessionsExpired++
    else await scanSession(parts, size, new SessionFinder(rules, of), batch, progress)
    progress.sessions++
    onProgress(progress)
  }
  await batch.flush()
}

async function scanSession(
  { store, signal }: ScanParts,
  size: SessionSize,
  finder: SessionFinder,
  batch: Redaction,
  progress: ScanProgress,
): Promise<void> {
  for (const page of pages([size])) {
    if (signal.aborted) return
    const { records } = await readPage(store.read, page)
    const next = decidedAfter(records)
    let bytes = 0
    for (const [index, record] of records.entries()) {
      finder.add(record, next[index])
      bytes += record.bytes.length
      if (bytes < bytesPerTurn) continue
      bytes = 0
      await nextTurn()
    }
    progress.records += records.length
    await batch.add(finder, false)
  }
  await batch.add(finder, true)
  progress.uninspectedBytes += finder.uninspectedBytes
}

type Decided = { seq: number; startedMicros: number }

/** Per record of a page: the next statement that is decided in it. */
function decidedAfter(
  records: Awaited<ReturnType<typeof readPage>>['records'],
): (Decided | undefined)[] {
  const after: (Decided | undefined)[] = []
  let next: Decided | undefined
  for (const { header } of records.toReversed()) {
    after.push(next)
    if (header.kind === 'gatetrail.statement.decided')
      next = { seq: header.seq, startedMicros: header.timeMicros }
  }
  return after.toReversed()
}

/** Told of partitions of which rows are about to be replaced. */
type OnRedact = (months: ReadonlySet<string>) => Promise<void>

/** Collects records of several sessions, and redacts them together. */
class Redaction {
  readonly #parts: ScanParts
  readonly #progress: ScanProgress
  readonly #dryRun: boolean
  readonly #onRedact: OnRedact
  #records: ToRedact[] = []
  #bytes = 0

  constructor(
    parts: ScanParts,
    progress: ScanProgress,
    { dryRun, onRedact }: { dryRun: boolean; onRedact: OnRedact },
  ) {
    this.#parts = parts
    this.#progress = progress
    this.#dryRun = dryRun
    this.#onRedact = onRedact
  }

  async add(finder: SessionFinder, end: boolean): Promise<void> {
    const { principal, connection } = finder
    const { found } = this.#progress
    for (const scanned of finder.take(end)) {
      for (const { touches } of scanned.found.byStatement())
        for (const { entity, count } of touches) found[entity] = (found[entity] ?? 0) + count
      this.#progress.recordsRedacted++
      if (this.#dryRun) continue
      this.#records.push({ ...scanned, principal, connection })
      this.#bytes += scanned.bytes.length
    }
    if (this.#bytes > redactedBytesMax || this.#records.length > redactedRecordsMax)
      await this.flush()
  }

  async flush(): Promise<void> {
    const records = this.#records
    this.#records = []
    this.#bytes = 0
    if (records.length === 0) return
    const { journal, rules, store, exclusively } = this.#parts
    await recordFindings(journal, this.#progress.scan, records, rules)
    await untilStored(store, journal)
    await this.#onRedact(new Set(records.map(({ record }) => monthOf(record.header.session))))
    await exclusively(() => redactRecords(store, records))
  }
}

const storedPollMs = 100
const storedWaitMsMax = 600_000

/** Until the last record of our system session is in the store, by whatever way. @throws GatetrailError STORE_UNAVAILABLE */
async function untilStored({ read }: Store, { system }: Pick<Journal, 'system'>): Promise<void> {
  const last = system.nextSeq - 1
  const deadlineMs = performance.now() + storedWaitMsMax
  while (performance.now() < deadlineMs) {
    const [row] = await selectRows(
      read,
      `SELECT count() AS stored FROM records WHERE ${inSessions([system.id])} AND seq >= ${last}`,
    )
    if (Number(row?.['stored']) > 0) return
    await sleep(storedPollMs)
  }
  throw new GatetrailError(
    'STORE_UNAVAILABLE',
    'what the scan found did not reach the event store',
    {
      hint: 'Look whether ingest is running and keeps up, and run the scan again: it goes on where it was.',
    },
  )
}

/** Of a session: what its rows are partitioned by. */
function monthOf(session: string): string {
  const ms = Number.parseInt(session.slice(0, 8) + session.slice(9, 13), 16)
  return new Date(ms).toISOString().slice(0, 7).replace('-', '')
}

/** What was replaced stays on disk until its part is merged: that is done now, and the old parts go some minutes later. */
async function forgetOldRows({ write, target }: Store, months: readonly string[]): Promise<void> {
  for (const month of months)
    for (const table of redactedTables)
      await runCommand(
        write,
        `OPTIMIZE TABLE ${localTable(table, target)}${target.onCluster} PARTITION ID ${literal(month)} FINAL`,
      )
}

type Wanted = { ids: string[]; open: number; held: number }

async function sessionsToScan(
  { store, tenant }: ScanParts,
  { since, until, connection }: ScanOptions,
): Promise<Wanted> {
  const time = (date: Date) => `fromUnixTimestamp64Milli(${date.getTime()}, 'UTC')`
  const conditions = [
    `tenant = ${literal(tenant)}`,
    `last_time >= ${time(since)}`,
    ...(until === undefined ? [] : [`time < ${time(until)}`]),
    ...(connection === undefined ? [] : [`connection = ${literal(connection)}`]),
  ].join(' AND ')
  const held = `session IN (SELECT session FROM records_rows WHERE tenant = ${literal(tenant)} AND held_until > toDateTime(0, 'UTC'))`
  const rows = await selectRows(
    store.read,
    `SELECT toString(session) AS id, state = 'open' AS is_open, ${held} AS is_held FROM sessions
     WHERE ${conditions} ORDER BY UUIDv7ToDateTime(session, 'UTC'), session`,
  )
  const ids: string[] = []
  let open = 0
  let heldCount = 0
  for (const { id, is_open, is_held } of rows) {
    if (Number(is_open) === 1 || is_open === true) open++
    else if (Number(is_held) === 1 || is_held === true) heldCount++
    else ids.push(String(id))
  }
  return { ids, open, held: heldCount }
}
