/**
 * Who waits for what to be on record. `write`: everything waits for the write at the end of its turn. `fsync`: a command
 * also waits for the next fsync (one is in flight, whoever comes meanwhile shares the one after), output may run ahead of
 * it by a bounded amount per session (design §1).
 */
import { limits, type GatetrailError } from '@gatetrail/schemas'
import type { SessionStamp } from '../session-stamp.ts'

export type WrittenCallback = (error: GatetrailError | undefined) => void
export type Durability = 'write' | 'fsync'
type Sync = (done: (error: Error | undefined) => void) => void

type SessionState = {
  /** recordedBytes that are written, are being synced, are synced. */
  writtenBytes: number
  syncingBytes: number
  syncedBytes: number
  unsyncedSinceMs: number
  outputsWaiting: number
}
type Waiting = { state: SessionState; what: 'command' | 'output'; callback: WrittenCallback }

export class CommitQueue {
  readonly #durability: Durability
  readonly #sync: Sync
  readonly #nowMs: () => number
  readonly #syncFailed: (error: Error) => void
  /** Two lists that take turns, so that a turn of the event loop allocates none. */
  #added: WrittenCallback[] = []
  #running: WrittenCallback[] = []
  #addedStamps: { stamp: SessionStamp; what: 'command' | 'output' }[] = []
  readonly #sessions = new WeakMap<SessionStamp, SessionState>()
  #dirty = new Set<SessionState>()
  #batch: Waiting[] = []
  #nextBatch: Waiting[] = []
  #syncing = false
  /** Bumped by a failure: what an older fsync says no longer counts. */
  #generation = 0

  constructor(
    durability: Durability,
    sync: Sync,
    syncFailed: (error: Error) => void,
    nowMs: () => number = () => performance.now(),
  ) {
    this.#durability = durability
    this.#sync = sync
    this.#syncFailed = syncFailed
    this.#nowMs = nowMs
  }

  get isEmpty(): boolean {
    return this.#added.length + this.#batch.length + this.#nextBatch.length === 0
  }

  add(stamp: SessionStamp, what: 'command' | 'output', callback: WrittenCallback): void {
    this.#added.push(callback)
    if (this.#durability === 'fsync') this.#addedStamps.push({ stamp, what })
  }

  /** Everything appended so far is written: runs, in order, those for whom that is enough. */
  written(): void {
    if (this.#added.length === 0) return
    const callbacks = this.#added
    this.#added = this.#running
    this.#running = callbacks
    const ready = this.#durability === 'write' ? callbacks : this.#readyBeforeSync(callbacks)
    if (this.#durability === 'fsync') this.#syncNext()
    run(ready, undefined)
    callbacks.length = 0
  }

  /** Nobody who waits now will be on record by what was written: all of them are told so. */
  fail(error: GatetrailError): void {
    this.#generation++
    this.#syncing = false
    const waiting = [...this.#batch, ...this.#nextBatch]
    const callbacks = [...waiting.map(({ callback }) => callback), ...this.#added]
    for (const { state } of waiting) state.outputsWaiting = 0
    for (const state of this.#dirty) state.syncedBytes = state.writtenBytes
    this.#dirty.clear()
    this.#batch = []
    this.#nextBatch = []
    this.#added = []
    this.#addedStamps = []
    run(callbacks, error)
  }

  #readyBeforeSync(callbacks: readonly WrittenCallback[]): WrittenCallback[] {
    const now = this.#nowMs()
    const ready: WrittenCallback[] = []
    const stamps = this.#addedStamps
    this.#addedStamps = []
    callbacks.forEach((callback, index) => {
      const { stamp, what } = stamps[index]!
      const state = this.#stateOf(stamp)
      state.writtenBytes = stamp.recordedBytes
      if (!this.#dirty.has(state)) {
        this.#dirty.add(state)
        state.unsyncedSinceMs = now
      }
      if (what === 'output' && this.#mayRunAhead(state, now)) {
        ready.push(callback)
        return
      }
      if (what === 'output') state.outputsWaiting++
      this.#nextBatch.push({ state, what, callback })
    })
    return ready
  }

  /** A session's outputs stay in order: none overtakes one that waits. */
  #mayRunAhead(state: SessionState, now: number): boolean {
    return (
      state.outputsWaiting === 0 &&
      state.writtenBytes - state.syncedBytes <= limits.journal.unsyncedOutputBytesMax &&
      now - state.unsyncedSinceMs <= limits.journal.unsyncedOutputMsMax
    )
  }

  #syncNext(): void {
    if (this.#syncing || this.#dirty.size === 0) return
    this.#syncing = true
    this.#batch = this.#nextBatch
    this.#nextBatch = []
    for (const state of this.#dirty) state.syncingBytes = state.writtenBytes
    const syncing = this.#dirty
    this.#dirty = new Set()
    for (const state of syncing) this.#dirty.add(state)
    const generation = this.#generation
    const startedMs = this.#nowMs()
    this.#sync((error) => {
      if (generation !== this.#generation) return
      this.#syncing = false
      if (error !== undefined) return this.#syncFailed(error)
      for (const state of syncing) {
        state.syncedBytes = state.syncingBytes
        state.unsyncedSinceMs = startedMs
        if (state.writtenBytes === state.syncedBytes) this.#dirty.delete(state)
      }
      const batch = this.#batch
      this.#batch = []
      for (const { state, what } of batch) if (what === 'output') state.outputsWaiting--
      this.#syncNext()
      run(
        batch.map(({ callback }) => callback),
        undefined,
      )
    })
  }

  #stateOf(stamp: SessionStamp): SessionState {
    let state = this.#sessions.get(stamp)
    if (state === undefined) {
      state = {
        writtenBytes: 0,
        syncingBytes: 0,
        syncedBytes: 0,
        unsyncedSinceMs: 0,
        outputsWaiting: 0,
      }
      this.#sessions.set(stamp, state)
    }
    return state
  }
}

/** One caller's bug must not keep the others waiting: it is thrown after all have run, outside of this. */
function run(callbacks: readonly WrittenCallback[], error: GatetrailError | undefined): void {
  for (const callback of callbacks) {
    try {
      callback(error)
    } catch (bug) {
      queueMicrotask(() => {
        throw bug
      })
    }
  }
}
