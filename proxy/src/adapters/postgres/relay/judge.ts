/**
 * The one place where a statement is allowed or refused: every road (simple, Parse, Execute, FunctionCall) comes through
 * here. Puts the decision on record and returns the run of the statement, and the refusal if it is one.
 */
import { maskedStatement } from '../masking/client-record.ts'
import { copyHint, copyRefusal } from '../masking/copy-rules.ts'
import { hiddenStoreHint, hiddenStoreRefusal } from '../masking/hidden-stores.ts'
import type { TouchCounts } from '../masking/touch-counts.ts'
import type { DecidedEvent, DecidedPath } from '../recorder/event-json.ts'
import { cutText, jsonText } from '../recorder/event-json.ts'
import type { StatementRun } from '../recorder/statement-run.ts'
import type { Decision } from './context.ts'
import { deniedByPolicy, uninspectable, type Refusal } from './refusals.ts'
import { refusalBySession } from './session-rules.ts'
import type { SessionState } from './session-state.ts'
import type { StatementForm } from './statement-form.ts'
import { unreadHint } from './unread-text.ts'

/** Why the statement is refused; undefined: it is allowed. Nothing is recorded. */
export function refusalOf(
  state: SessionState,
  form: StatementForm,
  decision: Decision,
): Refusal | undefined {
  if (decision.verdict !== 'allow') {
    const denied = deniedByPolicy(decision, state.context.policies.setHash)
    if (form.unread !== undefined) denied.fields.hint = unreadHint(form.unread)
    return denied
  }
  const bySession = refusalBySession(state, form.description)
  if (bySession !== undefined) return bySession
  const hidden = state.tagged ? hiddenStoreRefusal(form.description.reach) : undefined
  if (hidden !== undefined) return uninspectable(hidden, hiddenStoreHint)
  if (form.description.copy === undefined) return undefined
  const { snapshot } = state
  const reach = form.reach(snapshot)
  for (const copy of form.copies('out')) {
    const why = copyRefusal(copy, reach, state.reading.encodingUnsafe)
    if (why !== undefined) return uninspectable(why, copyHint)
  }
  return undefined
}

/**
 * Records the decision. `text`: of this statement, already masked, if it is not the one that was described.
 * The order is the security property: described, decided, and only then anything is forwarded (start-relay.ts seals first).
 */
export function recordDecision(
  state: SessionState,
  form: StatementForm,
  decision: Decision,
  path: DecidedPath,
  refusal: Refusal | undefined,
  text: string | undefined,
): StatementRun {
  const { recorder } = state
  const { setHash } = state.context.policies
  if (!form.described) {
    form.described = true
    const literals = form.literalsOf(form.reach(state.snapshot))
    recorder.described(form.describedJson(literals, state.context.detection))
  }
  const cached = refusal === undefined ? form.decidedJsonCached(decision, path, setHash) : undefined
  const open =
    cached ?? form.decidedJson(decision, decidedEvent(form, decision, path, setHash, refusal))
  const run = recorder.decided(
    text === undefined ? `${open}}` : `${open},"text":${jsonText(cutText(text))}}`,
  )
  if (refusal !== undefined) {
    run.refused = true
    run.failed(refusal.fields.sqlstate, refusal.fields.message)
  }
  return run
}

function decidedEvent(
  form: StatementForm,
  decision: Decision,
  path: DecidedPath,
  policySet: string,
  refusal: Refusal | undefined,
): DecidedEvent {
  const event: DecidedEvent = {
    description: form.hash,
    path,
    // A hold is refused in this release, and so is what can't be inspected although policy allows it.
    verdict: refusal === undefined ? 'allow' : 'deny',
    policies: decision.policies,
    policySet,
  }
  if (refusal === undefined) return event
  event.code = refusal.code
  event.reason = refusal.fields.message
  if (refusal.approvalGroups !== undefined) event.approvalGroups = refusal.approvalGroups
  return event
}

/** A statement's frame as it is recorded (`undefined`: as it came), and the text for its event. What is found counts in `found`. */
export function recordedStatement(
  state: SessionState,
  form: StatementForm,
  bytes: Buffer,
  start: number,
  end: number,
  textStart: number,
  textEnd: number,
  found: TouchCounts,
): { copy: Buffer | undefined; text: string | undefined } {
  const copy = maskedStatement(
    state.context.detection,
    bytes,
    start,
    end,
    textStart,
    textEnd,
    form.literalsOf(form.reach(state.snapshot)),
    form.outcome,
    found,
  )
  return { copy, text: eventText(form, bytes, start, copy, textStart, textEnd) }
}

/** The text for the event, from the masked copy of the frame (`undefined`: nothing was masked in it). */
function eventText(
  form: StatementForm,
  bytes: Buffer,
  frameStart: number,
  copy: Buffer | undefined,
  textStart: number,
  textEnd: number,
): string | undefined {
  if (!form.templated) return undefined
  return copy === undefined
    ? bytes.toString('utf8', textStart, textEnd)
    : copy.toString('utf8', textStart - frameStart, textEnd - frameStart)
}
