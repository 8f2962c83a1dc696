/** The client's messages wait until the target has answered: behind a statement after which others may mean something else, and where a name is not clear yet. */
import { frontendTypes } from '@gatetrail/protocols'
import { GatetrailError } from '@gatetrail/schemas'
import { temporaryNames } from '../catalogue/snapshot.ts'
import type { SessionState } from './session-state.ts'
import type { StatementForm } from './statement-form.ts'

export type DeferredMessage = { type: number; bytes: Buffer; start: number; end: number }

const flushMessage = Buffer.from([frontendTypes.flush, 0, 0, 0, 4])

/** Of statements that are described without knowing what is there. */
const definitions = new Set(['schema', 'session'])

export class ClientWait {
  readonly #state: SessionState
  readonly #hold: () => void
  readonly #onRefreshed: () => void
  /** The catalogue was read for the message that is deferred. */
  #refreshed = false
  /** It is being read. */
  #refreshing = false
  #deferred: DeferredMessage | undefined

  /**
   * `hold` keeps what is read behind this message. `onRefreshed` is called outside of any input, when the catalogue was
   * read again, or could not be; then the message goes on.
   */
  constructor(state: SessionState, hold: () => void, onRefreshed: () => void) {
    this.#state = state
    this.#hold = hold
    this.#onRefreshed = onRefreshed
  }

  /**
   * Whether the catalogue must be read again before this statement can be described: this session changed it, and the
   * statement is more than another definition. In a transaction reading it again would not show the changes.
   */
  needsCatalogue({ description }: StatementForm): boolean {
    const state = this.#state
    const refreshed = this.#refreshed
    this.#refreshed = false
    const { facts, reach } = description
    // What code made must be known before the session makes its own, to tell them apart.
    const mixes = state.sql.temporaryDoubted && reach.creates.some(({ temporary }) => temporary)
    if (refreshed || !state.settled) return false
    if (mixes) return true
    if (!state.catalogueStale) return false
    const defines = facts.complete && facts.effects.every((effect) => definitions.has(effect))
    return !defines && (state.tagged || reach.unknown || !facts.complete)
  }

  /** This message waits until the catalogue is read. */
  deferForCatalogue(type: number, bytes: Buffer, start: number, end: number): void {
    this.#deferred = { type, bytes, start, end }
    this.#refreshing = true
    this.#hold()
    const state = this.#state
    state.catalogueStale = false
    const goOn = (): void => {
      this.#refreshing = false
      this.#refreshed = true
      this.#onRefreshed()
    }
    state.context.catalogue.refresh().then(
      () => {
        state.sql.catalogueRead(temporaryNames(state.snapshot))
        goOn()
      },
      () => {
        // The catalogue has put on its log why. This statement goes on without it; for the next one it is tried again.
        state.catalogueStale = true
        state.sql.catalogueMissed()
        goOn()
      },
    )
  }

  /** Nothing goes on before the catalogue is read. */
  get refreshing(): boolean {
    return this.#refreshing
  }

  /** This message waits until everything before it is answered. */
  defer(type: number, bytes: Buffer, start: number, end: number): void {
    this.#deferred = { type, bytes, start, end }
    this.drainExtended()
  }

  /** This message waits until a question of ours before it is answered. */
  deferBehindQuestion(type: number, bytes: Buffer, start: number, end: number): void {
    this.#deferred = { type, bytes, start, end }
    this.drain()
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
