/** Rows wait until the catalogue is read again, if it must be before they can be masked. From result-rows.ts and copy-answers.ts. */
import type { ColumnDescription } from '@gatetrail/protocols'
import { isBlocked } from '../catalogue/load-model.ts'
import { unknownTables } from '../masking/row-plan.ts'
import type { SessionState } from './session-state.ts'

const renamedTablesMax = 1_000
/** While an open transaction holds a definition, rows wait about this many times 2 s (the catalogue's lock_timeout). */
const attemptsMax = 12

export type DeferredAnswer = { type: number; bytes: Buffer; start: number; end: number }

export class CatalogueWait {
  readonly #state: SessionState
  readonly #hold: () => void
  readonly #onRefreshed: (error: unknown) => void
  #deferred: DeferredAnswer | undefined
  /** The catalogue was read for the frame that is deferred. */
  #refreshed = false

  /**
   * `hold` keeps what the target sent behind this frame. `onRefreshed` is called outside of any input, when the catalogue
   * was read again, or with why it could not.
   */
  constructor(state: SessionState, hold: () => void, onRefreshed: (error: unknown) => void) {
    this.#state = state
    this.#hold = hold
    this.#onRefreshed = onRefreshed
  }

  get waiting(): boolean {
    return this.#deferred !== undefined
  }

  /** The frame that waited. */
  take(): DeferredAnswer | undefined {
    const deferred = this.#deferred
    this.#deferred = undefined
    return deferred
  }

  /** True: this frame waits, and comes again. `columns`: of the result; `named`: bare names of the relations of its statement. */
  defer(
    columns: readonly ColumnDescription[] | undefined,
    named: ReadonlySet<string> | undefined,
    type: number,
    bytes: Buffer,
    start: number,
    end: number,
  ): boolean {
    const state = this.#state
    if (this.#refreshed) {
      this.#refreshed = false
      return false
    }
    // What this transaction has defined the catalogue can't show, and to read it might wait for this very transaction.
    if (state.catalogueUncertain) return false
    const unknown = columns === undefined ? [] : this.#unknown(columns, named)
    const stale = state.catalogueStale && state.tagged && !state.inTransaction
    if (unknown.length === 0 && !stale) return false
    for (const oid of unknown) {
      state.unknownTables.add(oid)
      if (state.snapshot.relations.has(oid) && state.renamedTables.size < renamedTablesMax) {
        state.renamedTables.add(oid)
      }
    }
    state.catalogueStale = false
    this.#deferred = { type, bytes, start, end }
    this.#hold()
    this.#refresh(1)
    return true
  }

  /** What rows show must be known: other than a statement, they can't go on as if nothing were. */
  #refresh(attempt: number): void {
    const state = this.#state
    state.context.catalogue.refresh().then(
      () => {
        this.#refreshed = true
        this.#onRefreshed(undefined)
      },
      (error: unknown) => {
        if (state.tagged && isBlocked(error) && attempt < attemptsMax) {
          this.#refresh(attempt + 1)
          return
        }
        this.#refreshed = !state.tagged
        this.#onRefreshed(state.tagged ? error : undefined)
      },
    )
  }

  #unknown(
    columns: readonly ColumnDescription[],
    named: ReadonlySet<string> | undefined,
  ): number[] {
    const { snapshot, renamedTables, tagged, unknownTables: asked } = this.#state
    return unknownTables(columns, snapshot, asked, tagged ? named : undefined).filter(
      (oid) => !renamedTables.has(oid) || !snapshot.relations.has(oid),
    )
  }
}
