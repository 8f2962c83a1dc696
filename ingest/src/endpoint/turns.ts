/** So many at once, so many more waiting, and no more. */
import { ClickHouseError } from './exception.ts'

export class Turns {
  readonly #atOnceMax: number
  readonly #waitingMax: number
  #running = 0
  readonly #waiting: (() => void)[] = []

  constructor(atOnceMax: number, waitingMax: number) {
    this.#atOnceMax = atOnceMax
    this.#waitingMax = waitingMax
  }

  /** @throws ClickHouseError TOO_MANY_SIMULTANEOUS_QUERIES */
  async take<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#running >= this.#atOnceMax) {
      if (this.#waiting.length >= this.#waitingMax)
        throw new ClickHouseError(
          202,
          'TOO_MANY_SIMULTANEOUS_QUERIES',
          'Too many simultaneous queries: ask again in a moment',
        )
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    } else this.#running++
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#running--
      else next() // It takes over the place.
    }
  }
}
