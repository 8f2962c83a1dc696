/** What goes wrong with a target while a session is set up, as errors of ours. From connect.ts and authenticate.ts. Pure. */
import { GatetrailError } from '@gatetrail/schemas'
import { TargetError } from '../client-errors.ts'
import { parseErrorFields } from '../messages.ts'
import type { Target } from './open-socket.ts'

/** What the target said in its ErrorResponse becomes one of our codes; an ErrorResponse may lack every field. */
export function refused(target: Target, body: Buffer): GatetrailError {
  const fields = parseErrorFields(body)
  const given = fields.get('C') ?? ''
  const sqlstate = /^[0-9A-Z]{5}$/.test(given) ? given : '08006'
  const text = (fields.get('M') ?? '').slice(0, 256)
  const cause = new TargetError(sqlstate, text)
  if (sqlstate.startsWith('28') || sqlstate === '3D000' || sqlstate === '42501') {
    // Its sentence may name accounts and rules of the target: for the log, not for the client.
    return new GatetrailError(
      'UPSTREAM_AUTHENTICATION_FAILED',
      `the target of connection "${target.name}" did not accept the connection's credential (${sqlstate})`,
      { hint: 'Ask whoever runs Gatetrail: your token was accepted.', cause },
    )
  }
  if (sqlstate.startsWith('22') || sqlstate.startsWith('42')) {
    return new GatetrailError('OPTION_REFUSED', `the target refused a start-up option: ${text}`, {
      cause,
    })
  }
  return new GatetrailError(
    'UPSTREAM_UNAVAILABLE',
    `the target of connection "${target.name}" refused the session (${sqlstate}): ${text}`,
    { cause },
  )
}

export function failed(target: Target, what: string, hint: string): GatetrailError {
  return new GatetrailError(
    'UPSTREAM_AUTHENTICATION_FAILED',
    `the target of connection "${target.name}" ${what}`,
    { hint },
  )
}

export function violation(target: Target, what: string): GatetrailError {
  return new GatetrailError(
    'UPSTREAM_PROTOCOL_VIOLATION',
    `the target of connection "${target.name}" ${what}`,
  )
}

export function shownType(type: number): string {
  return type > 0x20 && type < 0x7f ? String.fromCharCode(type) : `0x${type.toString(16)}`
}
