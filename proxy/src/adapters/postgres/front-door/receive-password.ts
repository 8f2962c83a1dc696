/** The token as a password in clear: one question, one answer. From receive-token.ts. */
import { GatetrailError, limits } from '@gatetrail/schemas'
import { authenticationCleartextPassword, messageTypes } from '../messages.ts'
import { readAnswer } from './authentication-answer.ts'
import type { Door } from './door.ts'
import type { ReceivedToken } from './receive-token.ts'

/** @throws PeerClosed; GatetrailError TOKEN_MISSING, TOKEN_TOO_LARGE, PROTOCOL_VIOLATION, FRAME_LENGTH_INVALID */
export async function receivePassword(door: Door): Promise<ReceivedToken> {
  door.write(authenticationCleartextPassword)
  // A password is text and its NUL.
  const body = await readAnswer(door, limits.token.bytesMax + 1)
  const end = body.indexOf(0)
  if (end === -1 || end !== body.length - 1) {
    throw new GatetrailError('PROTOCOL_VIOLATION', 'a password is one text and its end')
  }
  if (end === 0) {
    throw new GatetrailError('TOKEN_MISSING', 'no token was given', {
      hint: 'Give a token as the password, for example PGPASSWORD=$(gatetrail token …).',
    })
  }
  const { authentication, password } = messageTypes
  return {
    token: body.toString('latin1', 0, end),
    messages: [
      { toClient: true, type: authentication, length: authenticationCleartextPassword.length },
      { toClient: false, type: password, length: 5 + body.length },
    ],
    beforeRefusal: () => Promise.resolve(),
  }
}
