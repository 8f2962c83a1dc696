/** What record.redacted records say of other records, of whatever writer: which bytes may stand where others were written. */
import type { EventBody } from '@gatetrail/schemas'

/** More are not kept: what they explain is reported as edited, which is looked into rather than overlooked. */
const redactionsMax = 1_000_000

type Redacted = EventBody<'gatetrail.record.redacted'>

export class Redactions {
  /** By `session:seq`: `leaf hash before > after`, for each time; without an after any bytes will do. */
  readonly #known = new Map<string, string[]>()

  add({ session, seq, leafHash, redactedHash = '' }: Redacted): void {
    const key = `${session}:${seq}`
    const text = `${leafHash}>${redactedHash}`
    const known = this.#known.get(key)
    if (known === undefined) {
      if (this.#known.size < redactionsMax) this.#known.set(key, [text])
    } else if (!known.includes(text)) known.push(text)
  }

  /** `key`: `session:seq`; `leaf`: as written; `now`: of the bytes that are there. All hex. */
  explain(key: string, leaf: string, now: string): boolean {
    const known = this.#known.get(key)
    if (known === undefined) return false
    return known.includes(`${leaf}>${now}`) || known.includes(`${leaf}>`)
  }
}
