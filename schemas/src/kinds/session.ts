/** Bodies of the events about sessions and callers. Registered in ../registry.ts. */
import { z } from 'zod'
import { principalSchema } from '../principal.ts'
import { coverageSchema } from './coverage.ts'

const address = z.string().describe('ip:port')

export const sessionOpened = z.strictObject({
  principal: principalSchema.describe('Who, as the issuer and its rules say.'),
  connection: z.string().describe('The configured name.'),
  protocol: z.enum(['postgres', 'ssh']).describe('What is spoken.'),
  clientAddress: address,
  clientTls: z.boolean().describe('Whether the client side is encrypted.'),
  requestedUser: z.string().describe('The user that the client named; it authorises nothing.'),
  applicationName: z.string().optional().describe('As the client says.'),
  policySet: z.string().describe('Hash of the policy set at opening, hex.'),
  policies: z.array(z.string()).describe('Ids of the policies that allowed the connect.'),
})

export const identityVerified = z.strictObject({
  issuer: z.string().describe('The configured name.'),
  subject: z.string().describe('As the principal rules read it.'),
  tokenId: z.string().optional().describe('jti'),
  tokenIdSeenBefore: z.boolean().describe('The same jti opened a session before.'),
  issuedAt: z.int().optional().describe('Seconds since 1970.'),
  expiresAt: z.int().describe('Seconds since 1970.'),
  claims: z
    .record(z.string(), z.unknown())
    .describe('By allow-list: only what the principal rules read.'),
})

export const identityRejected = z.strictObject({
  reason: z.string().describe('A stable code, such as TOKEN_EXPIRED.'),
  clientAddress: z.string().describe('ip'),
  connection: z.string().optional().describe('Asked for, if it got so far.'),
  issuer: z.string().optional().describe('Configured name, if the token got so far.'),
  count: z.int().positive().describe('How many in the window of 10 s.'),
})

/** A caller that is known, but was not let in; or a client that never got as far as naming itself. */
export const sessionRefused = z.strictObject({
  reason: z.string().describe('A stable code, such as CONNECT_DENIED.'),
  message: z.string().describe('What the client was told.'),
  clientAddress: z.string().describe('ip'),
  connection: z.string().optional().describe('Asked for, if it got so far.'),
  principal: principalSchema.optional().describe('If it is known.'),
  policies: z.array(z.string()).optional().describe('Ids of the policies that refused.'),
  count: z.int().positive().describe('How many in the window of 10 s.'),
})

export const credentialIssued = z.strictObject({
  connection: z.string().describe('The configured name.'),
  user: z.string().describe('The user at the target; never its secret.'),
  source: z.enum(['env', 'file', 'vault', 'trust']).describe('Where the secret came from.'),
  upstreamAddress: address,
  upstreamTls: z.boolean().describe('Whether the target side is encrypted.'),
  method: z.string().describe('How the target authenticated us: trust, md5, SCRAM-SHA-256, …'),
  readOnly: z
    .boolean()
    .optional()
    .describe('The caller may write nothing: every transaction is read-only.'),
})

export const sessionClosed = z.strictObject({
  reason: z
    .enum([
      'client_closed',
      'client_vanished',
      'target_closed',
      'refused',
      'protocol_violation',
      'limit',
      'expired',
      'journal_unwritable',
      'shutdown',
      'revoked',
      'lease_expired',
      'internal_error',
    ])
    .describe('Who or what ended it.'),
  error: z.string().optional().describe('A stable code.'),
  message: z.string().optional().describe('What the client was told.'),
  durationMicros: z.int().describe('From session.opened on.'),
  statements: z.int().describe('Decided, refused ones included.'),
  rows: z.int().describe('Returned or affected, of all statements.'),
  bytesFromClient: z.int().describe('As they crossed the client side.'),
  bytesToClient: z.int().describe('As they crossed the client side.'),
  coverage: coverageSchema,
})

/** In the system session of a successor, or of ingest: a session of a dead writer, which will never be closed by itself. */
export const sessionAborted = z.strictObject({
  session: z.string().describe('The session that was open.'),
  writer: z.string().describe('The dead writer.'),
  lastSeq: z.int().describe('Of the last record of the session.'),
  lastTimeMicros: z.int().describe('Wall clock of that record, µs since 1970.'),
  reason: z
    .enum(['crash', 'heartbeat_missed'])
    .describe(
      'crash: a successor found its journal; heartbeat_missed: ingest heard no more of it.',
    ),
})
