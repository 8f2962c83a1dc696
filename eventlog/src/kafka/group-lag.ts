/** How far a member is behind, asked of the brokers: while nothing is fetched, only they know. */
import { topics } from '@gatetrail/schemas'
import type { Admin, Kafka } from 'kafkajs'

const askIntervalMs = 5_000

type PartitionLag = { end: bigint; committed: bigint | undefined }

export class GroupLag {
  readonly #kafka: Kafka
  readonly #group: string
  readonly #partitions = new Map<number, PartitionLag>()
  #admin: Admin | undefined
  #timer: NodeJS.Timeout | undefined
  #asking: Promise<void> | undefined
  #isClosed = false
  #handedOutMs: number | undefined
  #behindSinceMs: number | undefined

  constructor(kafka: Kafka, group: string) {
    this.#kafka = kafka
    this.#group = group
  }

  start(): void {
    const ask = (): void => {
      this.#asking ??= this.#ask().finally(() => (this.#asking = undefined))
    }
    this.#timer = setInterval(ask, askIntervalMs)
    this.#timer.unref()
    ask()
  }

  /** `oldestMs`: of what is fetched and not handed out. */
  of(
    partitions: readonly number[],
    oldestMs: number | undefined,
  ): { messages: number; ms: number } {
    let messages = 0
    for (const partition of partitions) {
      const known = this.#partitions.get(partition)
      if (known?.committed !== undefined && known.end > known.committed)
        messages += Number(known.end - known.committed)
    }
    const nowMs = Date.now()
    if (messages === 0) this.#behindSinceMs = undefined
    else this.#behindSinceMs ??= nowMs
    const since = this.#handedOutMs ?? oldestMs ?? this.#behindSinceMs ?? nowMs
    return { messages, ms: messages === 0 ? 0 : Math.max(0, nowMs - since) }
  }

  fetched(partition: number, first: string | undefined, end: string): void {
    const known = this.#partitions.get(partition)
    const committed = known?.committed ?? (first === undefined ? undefined : BigInt(first))
    this.#partitions.set(partition, { end: BigInt(end), committed })
  }

  handedOut(oldestMs: number): void {
    this.#handedOutMs ??= oldestMs
  }

  /** `isHandedOut`: of what was handed out last; else of earlier batches, and that is in hand still. */
  committed(behind: ReadonlyMap<number, string>, isHandedOut: boolean): void {
    if (isHandedOut) this.#handedOutMs = undefined
    for (const [partition, offset] of behind) {
      const end = this.#partitions.get(partition)?.end ?? BigInt(offset)
      this.#partitions.set(partition, { end, committed: BigInt(offset) })
    }
  }

  /** After an assignment: others may have committed meanwhile. */
  forget(): void {
    this.#partitions.clear()
    this.#handedOutMs = undefined
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearInterval(this.#timer)
    await this.#asking
    await this.#admin?.disconnect().catch(() => {})
  }

  async #ask(): Promise<void> {
    try {
      const admin = (this.#admin ??= await this.#connect())
      const ends = await admin.fetchTopicOffsets(topics.records)
      const committed = await admin.fetchOffsets({ groupId: this.#group, topics: [topics.records] })
      for (const { partition, high, low } of ends) {
        const offset = committed[0]?.partitions.find(
          (entry) => entry.partition === partition,
        )?.offset
        const isCommitted = offset !== undefined && BigInt(offset) >= 0n
        const asked = isCommitted ? BigInt(offset) : BigInt(low)
        const known = this.#partitions.get(partition)?.committed
        this.#partitions.set(partition, {
          end: BigInt(high),
          // A commit may have come between the question and its answer.
          committed: known !== undefined && known > asked ? known : asked,
        })
      }
    } catch {
      // The consumer says what is wrong with the brokers. What was known stays, and a new connection is made next time.
      const admin = this.#admin
      this.#admin = undefined
      await admin?.disconnect().catch(() => {})
    }
  }

  async #connect(): Promise<Admin> {
    const admin = this.#kafka.admin()
    try {
      await admin.connect()
      if (this.#isClosed) throw new Error('closed')
      return admin
    } catch (error) {
      await admin.disconnect().catch(() => {})
      throw error
    }
  }
}
