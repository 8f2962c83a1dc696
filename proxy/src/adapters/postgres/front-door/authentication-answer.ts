/** One answer of a caller to a question about who it is: the only message that is legal there, alone, and bounded. */
import { GatetrailError, limits } from '@gatetrail/schemas'
import { messageTypes } from '../messages.ts'
import type { Door } from './door.ts'

/** A larger length is no token that grew, but no answer at all. */
const tooLargeButTokenMax = limits.beforeAuthentication.postgresBytesMax

/**
 * The body of a message of type `p`. `bodyBytesMax` is checked before anything is waited for.
 * @throws PeerClosed; GatetrailError TOKEN_TOO_LARGE, PROTOCOL_VIOLATION, FRAME_LENGTH_INVALID, FRAME_TOO_LARGE
 */
export async function readAnswer(door: Door, bodyBytesMax: number): Promise<Buffer> {
  const type = (await door.reader.peek(1))[0]
  if (type !== messageTypes.password) {
    throw unexpected('expected an answer about who is calling, and something else came')
  }
  const length = (await door.reader.peek(5)).readUInt32BE(1)
  if (length > 4 + bodyBytesMax && length <= tooLargeButTokenMax) {
    throw new GatetrailError(
      'TOKEN_TOO_LARGE',
      `a token has at most ${limits.token.bytesMax} bytes`,
    )
  }
  const { body } = await door.reader.readMessage(bodyBytesMax)
  if (door.unreadBytes > 0) throw unexpected('bytes came behind the token, before its answer')
  return body
}

function unexpected(what: string): GatetrailError {
  return new GatetrailError('PROTOCOL_VIOLATION', what)
}
