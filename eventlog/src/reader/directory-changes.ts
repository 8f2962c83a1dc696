/**
 * Whether names came to a directory, or left it, since it was listed: one system call that takes microseconds, where a listing takes
 * turns of the thread pool. Whoever follows journals looks forty times a second.
 */
import { statSync } from 'node:fs'

/** Clocks of file systems tick every few milliseconds, some every second: a change within the tick of the one before has the same time. */
const settledMs = 2_500
/** A directory is listed so often whatever its time says: where clocks differ a change may not show in it. */
const believedMs = 5_000

/** Of a listing that is being made: what the directory's time was before it. */
export type Listing = { readonly changedMs: number | undefined; readonly atMs: number }

export class DirectoryChanges {
  readonly #directory: string
  #listed: Listing | undefined

  constructor(directory: string) {
    this.#directory = directory
  }

  /** Before it is listed: what comes while it is being listed counts as a change. */
  begin(): Listing {
    const changedMs = this.#changedMs()
    const isSettled = changedMs !== undefined && Date.now() - changedMs > settledMs
    return { changedMs: isSettled ? changedMs : undefined, atMs: performance.now() }
  }

  /** Once all that was listed is taken over: a listing that fails is none. */
  end(listing: Listing): void {
    this.#listed = listing.changedMs === undefined ? undefined : listing
  }

  /** False only if a listing would show what the last one did. */
  any(): boolean {
    const listed = this.#listed
    if (listed === undefined || performance.now() - listed.atMs > believedMs) return true
    return this.#changedMs() !== listed.changedMs
  }

  #changedMs(): number | undefined {
    return statSync(this.#directory, { throwIfNoEntry: false })?.mtimeMs
  }
}
