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
/** SHOW takes no snapshot: behind it a transaction may still choose its isolation level. `role` is none without SET ROLE. */
const settings = ['search_path', 'role', 'session_authorization']
const question = Buffer.concat([
  ...settings.flatMap((setting) => [
    parseMessage(name, `show ${setting}`),
    bindMessage(name, name),
    executeMessage(name),
    closeMessage('portal', name),
    closeMessage('statement', name),
  ]),
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
      if (state.namesTold.length === settings.length) throw outOfStep(type)
      state.namesTold.push(textOf(bytes, start, end))
      return true
    }
    case types.readyForQuery:
      if (end - start !== 6) throw outOfStep(type)
      state.replies.shift()
      state.namesAsked = true
      takeTold(state)
      return true
    default:
      return false
  }
}

/** If it did not tell all of them, nothing is known. */
function takeTold({ namesTold, sql }: SessionState): void {
  const [searchPath, role, user] = namesTold.splice(0)
  if (user !== undefined) sql.answered(searchPath, role === 'none' ? user : role)
}

/** One short value. @throws GatetrailError UPSTREAM_PROTOCOL_VIOLATION */
function textOf(bytes: Buffer, start: number, end: number): string {
  const at = start + 11
  const length = at > end ? -1 : readInt32(bytes, at - 4)
  if (length < 0 || at + length > end) throw outOfStep(types.dataRow)
  return bytes.toString('utf8', at, at + length)
}
