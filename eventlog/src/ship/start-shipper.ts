/**
 * Sends the journals of this machine to `gatetrail.records`: read, send, wait for the acknowledgement, take over. The same
 * records are sent until they are acknowledged; what was acknowledged before a crash and not yet taken over is sent again. So:
 * at least once, and the first copies of a session's records lie in its partition in order. It is the one reader of its
 * positions directory, which it locks, and it removes segments that are shipped (reader/journal-reader.ts).
 */
import { setTimeout as delay } from 'node:timers/promises'
import { decodeRecord, limits, type GatetrailError } from '@gatetrail/schemas'
import type { Kafka } from 'kafkajs'
import type { Journal } from '../journal/journal.ts'
import { backlogOfOthers } from '../journal/space.ts'
import { createKafka } from '../kafka/client.ts'
import { kafkaError } from '../kafka/errors.ts'
import type { KafkaSettings } from '../kafka/settings.ts'
import { silentLog, type Log } from '../log.ts'
import type { Damage, JournalBatch } from '../reader/batch.ts'
import { openJournalReader, type JournalReader } from '../reader/journal-reader.ts'
import { nextSend } from './next-send.ts'
import { adoptPartitions, type PartitionPlan } from './partition-plan.ts'
import { connectProducer, type RecordProducer } from './record-producer.ts'

export type StartShipperOptions = {
  /** `dataDir/journal` */
  directory: string
  /** `dataDir/shipped` */
  positionsDirectory: string
  /** How long segments are kept after they were shipped; left out: none is removed. */
  keepHours?: number
  kafka: KafkaSettings
  /** Where unreadable records are reported; left out: they are logged, and missed by ingest. */
  journal?: Pick<Journal, 'appendSystem' | 'afterWrite' | 'system'>
  log?: Log
}

export type ShipperStatus = {
  /** In the journals, not acknowledged. */
  lagBytes: number
  /** Age of the oldest record that is not acknowledged, by its own clock. */
  lagMs: number
  /** Acknowledged in this run. */
  records: number
  bytes: number
  batches: number
  /** Sends, and attempts to connect, that failed. */
  retries: number
  /** Wall clock, ms; undefined: nothing yet. */
  lastAcknowledgedAt: number | undefined
  /** Why nothing is sent now, and since when (wall clock, ms); undefined: all is well. */
  kafkaError: { code: string; message: string; hint: string | undefined; since: number } | undefined
}

export interface Shipper {
  status(): ShipperStatus
  /** Resolves when everything that lay in the journals when this was called is acknowledged and taken over. */
  idle(): Promise<void>
  /** Sends what it can within `deadlineMs`, then ends. What is left is sent by the next run. */
  close(deadlineMs?: number): Promise<void>
}

const closeDeadlineMs = 5_000
const closeGraceMs = 1_000
const waitForRecordsMs = 100
/** Of several writers, so that many small journals go in one send. */
const gatherBytesMax = 4 * limits.MiB
const gatherRecordsMax = 8_000
/** What is not yet taken over when the process dies is sent twice; taking over costs an fsync. */
const takeOverIntervalMs = 100
const lagIntervalMs = 500
const retryMsMin = 100
const retryMsMax = 2_000
/** Within kafkajs; the rest is done here. */
const kafkaRetries = 1

/**
 * Starts shipping. Kafka need not be there: it waits for it, and says so in its status.
 * @throws GatetrailError DIRECTORY_IN_USE (another shipper), DIRECTORY_NOT_WRITABLE, JOURNAL_CORRUPT (a position file)
 */
export async function startShipper(options: StartShipperOptions): Promise<Shipper> {
  const { directory, positionsDirectory, keepHours } = options
  const log = options.log ?? silentLog
  const reader = await openJournalReader({
    directory,
    positionsDirectory,
    batchBytesMax: gatherBytesMax,
    ...(keepHours === undefined ? {} : { keepHours }),
    log,
  })
  const shipper = new RunningShipper(options, reader, log)
  shipper.start()
  return shipper
}

type Gathered = { batches: JournalBatch[]; records: Uint8Array[] }

class RunningShipper implements Shipper {
  readonly #options: StartShipperOptions
  readonly #reader: JournalReader
  readonly #log: Log
  readonly #kafka: Kafka
  readonly #aborted = new AbortController()
  readonly #waiting = new Set<() => void>()
  readonly #takenOver = new Map<string, JournalBatch>()
  #takenOverAtMs = 0
  #producer: RecordProducer | undefined
  #plan: PartitionPlan = []
  #head: Uint8Array | undefined
  #running: Promise<void> = Promise.resolve()
  #closing: Promise<void> | undefined
  #lagTimer: NodeJS.Timeout | undefined
  #lagBytes = 0
  #records = 0
  #bytes = 0
  #batches = 0
  #retries = 0
  #lastAcknowledgedAt: number | undefined
  #kafkaError: ShipperStatus['kafkaError']

  constructor(options: StartShipperOptions, reader: JournalReader, log: Log) {
    this.#options = options
    this.#reader = reader
    this.#log = log
    this.#kafka = createKafka(options.kafka, log, kafkaRetries)
  }

  start(): void {
    this.#running = this.#run()
    this.#lagTimer = setInterval(() => void this.#measureLag(), lagIntervalMs)
    this.#lagTimer.unref()
  }

  status(): ShipperStatus {
    return {
      lagBytes: this.#lagBytes,
      lagMs: this.#head === undefined ? 0 : Math.max(0, Date.now() - writtenAtMs(this.#head)),
      records: this.#records,
      bytes: this.#bytes,
      batches: this.#batches,
      retries: this.#retries,
      lastAcknowledgedAt: this.#lastAcknowledgedAt,
      kafkaError: this.#kafkaError,
    }
  }

  async idle(): Promise<void> {
    // Twice: the look that is under way may have begun before what the caller means was written.
    for (let look = 0; look < 2; look++)
      await new Promise<void>((resolve) => this.#waiting.add(resolve))
  }

  close(deadlineMs = closeDeadlineMs): Promise<void> {
    return (this.#closing ??= this.#close(deadlineMs))
  }

  async #close(deadlineMs: number): Promise<void> {
    const timer = setTimeout(() => this.#aborted.abort(), deadlineMs)
    // A send that waits for a broker can't be broken off: the grace is for all else.
    await settledWithin(deadlineMs + closeGraceMs, this.#running)
    clearTimeout(timer)
    this.#aborted.abort()
    clearInterval(this.#lagTimer)
    if (this.#producer !== undefined) await settledWithin(closeGraceMs, this.#producer.close())
    await this.#reader.close()
    for (const resolve of this.#waiting) resolve()
  }

  async #run(): Promise<void> {
    // Ends: close() makes it end at the first look that finds nothing, or when its deadline has passed.
    let failures = 0
    let gathered: Gathered | undefined
    while (!this.#aborted.signal.aborted) {
      const isLast = this.#closing !== undefined
      try {
        gathered ??= await this.#gather()
        const isFound = gathered !== undefined
        if (gathered !== undefined) {
          if (!(await this.#ship(gathered))) return
          gathered = undefined
        }
        const isDue = performance.now() - this.#takenOverAtMs > takeOverIntervalMs
        if (!isFound || isDue) await this.#takeOver()
        failures = 0
        if (isFound) continue
        this.#kafkaError = undefined
        if (isLast) return
        this.#resolveWaiting()
      } catch (error) {
        // Not Kafka's: a disk, or a bug. Positions are not moved, nothing is lost; it may heal.
        this.#say(error)
        await this.#pause(failures++)
      }
    }
  }

  async #gather(): Promise<Gathered | undefined> {
    const first = await this.#reader.next(this.#closing === undefined ? waitForRecordsMs : 0)
    if (first === undefined) return undefined
    const gathered: Gathered = { batches: [first], records: [...first.records] }
    let bytes = bytesOf(first.records)
    while (bytes < gatherBytesMax && gathered.records.length < gatherRecordsMax) {
      // What was handed out comes never again: an error must not lose it. It comes again with the next look.
      const batch = await this.#reader.next(0).catch((error: unknown) => {
        this.#say(error)
        return undefined
      })
      if (batch === undefined) break
      gathered.batches.push(batch)
      for (const record of batch.records) gathered.records.push(record)
      bytes += bytesOf(batch.records)
    }
    return gathered
  }

  /** Returns true when all is acknowledged, false when shipping was aborted. */
  async #ship({ batches, records }: Gathered): Promise<boolean> {
    await this.#report(batches.flatMap(({ damage }) => damage))
    let failures = 0
    for (let start = 0; start < records.length;) {
      if (this.#aborted.signal.aborted) return false
      this.#head = records[start]
      try {
        const producer = (this.#producer ??= await this.#connect())
        const send = nextSend(records, start, this.#plan, producer.batchBytesMax)
        await producer.send(send.messages)
        this.#acknowledged(send.messages.length, send.bytes)
        start = send.end
        failures = 0
      } catch (error) {
        this.#retries++
        this.#say(error)
        const producer = this.#producer
        this.#producer = undefined
        await producer?.close()
        await this.#pause(failures++)
      }
    }
    this.#head = undefined
    for (const batch of batches) this.#takenOver.set(batch.writer, batch)
    return true
  }

  async #connect(): Promise<RecordProducer> {
    const producer = await connectProducer(this.#kafka, this.#options.kafka.compression)
    try {
      this.#plan = await adoptPartitions(
        this.#options.positionsDirectory,
        producer.partitions,
        Date.now(),
      )
    } catch (error) {
      await producer.close()
      throw error
    }
    return producer
  }

  async #takeOver(): Promise<void> {
    for (const batch of this.#takenOver.values()) await this.#reader.commit(batch)
    this.#takenOver.clear()
    this.#takenOverAtMs = performance.now()
  }

  /** On record before positions move past the damage; once, unless the process dies in between. */
  async #report(damage: readonly Damage[]): Promise<void> {
    const { journal } = this.#options
    if (journal === undefined || damage.length === 0) return
    try {
      for (const { writer, fromPosition, toPosition, segment, reason } of damage)
        journal.appendSystem('gatetrail.gap.found', {
          writer,
          fromPosition,
          toPosition,
          segment: String(segment),
          reason,
        })
      const failure = await new Promise<GatetrailError | undefined>((resolve) =>
        journal.afterWrite(journal.system, 'command', resolve),
      )
      if (failure !== undefined) throw failure
    } catch (error) {
      // The reader has logged the damage; ingest misses the positions by itself.
      this.#log.error({ err: error }, 'damage of the journal could not be put on record')
    }
  }

  #acknowledged(records: number, bytes: number): void {
    this.#records += records
    this.#bytes += bytes
    this.#batches++
    this.#lastAcknowledgedAt = Date.now()
    if (this.#kafkaError === undefined) return
    const waitedMs = Date.now() - this.#kafkaError.since
    this.#kafkaError = undefined
    this.#log.info({ waitedMs }, 'records are sent to Kafka again')
  }

  #say(error: unknown): void {
    if (this.#aborted.signal.aborted) return
    const { code, message, hint } = kafkaError('records cannot be sent to Kafka', error)
    if (this.#kafkaError?.message !== message) this.#log.error({ code, hint }, message)
    this.#kafkaError = { code, message, hint, since: this.#kafkaError?.since ?? Date.now() }
  }

  async #pause(failures: number): Promise<void> {
    const ms = Math.min(retryMsMax, retryMsMin * 2 ** Math.min(failures, 10))
    await delay(ms, undefined, { signal: this.#aborted.signal }).catch(() => {})
  }

  #resolveWaiting(): void {
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const resolve of waiting) resolve()
  }

  async #measureLag(): Promise<void> {
    const { directory, positionsDirectory } = this.#options
    try {
      this.#lagBytes = await backlogOfOthers(directory, positionsDirectory, '')
    } catch (error) {
      this.#log.warn({ err: error }, 'the backlog of the journals cannot be measured')
    }
  }
}

async function settledWithin(ms: number, promise: Promise<unknown>): Promise<void> {
  const timer = new AbortController()
  const timeout = delay(ms, undefined, { signal: timer.signal }).catch(() => {})
  await Promise.race([promise.catch(() => {}), timeout])
  timer.abort()
}

function bytesOf(records: readonly Uint8Array[]): number {
  return records.reduce((sum, { length }) => sum + length, 0)
}

function writtenAtMs(record: Uint8Array): number {
  return Math.floor(decodeRecord(record).header.timeMicros / 1_000)
}
