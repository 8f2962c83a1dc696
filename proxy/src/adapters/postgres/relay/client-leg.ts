/**
 * What the client sends: each message is read, decided on, put on record, and only then forwarded. From start-relay.ts; the
 * answers are in target-leg.ts. PostgreSQL documentation, "Message Flow".
 */
import {
  BindMessage,
  describePortalMessage,
  FrameSplitter,
  frontendTypes,
  queryTextEnd,
  readExecute,
  readNamed,
  readParse,
  typeName,
  type FrameTarget,
  type FrameTreatment,
} from '@gatetrail/protocols'
import { GatetrailError, limits } from '@gatetrail/schemas'
import { maskedParameters, maskedStatement, CopyInRecord } from '../masking/client-record.ts'
import { TouchCounts } from '../masking/touch-counts.ts'
import type { DecidedPath } from '../recorder/event-json.ts'
import { recordFlags } from '../recorder/session-recorder.ts'
import { inspectedFrames } from './byte-pool.ts'
import { eventText, recordDecision, refusalOf, refusalOfText } from './judge.ts'
import type { Definition } from './names.ts'
import type { Portal, Prepared } from './prepared.ts'
import {
  poisonParse,
  poisonQuery,
  tooLarge,
  tooMany,
  unsupported,
  type Refusal,
} from './refusals.ts'
import { reply } from './replies.ts'
import type { SessionState } from './session-state.ts'
import type { StatementForm } from './statement-form.ts'

const types = frontendTypes
const tab = 0x09
const flushMessage = Buffer.from([types.flush, 0, 0, 0, 4])
const { statementBytesMax, inspectedFrameBytesMax, bufferedBytesMax } = limits.session

type Deferred = { type: number; bytes: Buffer; start: number; end: number }

export class ClientLeg implements FrameTarget<Buffer> {
  readonly splitter: FrameSplitter<Buffer>
  readonly #state: SessionState
  readonly #bind = new BindMessage()
  /** Of the query at hand. */
  readonly #found = new TouchCounts()
  /** Messages are dropped up to the next Sync, which we answer ourselves. */
  #refusedBatch = false
  /** A message was sent to fail: the target will skip everything up to the next Sync, so nothing of it is sent. */
  #failingBatch = false
  #deferred: Deferred | undefined
  #oversized: Refusal | undefined
  /** Of bytes from the pool, given back when all is forwarded. */
  #pooled = 0
  /** Of the pool, for a frame that is not complete. */
  #assembling = 0
  /** COPY data that no COPY asked for. */
  #strayCopy: CopyInRecord | undefined
  terminated = false

  constructor(state: SessionState) {
    this.#state = state
    this.splitter = new FrameSplitter<Buffer>(this, (length) => Buffer.allocUnsafe(length))
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
        if (totalLength <= inspectedFrameBytesMax && inspectedFrames.tryAcquire(totalLength)) {
          this.#assembling = totalLength
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
    if (this.#assembling > 0) this.#assembled()
    state.bytesFromClient += end - start
    if (this.#skips(type)) {
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
      if (this.#skips(type)) return
      this.#copyPart(bytes, start, end, first, last, totalLength)
      return
    }
    if (!last) return
    state.recorder.withheld(recordFlags.fromClient, type, totalLength)
    const refusal = this.#oversized!
    this.#oversized = undefined
    if (this.#skips(type)) return
    this.#refuseUndescribed(type, refusal)
  }

  /** Everything is answered: what was held goes on. */
  goOn(): void {
    const deferred = this.#deferred
    this.#deferred = undefined
    this.#state.draining = false
    if (deferred !== undefined) {
      if (this.#skips(deferred.type)) {
        const { type, start, end } = deferred
        this.#state.recorder.withheld(recordFlags.fromClient, type, end - start)
      } else {
        this.#dispatch(deferred.type, deferred.bytes, deferred.start, deferred.end)
      }
    }
    if (!this.#state.draining) this.splitter.resume()
  }

  /** All that this leg took in is forwarded. */
  forwarded(): void {
    if (this.#pooled === 0) return
    inspectedFrames.release(this.#pooled)
    this.#pooled = 0
  }

  /** The session ends: nothing of the pool stays taken. */
  release(): void {
    inspectedFrames.release(this.#pooled + this.#assembling)
    this.#pooled = 0
    this.#assembling = 0
  }

  /** The frame for which bytes were taken from the pool is complete; they are given back when it is forwarded. */
  #assembled(): void {
    this.#pooled += this.#assembling
    this.#assembling = 0
  }

  #skips(type: number): boolean {
    return (
      (this.#refusedBatch || this.#failingBatch || this.#state.targetSkips) &&
      type !== types.sync &&
      type !== types.terminate
    )
  }

  #dispatch(type: number, bytes: Buffer, start: number, end: number): void {
    switch (type) {
      case types.query:
        return this.#query(bytes, start, end)
      case types.parse:
        return this.#parse(bytes, start, end)
      case types.bind:
        return this.#bindPortal(bytes, start, end)
      case types.describe:
        return this.#describe(bytes, start, end)
      case types.execute:
        return this.#execute(bytes, start, end)
      case types.close:
        return this.#close(bytes, start, end)
      case types.sync:
        return this.#sync(bytes, start, end)
      case types.flush:
        return this.#forward(type, bytes, start, end)
      case types.copyData:
        return this.#copyData(bytes, start, end)
      case types.copyDone:
      case types.copyFail:
        this.#state.replies.push(reply('copy_end', this.#state.batch))
        this.#state.copyIn = undefined
        return this.#forward(type, bytes, start, end)
      case types.terminate:
        this.terminated = true
        return this.#forward(type, bytes, start, end)
      case types.functionCall:
        this.#state.recorder.withheld(recordFlags.fromClient, type, end - start)
        return this.#refuseUndescribed(
          type,
          unsupported('the function call protocol', 'Call the function with SELECT.'),
        )
      default:
        throw new GatetrailError(
          'PROTOCOL_VIOLATION',
          `a message of type ${typeName(type)} cannot be at this point`,
        )
    }
  }

  #query(bytes: Buffer, start: number, end: number): void {
    const state = this.#state
    this.#notInCopy(types.query)
    const textStart = start + 5
    const textEnd = queryTextEnd(bytes, start, end)
    const form = this.#formOf(bytes, textStart, textEnd)
    const decision = state.context.policies.decide(form.description)
    const refusal =
      refusalOfText(state, bytes, textStart, textEnd) ?? refusalOf(state, form, decision)
    const reach = form.reach(state.snapshot)
    const found = this.#found
    found.clear()
    const copy = maskedStatement(
      bytes,
      start,
      end,
      textStart,
      textEnd,
      reach.constants,
      form.outcome,
      found,
    )
    const text = eventText(form, bytes, start, copy, textStart, textEnd)
    this.#record(types.query, bytes, start, end, copy)
    const run = recordDecision(state, form, decision, 'simple', refusal, text)
    form.addStaticTouches(reach, found)
    run.touches.addAll(found)
    if (refusal !== undefined) {
      this.#refuse('simple', refusal, run)
      return
    }
    this.#sent(form)
    state.batch++
    state.batchOpen = false
    const entry = reply('query', state.batch)
    entry.run = run
    entry.form = form
    state.replies.push(entry)
    state.toTarget.add(bytes, start, end)
    if (form.barrier) this.#drain()
  }

  #parse(bytes: Buffer, start: number, end: number): void {
    const state = this.#state
    this.#notInCopy(types.parse)
    const parsed = readParse(bytes, start, end)
    const form = this.#formOf(bytes, parsed.textStart, parsed.textEnd)
    const { policies } = state.context
    const decision = policies.decide(form.description)
    // A hold is decided at Execute, with its values.
    const denied = decision.verdict === 'hold' ? undefined : refusalOf(state, form, decision)
    const refusal =
      refusalOfText(state, bytes, parsed.textStart, parsed.textEnd) ??
      denied ??
      (state.statements.size >= limits.session.preparedStatementsMax
        ? tooMany('prepared statements', limits.session.preparedStatementsMax)
        : undefined)
    const found = new TouchCounts()
    const { constants } = form.reach(state.snapshot)
    const { textStart, textEnd } = parsed
    const copy = maskedStatement(
      bytes,
      start,
      end,
      textStart,
      textEnd,
      constants,
      form.outcome,
      found,
    )
    const text = eventText(form, bytes, start, copy, textStart, textEnd)
    this.#record(types.parse, bytes, start, end, copy)
    if (refusal !== undefined) {
      const run = recordDecision(state, form, decision, 'parse', refusal, text)
      this.#refuse('extended', refusal, run)
      return
    }
    const prepared: Prepared = {
      form,
      columns: undefined,
      columnsSnapshot: undefined,
      describedInBatch: -1,
      text,
      touches: found,
    }
    const entry = reply('parse', state.batch)
    entry.prepared = state.statements.define(parsed.name, prepared, state.batch)
    state.replies.push(entry)
    state.batchOpen = true
    state.toTarget.add(bytes, start, end)
  }

  #bindPortal(bytes: Buffer, start: number, end: number): void {
    const state = this.#state
    this.#notInCopy(types.bind)
    const bind = this.#bind
    bind.read(bytes, start, end)
    const statement = state.statements.resolve(bind.statement, state.batch)
    if (statement.kind === 'ambiguous') {
      this.#defer(types.bind, bytes, start, end)
      return
    }
    if (state.portals.size >= limits.session.portalsMax) {
      state.recorder.withheld(recordFlags.fromClient, types.bind, end - start)
      this.#refuse('extended', tooMany('portals', limits.session.portalsMax), undefined)
      return
    }
    // A name that no Parse gave may come from PREPARE.
    const prepared =
      statement.kind === 'known'
        ? statement.value
        : this.#unknown(`execute ${quoted(bind.statement)}`)
    const found = new TouchCounts()
    const { constants } = prepared.form.reach(state.snapshot)
    const copy = maskedParameters(bytes, start, end, bind, constants, prepared.form.outcome, found)
    this.#record(types.bind, bytes, start, end, copy)
    const portal: Portal = {
      prepared,
      resultFormats: bind.resultFormats,
      batch: state.batch,
      columns: undefined,
      describedInBatch: -1,
      run: undefined,
      suspended: false,
      touches: found,
    }
    const entry = reply('bind', state.batch)
    entry.portal = state.portals.define(bind.portal, portal, state.batch)
    state.replies.push(entry)
    state.batchOpen = true
    state.toTarget.add(bytes, start, end)
  }

  #describe(bytes: Buffer, start: number, end: number): void {
    const state = this.#state
    this.#notInCopy(types.describe)
    const { kind, name } = readNamed(bytes, start, end)
    const entry = reply(
      kind === 'statement' ? 'describe_statement' : 'describe_portal',
      state.batch,
    )
    if (kind === 'statement') {
      const found = state.statements.resolve(name, state.batch)
      if (found.kind === 'ambiguous') return this.#defer(types.describe, bytes, start, end)
      if (found.kind === 'known') {
        found.value.describedInBatch = state.batch
        entry.prepared = definitionOf(name, found.value)
      }
    } else {
      const found = state.portals.resolve(name, state.batch)
      if (found.kind === 'ambiguous') return this.#defer(types.describe, bytes, start, end)
      if (found.kind === 'known') {
        found.value.describedInBatch = state.batch
        entry.portal = definitionOf(name, found.value)
      }
    }
    state.replies.push(entry)
    state.batchOpen = true
    this.#forward(types.describe, bytes, start, end)
  }

  #execute(bytes: Buffer, start: number, end: number): void {
    const state = this.#state
    this.#notInCopy(types.execute)
    const name = readExecute(bytes, start, end)
    const found = state.portals.resolve(name, state.batch)
    if (found.kind === 'ambiguous') return this.#defer(types.execute, bytes, start, end)
    // A portal that no Bind made may be a cursor of DECLARE.
    const portal = found.kind === 'known' ? found.value : this.#cursor(name)
    const { form } = portal.prepared
    const decision = state.context.policies.decide(form.description)
    const refusal = refusalOf(state, form, decision)
    this.#record(types.execute, bytes, start, end, undefined)
    let { run } = portal
    if (run === undefined || run.finished || refusal !== undefined) {
      run = recordDecision(state, form, decision, 'extended', refusal, portal.prepared.text)
      form.addStaticTouches(form.reach(state.snapshot), run.touches)
      run.touches.addAll(portal.prepared.touches)
      run.touches.addAll(portal.touches)
    }
    if (refusal !== undefined) {
      this.#refuse('extended', refusal, run)
      return
    }
    portal.run = run
    this.#sent(form)
    if (!this.#columnsWillBeKnown(portal)) {
      const describe = reply('describe_portal', state.batch)
      describe.swallow = true
      describe.portal = definitionOf(name, portal)
      portal.describedInBatch = state.batch
      state.replies.push(describe)
      const message = Buffer.from(describePortalMessage(name))
      state.toTarget.add(message, 0, message.length)
    }
    const entry = reply('execute', state.batch)
    entry.run = run
    entry.form = form
    entry.portal = definitionOf(name, portal)
    state.replies.push(entry)
    state.batchOpen = true
    state.toTarget.add(bytes, start, end)
    if (form.barrier) {
      state.toTarget.add(flushMessage, 0, flushMessage.length)
      this.#drain()
    }
  }

  #columnsWillBeKnown(portal: Portal): boolean {
    const { batch } = this.#state
    const { prepared } = portal
    const { description } = prepared.form
    return (
      portal.columns !== undefined ||
      portal.describedInBatch === batch ||
      (prepared.columns !== undefined && prepared.columnsSnapshot === this.#state.snapshot) ||
      prepared.describedInBatch === batch ||
      (description.outputs !== 'rows' && description.facts.complete)
    )
  }

  #close(bytes: Buffer, start: number, end: number): void {
    const state = this.#state
    this.#notInCopy(types.close)
    const { kind, name } = readNamed(bytes, start, end)
    const entry = reply('close', state.batch)
    if (kind === 'statement') {
      entry.prepared = state.statements.define(name, undefined, state.batch)
    } else entry.portal = state.portals.define(name, undefined, state.batch)
    state.replies.push(entry)
    state.batchOpen = true
    this.#forward(types.close, bytes, start, end)
  }

  #sync(bytes: Buffer, start: number, end: number): void {
    const state = this.#state
    if (this.#refusedBatch) {
      this.#refusedBatch = false
      this.#record(types.sync, bytes, start, end, undefined)
      state.answerReady()
      return
    }
    this.#failingBatch = false
    const entry = reply('sync', state.batch)
    state.replies.push(entry)
    state.batch++
    state.batchOpen = false
    state.targetSkips = false
    this.#forward(types.sync, bytes, start, end)
  }

  #copyData(bytes: Buffer, start: number, end: number): void {
    const copy = this.#copyRecord().apply(bytes, start + 5, end)
    const { recorder, toTarget } = this.#state
    if (copy === undefined)
      recorder.frame(recordFlags.fromClient, types.copyData, bytes, start, end)
    else {
      const whole = Buffer.concat([bytes.subarray(start, start + 5), copy])
      recorder.frame(recordFlags.masked, types.copyData, whole, 0, whole.length)
    }
    toTarget.add(bytes, start, end)
  }

  #copyPart(
    bytes: Buffer,
    start: number,
    end: number,
    first: boolean,
    last: boolean,
    totalLength: number,
  ): void {
    const { recorder, toTarget } = this.#state
    const header = first ? 5 : 0
    const copy = this.#copyRecord().apply(bytes, start + header, end)
    const recorded =
      copy === undefined
        ? bytes.subarray(start, end)
        : Buffer.concat([bytes.subarray(start, start + header), copy])
    recorder.part(
      copy === undefined ? recordFlags.fromClient : recordFlags.masked,
      types.copyData,
      recorded,
      0,
      recorded.length,
      first,
      last,
      totalLength,
    )
    toTarget.add(bytes, start, end)
  }

  #copyRecord(): CopyInRecord {
    const { copyIn } = this.#state
    if (copyIn !== undefined) return copyIn
    // Sent before the target asked for it: which COPY it is for is not known yet.
    const maskAll = this.#state.snapshot.tagged.size > 0
    this.#strayCopy ??= new CopyInRecord([], tab, maskAll, 'copy.unknown', new TouchCounts())
    return this.#strayCopy
  }

  /** In a COPY the target takes only data: anything else would put its answers out of step with ours. */
  #notInCopy(type: number): void {
    if (this.#state.copyIn === undefined) return
    throw new GatetrailError(
      'PROTOCOL_VIOLATION',
      `a message of type ${typeName(type)} cannot be sent during COPY`,
    )
  }

  #formOf(bytes: Buffer, textStart: number, textEnd: number): StatementForm {
    const { context, forms } = this.#state
    const description = context.facts.describeBytes(bytes, textStart, textEnd)
    return forms.of(description, bytes, textStart, textEnd)
  }

  /** A statement that we know by name only: described as what SQL would call it. */
  #unknown(text: string): Prepared {
    const bytes = Buffer.from(text)
    const description = this.#state.context.facts.describe(text)
    const form = this.#state.forms.of(description, bytes, 0, bytes.length)
    return {
      form,
      columns: undefined,
      columnsSnapshot: undefined,
      describedInBatch: -1,
      text: undefined,
      touches: new TouchCounts(),
    }
  }

  #cursor(name: string): Portal {
    return {
      prepared: this.#unknown(`fetch all from ${quoted(name)}`),
      resultFormats: [],
      batch: this.#state.batch,
      columns: undefined,
      describedInBatch: -1,
      run: undefined,
      suspended: false,
      touches: new TouchCounts(),
    }
  }

  /** A statement is on its way: what it may change for later ones. */
  #sent(form: StatementForm): void {
    const state = this.#state
    if (form.changesSchema) state.catalogueUncertain = true
    if (form.renamesStatements) state.statements.clear()
    if (form.renamesPortals) state.portals.clear()
  }

  #record(type: number, bytes: Buffer, start: number, end: number, copy: Buffer | undefined): void {
    const { recorder } = this.#state
    if (copy === undefined) recorder.frame(recordFlags.fromClient, type, bytes, start, end)
    else recorder.frame(recordFlags.masked, type, copy, 0, end - start)
  }

  #forward(type: number, bytes: Buffer, start: number, end: number): void {
    this.#state.recorder.frame(recordFlags.fromClient, type, bytes, start, end)
    this.#state.toTarget.add(bytes, start, end)
  }

  /** This message waits until everything before it is answered. */
  #defer(type: number, bytes: Buffer, start: number, end: number): void {
    this.#deferred = { type, bytes, start, end }
    this.#state.toTarget.add(flushMessage, 0, flushMessage.length)
    this.#drain()
  }

  #drain(): void {
    if (this.#state.replies.empty) {
      throw new GatetrailError('PROTOCOL_VIOLATION', 'a message refers to answers that cannot come')
    }
    this.#state.draining = true
    this.splitter.hold()
  }

  /** A message that can't be described: too large, or a function call. */
  #refuseUndescribed(type: number, refusal: Refusal): void {
    const state = this.#state
    const path: DecidedPath =
      type === types.functionCall ? 'function_call' : type === types.query ? 'simple' : 'parse'
    const { form } = this.#unknown(`gatetrail cannot inspect a message of type ${typeName(type)}`)
    const decision = { verdict: 'deny', policies: [] } as const
    const run = recordDecision(state, form, decision, path, refusal, undefined)
    const simple = type === types.query || type === types.functionCall
    this.#refuse(simple ? 'simple' : 'extended', refusal, run)
  }

  /**
   * Answers a refusal where and as PostgreSQL would: at once if nothing else is going on, else by a message that fails in
   * place of the refused one, so that order, skipping to Sync and the failed transaction are the target's own.
   */
  #refuse(
    protocol: 'simple' | 'extended',
    refusal: Refusal,
    run: ReturnType<typeof recordDecision> | undefined,
  ): void {
    const state = this.#state
    if (state.idle) {
      state.answerError(refusal.fields)
      if (run !== undefined) state.recorder.finish(run, undefined)
      if (protocol === 'simple') state.answerReady()
      else this.#refusedBatch = true
      return
    }
    if (protocol === 'simple') state.batch++
    else {
      state.batchOpen = true
      this.#failingBatch = true
    }
    const entry = reply(protocol === 'simple' ? 'query' : 'parse', state.batch)
    entry.refusal = refusal.fields
    entry.run = run
    state.replies.push(entry)
    const poison = protocol === 'simple' ? poisonQuery : poisonParse
    state.toTarget.add(poison, 0, poison.length)
  }
}

function definitionOf<Value>(name: string, value: Value): Definition<Value> {
  return { name, value, batch: -1 }
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
