/**
 * A cache that forgets what was used longest ago, by generation: a generation is a batch. Within a batch it only grows, so
 * that the batch finds all that it loaded and made; between batches `trim` brings it down to its bound.
 */
type Entry<Value> = { value: Value; weight: number; generation: number }

export class BoundedCache<Key, Value> {
  readonly #entries = new Map<Key, Entry<Value>>()
  readonly #weightMax: number
  #weight = 0
  #generation = 0

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
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    entry.generation = this.#generation
    return entry.value
  }

  set(key: Key, value: Value, weight = 1): void {
    const entry = this.#entries.get(key)
    if (entry === undefined) {
      this.#entries.set(key, { value, weight, generation: this.#generation })
      this.#weight += weight
      return
    }
    this.#weight += weight - entry.weight
    entry.value = value
    entry.weight = weight
    entry.generation = this.#generation
  }

  /** What is used from now on is of a new generation. */
  nextGeneration(): void {
    this.#generation++
  }

  /** Down to the bound, without what the current generation used: that may not be in the store yet. */
  trim(): void {
    if (this.#weight <= this.#weightMax) return
    const old = [...this.#entries]
      .filter(([, { generation }]) => generation < this.#generation)
      .sort(([, a], [, b]) => a.generation - b.generation)
    for (const [key, { weight }] of old) {
      if (this.#weight <= this.#weightMax * keptFraction) return
      this.#entries.delete(key)
      this.#weight -= weight
    }
  }
}

/** Below the bound, so that not every batch has to look for what to forget. */
const keptFraction = 0.75
