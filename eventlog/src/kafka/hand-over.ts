/** What was fetched and not yet asked for: bounded, in the order of offsets within a partition. Pure but for its waiting. */
import { limits } from '@gatetrail/schemas'
import type { KafkaMessage } from 'kafkajs'

/** Fetching stops from here on. What one fetch brings may come on top. */
const handOverBytesMax = 16 * limits.MiB
/** In memory, besides the value. */
const messageOverheadBytes = 512

/** Without the headers, which are several times as large in memory: nobody asks for them. */
export type FetchedMessage = Pick<KafkaMessage, 'key' | 'value' | 'offset' | 'timestamp'> & {
  partition: number
}

export class HandOver {
  #fetched: FetchedMessage[] = []
  #at = 0
  #bytes = 0
  readonly #waiting = new Set<() => void>()

  get isFull(): boolean {
    return this.#bytes >= handOverBytesMax
  }

  get isEmpty(): boolean {
    return this.#at === this.#fetched.length
  }

  put(partition: number, messages: readonly KafkaMessage[]): void {
    for (const { key, value, offset, timestamp } of messages) {
      const message = { partition, key, value, offset, timestamp }
      this.#fetched.push(message)
      this.#bytes += bytesOf(message)
    }
    this.wake()
  }

  /** The next messages, as many as fit; at least one if there is one. */
  take(bytesMax: number, countMax: number): FetchedMessage[] {
    const taken: FetchedMessage[] = []
    let bytes = 0
    for (; this.#at < this.#fetched.length && taken.length < countMax; this.#at++) {
      const next = this.#fetched[this.#at]!
      const size = bytesOf(next)
      if (taken.length > 0 && bytes + size > bytesMax) break
      taken.push(next)
      bytes += size
    }
    this.#bytes -= bytes
    if (this.isEmpty || this.#at > this.#fetched.length / 2) {
      this.#fetched = this.#fetched.slice(this.#at)
      this.#at = 0
    }
    this.wake()
    return taken
  }

  /** When the oldest message in here was appended, ms. */
  oldestMs(): number | undefined {
    const oldest = this.#fetched[this.#at]
    return oldest === undefined ? undefined : Number(oldest.timestamp)
  }

  clear(): void {
    this.#fetched = []
    this.#at = 0
    this.#bytes = 0
    this.wake()
  }

  /** Whoever waits looks again. */
  wake(): void {
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const resolve of waiting) resolve()
  }

  /** Until something has changed, or `ms` have passed. */
  changed(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer)
        this.#waiting.delete(done)
        resolve()
      }
      const timer = setTimeout(done, ms)
      this.#waiting.add(done)
    })
  }
}

function bytesOf(message: FetchedMessage): number {
  return messageOverheadBytes + (message.value?.length ?? 0)
}
