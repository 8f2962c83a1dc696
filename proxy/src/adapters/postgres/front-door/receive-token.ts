/** Step 2 of a session: the token, asked for as a password in clear. From receive-startup.ts, to the authenticator. */
import { GatetrailError, limits } from '@gatetrail/schemas'
import { isLoopback } from '../../../listener/address.ts'
import { authenticationCleartextPassword, messageTypes } from '../messages.ts'
import type { Door } from './door.ts'

/** A larger length is no token that grew, but no password message at all. */
const tooLargeButTokenMax = limits.beforeAuthentication.postgresBytesMax

/**
 * Asks, and reads exactly one PasswordMessage. Refused before the question is asked where the answer would cross a
 * network in clear.
 * @throws PeerClosed; GatetrailError TOKEN_WITHOUT_TLS, TOKEN_MISSING, TOKEN_TOO_LARGE, TOKEN_MALFORMED,
 * PROTOCOL_VIOLATION, FRAME_LENGTH_INVALID
 */
export async function receiveToken(door: Door): Promise<{ token: string; messageBytes: number }> {
  if (!door.secure && !isLoopback(door.address)) {
    throw new GatetrailError('TOKEN_WITHOUT_TLS', 'a token is not taken without TLS', {
      hint: 'Connect with sslmode=require or stricter.',
    })
  }
  if (door.unreadBytes > 0) throw unexpected('bytes came before the password was asked for')
  door.write(authenticationCleartextPassword)
  const type = (await door.reader.peek(1))[0]
  if (type !== messageTypes.password) {
    throw unexpected('expected a password message, and something else came')
  }
  // A password is text and its NUL.
  const length = (await door.reader.peek(5)).readUInt32BE(1)
  if (length > 4 + limits.token.bytesMax + 1 && length <= tooLargeButTokenMax) {
    throw new GatetrailError(
      'TOKEN_TOO_LARGE',
      `a token has at most ${limits.token.bytesMax} bytes`,
    )
  }
  const { body } = await door.reader.readMessage(limits.token.bytesMax + 1)
  if (door.unreadBytes > 0) throw unexpected('bytes came after the password, before its answer')
  const end = body.indexOf(0)
  if (end === -1 || end !== body.length - 1) throw unexpected('a password is one text and its end')
  if (end === 0) {
    throw new GatetrailError('TOKEN_MISSING', 'no token was given', {
      hint: 'Give a token as the password, for example PGPASSWORD=$(gatetrail token …).',
    })
  }
  return { token: body.toString('latin1', 0, end), messageBytes: 5 + body.length }
}

function unexpected(what: string): GatetrailError {
  return new GatetrailError('PROTOCOL_VIOLATION', what)
}
