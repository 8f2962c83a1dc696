/** ErrorResponse: what it ends, and what the target skips behind it. From target-leg.ts. */
import { backendTypes, eachErrorField, errorResponseMessage } from '@gatetrail/protocols'
import type { ErrorText } from '../masking/error-text.ts'
import { recordDecision } from './judge.ts'
import type { Prepared } from './prepared.ts'
import type { Reply } from './replies.ts'
import { letterOf, type SessionState } from './session-state.ts'
import type { TargetTexts } from './target-texts.ts'

const position = letterOf('P')
const internalPosition = letterOf('p')
const context = letterOf('W')

/** Forwards an error, or what was to be said in its place. Returns the message if the session ends with it. */
export function takeError(
  state: SessionState,
  texts: TargetTexts,
  bytes: Buffer,
  start: number,
  end: number,
): string | undefined {
  const entry = state.replies.failing()
  const error = texts.maskError(entry, bytes, start, end)
  const run = entry?.run
  run?.failed(error.sqlstate, error.message)
  state.sql.failed(entry?.part === 0 && ofAnalysis(error.sqlstate, bytes, start, end))
  if (entry === undefined || error.fatal) {
    texts.pass(backendTypes.error, error.shown, bytes, start, end, run)
    return error.fatal ? error.message : undefined
  }
  if (entry.refusal === undefined)
    texts.pass(backendTypes.error, error.shown, bytes, start, end, run)
  else {
    const message = errorResponseMessage(entry.refusal)
    state.answer(message)
    if (run !== undefined) run.bytes += message.length
  }
  switch (entry.kind) {
    case 'query':
      if (entry.copyIn) {
        entry.copyIn = false
        state.copyIn = undefined
      }
      break
    case 'sync':
      // The end of the transaction failed; ReadyForQuery follows.
      break
    default:
      skipToSync(state, entry, error)
  }
  return undefined
}

/** Of the text itself, which has the position: nothing of it ran. What code raises has a context. */
function ofAnalysis(sqlstate: string, bytes: Buffer, start: number, end: number): boolean {
  let positioned = false
  let inside = false
  eachErrorField(bytes, start, end, (letter) => {
    if (letter === position) positioned = true
    if (letter === context || letter === internalPosition) inside = true
  })
  return sqlstate.startsWith('42') && positioned && !inside
}

/** What went wrong before a statement ran is what became of it: on its Execute, and of a Parse without one on its own. */
function putOnRecord(state: SessionState, failed: Reply, error: ErrorText): void {
  if (failed.run !== undefined) return
  const portal = failed.portal?.value
  const prepared = failed.prepared?.value
  let executed = false
  for (const later of state.replies.afterFirst()) {
    if (later.kind === 'sync') break
    const its = later.kind === 'execute' ? later.portal?.value : undefined
    if (its === undefined || (its !== portal && its.prepared !== prepared)) continue
    later.run?.failed(error.sqlstate, error.message)
    executed = true
  }
  if (failed.kind === 'parse' && !executed && prepared !== undefined) {
    recordParse(state, prepared, error)
  }
}

function recordParse(state: SessionState, prepared: Prepared, error: ErrorText): void {
  const { form, decision, text, touches } = prepared
  if (decision === undefined) return
  const run = recordDecision(state, form, decision, 'parse', undefined, text)
  run.touches.addAll(touches)
  run.failed(error.sqlstate, error.message)
  state.recorder.finish(run)
}

/** The target ignores the rest of the batch, simple queries in it included. */
function skipToSync(state: SessionState, failed: Reply, error: ErrorText): void {
  putOnRecord(state, failed, error)
  const wasCopyIn = failed.copyIn
  failed.copyIn = false
  if (wasCopyIn) state.copyIn = undefined
  state.replies.shift()
  state.dropReply(failed)
  if (failed.run !== undefined) state.recorder.finish(failed.run)
  let inCopy = wasCopyIn
  for (;;) {
    const next = state.replies.first
    if (next === undefined) {
      state.targetSkips = true
      return
    }
    if (next.kind === 'sync') break
    if (next.kind === 'copy_end') inCopy = false
    state.replies.shift()
    state.dropReply(next)
  }
  if (!inCopy) return
  // Whether the target took these Syncs before or after the error can't be told.
  for (const later of state.replies.all()) {
    if (later.kind !== 'sync') return
    later.maybe = true
  }
}
