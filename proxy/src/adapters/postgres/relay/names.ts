/**
 * Names of prepared statements or portals, as the target will know them when it comes to a message. A definition counts
 * when the target has confirmed it; until then its batch alone can rely on it, since an error skips the rest of the batch.
 */
export type Definition<Value> = {
  readonly name: string
  /** Undefined: the name is closed. */
  readonly value: Value | undefined
  readonly batch: number
}

export type Resolution<Value> =
  | { kind: 'known'; value: Value }
  | { kind: 'unknown' }
  /** What the name means depends on answers that have not come yet. */
  | { kind: 'ambiguous' }

type Entry<Value> = { confirmed: Value | undefined; pending: Definition<Value>[] }

export class NameTable<Value> {
  readonly #entries = new Map<string, Entry<Value>>()

  get size(): number {
    return this.#entries.size
  }

  /** A message was sent that will define the name, or with `undefined` close it, if it succeeds. */
  define(name: string, value: Value | undefined, batch: number): Definition<Value> {
    const definition = { name, value, batch }
    const entry = this.#entries.get(name)
    if (entry === undefined)
      this.#entries.set(name, { confirmed: undefined, pending: [definition] })
    else entry.pending.push(definition)
    return definition
  }

  resolve(name: string, batch: number): Resolution<Value> {
    const entry = this.#entries.get(name)
    if (entry === undefined) return unknownName
    const last = entry.pending.at(-1)
    if (last === undefined || last.batch === batch) {
      return found(last === undefined ? entry.confirmed : last.value)
    }
    const earlier = entry.pending.length > 1 || entry.confirmed !== undefined
    return earlier ? ambiguousName : found(last.value)
  }

  confirm(definition: Definition<Value>): void {
    const entry = this.#remove(definition)
    if (entry === undefined) return
    entry.confirmed = definition.value
    this.#tidy(definition.name, entry)
  }

  /** The message failed, or was skipped. */
  drop(definition: Definition<Value>): void {
    const entry = this.#remove(definition)
    if (entry !== undefined) this.#tidy(definition.name, entry)
  }

  /** SQL gave the name a meaning, or with `undefined` took it away. */
  set(name: string, value: Value | undefined): void {
    const entry = this.#entries.get(name)
    if (entry !== undefined) {
      entry.confirmed = value
      this.#tidy(name, entry)
    } else if (value !== undefined) this.#entries.set(name, { confirmed: value, pending: [] })
  }

  /** What the name means as far as the target has confirmed. */
  confirmed(name: string): Value | undefined {
    return this.#entries.get(name)?.confirmed
  }

  /** All that names stand for, or may. */
  *values(): Generator<Value> {
    for (const { confirmed, pending } of this.#entries.values()) {
      if (confirmed !== undefined) yield confirmed
      for (const { value } of pending) if (value !== undefined) yield value
    }
  }

  /** Nothing is known any more, of what is on its way neither. */
  clear(): void {
    this.#entries.clear()
  }

  /** Forgets what is confirmed and passes the test. */
  forget(test: (value: Value) => boolean): void {
    for (const [name, entry] of this.#entries) {
      if (entry.confirmed === undefined || !test(entry.confirmed)) continue
      entry.confirmed = undefined
      this.#tidy(name, entry)
    }
  }

  #remove(definition: Definition<Value>): Entry<Value> | undefined {
    const entry = this.#entries.get(definition.name)
    const index = entry?.pending.indexOf(definition) ?? -1
    if (entry === undefined || index === -1) return undefined
    entry.pending.splice(index, 1)
    return entry
  }

  #tidy(name: string, entry: Entry<Value>): void {
    if (entry.confirmed === undefined && entry.pending.length === 0) this.#entries.delete(name)
  }
}

const unknownName = { kind: 'unknown' } as const
const ambiguousName = { kind: 'ambiguous' } as const

function found<Value>(value: Value | undefined): Resolution<Value> {
  return value === undefined ? unknownName : { kind: 'known', value }
}
