/**
 * What unqualified names mean in a session: its search_path and its role, through transactions and savepoints as PostgreSQL
 * keeps them. From session-sql.ts. Pure. PostgreSQL documentation, "SET".
 */

/** `default`: as the session began. `unknown`: it can't be told. */
export type Naming = {
  readonly searchPath: readonly string[] | 'default' | 'unknown'
  readonly role: { readonly name: string } | 'default' | 'unknown'
}

type Savepoint = { name: string; order: number; now: Naming; kept: Naming }

const savepointsMax = 1_000

export class NamingState {
  readonly #initial: Naming
  /** As of now. */
  #now: Naming
  /** What a COMMIT leaves: without SET LOCAL. */
  #kept: Naming
  /** What a ROLLBACK returns to. */
  #before: Naming
  #savepoints: Savepoint[] = []
  #order = 0
  #lost = false

  constructor(initial: Naming) {
    this.#initial = initial
    this.#now = initial
    this.#kept = initial
    this.#before = initial
  }

  get now(): Naming {
    return this.#now
  }

  /** A transaction that ends now leaves something else than what is. */
  get unsettled(): boolean {
    return this.#now !== this.#before || this.#kept !== this.#before
  }

  /** Grows with every savepoint: what was made after one has a higher number. */
  get order(): number {
    return this.#order
  }

  change(change: Partial<Naming>, local: boolean): void {
    this.#now = { ...this.#now, ...change }
    if (!local) this.#kept = { ...this.#kept, ...change }
  }

  /** RESET, and RESET ALL. */
  reset(what: 'searchPath' | 'role' | 'all', local: boolean): void {
    const { searchPath, role } = this.#initial
    // RESET ALL leaves the role.
    this.change(what === 'role' ? { role } : { searchPath }, local)
  }

  /** Code ran that may have changed anything. */
  doubt(): void {
    this.change({ searchPath: 'unknown', role: 'unknown' }, false)
  }

  /** The target says so itself. */
  reported(searchPath: readonly string[]): void {
    this.#now = { ...this.#now, searchPath }
    this.#kept = { ...this.#kept, searchPath }
  }

  /** A transaction ended. */
  settle(committed: boolean): void {
    this.#now = committed ? this.#kept : this.#before
    this.#kept = this.#now
    this.#before = this.#now
    this.#savepoints = []
    this.#lost = false
  }

  savepoint(name: string): void {
    this.#order++
    if (this.#savepoints.length >= savepointsMax) this.#lost = true
    else {
      const { order } = this
      this.#savepoints.push({ name, order, now: this.#now, kept: this.#kept })
    }
  }

  /** Returns the order of the savepoint: what was made from there on is gone. Undefined: it can't be told what is. */
  rollbackTo(name: string): number | undefined {
    const index = this.#savepoints.findLastIndex((savepoint) => savepoint.name === name)
    const savepoint = this.#savepoints[index]
    if (savepoint === undefined || this.#lost) {
      this.doubt()
      return undefined
    }
    this.#savepoints.length = index + 1
    this.#now = savepoint.now
    this.#kept = savepoint.kept
    return savepoint.order
  }

  release(name: string): void {
    const index = this.#savepoints.findLastIndex((savepoint) => savepoint.name === name)
    if (index !== -1) this.#savepoints.length = index
  }
}
