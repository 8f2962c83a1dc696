/** The client's messages wait until the target has answered: behind a statement after which others may mean something else, and where a name is not clear yet. */
import { frontendTypes } from '@gatetrail/protocols'
import { GatetrailError } from '@gatetrail/schemas'
import type { SessionState } from './session-state.ts'

export type DeferredMessage = { type: number; bytes: Buffer; start: number; end: number }

const flushMessage = Buffer.from([frontendTypes.flush, 0, 0, 0, 4])

export class ClientWait {
  readonly #state: SessionState
  readonly #hold: () => void
  #deferred: DeferredMessage | undefined

  /** `hold` keeps what is read behind this message. */
  constructor(state: SessionState, hold: () => void) {
    this.#state = state
    this.#hold = hold
  }

  /** This message waits until everything before it is answered. */
  defer(type: number, bytes: Buffer, start: number, end: number): void {
    this.#deferred = { type, bytes, start, end }
    this.drainExtended()
  }

  /** What follows waits until everything is answered. */
  drain(): void {
    if (this.#state.replies.empty) {
      throw new GatetrailError('PROTOCOL_VIOLATION', 'a message refers to answers that cannot come')
    }
    this.#state.draining = true
    this.#hold()
  }

  /** The same where the target keeps its answers until it is asked for them. */
  drainExtended(): void {
    this.#state.toTarget.add(flushMessage, 0, flushMessage.length)
    this.drain()
  }

  /** Everything is answered. Returns the message that waited, if one did. */
  end(): DeferredMessage | undefined {
    const deferred = this.#deferred
    this.#deferred = undefined
    this.#state.draining = false
    return deferred
  }
}
