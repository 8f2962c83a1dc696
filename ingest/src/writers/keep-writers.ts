/**
 * Checks positions and chains where a writer's records come by many partitions to many ingest processes: in the store,
 * driven by the writer's heartbeats. They lie in its system session, so in one partition, so one process does it.
 *
 * A heartbeat's records may still be on their way when it is read: what is missing is named once the whole group has taken
 * over all that the log held a while after. Which positions have been checked is in `writers`, so that the next owner of
 * the partition goes on. A writer whose heartbeats end without its end being on record is reported: missed-writers.ts.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { ClickHouseClient } from '@clickhouse/client'
import type { GroupProgress, Journal, PartitionOffsets } from '@gatetrail/eventlog'
import { isGatetrailError, limits, unreachable } from '@gatetrail/schemas'
import type { Logger } from 'pino'
import type { DecodedRecord, Gap } from '../batch.ts'
import type { Reports } from '../reports.ts'
import type { RowBuffers } from '../tables/buffers.ts'
import {
  countPositions,
  coveredBy,
  deriveHead,
  isSound,
  missingRanges,
  namedGaps,
  type Heartbeat,
  type Positions,
  type Range,
} from './check-link.ts'
import { loadWriters } from './load-writers.ts'
import { reportIfMissed } from './missed-writers.ts'
import {
  checksMax,
  heard,
  newKeptWriter,
  newWriterRow,
  started,
  versionOf,
  type Check,
  type KeptWriter,
} from './writer-state.ts'

export type WriterKeeper = {
  /** Other partitions than before: what is kept is loaded anew. Waits for a store that does not answer. */
  assign(partitions: readonly number[]): Promise<void>
  /** Records of a batch that go into the store with these rows. */
  take(fresh: readonly DecodedRecord[], rows: RowBuffers): void
  start(): void
  /** Per writer, the next position to be checked. */
  positions(): Record<string, number>
  checksPending(): number
  writersMissed(): number
  close(): Promise<void>
}

export type WriterKeeperOptions = {
  /** Sees what this process has stored. */
  client: ClickHouseClient
  tenant: string
  progress: Pick<GroupProgress, 'ends' | 'committed'>
  reports: Pick<Reports, 'gaps'>
  /** Left out: missed writers are named in the log only. */
  journal?: Pick<Journal, 'writer' | 'system' | 'appendSystem' | 'afterWrite'>
  log: Logger
  waits?: KeeperWaits
}

export type KeeperWaits = {
  /** How long records that a heartbeat covers may be on their way. */
  recordsAwaitedMs?: number
  /** The longest silence of a writer. */
  heartbeatsMissedMs?: number
  checkIntervalMs?: number
}

const checkIntervalMsDefault = 1_000
/** Links longer than this are checked for their positions only. */
const linkRecordsMax = 4 * limits.ingest.checkedRecordsMax

export function createWriterKeeper(options: WriterKeeperOptions): WriterKeeper {
  return new Keeper(options)
}

/** What one round has asked Kafka: once each. */
type Round = { ends?: Promise<PartitionOffsets>; committed?: Promise<PartitionOffsets> }

class Keeper implements WriterKeeper {
  readonly #options: WriterKeeperOptions
  #kept = new Map<string, KeptWriter>()
  #running: Promise<void> = Promise.resolve()
  readonly #stopping = new AbortController()
  #missed = 0

  constructor(options: WriterKeeperOptions) {
    this.#options = options
  }

  async assign(partitions: readonly number[]): Promise<void> {
    const { client, tenant, log } = this.#options
    while (!this.#stopping.signal.aborted) {
      try {
        this.#kept = await loadWriters(client, tenant, partitions, performance.now())
        return
      } catch (error) {
        if (!isGatetrailError(error)) throw error
        log.error({ error: error.message }, 'ingest waits, and tries again')
        await this.#pause(checkIntervalMsDefault)
      }
    }
  }

  take(fresh: readonly DecodedRecord[], rows: RowBuffers): void {
    for (const record of fresh) if (record.decoded.type === 'event') this.#takeOne(record)
    for (const kept of this.#kept.values()) {
      if (!kept.changed) continue
      kept.changed = false
      rows.writers.add({ ...kept.row, row_version: versionOf(kept.row) })
      if (kept.row.state === 'stopped') this.#kept.delete(kept.row.writer)
    }
  }

  start(): void {
    this.#running = this.#rounds()
  }

  positions(): Record<string, number> {
    return Object.fromEntries(
      Array.from(this.#kept.values(), ({ row }) => [row.writer, row.checked_next]),
    )
  }

  checksPending(): number {
    let pending = 0
    for (const { checks } of this.#kept.values()) pending += checks.length
    return pending
  }

  writersMissed(): number {
    return this.#missed
  }

  async close(): Promise<void> {
    this.#stopping.abort()
    await this.#running
  }

  #takeOne(record: DecodedRecord): void {
    if (record.decoded.type !== 'event') return
    const { event } = record.decoded
    const nowMs = performance.now()
    switch (event.kind) {
      case 'gatetrail.writer.started':
        started(this.#keptOf(record), event.body)
        return
      case 'gatetrail.writer.heartbeat': {
        const kept = this.#keptOf(record)
        heard(kept, record, event.body, nowMs)
        queue(kept, { ...checkOf(record, nowMs), kind: 'heartbeat', heartbeat: event.body })
        return
      }
      case 'gatetrail.journal.recovered': {
        const { writer, lastPosition } = event.body
        const check = { ...checkOf(record, nowMs), writer, lastPosition }
        queue(this.#keptOf(record), { ...check, kind: 'recovered' })
        return
      }
      default: // Nothing about the writer itself.
    }
  }

  #keptOf(record: DecodedRecord): KeptWriter {
    const { writer, seq } = record.header
    let kept = this.#kept.get(writer)
    if (kept === undefined) {
      kept = newKeptWriter(newWriterRow(record, this.#options.tenant), performance.now())
      this.#kept.set(writer, kept)
    }
    kept.row.last_seq = Math.max(kept.row.last_seq, seq)
    kept.row.stored = record.storedSeconds
    kept.changed = true
    return kept
  }

  async #rounds(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      await this.#pause(this.#options.waits?.checkIntervalMs ?? checkIntervalMsDefault)
      const round: Round = {}
      for (const kept of [...this.#kept.values()]) {
        if (this.#stopping.signal.aborted) return
        try {
          await this.#checkWriter(kept, round)
          await this.#listenFor(kept, round)
        } catch (error) {
          // Neither the store nor Kafka: later. What is checked stays checked.
          if (!isGatetrailError(error)) throw error
          if (error.code === 'KAFKA_UNAVAILABLE') this.#listenAnew()
          this.#options.log.warn({ error: error.message }, 'chains are checked later')
          break
        }
      }
    }
  }

  /** Nobody could be heard of while Kafka was away. */
  #listenAnew(): void {
    for (const kept of this.#kept.values()) {
      kept.heardMs = performance.now()
      kept.silentEnds = undefined
    }
  }

  async #checkWriter(kept: KeptWriter, round: Round): Promise<void> {
    for (let check = kept.checks[0]; check !== undefined; check = kept.checks[0]) {
      const done =
        check.kind === 'heartbeat'
          ? await this.#checkHeartbeat(kept, check, check.heartbeat, round)
          : await this.#checkTail(kept, check, check.writer, check.lastPosition, round)
      if (!done) return
      kept.checks.shift()
      kept.changed = true
    }
    if (kept.row.state !== 'ending') return
    kept.row.state = 'stopped'
    kept.changed = true
  }

  async #checkHeartbeat(
    { row, key }: KeptWriter,
    check: Check,
    heartbeat: Heartbeat,
    round: Round,
  ): Promise<boolean> {
    const { fromPosition, toPosition } = heartbeat
    if (toPosition < row.checked_next) return true // Checked before.
    const { tenant, writer } = row
    if (!isSound(heartbeat, check.position, writer, key)) {
      // Whoever made it must not say how far the writer came: the next sound one covers these positions, too.
      const until = Math.min(toPosition, check.position)
      await this.#options.reports.gaps([
        { writer, fromPosition: row.checked_next, toPosition: until, reason: 'chain_broken' },
      ])
      return true
    }
    const due: Positions = { tenant, writer, fromPosition: row.checked_next, toPosition }
    const missing = await this.#missing(due, check, round)
    if (missing === undefined) return false
    const gaps = await this.#unnamed(due, missing, 'missing_positions')
    if (key === undefined || !(await this.#linkHolds(row, heartbeat, missing.length === 0)))
      gaps.push({ writer, fromPosition, toPosition, reason: 'chain_broken' })
    await this.#options.reports.gaps(gaps)
    row.checked_next = toPosition + 1
    row.checked_head = heartbeat.head
    return true
  }

  /** What is missing makes no head; then only the signature tells. */
  async #linkHolds(
    row: KeptWriter['row'],
    heartbeat: Heartbeat,
    complete: boolean,
  ): Promise<boolean> {
    const { fromPosition, toPosition, previousHead, head } = heartbeat
    const { tenant, writer } = row
    if (!complete || toPosition - fromPosition >= linkRecordsMax) return true
    // Where a heartbeat before this one is missing, its own link is all that can be derived.
    if (fromPosition === row.checked_next && previousHead !== row.checked_head) return false
    const positions = { tenant, writer, fromPosition, toPosition }
    return (await deriveHead(this.#options.client, positions, previousHead)) === head
  }

  /** Behind a dead writer's last heartbeat no head is signed: its successor says how far it came. */
  async #checkTail(
    { row }: KeptWriter,
    check: Check,
    writer: string,
    lastPosition: number,
    round: Round,
  ): Promise<boolean> {
    const { client } = this.#options
    const fromPosition = await coveredBy(client, row.tenant, writer)
    if (fromPosition > lastPosition) return true
    const due = { tenant: row.tenant, writer, fromPosition, toPosition: lastPosition }
    const missing = await this.#missing(due, check, round)
    if (missing === undefined) return false
    await this.#options.reports.gaps(await this.#unnamed(due, missing, 'lost_tail'))
    return true
  }

  /** Undefined: not all is there, and may still come. */
  async #missing(due: Positions, check: Check, round: Round): Promise<Range[] | undefined> {
    const { client } = this.#options
    const wanted = due.toPosition - due.fromPosition + 1
    const found = wanted <= 0 ? wanted : await countPositions(client, due)
    if (found === wanted) return []
    if (found > (check.found ?? -1)) {
      // Some have come since: a long backlog is no loss.
      Object.assign(check, { found, sinceMs: performance.now(), ends: undefined, waited: false })
      return undefined
    }
    if (!(await this.#waitedFor(check, round))) return undefined
    return missingRanges(client, due)
  }

  /** Without those that are on record already. */
  async #unnamed(due: Positions, missing: Range[], reason: Gap['reason']): Promise<Gap[]> {
    if (missing.length === 0) return []
    const named = await namedGaps(this.#options.client, due)
    return missing
      .filter((range) => !named.some((gap) => covers(gap, range)))
      .map((range) => ({ writer: due.writer, ...range, reason }))
  }

  /** Whether the group has taken over all that the log held `recordsAwaitedMs` after we began to wait. */
  async #waitedFor(check: Check, round: Round): Promise<boolean> {
    if (check.waited === true) return true
    const awaitedMs = this.#options.waits?.recordsAwaitedMs ?? limits.ingest.recordsAwaitedMs
    if (performance.now() - check.sinceMs < awaitedMs) return false
    check.ends ??= await this.#ends(round)
    if (await this.#reached(check.ends, round)) check.waited = true
    return false // Once more: what came last is in the store by the next round.
  }

  async #listenFor(kept: KeptWriter, round: Round): Promise<void> {
    const { client, journal, log } = this.#options
    const missedMs =
      this.#options.waits?.heartbeatsMissedMs ??
      limits.journal.heartbeatIntervalMs * limits.ingest.heartbeatsMissedMax
    if (kept.row.state !== 'running' || performance.now() - kept.heardMs < missedMs) return
    kept.silentEnds ??= await this.#ends(round)
    const ends = kept.silentEnds
    if (!(await this.#reached(ends, round)) || kept.silentEnds !== ends) return
    const outcome = await reportIfMissed(kept.row, { client, journal, log })
    switch (outcome) {
      case 'of_another':
        // Its row is the other's to write.
        if (this.#kept.get(kept.row.writer) === kept) this.#kept.delete(kept.row.writer)
        return
      case 'reported':
        this.#missed++
        kept.row.state = 'missed'
        break
      case 'reported_before':
        kept.row.state = 'missed'
        break
      case 'recovered':
        kept.row.state = 'ending'
        break
      default:
        unreachable(outcome)
    }
    kept.changed = true
  }

  #ends(round: Round): Promise<PartitionOffsets> {
    return (round.ends ??= this.#options.progress.ends())
  }

  async #reached(ends: PartitionOffsets, round: Round): Promise<boolean> {
    const committed = await (round.committed ??= this.#options.progress.committed())
    return [...ends].every(([partition, end]) => (committed.get(partition) ?? 0n) >= end)
  }

  async #pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#stopping.signal }).catch(() => undefined)
  }
}

function covers(gap: Range, range: Range): boolean {
  return gap.fromPosition <= range.fromPosition && gap.toPosition >= range.toPosition
}

function checkOf(
  { header }: DecodedRecord,
  sinceMs: number,
): { position: number; sinceMs: number } {
  return { position: header.position, sinceMs }
}

/** What does not fit is covered by the next heartbeat: its positions are checked from where the last check ended. */
function queue(kept: KeptWriter, check: Check): void {
  if (kept.checks.length < checksMax) kept.checks.push(check)
}
