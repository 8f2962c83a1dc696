/** The first events of a session, from what the steps before found out. From serve-caller.ts, to record-opening.ts. Pure. */
import type { EventBody } from '@gatetrail/schemas'
import type { VerifiedIdentity } from '../../identity/index.ts'
import { formatAddress } from '../../listener/address.ts'
import type { PostgresConnection } from './connection.ts'
import type { StartupRequest } from './front-door/startup-request.ts'
import type { OpenedTarget } from './open-target.ts'

export type OpeningEvents = {
  opened: EventBody<'gatetrail.session.opened'>
  verified: EventBody<'gatetrail.identity.verified'>
  issued: EventBody<'gatetrail.credential.issued'>
}

export function openingEvents(
  caller: { address: string; port: number; secure: boolean },
  request: StartupRequest,
  identity: VerifiedIdentity,
  { configuration }: PostgresConnection,
  target: OpenedTarget,
  decision: { policySet: string; policies: string[] },
): OpeningEvents {
  const { principal, tokenId, tokenIdSeenBefore, issuedAt, expiresAt, claims } = identity
  const { requestedUser, applicationName } = request
  return {
    opened: {
      principal,
      connection: configuration.name,
      protocol: configuration.protocol,
      clientAddress: formatAddress(caller.address, caller.port),
      clientTls: caller.secure,
      requestedUser,
      ...(applicationName === undefined ? {} : { applicationName }),
      ...decision,
    },
    verified: {
      issuer: principal.issuer,
      subject: principal.subject,
      ...(tokenId === undefined ? {} : { tokenId }),
      tokenIdSeenBefore,
      ...(issuedAt === undefined ? {} : { issuedAt }),
      expiresAt,
      claims: { ...claims },
    },
    issued: {
      connection: configuration.name,
      user: target.user,
      source: target.source,
      upstreamAddress: configuration.address,
      upstreamTls: target.connection.secure,
      method: target.connection.method,
      readOnly: target.readOnly,
    },
  }
}
