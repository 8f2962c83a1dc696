/**
 * Step 1 of a session. From accept, to the token. The messages before start-up: at each state exactly the listed ones are
 * legal, each once; everything else ends the connection.
 *
 *   plain   → SSLRequest (S, then TLS) · GSSENCRequest (N) · StartupMessage · CancelRequest · a TLS handshake at once
 *   TLS     → StartupMessage · CancelRequest
 */
import type { SecureContext } from 'node:tls'
import { GatetrailError } from '@gatetrail/schemas'
import { parseStartupPacket, startupPacketLength, type StartupPacket } from './startup-packet.ts'
import type { Door } from './door.ts'

export type Opening = Extract<StartupPacket, { type: 'startup' | 'cancel' }>

const tlsHandshakeByte = 0x16

/** @throws PeerClosed; GatetrailError FRAME_LENGTH_INVALID, PROTOCOL_VIOLATION, FEATURE_UNSUPPORTED, OPTION_REFUSED */
export async function receiveStartup(door: Door, tls: SecureContext): Promise<Opening> {
  if ((await door.reader.peek(1))[0] === tlsHandshakeByte) await door.upgrade(tls, true)
  let gssRefused = false
  for (;;) {
    const packet = await receivePacket(door)
    switch (packet.type) {
      case 'startup':
      case 'cancel':
        return packet
      case 'gss-encryption':
        if (gssRefused || door.secure) throw repeated('GSSENCRequest')
        gssRefused = true
        refuseEarlyBytes(door)
        door.write(Buffer.from('N'))
        break
      case 'ssl':
        if (door.secure) throw repeated('SSLRequest')
        refuseEarlyBytes(door)
        door.write(Buffer.from('S'))
        await door.upgrade(tls, false)
        break
    }
  }
}

async function receivePacket(door: Door): Promise<StartupPacket> {
  const length = startupPacketLength(await door.reader.peek(4))
  const packet = parseStartupPacket(await door.reader.read(length))
  door.validMessageSeen = true
  return packet
}

function refuseEarlyBytes(door: Door): void {
  if (door.unreadBytes > 0) {
    throw new GatetrailError(
      'PROTOCOL_VIOLATION',
      'bytes came after a request for encryption, before its answer',
      { hint: 'Somebody may be injecting data into the connection.' },
    )
  }
}

function repeated(what: string): GatetrailError {
  return new GatetrailError('PROTOCOL_VIOLATION', `${what} came a second time`)
}
