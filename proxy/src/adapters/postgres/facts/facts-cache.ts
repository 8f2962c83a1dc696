/**
 * Descriptions of texts seen before, for all sessions of the process. By template where the text has one (template.ts),
 * else by the whole text. From the relay's hot path, to describe-statement.ts on a miss.
 */
import { limits } from '@gatetrail/schemas'
import { describeStatement, type StatementDescription } from './describe-statement.ts'
import type { SqlEnvironment } from './environment.ts'
import { makeTemplate, template, templatedBytesMax, templateEquals } from './template.ts'

export type FactsCache = {
  /**
   * The description of a text in an environment. The same object for the same template, so decisions can be cached by
   * its `id`.
   */
  describe(text: string, environment: SqlEnvironment): StatementDescription
  /** The same from UTF-8 in [start, end); on a hit by template no string is made. Text that is no UTF-8 is incomplete. */
  describeBytes(
    bytes: Uint8Array,
    start: number,
    end: number,
    environment: SqlEnvironment,
  ): StatementDescription
  readonly entries: number
  readonly bytes: number
}

export type FactsCacheOptions = {
  entriesMax: number
  /** Estimated memory of texts and descriptions. */
  bytesMax: number
}

/** Longer texts are bulk data and rarely come twice. */
const cachedCharactersMax = 64 * limits.KiB
/** What a description takes, roughly, beyond a multiple of its text. */
const descriptionBytes = 2048
const bytesPerCharacter = 4

type Entry = {
  environmentId: number
  template: Uint8Array | undefined
  description: StatementDescription
  bytes: number
  used: boolean
}

export function createFactsCache({ entriesMax, bytesMax }: FactsCacheOptions): FactsCache {
  // Half of the bounds each, so that bulk of one kind doesn't push out the other.
  const byTemplate = new BoundedMap<number>(entriesMax / 2, bytesMax / 2)
  const byText = new BoundedMap<string>(entriesMax / 2, bytesMax / 2)
  const scratch = new Uint8Array(templatedBytesMax)
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

  /** `template` was made from `text` (and is overwritten by nothing in between) or `templated` is false. */
  function describeText(
    text: string,
    templated: boolean,
    environment: SqlEnvironment,
  ): StatementDescription {
    const environmentId = environment.id
    const textKey = `${environmentId} ${text}`
    const known = byText.get(textKey)
    if (known !== undefined) return known.description
    const description = describeStatement(text, environment)
    // A failure may pass (a parser that starts again), and must not stick to a template.
    if (description.parseError !== undefined || text.length > cachedCharactersMax)
      return description
    const bytes = descriptionBytes + text.length * bytesPerCharacter
    if (templated && !description.literalSensitive) {
      const made = template.bytes.slice(0, template.length)
      const entry = { environmentId, template: made, description, bytes, used: false }
      byTemplate.set(hashIn(environmentId), entry)
    } else {
      const entry = { environmentId, template: undefined, description, bytes, used: false }
      byText.set(textKey, entry)
    }
    return description
  }

  function findByTemplate(environmentId: number): StatementDescription | undefined {
    const entry = byTemplate.get(hashIn(environmentId))
    if (entry?.template === undefined || entry.environmentId !== environmentId) return undefined
    if (!templateEquals(entry.template)) return undefined
    return entry.description
  }

  return {
    describe(text, environment) {
      const { length } = text
      if (length > templatedBytesMax) return describeText(text, false, environment)
      for (let index = 0; index < length; index++) {
        const code = text.charCodeAt(index)
        if (code > 127) return describeText(text, false, environment)
        scratch[index] = code
      }
      if (!makeTemplate(scratch, 0, length)) return describeText(text, false, environment)
      return findByTemplate(environment.id) ?? describeText(text, true, environment)
    },
    describeBytes(bytes, start, end, environment) {
      const templated = makeTemplate(bytes, start, end)
      if (templated) {
        const known = findByTemplate(environment.id)
        if (known !== undefined) return known
      }
      let text: string
      try {
        text = decoder.decode(bytes.subarray(start, end))
      } catch {
        text = '\0' // No text that PostgreSQL would take; described as such.
      }
      return describeText(text, templated, environment)
    },
    get entries() {
      return byTemplate.size + byText.size
    },
    get bytes() {
      return byTemplate.bytes + byText.bytes
    },
  }
}

/** Of the template made last, in this environment: the same text has a place of its own in each. */
function hashIn(environmentId: number): number {
  return Math.imul(template.hash ^ environmentId, 0x01000193)
}

/** Forgets the oldest entry that was not used since it was last looked at (a clock). */
class BoundedMap<Key> {
  readonly #entries = new Map<Key, Entry>()
  readonly #entriesMax: number
  readonly #bytesMax: number
  bytes = 0

  constructor(entriesMax: number, bytesMax: number) {
    this.#entriesMax = entriesMax
    this.#bytesMax = bytesMax
  }

  get size(): number {
    return this.#entries.size
  }

  get(key: Key): Entry | undefined {
    const entry = this.#entries.get(key)
    if (entry !== undefined) entry.used = true
    return entry
  }

  set(key: Key, entry: Entry): void {
    this.#remove(key)
    this.#entries.set(key, entry)
    this.bytes += entry.bytes
    while (this.#entries.size > this.#entriesMax || this.bytes > this.#bytesMax) this.#forgetOne()
  }

  #forgetOne(): void {
    for (const [key, entry] of this.#entries) {
      if (!entry.used) return this.#remove(key)
      entry.used = false
      this.#entries.delete(key)
      this.#entries.set(key, entry)
    }
  }

  #remove(key: Key): void {
    const entry = this.#entries.get(key)
    if (entry === undefined) return
    this.#entries.delete(key)
    this.bytes -= entry.bytes
  }
}
