/**
 * The relay of one PostgreSQL session, after the front door has let the client in: client-leg.ts reads what the client
 * sends, target-leg.ts what the target answers. Here stands the order that makes the audit write-ahead: taken in, put on
 * record, and only then forwarded; and here a session ends, once.
 */
import { describeEnd, type SessionEnd } from './session-end.ts'
import { errorResponseMessage, terminateMessage } from '@gatetrail/protocols'
import { GatetrailError, limits } from '@gatetrail/schemas'
import type { SessionClock } from '../recorder/record-sink.ts'
import type { EndCause } from '../sessions.ts'
import { ClientLeg } from './client-leg.ts'
import type { CloseReason, Relay, RelayContext, RelayStats } from './context.ts'
import { Flow, pauseReasons } from './flow.ts'
import { Outbox } from './outbox.ts'
import { readOnlyParameter, SessionState } from './session-state.ts'
import { TargetLeg } from './target-leg.ts'

/**
 * Waiting to be written to one side; the other side is not read then. With an incomplete frame: below the limit of a session. And
 * so little that one read or two of a busy socket are all that it gets of a turn: what others ask in it does not wait for more.
 */
const waitingBytesMax = limits.session.bufferedBytesMax / 16
const waitingBytesLow = waitingBytesMax / 4
const lingerMs = 1_000

export function startRelay<Stamp extends SessionClock>(context: RelayContext<Stamp>): Relay {
  return new SessionRelay(context)
}

class SessionRelay<Stamp extends SessionClock> implements Relay {
  readonly ended: Promise<CloseReason>
  readonly #context: RelayContext<Stamp>
  readonly #state: SessionState<Stamp>
  readonly #client: ClientLeg
  readonly #target: TargetLeg
  readonly #clientFlow: Flow
  readonly #targetFlow: Flow
  readonly #releaseToClient: (error: GatetrailError | undefined) => void
  readonly #releaseToTarget: (error: GatetrailError | undefined) => void
  #resolveEnded: (reason: CloseReason) => void = () => {}
  #ending = false
  #journalPause: NodeJS.Timeout | undefined
  #expiry: NodeJS.Timeout | undefined
  /** The target is gone, and what it sent before still waits. */
  #targetEnded = false

  constructor(context: RelayContext<Stamp>) {
    this.#context = context
    const { client, upstream } = context
    this.#state = new SessionState(context, new Outbox(client), new Outbox(upstream))
    this.#client = new ClientLeg(this.#state, () => this.#clientGoesOn())
    this.#target = new TargetLeg(this.#state, (error) => this.#catalogueRefreshed(error))
    this.#clientFlow = new Flow(client)
    this.#targetFlow = new Flow(upstream)
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve
    })
    this.#releaseToClient = (error) => {
      if (error !== undefined) return this.#fail(error)
      const { toClient } = this.#state
      toClient.release()
      if (toClient.pendingBytes === 0) this.#target.pool.forwarded()
      if (toClient.waitingBytes <= waitingBytesLow) this.#targetFlow.resume(pauseReasons.full)
    }
    this.#releaseToTarget = (error) => {
      if (error !== undefined) return this.#fail(error)
      const { toTarget } = this.#state
      toTarget.release()
      if (toTarget.pendingBytes === 0) this.#client.pool.forwarded()
      if (toTarget.waitingBytes <= waitingBytesLow) this.#clientFlow.resume(pauseReasons.full)
    }
    this.#listen()
    if (context.maxSessionMs !== undefined) {
      this.#expiry = setTimeout(() => this.terminate('expired'), context.maxSessionMs)
      this.#expiry.unref()
    }
    if (context.readOnly === true && context.parameters?.get(readOnlyParameter) === 'off') {
      this.#fail(notStartedReadOnly(), 'target')
    }
    if (context.upstreamHead !== undefined) this.#fromTarget(bufferOf(context.upstreamHead))
    if (context.clientHead !== undefined) this.#fromClient(bufferOf(context.clientHead))
  }

  get stats(): RelayStats {
    const { recorder, bytesFromClient, bytesToClient, coverage } = this.#state
    const { statements, rows } = recorder
    return { statements, rows, bytesFromClient, bytesToClient, coverage: coverage.report() }
  }

  terminate(cause: EndCause): void {
    this.#end(describeEnd(cause))
  }

  #listen(): void {
    const { client, upstream } = this.#context
    client.on('data', (bytes: Buffer) => this.#fromClient(bytes))
    upstream.on('data', (bytes: Buffer) => this.#fromTarget(bytes))
    client.on('drain', () => this.#targetFlow.resume(pauseReasons.full))
    upstream.on('drain', () => this.#clientFlow.resume(pauseReasons.full))
    const clientGone = (): void => this.#end(describeEnd('client_vanished'))
    client.on('end', clientGone)
    client.on('error', clientGone)
    client.on('close', clientGone)
    const targetGone = (): void => {
      if (this.#target.splitter.held) this.#targetEnded = true
      else this.#end(describeEnd('target_closed', this.#target.fatal))
    }
    upstream.on('end', targetGone)
    upstream.on('error', targetGone)
    upstream.on('close', targetGone)
    client.resume()
    upstream.resume()
  }

  /** Nothing that comes in now may go on. */
  #stopped(): boolean {
    if (this.#ending) return true
    const error = this.#context.leaseEnd?.()
    if (error !== undefined) this.terminate(error)
    return this.#ending
  }

  #fromClient(bytes: Buffer): void {
    if (this.#stopped()) return
    try {
      this.#client.splitter.push(bytes)
      this.#settle()
    } catch (error) {
      this.#fail(error)
    }
  }

  #fromTarget(bytes: Buffer): void {
    if (this.#stopped()) return
    try {
      this.#target.splitter.push(bytes)
      // What waited for these answers goes on; it may have to wait for its own.
      this.#goOn()
      this.#settle()
    } catch (error) {
      this.#fail(error, 'target')
    }
  }

  /** The client's messages that waited for answers, or for a COPY that takes their data. */
  #goOn(): void {
    const state = this.#state
    if (state.draining) state.replies.forgetCopyEnds()
    while (state.draining && (state.replies.empty || state.copyIn !== undefined)) {
      this.#client.goOn()
    }
  }

  /** The catalogue was read again for a message of the client. */
  #clientGoesOn(): void {
    if (this.#ending) return
    try {
      this.#client.goOn()
      this.#goOn()
      this.#settle()
    } catch (caught) {
      this.#fail(caught)
    }
  }

  #catalogueRefreshed(error: unknown): void {
    if (this.#ending) return
    if (error !== undefined) return this.#fail(error, 'target')
    try {
      this.#target.goOn()
      this.#goOn()
      this.#settle()
    } catch (caught) {
      this.#fail(caught, 'target')
    }
    if (this.#targetEnded && !this.#target.splitter.held) {
      this.#end(describeEnd('target_closed', this.#target.fatal))
    }
  }

  /**
   * The end of each piece of input. The order is the promise of the audit: first everything that was taken in is appended
   * to the journal, then the journal is asked to say when it is there, and only its answer writes to a socket.
   */
  #settle(): void {
    const { recorder, toClient, toTarget } = this.#state
    const { journal, stamp } = this.#context
    recorder.seal()
    if (toTarget.seal()) journal.afterWrite(stamp, 'command', this.#releaseToTarget)
    if (toClient.seal()) journal.afterWrite(stamp, 'output', this.#releaseToClient)
    if (this.#client.terminated) {
      this.#end(describeEnd('client_closed'))
      return
    }
    if (toTarget.waitingBytes > waitingBytesMax) this.#clientFlow.pause(pauseReasons.full)
    if (toClient.waitingBytes > waitingBytesMax) this.#targetFlow.pause(pauseReasons.full)
    // Read on until something waits: a client that leaves during a long statement must be noticed.
    const { held, bufferedBytes } = this.#client.splitter
    hold(this.#clientFlow, held && bufferedBytes > 0)
    hold(this.#targetFlow, this.#target.splitter.held)
    const pauseMs = journal.pauseMs(stamp)
    if (pauseMs > 0 && this.#journalPause === undefined) this.#pauseForJournal(pauseMs)
  }

  #pauseForJournal(pauseMs: number): void {
    this.#clientFlow.pause(pauseReasons.journal)
    this.#targetFlow.pause(pauseReasons.journal)
    this.#journalPause = setTimeout(() => {
      this.#journalPause = undefined
      this.#clientFlow.resume(pauseReasons.journal)
      this.#targetFlow.resume(pauseReasons.journal)
    }, pauseMs)
  }

  #fail(error: unknown, side: 'client' | 'target' = 'client'): void {
    const end = describeEnd(error, side)
    if (end.reason === 'internal_error') {
      this.#context.log.error({ err: error, session: this.#context.stamp.id }, 'a session failed')
    }
    this.#end(end)
  }

  #end(end: SessionEnd): void {
    if (this.#ending) return
    this.#ending = true
    clearTimeout(this.#expiry)
    clearTimeout(this.#journalPause)
    this.#clientFlow.pause(pauseReasons.ended)
    this.#targetFlow.pause(pauseReasons.ended)
    this.#target.pool.release()
    this.#client.pool.release()
    const { journal, stamp } = this.#context
    const { toTarget } = this.#state
    if (!this.#state.replies.empty && end.reason !== 'target_closed') this.#context.cancelTarget?.()
    try {
      if (end.reason === 'journal_unwritable') throw end.error
      if (end.reason !== 'client_closed') toTarget.clear()
      this.#appendEnd(end)
      journal.afterWrite(stamp, 'command', (error) => this.#closeTarget(end, error))
      journal.afterWrite(stamp, 'output', (error) => this.#closeClient(end, error))
    } catch {
      this.#endUnrecorded(end)
    }
    this.#context.onEnd(end.reason, end.error, this.stats)
  }

  /** Nothing more can be put on record: nothing more is forwarded, and the client hears why. */
  #endUnrecorded(end: SessionEnd): void {
    const { client } = this.#context
    this.#state.toClient.clear()
    this.#state.toTarget.clear()
    try {
      // The journal keeps room for this one, and writes it when it can again.
      this.#state.recorder.closed(this.#closedJson(end))
    } catch {
      this.#context.log.error(
        { session: this.#context.stamp.id },
        'the end of a session is not on record',
      )
    }
    if (client.writable) {
      if (end.lastWords === undefined || this.#target.inFrame) client.end()
      else client.end(errorResponseMessage(end.lastWords))
    }
    this.#closeTarget(end, undefined)
    this.#finish(end)
  }

  /** What is left of the record: statements that got no answer, our last words, and the end itself. */
  #appendEnd(end: SessionEnd): void {
    const state = this.#state
    const { recorder, toClient } = state
    for (const { run } of state.replies.all()) {
      if (run !== undefined && !run.finished) state.abandon(run, end.sqlstate, end.message)
    }
    for (const { run } of state.suspended) if (run !== undefined) recorder.finish(run)
    const { lastWords } = end
    if (lastWords !== undefined && !this.#target.inFrame && this.#context.client.writable)
      state.answerError(lastWords)
    recorder.seal()
    toClient.seal()
    recorder.closed(this.#closedJson(end))
  }

  #closedJson(end: SessionEnd): string {
    const { statements, rows, bytesFromClient, bytesToClient, coverage } = this.stats
    return JSON.stringify({
      reason: end.reason,
      error: end.error?.code,
      message: end.error?.message,
      durationMicros: Math.round(this.#context.stamp.offsetMicros()),
      statements,
      rows,
      bytesFromClient,
      bytesToClient,
      coverage,
    })
  }

  #closeTarget(end: SessionEnd, error: GatetrailError | undefined): void {
    const { upstream } = this.#context
    const { toTarget } = this.#state
    if (error === undefined) while (toTarget.pendingBytes > 0) toTarget.release()
    // After Terminate the target closes by itself. To one that works for a client that is gone, this is the fastest way out.
    const polite = error === undefined && end.reason !== 'client_closed' && !this.#client.terminated
    if (polite && upstream.writable && this.#state.replies.empty) upstream.end(terminateMessage())
    else upstream.end()
    linger(upstream)
  }

  #closeClient(end: SessionEnd, error: GatetrailError | undefined): void {
    const { client } = this.#context
    const { toClient } = this.#state
    if (error === undefined) while (toClient.pendingBytes > 0) toClient.release()
    client.end()
    linger(client)
    this.#finish(end)
  }

  #finish(end: SessionEnd): void {
    linger(this.#context.client)
    this.#resolveEnded(end.reason)
  }
}

function notStartedReadOnly(): GatetrailError {
  return new GatetrailError(
    'UPSTREAM_PROTOCOL_VIOLATION',
    'the target did not begin the session read-only, as it was asked to',
  )
}

function hold(flow: Flow, held: boolean): void {
  if (held) flow.pause(pauseReasons.held)
  else flow.resume(pauseReasons.held)
}

/** A silent peer cannot keep a socket open. What it still sends is thrown away. */
function linger(socket: RelayContext['client']): void {
  if (socket.destroyed) return
  socket.removeAllListeners('data')
  socket.on('data', () => {})
  socket.resume()
  const timer = setTimeout(() => socket.destroy(), lingerMs)
  timer.unref()
  socket.once('close', () => clearTimeout(timer))
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes)
}
