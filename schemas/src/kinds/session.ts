/** Bodies of the events about sessions and callers. Registered in ../registry.ts. */
import { z } from 'zod'
import { principalSchema } from '../principal.ts'
import { coverageSchema } from './coverage.ts'

const address = z.string().describe('ip:port')

export const sessionOpened = z.strictObject({
  principal: principalSchema,
  connection: z.string().describe('The configured name.'),
  protocol: z.enum(['postgres']),
  clientAddress: address,
  clientTls: z.boolean(),
  requestedUser: z.string().describe('The user that the client named; it authorises nothing.'),
  applicationName: z.string().optional(),
  policySet: z.string().describe('Hash of the policy set at opening, hex.'),
  policies: z.array(z.string()).describe('Ids of the policies that allowed the connect.'),
})

export const identityVerified = z.strictObject({
  issuer: z.string(),
  subject: z.string(),
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
  connection: z.string().optional(),
  issuer: z.string().optional(),
  count: z.int().positive().describe('How many in the window of 10 s.'),
})

/** A caller that is known, but was not let in; or a client that never got as far as naming itself. */
export const sessionRefused = z.strictObject({
  reason: z.string().describe('A stable code, such as CONNECT_DENIED.'),
  message: z.string(),
  clientAddress: z.string(),
  connection: z.string().optional(),
  principal: principalSchema.optional(),
  policies: z.array(z.string()).optional(),
  count: z.int().positive(),
})

export const credentialIssued = z.strictObject({
  connection: z.string(),
  user: z.string().describe('The user at the target; never its secret.'),
  source: z.enum(['env', 'file', 'vault', 'trust']),
  upstreamAddress: address,
  upstreamTls: z.boolean(),
  method: z.string().describe('How the target authenticated us: trust, md5, SCRAM-SHA-256, …'),
})

export const sessionClosed = z.strictObject({
  reason: z.enum([
    'client_closed',
    'client_vanished',
    'target_closed',
    'refused',
    'protocol_violation',
    'limit',
    'expired',
    'journal_unwritable',
    'shutdown',
    'internal_error',
  ]),
  error: z.string().optional().describe('A stable code.'),
  message: z.string().optional(),
  durationMicros: z.int(),
  statements: z.int(),
  rows: z.int(),
  bytesFromClient: z.int(),
  bytesToClient: z.int(),
  coverage: coverageSchema,
})

/** In the successor's system session: a session of a dead writer, which will never be closed by itself. */
export const sessionAborted = z.strictObject({
  session: z.string(),
  writer: z.string(),
  lastSeq: z.int(),
  lastTimeMicros: z.int(),
  reason: z.enum(['crash']),
})
