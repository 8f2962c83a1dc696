/** A cache of what was used last. It may exceed its bound during a batch, so that a batch finds all that it loaded. */
export class BoundedCache<Key, Value> {
  readonly #entries = new Map<Key, Value>()
  readonly #weights = new Map<Key, number>()
  #weight = 0
  readonly #weightMax: number

  constructor(weightMax: number) {
    this.#weightMax = weightMax
  }

  get size(): number {
    return this.#entries.size
  }

  /** Does not count as use. */
  has(key: Key): boolean {
    return this.#entries.has(key)
  }

  get(key: Key): Value | undefined {
    const value = this.#entries.get(key)
    if (value === undefined) return undefined
    this.#entries.delete(key)
    this.#entries.set(key, value)
    return value
  }

  set(key: Key, value: Value, weight = 1): void {
    this.delete(key)
    this.#entries.set(key, value)
    this.#weights.set(key, weight)
    this.#weight += weight
  }

  delete(key: Key): void {
    if (!this.#entries.delete(key)) return
    this.#weight -= this.#weights.get(key) ?? 0
    this.#weights.delete(key)
  }

  /** Forgets what was used longest ago, down to the bound. Call it between batches. */
  trim(): void {
    for (const key of this.#entries.keys()) {
      if (this.#weight <= this.#weightMax) return
      this.delete(key)
    }
  }

  clear(): void {
    this.#entries.clear()
    this.#weights.clear()
    this.#weight = 0
  }
}
