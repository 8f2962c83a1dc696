/**
 * Step 2 of a session: the token. From receive-startup.ts, to the authenticator. It is asked for as a password in clear, or,
 * where the start-up names the user `oauth`, by SASL OAUTHBEARER. Exactly one message is legal at each state.
 */
import { GatetrailError } from '@gatetrail/schemas'
import type { Door } from './door.ts'
import { receiveBearer } from './receive-bearer.ts'
import { receivePassword } from './receive-password.ts'
import type { StartupRequest } from './startup-request.ts'

/** A message of the authentication, for the record: its type and length are kept, and nothing else. */
export type AuthenticationMessage = { toClient: boolean; type: number; length: number }

export type ReceivedToken = {
  token: string
  /** All that was said for it, in order. */
  messages: readonly AuthenticationMessage[]
  /** What the protocol wants said between a token and its refusal. Never rejects. */
  beforeRefusal(): Promise<void>
}

/**
 * Refused before the question is asked where the answer would cross a network in clear. `challenge`: what OAUTHBEARER
 * answers to a token that is missing or refused.
 * @throws PeerClosed; GatetrailError TOKEN_WITHOUT_TLS, TOKEN_MISSING, TOKEN_TOO_LARGE, TOKEN_MALFORMED,
 * PROTOCOL_VIOLATION, FRAME_LENGTH_INVALID
 */
export async function receiveToken(
  door: Door,
  method: StartupRequest['method'],
  challenge: Buffer,
): Promise<ReceivedToken> {
  if (!door.secure && !door.local) {
    throw new GatetrailError('TOKEN_WITHOUT_TLS', 'a token is not taken without TLS', {
      hint: 'Connect with sslmode=require or stricter.',
    })
  }
  if (door.unreadBytes > 0) {
    throw new GatetrailError('PROTOCOL_VIOLATION', 'bytes came before the token was asked for')
  }
  return method === 'oauthbearer' ? receiveBearer(door, challenge) : receivePassword(door)
}
