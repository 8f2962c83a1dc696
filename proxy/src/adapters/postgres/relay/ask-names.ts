/**
 * Asks the target what names mean, where code may have changed it and the target does not report it (before PostgreSQL 18).
 * In a batch of its own, under names of its own, so that it touches nothing of the client; the answers are swallowed. From
 * client-leg.ts, with the answers from target-leg.ts.
 */
import {
  backendTypes,
  bindMessage,
  closeMessage,
  executeMessage,
  parseMessage,
  readInt32,
  syncMessage,
} from '@gatetrail/protocols'
import { reply } from './replies.ts'
import { outOfStep, type SessionState } from './session-state.ts'

const types = backendTypes
const name = 'gatetrail_names'
const question = Buffer.concat([
  parseMessage(name, "select pg_catalog.current_setting('search_path'), current_user"),
  bindMessage(name, name),
  executeMessage(name),
  closeMessage('portal', name),
  closeMessage('statement', name),
  syncMessage(),
])

/** Sends the question, if it is time to ask. True: the client's next message waits for the answer. */
export function askNames(state: SessionState): boolean {
  if (!state.sql.mustAsk) return false
  // Once for each message: what the target does not say stays unknown.
  const asked = state.namesAsked
  state.namesAsked = false
  if (asked || !state.canAsk) return false
  const entry = reply('names', state.batch)
  entry.swallow = true
  state.replies.push(entry)
  state.toTarget.add(question, 0, question.length)
  return true
}

/** One message of the answer. False: it is none, and goes its own way (a notice, a parameter). */
export function takeNames(
  state: SessionState,
  type: number,
  bytes: Buffer,
  start: number,
  end: number,
): boolean {
  const entry = state.replies.first
  if (entry?.kind !== 'names') return false
  switch (type) {
    case types.parseComplete:
    case types.bindComplete:
    case types.commandComplete:
    case types.closeComplete:
    case types.error:
      return true
    case types.dataRow: {
      const [searchPath, user] = textsOf(bytes, start, end)
      state.sql.answered(searchPath, user)
      return true
    }
    case types.readyForQuery:
      if (end - start !== 6) throw outOfStep(type)
      state.replies.shift()
      state.namesAsked = true
      return true
    default:
      return false
  }
}

/** Two short values. @throws GatetrailError UPSTREAM_PROTOCOL_VIOLATION */
function textsOf(bytes: Buffer, start: number, end: number): (string | undefined)[] {
  const texts: (string | undefined)[] = []
  let at = start + 7
  for (let column = 0; column < 2; column++) {
    if (at + 4 > end) throw outOfStep(types.dataRow)
    const length = readInt32(bytes, at)
    at += 4
    if (at + Math.max(0, length) > end) throw outOfStep(types.dataRow)
    texts.push(length < 0 ? undefined : bytes.toString('utf8', at, at + length))
    at += Math.max(0, length)
  }
  return texts
}
