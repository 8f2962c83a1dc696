/** Bodies of the events of a writer's system session: one process run, its health and what it found. */
import { z } from 'zod'

export const writerStarted = z.strictObject({
  version: z.string(),
  role: z.enum(['proxy', 'audit', 'replay', 'ingest']),
  host: z.string(),
  processId: z.int(),
  tenant: z.string(),
  durability: z.enum(['write', 'fsync']),
  publicKey: z
    .string()
    .describe("Ed25519 public key of the writer's heartbeats, base64url of the raw 32 bytes."),
})

export const writerStopped = z.strictObject({
  reason: z.enum(['shutdown', 'error']),
  message: z.string().optional(),
})

/**
 * Every 5 s and at close. `head` = SHA-256(previousHead ‖ leaf(fromPosition) ‖ … ‖ leaf(toPosition)): it covers every
 * record of the writer since the heartbeat before, that heartbeat included, and not itself. See ../chain.ts.
 */
export const writerHeartbeat = z.strictObject({
  fromPosition: z.int(),
  toPosition: z.int().describe('One less than fromPosition when nothing is covered.'),
  previousHead: z.string().describe('hex'),
  head: z.string().describe('hex'),
  signature: z.string().describe('Ed25519 over heartbeatMessage(…), base64url.'),
  final: z.boolean().describe('True for the last one of a writer that closed in order.'),
})

export const journalRecovered = z.strictObject({
  writer: z.string().describe('The dead writer whose journal this is.'),
  segment: z.string(),
  bytesCut: z.int().describe('The torn tail: written in part, so never forwarded.'),
  lastPosition: z.int().describe('-1 for an empty journal.'),
  openSessions: z.int().describe('Reported as aborted after this.'),
})

export const policyLoaded = z.strictObject({
  policySet: z.string().describe('Hash over ids and texts, hex.'),
  policies: z.array(z.strictObject({ id: z.string(), file: z.string() })),
})

export const policyRefused = z.strictObject({
  file: z.string(),
  line: z.int().optional(),
  column: z.int().optional(),
  message: z.string(),
})

export const auditRead = z.strictObject({
  who: z.string().describe('issuer#subject, or `local` for the local token.'),
  role: z.string(),
  question: z.string().describe('The API operation.'),
  parameters: z.record(z.string(), z.string()),
  rows: z.int(),
})

export const gapFound = z.strictObject({
  writer: z.string(),
  fromPosition: z.int(),
  toPosition: z.int().describe('-1: unknown'),
  segment: z.string().optional(),
  reason: z.enum([
    'missing_positions',
    'corrupt_record',
    'missing_segment',
    'chain_broken',
    'lost_tail',
    'duplicate_differs',
  ]),
})

export const recordRedacted = z.strictObject({
  session: z.string(),
  seq: z.int(),
  entity: z.string(),
  count: z.int(),
  leafHash: z.string().describe('Of the record as it was; it stays in the chain.'),
})
