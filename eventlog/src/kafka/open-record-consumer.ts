/**
 * A member of the consumer group, from kafkajs, which pushes, to `next()`, which is asked. What is fetched waits in a bounded
 * hand-over (hand-over.ts); while that is full, fetching waits too and heartbeats go on, for hours if need be. Offsets are
 * committed by `commit()`; those that could not be, again while `next()` is called. After any crash of kafkajs a new member is
 * made, and what was not committed is read again.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { decodeRecord, isGatetrailError, limits, topics } from '@gatetrail/schemas'
import type { EachBatchPayload, Kafka } from 'kafkajs'
import { silentLog, type Log } from '../log.ts'
import { createKafka } from './client.ts'
import { isFenced, kafkaError } from './errors.ts'
import { GroupLag } from './group-lag.ts'
import { HandOver, type FetchedMessage } from './hand-over.ts'
import type {
  ConsumedBatch,
  ConsumedRecord,
  MalformedMessage,
  RecordConsumer,
} from './record-consumer.ts'
import type { KafkaSettings } from './settings.ts'

export type ConsumerTimings = {
  /** Without a heartbeat for so long, others take over the partitions. */
  sessionTimeoutMs: number
  heartbeatIntervalMs: number
  /** How long the group waits for members to join again. */
  rebalanceTimeoutMs: number
  /** How long a broker may hold back an answer for want of messages. */
  fetchWaitMs: number
}

const timingsDefault: ConsumerTimings = {
  // A member that was killed keeps its partitions for so long, also from its successor.
  sessionTimeoutMs: 10_000,
  heartbeatIntervalMs: 2_000,
  rebalanceTimeoutMs: 30_000,
  fetchWaitMs: 250,
}
/** Compressed, so several times that in memory. A broker sends one batch in any case. */
const fetchBytesMax = 2 * limits.MiB
const partitionFetchBytesMax = 1 * limits.MiB
const batchBytesMax = 8 * limits.MiB
const batchRecordsMax = 20_000
/**
 * A member that is still one when the brokers are back goes on at once; a new one waits for the old one's session to end. So
 * kafkajs tries for about as long as a session lasts. Not for longer: it does not look for another coordinator by itself.
 */
const memberRetry = { retries: 12, initialRetryTime: 100, maxRetryTime: 1_000 }
const connectRetries = 1
const restartMsMin = 250
const restartMsMax = 2_000
const closeMsMax = 10_000
/** Between two tries to commit what could not be. */
const owedIntervalMs = 1_000
const saidIntervalMs = 60_000

/**
 * Joins the group of `settings.consumerGroup`. Kafka need not be there: `next` then finds nothing, the log says why, and it is
 * tried again. Partitions that nobody has committed yet are read from their beginning.
 */
export function openRecordConsumer(
  settings: KafkaSettings,
  log: Log = silentLog,
  timings: Partial<ConsumerTimings> = {},
): RecordConsumer {
  const consumer = new GroupConsumer(settings, log, { ...timingsDefault, ...timings })
  consumer.start()
  return consumer
}

class GroupConsumer implements RecordConsumer {
  readonly #settings: KafkaSettings
  readonly #log: Log
  readonly #timings: ConsumerTimings
  readonly #kafka: Kafka
  readonly #handOver = new HandOver()
  readonly #lag: GroupLag
  readonly #listeners: ((partitions: readonly number[]) => void)[] = []
  readonly #closed = new AbortController()
  /** Counts assignments: what was handed out in an earlier one is not committed in a later one. */
  #epoch = 0
  #assigned: readonly number[] = []
  #isAnnounced = true
  /** By partition: offsets of this assignment that could not be committed. In a partition in which nothing comes later no others would be. */
  readonly #owed = new Map<number, string>()
  #triedAtMs = 0
  #saidAtMs = -Infinity
  /** In flight, and waiting behind it. */
  #commits = 0
  #turn: Promise<void> = Promise.resolve()
  /** Of this assignment, one request: what kafkajs tries again by itself it sends for the assignment of then. */
  #commitOnce: EachBatchPayload['commitOffsetsIfNecessary'] | undefined
  #running: Promise<void> = Promise.resolve()

  constructor(settings: KafkaSettings, log: Log, timings: ConsumerTimings) {
    this.#settings = settings
    this.#log = log
    this.#timings = timings
    this.#kafka = createKafka(settings, log, connectRetries)
    this.#lag = new GroupLag(this.#kafka, settings.consumerGroup)
  }

  start(): void {
    this.#running = this.#run()
    this.#lag.start()
  }

  async next(waitMs: number): Promise<ConsumedBatch | undefined> {
    const deadline = performance.now() + waitMs
    for (;;) {
      if (this.#closed.signal.aborted) return undefined
      this.#announce()
      if (!this.#handOver.isEmpty)
        return this.#batchOf(this.#handOver.take(batchBytesMax, batchRecordsMax))
      this.#commitOwed()
      const leftMs = deadline - performance.now()
      if (leftMs <= 0) return undefined
      await this.#handOver.changed(leftMs)
    }
  }

  onAssignment(listener: (partitions: readonly number[]) => void): void {
    this.#listeners.push(listener)
  }

  lag(): { messages: number; ms: number } {
    return this.#lag.of(this.#assigned, this.#handOver.oldestMs())
  }

  async close(): Promise<void> {
    this.#closed.abort()
    this.#handOver.wake()
    const timer = new AbortController()
    await Promise.race([
      Promise.all([this.#running, this.#lag.close()]),
      delay(closeMsMax, undefined, { signal: timer.signal }).catch(() => {}),
    ])
    timer.abort()
  }

  /** A member after the other, each until it crashes. */
  async #run(): Promise<void> {
    for (let failures = 0; !this.#closed.signal.aborted;) {
      const startedAtMs = performance.now()
      try {
        await this.#runMember()
      } catch (error) {
        if (this.#closed.signal.aborted) return
        const { code, message, hint } = kafkaError('records cannot be read from Kafka', error)
        this.#log.error({ code, hint }, message)
      }
      this.#assign([])
      if (performance.now() - startedAtMs > this.#timings.sessionTimeoutMs) failures = 0
      const pauseMs = Math.min(restartMsMax, restartMsMin * 2 ** Math.min(failures++, 10))
      await delay(pauseMs, undefined, { signal: this.#closed.signal }).catch(() => {})
    }
  }

  /** Ends when it is closed. @throws whatever made it crash */
  async #runMember(): Promise<void> {
    const consumer = this.#kafka.consumer({
      groupId: this.#settings.consumerGroup,
      allowAutoTopicCreation: false,
      sessionTimeout: this.#timings.sessionTimeoutMs,
      heartbeatInterval: this.#timings.heartbeatIntervalMs,
      rebalanceTimeout: this.#timings.rebalanceTimeoutMs,
      maxWaitTimeInMs: this.#timings.fetchWaitMs,
      maxBytes: fetchBytesMax,
      maxBytesPerPartition: partitionFetchBytesMax,
      // The next member is made here, in one way for every error.
      retry: { ...memberRetry, restartOnFailure: () => Promise.resolve(false) },
    })
    const crash = new Promise<never>((_, reject) =>
      consumer.on('consumer.crash', ({ payload }) => reject(payload.error)),
    )
    crash.catch(() => {}) // It may come when nobody waits for it any more.
    const { signal } = this.#closed
    let close = (): void => {}
    const closed = new Promise<void>((resolve) => {
      close = resolve
      if (signal.aborted) resolve()
      signal.addEventListener('abort', close)
    })
    consumer.on('consumer.group_join', ({ payload }) =>
      this.#assign(payload.memberAssignment[topics.records] ?? []),
    )
    try {
      await consumer.connect()
      await consumer.subscribe({ topic: topics.records, fromBeginning: true })
      await consumer.run({ autoCommit: false, eachBatch: (payload) => this.#fetched(payload) })
      await Promise.race([crash, closed])
      await this.#turn // What was handed out before it was closed.
    } finally {
      signal.removeEventListener('abort', close) // While brokers are away, a member comes and goes every second.
      this.#commitOnce = undefined
      await consumer.disconnect().catch(() => {})
    }
  }

  /** kafkajs ends every batch of an assignment before it joins again, so what comes here is of the present one. */
  async #fetched({ batch, heartbeat, commitOffsetsIfNecessary }: EachBatchPayload): Promise<void> {
    const { signal } = this.#closed
    while (this.#handOver.isFull && !signal.aborted) {
      await heartbeat() // Throws when the group moves on: kafkajs then joins again.
      await this.#handOver.changed(this.#timings.heartbeatIntervalMs)
    }
    if (signal.aborted) return
    this.#commitOnce = commitOffsetsIfNecessary
    this.#lag.fetched(batch.partition, batch.firstOffset() ?? undefined, batch.highWatermark)
    this.#handOver.put(batch.partition, batch.messages)
  }

  #assign(partitions: readonly number[]): void {
    this.#epoch++
    this.#assigned = [...partitions].sort((a, b) => a - b)
    this.#isAnnounced = false
    this.#owed.clear()
    this.#commitOnce = undefined
    this.#lag.forget()
    this.#handOver.clear()
  }

  #announce(): void {
    if (this.#isAnnounced) return
    this.#isAnnounced = true
    this.#log.info({ partitions: this.#assigned }, 'partitions were assigned')
    for (const listener of this.#listeners) listener(this.#assigned)
  }

  #batchOf(fetched: readonly FetchedMessage[]): ConsumedBatch {
    const epoch = this.#epoch
    const records: ConsumedRecord[] = []
    const malformed: MalformedMessage[] = []
    const behind = new Map<number, string>()
    let oldestMs = Infinity
    for (const { partition, offset, key, value, timestamp } of fetched) {
      const read = readMessage(key, value)
      if (typeof read === 'string')
        malformed.push({ bytes: value ?? new Uint8Array(), partition, offset, message: read })
      else records.push({ ...read, partition, offset })
      behind.set(partition, String(BigInt(offset) + 1n))
      oldestMs = Math.min(oldestMs, Number(timestamp))
    }
    this.#lag.handedOut(oldestMs)
    return { records, malformed, oldestMs, commit: () => this.#commit(epoch, behind) }
  }

  #commit(epoch: number, behind: ReadonlyMap<number, string>): Promise<void> {
    return this.#inTurn(() => this.#commitNow(epoch, behind))
  }

  /** Not waited for: brokers that are away take seconds to say so. One at a time: nobody's commit waits for more. */
  #commitOwed(): void {
    const nowMs = performance.now()
    if (this.#owed.size === 0 || this.#commits > 0 || nowMs - this.#triedAtMs < owedIntervalMs)
      return
    this.#commit(this.#epoch, new Map()).catch((error: Error) => {
      if (nowMs - this.#saidAtMs < saidIntervalMs) return
      this.#saidAtMs = nowMs
      this.#log.warn({ error: error.message }, 'offsets are committed later')
    })
  }

  /** An older offset must not come behind a newer one. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    this.#commits++
    const done = this.#turn.then(work).finally(() => this.#commits--)
    this.#turn = done.catch(() => {}) // Whoever commits gets the error; the next one does not.
    return done
  }

  /** And what is owed. @throws GatetrailError KAFKA_UNAVAILABLE: all of it is owed then */
  async #commitNow(epoch: number, behind: ReadonlyMap<number, string>): Promise<void> {
    const commit = this.#commitOnce
    if (epoch !== this.#epoch || commit === undefined || this.#closed.signal.aborted) return
    const all = new Map([...this.#owed, ...behind])
    if (all.size === 0) return
    const partitions = Array.from(all, ([partition, offset]) => ({ partition, offset }))
    try {
      await commit({ topics: [{ topic: topics.records, partitions }] })
    } catch (error) {
      if (epoch !== this.#epoch) return
      this.#triedAtMs = performance.now()
      if (!isFenced(error)) {
        for (const [partition, offset] of behind) this.#owed.set(partition, offset)
        throw kafkaError('offsets cannot be committed', error)
      }
      // Another member has the partitions, or will have: it reads these messages again.
      this.#owed.clear()
      this.#log.warn({}, 'offsets were not committed: the group has moved on')
      return
    }
    if (epoch !== this.#epoch) return
    this.#owed.clear()
    this.#lag.committed(all, behind.size > 0)
  }
}

/** The record of a message, or why it is none. */
function readMessage(
  key: Buffer | null,
  value: Buffer | null,
): Pick<ConsumedRecord, 'writer' | 'position' | 'bytes'> | string {
  if (value === null) return 'the message has no value'
  try {
    const { header } = decodeRecord(value)
    // The key decides the partition: under another's key a record would stand outside of its session's order.
    if (key === null || key.toString('latin1') !== header.session)
      return 'the key of the message is not the session of its record'
    return { writer: header.writer, position: header.position, bytes: value }
  } catch (error) {
    if (!isGatetrailError(error)) throw error
    return error.message
  }
}
