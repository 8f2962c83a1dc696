/**
 * Execute: decided again, with the policies of the moment, and forwarded; if nobody asked what its rows look like, the
 * proxy asks in front of it and keeps the answer to itself. From client-leg.ts.
 */
import { describePortalMessage, frontendTypes, readExecute } from '@gatetrail/protocols'
import type { ClientRefusals } from './client-refusals.ts'
import type { ClientWait } from './client-wait.ts'
import { requireNoCopy } from './copy-from-client.ts'
import { recordDecision, refusalOf } from './judge.ts'
import type { Portal } from './prepared.ts'
import { reply } from './replies.ts'
import { refusalToStore } from './session-rules.ts'
import type { SessionState } from './session-state.ts'
import {
  currentPortalForm,
  definitionOf,
  isBarrier,
  noteSent,
  portalOfName,
} from './statement-forms.ts'

const type = frontendTypes.execute

export class Execute {
  readonly #state: SessionState
  readonly #refusals: ClientRefusals
  readonly #wait: ClientWait

  constructor(state: SessionState, refusals: ClientRefusals, wait: ClientWait) {
    this.#state = state
    this.#refusals = refusals
    this.#wait = wait
  }

  run(bytes: Buffer, start: number, end: number): void {
    const state = this.#state
    requireNoCopy(state, type)
    const name = readExecute(bytes, start, end)
    const found = state.portals.resolve(name, state.batch)
    if (found.kind === 'ambiguous') return this.#wait.defer(type, bytes, start, end)
    const portal = found.kind === 'known' ? found.value : portalOfName(state, name)
    const form = currentPortalForm(state, name, portal)
    if (form === undefined) return this.#wait.defer(type, bytes, start, end)
    if (this.#wait.needsCatalogue(form))
      return this.#wait.deferForCatalogue(type, bytes, start, end)
    portal.form = form
    const decision = state.context.policies.decide(form.description)
    const refusal = refusalOf(state, form, decision) ?? refusalToStore(state, form.description)
    state.recordFromClient(type, bytes, start, end, undefined)
    let { run } = portal
    if (run === undefined || run.finished || refusal !== undefined) {
      run = recordDecision(state, form, decision, 'extended', refusal, portal.prepared.text)
      form.addStaticTouches(form.reach(state.snapshot), run.touches)
      run.touches.addAll(portal.prepared.touches)
      run.touches.addAll(portal.touches)
    }
    if (refusal !== undefined) {
      this.#refusals.refuse('extended', refusal, run)
      return
    }
    portal.run = run
    noteSent(state, form, 'at once')
    if (!columnsWillBeKnown(state, portal)) askForColumns(state, name, portal)
    const entry = reply('execute', state.batch)
    entry.run = run
    entry.form = form
    if (form.definesNames) entry.text = portal.prepared.source.text
    entry.portal = definitionOf(name, portal)
    state.replies.push(entry)
    state.batchOpen = true
    state.toTarget.add(bytes, start, end)
    if (isBarrier(state, form)) this.#wait.drainExtended()
  }
}

/** A Describe of our own: its answer is swallowed. */
function askForColumns(state: SessionState, name: string, portal: Portal): void {
  const describe = reply('describe_portal', state.batch)
  describe.swallow = true
  describe.portal = definitionOf(name, portal)
  portal.describedInBatch = state.batch
  state.replies.push(describe)
  const message = Buffer.from(describePortalMessage(name))
  state.toTarget.add(message, 0, message.length)
}

function columnsWillBeKnown(state: SessionState, portal: Portal): boolean {
  const { batch } = state
  const { prepared } = portal
  const { description } = portal.form
  return (
    portal.columns !== undefined ||
    portal.describedInBatch === batch ||
    (prepared.columns !== undefined && prepared.columnsSnapshot?.deref() === state.snapshot) ||
    prepared.describedInBatch === batch ||
    (description.outputs !== 'rows' && description.facts.complete)
  )
}
