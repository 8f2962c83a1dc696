/** Query: described, decided, put on record, forwarded. From client-leg.ts. PostgreSQL documentation, "Simple Query". */
import { frontendTypes, queryTextEnd } from '@gatetrail/protocols'
import { TouchCounts } from '../masking/touch-counts.ts'
import type { ClientRefusals } from './client-refusals.ts'
import type { ClientWait } from './client-wait.ts'
import { requireNoCopy } from './copy-from-client.ts'
import { recordDecision, recordedStatement, refusalOf } from './judge.ts'
import { reply } from './replies.ts'
import { refusalToStore } from './session-rules.ts'
import type { SessionState } from './session-state.ts'
import { formOf, isBarrier, noteSent } from './statement-forms.ts'

const type = frontendTypes.query

export class SimpleQuery {
  readonly #state: SessionState
  readonly #refusals: ClientRefusals
  readonly #wait: ClientWait
  /** Of the query at hand. */
  readonly #found = new TouchCounts()

  constructor(state: SessionState, refusals: ClientRefusals, wait: ClientWait) {
    this.#state = state
    this.#refusals = refusals
    this.#wait = wait
  }

  run(bytes: Buffer, start: number, end: number): void {
    const state = this.#state
    requireNoCopy(state, type)
    const textStart = start + 5
    const textEnd = queryTextEnd(bytes, start, end)
    const form = formOf(state, bytes, textStart, textEnd)
    if (form === undefined) return this.#wait.defer(type, bytes, start, end)
    if (this.#wait.needsCatalogue(form))
      return this.#wait.deferForCatalogue(type, bytes, start, end)
    const decision = state.context.policies.decide(form.description)
    const refusal = refusalOf(state, form, decision) ?? refusalToStore(state, form.description)
    const reach = form.reach(state.snapshot)
    const found = this.#found
    found.clear()
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
    state.recordFromClient(type, bytes, start, end, copy)
    const run = recordDecision(state, form, decision, 'simple', refusal, text)
    form.addStaticTouches(reach, found)
    run.touches.addAll(found)
    if (refusal !== undefined) {
      this.#refusals.refuse('simple', refusal, run)
      return
    }
    noteSent(state, form, 'if it can be analysed')
    state.batch++
    state.batchOpen = false
    const entry = reply('query', state.batch)
    entry.run = run
    entry.form = form
    if (form.definesNames) entry.text = state.texts.keep(bytes, textStart, textEnd)
    state.replies.push(entry)
    state.toTarget.add(bytes, start, end)
    if (isBarrier(state, form)) this.#wait.drain()
  }
}
