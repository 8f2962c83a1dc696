/**
 * What sessions of this process change of a target's definitions, for all other sessions of it: a function that one has
 * replaced is another one for everybody. From session-state.ts. Counts only; each session reads the catalogue when it is behind.
 */
import type { StatementDescription } from '../facts/index.ts'
import type { CatalogueSource } from './context.ts'

/** `read`: how many of the changes a session has had the catalogue read after. */
type Changes = { count: number; read: number }

const changesBySource = new WeakMap<CatalogueSource, Changes>()

export class SharedDefinitions {
  readonly #changes: Changes
  #seen: number
  /** This session's open transaction changed some: others see them when it ends. */
  #unfinished = false

  constructor(source: CatalogueSource) {
    let changes = changesBySource.get(source)
    if (changes === undefined) {
      changes = { count: 0, read: 0 }
      changesBySource.set(source, changes)
    }
    this.#changes = changes
    this.#seen = changes.read
  }

  /** Some session changed definitions since this one had the catalogue read. */
  get behind(): boolean {
    return this.#seen < this.#changes.count
  }

  /** The catalogue is read now. */
  reading(): void {
    this.#seen = this.#changes.count
    this.#changes.read = this.#seen
  }

  /** A statement was done that changes what the catalogue says. */
  changed(description: StatementDescription): void {
    if (!concernsOthers(description)) return
    this.#unfinished = true
    this.#changes.count++
  }

  transactionEnded(): void {
    if (!this.#unfinished) return
    this.#unfinished = false
    this.#changes.count++
  }
}

/** Temporary relations are the session's own. Of code that can't be read nothing is known: reading after each would cost all. */
function concernsOthers({ facts, reach }: StatementDescription): boolean {
  if (!facts.effects.includes('schema')) return false
  const names = [...facts.writes, ...reach.creates.map(({ temporary }) => (temporary ? 'pg_temp.' : ''))]
  return names.length === 0 || names.some((name) => !name.startsWith('pg_temp.'))
} // prettier-ignore
