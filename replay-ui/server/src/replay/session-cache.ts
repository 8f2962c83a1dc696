/** What is known of sessions that were looked at lately, so that the next question of the same reader need not find it again. */
import { replayKeptMs, replaySessionsMax } from '../limits.ts'

/** One value per session, or per place in one: the ones that were asked for last are kept. */
export class SessionCache<Value> {
  readonly #values = new Map<string, Promise<Value>>()
  readonly #sinceMs = new Map<string, number>()
  readonly #max: number
  readonly #keptMs: number

  constructor(max = replaySessionsMax, keptMs = replayKeptMs) {
    this.#max = max
    this.#keptMs = keptMs
  }

  /** One at a time per session: `renew` gets what was there. What fails is forgotten. */
  async get(session: string, renew: (before: Value | undefined) => Promise<Value>): Promise<Value> {
    // Records may come late, and be redacted: nothing is believed for long.
    const isOld = performance.now() - (this.#sinceMs.get(session) ?? -Infinity) >= this.#keptMs
    const before = isOld ? undefined : this.#values.get(session)
    if (before === undefined) this.#sinceMs.set(session, performance.now())
    const next = before === undefined ? renew(undefined) : before.then(renew)
    this.#put(session, next)
    try {
      return await next
    } catch (error) {
      if (this.#values.get(session) === next) this.forget(session)
      throw error
    }
  }

  /** In the place of what was there, or is being asked for. */
  set(session: string, value: Value): void {
    this.#sinceMs.set(session, performance.now())
    this.#put(session, Promise.resolve(value))
  }

  forget(session: string): void {
    this.#values.delete(session)
    this.#sinceMs.delete(session)
  }

  #put(session: string, value: Promise<Value>): void {
    this.#values.delete(session)
    this.#values.set(session, value)
    const oldMs = performance.now() - this.#keptMs
    for (const oldest of this.#values.keys()) {
      const isOld = (this.#sinceMs.get(oldest) ?? 0) < oldMs
      if (!isOld && this.#values.size <= this.#max) break
      this.forget(oldest)
    }
  }
}
