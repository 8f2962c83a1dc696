/**
 * What a transport reads, on its way into the state: trusted keys, listeners, the age of the contact, and what was refused.
 * From file-transport.ts and kafka-transport.ts, to control-state.ts.
 */
import { controlLimits, type ControlObject, type ControlRefusal } from '@gatetrail/schemas'
import type { Log } from '../log.ts'
import type { ControlStatus } from './control-log.ts'
import { ControlState, systemTime, type ControlOutcome, type ControlTime } from './control-state.ts'
import type { TrustedKeys } from './trusted-keys.ts'

const expiryIntervalMs = 1_000
/** Lines about refused objects; all of them are counted. */
const refusalsLoggedMax = 100
const listenersMax = 100

export class ControlReader {
  readonly #state: ControlState
  readonly #keys: TrustedKeys
  readonly #time: ControlTime
  readonly #log: Log
  readonly #listeners = new Set<(object: ControlObject) => void>()
  readonly #refused = new Map<ControlRefusal, number>()
  readonly #expiry: NodeJS.Timeout
  #onExpired: ((object: ControlObject) => void) | undefined
  #logged = 0
  #lastContactMs: number
  #lastError: string | undefined
  #incomplete = false

  constructor(keys: TrustedKeys, log: Log, time: ControlTime = systemTime) {
    this.#keys = keys
    this.#log = log
    this.#time = time
    this.#state = new ControlState((key) => keys.find(key), time)
    this.#lastContactMs = time.monotonicMs()
    this.#expiry = setInterval(() => this.#expire(), expiryIntervalMs)
    this.#expiry.unref()
  }

  get state(): ControlState {
    return this.#state
  }

  /** How many keys are trusted now. */
  get trustedKeys(): number {
    return this.#keys.size
  }

  reloadKeys(): Promise<void> {
    return this.#keys.reload()
  }

  /** Takes in what was read. `where` names it in the log. */
  async take(envelope: Uint8Array, where: string): Promise<ControlOutcome> {
    let outcome = this.#state.offer(envelope)
    if (outcome.kind === 'refused' && outcome.reason === 'unknown_key') {
      // A replay instance makes its key when it first starts, maybe after this process did.
      await this.#keys.reload()
      outcome = this.#state.offer(envelope)
    }
    switch (outcome.kind) {
      case 'accepted':
        for (const listener of this.#listeners) listener(outcome.object)
        break
      case 'known':
        break
      case 'refused':
        this.#refuse(outcome.reason, outcome.object, where)
        break
    }
    return outcome
  }

  get monotonicMs(): number {
    return this.#time.monotonicMs()
  }

  /**
   * All has been taken in that was on the log at `atMs` (monotonic): when it was asked for, not when the answer came. A process
   * that was stopped in between knows nothing newer.
   */
  contact(atMs: number): void {
    // With an object missing the state is not that of the log: as if it could not be read.
    if (this.#incomplete) return
    this.#lastContactMs = Math.max(this.#lastContactMs, atMs)
    this.#lastError = undefined
  }

  failed(message: string): void {
    if (this.#lastError !== message)
      this.#log.warn({ error: message }, 'the control log cannot be read')
    this.#lastError = message
  }

  onChange(listener: (object: ControlObject) => void): () => void {
    if (this.#listeners.size >= listenersMax) throw new Error('too many listen to the control log')
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Called for each object that was signed in order and is over. */
  onExpired(listener: (object: ControlObject) => void): void {
    this.#onExpired = listener
  }

  contactAgeMs(): number {
    return this.#time.monotonicMs() - this.#lastContactMs
  }

  status(): ControlStatus {
    return {
      objects: this.#state.size,
      contactAgeMs: this.contactAgeMs(),
      refused: Object.fromEntries(this.#refused),
      lastError: this.#lastError,
    }
  }

  close(): void {
    clearInterval(this.#expiry)
    this.#listeners.clear()
  }

  #refuse(reason: ControlRefusal, object: ControlObject | undefined, where: string): void {
    if (reason === 'expired' && object !== undefined) {
      // Ordinary: it lies there until a publisher takes it away.
      this.#onExpired?.(object)
    } else if (this.#logged++ < refusalsLoggedMax) {
      this.#log.warn(
        { reason, object: object?.id, where },
        'an object of the control log was refused',
      )
    }
    if (reason === 'too_many' && !this.#incomplete) {
      this.#incomplete = true
      this.#lastError = `it holds more than ${controlLimits.objectsMax} objects`
      this.#log.error({ objectsMax: controlLimits.objectsMax }, 'the control log is too large')
    }
    this.#refused.set(reason, (this.#refused.get(reason) ?? 0) + 1)
  }

  #expire(): void {
    for (const object of this.#state.expire()) this.#onExpired?.(object)
  }
}
