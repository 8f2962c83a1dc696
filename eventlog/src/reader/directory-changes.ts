/**
 * Whether names came to a directory, or left it, since it was listed: one system call that takes microseconds, where a listing takes
 * turns of the thread pool. Whoever follows journals looks forty times a second.
 */
import { statSync } from 'node:fs'

/** Clocks of file systems tick every few milliseconds: a change within the tick of the one before has the same time. */
const settledMs = 1_000

export class DirectoryChanges {
  readonly #directory: string
  #listedAsOfMs: number | undefined

  constructor(directory: string) {
    this.#directory = directory
  }

  /** Before it is listed: what comes while it is being listed counts as a change. */
  listing(): void {
    const changedMs = this.#changedMs()
    const settled = changedMs !== undefined && Date.now() - changedMs > settledMs
    this.#listedAsOfMs = settled ? changedMs : undefined
  }

  /** False only if a listing would show what the last one did. */
  any(): boolean {
    return this.#listedAsOfMs === undefined || this.#changedMs() !== this.#listedAsOfMs
  }

  #changedMs(): number | undefined {
    return statSync(this.#directory, { throwIfNoEntry: false })?.mtimeMs
  }
}
