/**
 * Parse, Bind, Describe, Close and Sync: what makes prepared statements and portals, and names them. From client-leg.ts;
 * Execute is in execute.ts. PostgreSQL documentation, "Extended Query".
 */
import { BindMessage, frontendTypes, readNamed, readParse } from '@gatetrail/protocols'
import { limits } from '@gatetrail/schemas'
import { maskedParameters } from '../masking/client-record.ts'
import { TouchCounts } from '../masking/touch-counts.ts'
import { recordFlags } from '../recorder/session-recorder.ts'
import type { ClientRefusals } from './client-refusals.ts'
import type { ClientWait } from './client-wait.ts'
import { requireNoCopy } from './copy-from-client.ts'
import { recordDecision, recordedStatement, refusalOf } from './judge.ts'
import { userTypes } from './parameter-types.ts'
import { portalOf, preparedOf } from './prepared.ts'
import { tooMany } from './refusals.ts'
import { reply } from './replies.ts'
import type { SessionState } from './session-state.ts'
import { currentForm, definitionOf, formOf, statementOfName } from './statement-forms.ts'

const types = frontendTypes
const { preparedStatementsMax, portalsMax } = limits.session

export class ExtendedQuery {
  readonly #state: SessionState
  readonly #refusals: ClientRefusals
  readonly #wait: ClientWait
  readonly #bind = new BindMessage()

  constructor(state: SessionState, refusals: ClientRefusals, wait: ClientWait) {
    this.#state = state
    this.#refusals = refusals
    this.#wait = wait
  }

  parse(bytes: Buffer, start: number, end: number): void {
    const state = this.#state
    requireNoCopy(state, types.parse)
    const { name, textStart, textEnd } = readParse(bytes, start, end)
    const parameterTypes = userTypes(bytes, textEnd)
    const form = formOf(state, bytes, textStart, textEnd, parameterTypes)
    if (form === undefined) return this.#wait.defer(types.parse, bytes, start, end)
    if (this.#wait.needsCatalogue(form)) {
      return this.#wait.deferForCatalogue(types.parse, bytes, start, end)
    }
    const decision = state.context.policies.decide(form.description)
    // A hold is decided at Execute, with its values.
    const denied = decision.verdict === 'hold' ? undefined : refusalOf(state, form, decision)
    const refusal =
      denied ??
      (state.statements.size >= preparedStatementsMax
        ? tooMany('prepared statements', preparedStatementsMax)
        : undefined)
    const found = new TouchCounts()
    const { copy, text } = recordedStatement(
      state,
      form,
      bytes,
      start,
      end,
      textStart,
      textEnd,
      found,
    )
    state.recordFromClient(types.parse, bytes, start, end, copy)
    if (refusal !== undefined) {
      const run = recordDecision(state, form, decision, 'parse', refusal, text)
      this.#refusals.refuse('extended', refusal, run)
      return
    }
    const kept = state.texts.keep(bytes, textStart, textEnd)
    const prepared = preparedOf(form, kept, state.sql.codeRuns, parameterTypes)
    prepared.named = name !== ''
    prepared.decision = decision
    prepared.text = text
    prepared.touches = found
    const entry = reply('parse', state.batch)
    entry.prepared = state.statements.define(name, prepared, state.batch)
    state.replies.push(entry)
    state.batchOpen = true
    state.toTarget.add(bytes, start, end)
  }

  bind(bytes: Buffer, start: number, end: number): void {
    const state = this.#state
    requireNoCopy(state, types.bind)
    const bind = this.#bind
    bind.read(bytes, start, end)
    const statement = state.statements.resolve(bind.statement, state.batch)
    if (statement.kind === 'ambiguous') return this.#wait.defer(types.bind, bytes, start, end)
    if (state.portals.size >= portalsMax) {
      state.recorder.withheld(recordFlags.fromClient, types.bind, end - start)
      this.#refusals.refuse('extended', tooMany('portals', portalsMax), undefined)
      return
    }
    // A name that no Parse gave may come from PREPARE.
    const prepared =
      statement.kind === 'known' ? statement.value : statementOfName(state, bind.statement)
    const form = currentForm(state, prepared)
    if (form === undefined) return this.#wait.defer(types.bind, bytes, start, end)
    if (this.#wait.needsCatalogue(form)) {
      return this.#wait.deferForCatalogue(types.bind, bytes, start, end)
    }
    if (form !== prepared.form) {
      prepared.form = form
      // Its names may mean other tables now.
      prepared.columns = undefined
      prepared.describedInBatch = -1
    }
    const found = new TouchCounts()
    const { constants } = form.reach(state.snapshot)
    const copy = maskedParameters(
      state.context.detection,
      bytes,
      start,
      end,
      bind,
      constants,
      form.outcome,
      found,
    )
    state.recordFromClient(types.bind, bytes, start, end, copy)
    const portal = portalOf(state, prepared, form)
    portal.resultFormats = bind.resultFormats
    portal.touches = found
    const entry = reply('bind', state.batch)
    entry.portal = state.portals.define(bind.portal, portal, state.batch)
    state.replies.push(entry)
    state.batchOpen = true
    state.toTarget.add(bytes, start, end)
  }

  describe(bytes: Buffer, start: number, end: number): void {
    const state = this.#state
    requireNoCopy(state, types.describe)
    const { kind, name } = readNamed(bytes, start, end)
    const entry = reply(
      kind === 'statement' ? 'describe_statement' : 'describe_portal',
      state.batch,
    )
    if (kind === 'statement') {
      const found = state.statements.resolve(name, state.batch)
      if (found.kind === 'ambiguous') return this.#wait.defer(types.describe, bytes, start, end)
      if (found.kind === 'known') {
        found.value.describedInBatch = state.batch
        entry.prepared = definitionOf(name, found.value)
      }
    } else {
      const found = state.portals.resolve(name, state.batch)
      if (found.kind === 'ambiguous') return this.#wait.defer(types.describe, bytes, start, end)
      if (found.kind === 'known') {
        found.value.describedInBatch = state.batch
        entry.portal = definitionOf(name, found.value)
      }
    }
    state.replies.push(entry)
    state.batchOpen = true
    state.passToTarget(types.describe, bytes, start, end)
  }

  close(bytes: Buffer, start: number, end: number): void {
    const state = this.#state
    requireNoCopy(state, types.close)
    const { kind, name } = readNamed(bytes, start, end)
    const entry = reply('close', state.batch)
    if (kind === 'statement') {
      entry.prepared = state.statements.define(name, undefined, state.batch)
    } else entry.portal = state.portals.define(name, undefined, state.batch)
    state.replies.push(entry)
    state.batchOpen = true
    state.passToTarget(types.close, bytes, start, end)
  }

  sync(bytes: Buffer, start: number, end: number): void {
    const state = this.#state
    if (this.#refusals.endBatch()) {
      state.recordFromClient(types.sync, bytes, start, end, undefined)
      state.answerReady()
      return
    }
    state.replies.push(reply('sync', state.batch))
    state.batch++
    state.batchOpen = false
    state.targetSkips = false
    state.passToTarget(types.sync, bytes, start, end)
  }
}
