/**
 * What the client sends: each message is read, decided on, put on record, and only then forwarded. From start-relay.ts, to
 * simple-query.ts, extended-query.ts, execute.ts, function-call.ts and copy-from-client.ts; the answers are in target-leg.ts. PostgreSQL
 * documentation, "Message Flow".
 */
import {
  FrameSplitter,
  frontendTypes,
  typeName,
  type FrameTarget,
  type FrameTreatment,
} from '@gatetrail/protocols'
import { GatetrailError, limits } from '@gatetrail/schemas'
import { recordFlags } from '../recorder/session-recorder.ts'
import { askNames } from './ask-names.ts'
import { ClientRefusals } from './client-refusals.ts'
import { ClientWait } from './client-wait.ts'
import { CopyFromClient } from './copy-from-client.ts'
import { Execute } from './execute.ts'
import { ExtendedQuery } from './extended-query.ts'
import { FramePool } from './frame-pool.ts'
import { FunctionCall } from './function-call.ts'
import { tooLarge, type Refusal } from './refusals.ts'
import type { SessionState } from './session-state.ts'
import { SimpleQuery } from './simple-query.ts'

const types = frontendTypes
const { statementBytesMax, inspectedFrameBytesMax, bufferedBytesMax } = limits.session

/** Messages whose meaning depends on the session's SQL state. */
const hasNames = new Set<number>([
  types.query,
  types.parse,
  types.bind,
  types.execute,
  types.functionCall,
])

export class ClientLeg implements FrameTarget<Buffer> {
  readonly splitter: FrameSplitter<Buffer>
  readonly pool = new FramePool()
  readonly #state: SessionState
  readonly #refusals: ClientRefusals
  readonly #wait: ClientWait
  readonly #simple: SimpleQuery
  readonly #extended: ExtendedQuery
  readonly #execute: Execute
  readonly #call: FunctionCall
  readonly #copy: CopyFromClient
  #oversized: Refusal | undefined
  terminated = false

  /** `onRefreshed` is called outside of any input, when the catalogue was read again; it calls `goOn`. */
  constructor(state: SessionState, onRefreshed: () => void) {
    this.#state = state
    this.splitter = new FrameSplitter<Buffer>(this, (length) => Buffer.allocUnsafe(length))
    this.#refusals = new ClientRefusals(state)
    this.#wait = new ClientWait(state, () => this.splitter.hold(), onRefreshed)
    this.#simple = new SimpleQuery(state, this.#refusals, this.#wait)
    this.#extended = new ExtendedQuery(state, this.#refusals, this.#wait)
    this.#execute = new Execute(state, this.#refusals, this.#wait)
    this.#call = new FunctionCall(state, this.#refusals, this.#wait)
    this.#copy = new CopyFromClient(state, this.#wait)
  }

  treat(type: number, totalLength: number): FrameTreatment {
    switch (type) {
      case types.query:
      case types.parse:
        if (totalLength <= statementBytesMax) return 'whole'
        this.#oversized = tooLarge('a statement', totalLength, statementBytesMax)
        return 'parts'
      case types.functionCall:
        if (totalLength <= statementBytesMax) return 'whole'
        this.#oversized = tooLarge('a function call', totalLength, statementBytesMax)
        return 'parts'
      case types.bind:
        if (totalLength <= bufferedBytesMax) return 'whole'
        if (totalLength <= inspectedFrameBytesMax && this.pool.tryAssemble(totalLength)) {
          return 'whole'
        }
        this.#oversized = tooLarge('a Bind', totalLength, inspectedFrameBytesMax)
        return 'parts'
      case types.copyData:
        return totalLength <= bufferedBytesMax ? 'whole' : 'parts'
      default:
        throw new GatetrailError(
          'FRAME_TOO_LARGE',
          `a message of type ${typeName(type)} may not have ${totalLength} bytes`,
        )
    }
  }

  frame(type: number, bytes: Buffer, start: number, end: number): void {
    const state = this.#state
    this.pool.assembled()
    state.bytesFromClient += end - start
    if (this.#refusals.skips(type)) {
      state.recorder.withheld(recordFlags.fromClient, type, end - start)
      return
    }
    this.#dispatch(type, bytes, start, end)
  }

  part(
    type: number,
    bytes: Buffer,
    start: number,
    end: number,
    first: boolean,
    last: boolean,
    totalLength: number,
  ): void {
    const state = this.#state
    state.bytesFromClient += end - start
    if (type === types.copyData) {
      if (this.#refusals.skips(type)) return
      this.#copy.part(bytes, start, end, first, last, totalLength)
      return
    }
    if (!last) return
    state.recorder.withheld(recordFlags.fromClient, type, totalLength)
    const refusal = this.#oversized!
    this.#oversized = undefined
    if (this.#refusals.skips(type)) return
    this.#refusals.refuseUndescribed(type, refusal)
  }

  /** Everything is answered: what was held goes on. */
  goOn(): void {
    const state = this.#state
    if (this.#wait.refreshing) return
    const deferred = this.#wait.end()
    if (deferred !== undefined) {
      const { type, bytes, start, end } = deferred
      if (this.#refusals.skips(type)) {
        state.recorder.withheld(recordFlags.fromClient, type, end - start)
      } else this.#dispatch(type, bytes, start, end)
    }
    if (!state.draining && !this.#wait.refreshing) this.splitter.resume()
  }

  #dispatch(type: number, bytes: Buffer, start: number, end: number): void {
    if (this.#state.sql.mustAsk && hasNames.has(type) && askNames(this.#state)) {
      return this.#wait.deferBehindQuestion(type, bytes, start, end)
    }
    switch (type) {
      case types.query:
        return this.#simple.run(bytes, start, end)
      case types.parse:
        return this.#extended.parse(bytes, start, end)
      case types.bind:
        return this.#extended.bind(bytes, start, end)
      case types.describe:
        return this.#extended.describe(bytes, start, end)
      case types.execute:
        return this.#execute.run(bytes, start, end)
      case types.close:
        return this.#extended.close(bytes, start, end)
      case types.sync:
        return this.#extended.sync(bytes, start, end)
      case types.flush:
        return this.#state.passToTarget(type, bytes, start, end)
      case types.copyData:
        return this.#copy.frame(bytes, start, end)
      case types.copyDone:
      case types.copyFail:
        return this.#copy.end(type, bytes, start, end)
      case types.terminate:
        this.terminated = true
        return this.#state.passToTarget(type, bytes, start, end)
      case types.functionCall:
        return this.#call.run(bytes, start, end)
      default:
        throw new GatetrailError(
          'PROTOCOL_VIOLATION',
          `a message of type ${typeName(type)} cannot be at this point`,
        )
    }
  }
}
