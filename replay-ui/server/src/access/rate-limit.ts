/** Counts attempts per address in windows; the table of addresses is bounded. */
import { rateAddressesMax, rateWindowMs } from '../limits.ts'

export class RateLimit {
  readonly #max: number
  #windowStartMs = 0
  #counts = new Map<string, number>()

  constructor(attemptsMax: number) {
    this.#max = attemptsMax
  }

  /** Whether one more is allowed; counts it. */
  take(address: string, nowMs: number): boolean {
    this.#turn(nowMs)
    const count = (this.#counts.get(address) ?? 0) + 1
    // With a full table new addresses share one count: an attacker with many addresses is slowed too.
    const key = this.#counts.size < rateAddressesMax || this.#counts.has(address) ? address : ''
    this.#counts.set(key, key === '' ? (this.#counts.get('') ?? 0) + 1 : count)
    return (this.#counts.get(key) ?? 0) <= this.#max
  }

  /** Whether the limit is reached, without counting. */
  exhausted(address: string, nowMs: number): boolean {
    this.#turn(nowMs)
    return (this.#counts.get(address) ?? 0) >= this.#max
  }

  #turn(nowMs: number): void {
    if (nowMs - this.#windowStartMs < rateWindowMs) return
    this.#windowStartMs = nowMs
    this.#counts = new Map()
  }
}
