/** Bodies of the events of a writer's system session: one process run, its health and what it found. */
import { z } from 'zod'

export const writerStarted = z.strictObject({
  version: z.string().describe('Of the product.'),
  role: z
    .enum(['proxy', 'audit', 'replay', 'ingest', 'shipper'])
    .describe('What the process is there for.'),
  host: z.string().describe('The name of its machine.'),
  instance: z
    .string()
    .describe('Tells processes of one role on a machine apart: `host` or `host/worker`.'),
  processId: z.int().describe('Of the process, on that machine.'),
  tenant: z.string().describe('As configured.'),
  durability: z.enum(['write', 'fsync']).describe('What its journal promises.'),
  publicKey: z
    .string()
    .describe("Ed25519 public key of the writer's heartbeats, base64url of the raw 32 bytes."),
})

export const writerStopped = z.strictObject({
  reason: z.enum(['shutdown', 'error']).describe('Asked to, or because it could not go on.'),
  message: z.string().optional().describe('What went wrong.'),
})

/**
 * Every 5 s and at close. `head` = SHA-256(previousHead ‖ leaf(fromPosition) ‖ … ‖ leaf(toPosition)): it covers every
 * record of the writer since the heartbeat before, that heartbeat included, and not itself. See ../chain.ts.
 */
export const writerHeartbeat = z.strictObject({
  fromPosition: z.int().describe('First record that the head covers.'),
  toPosition: z
    .int()
    .describe('Last record that it covers; one less than fromPosition when nothing is covered.'),
  previousHead: z.string().describe('hex'),
  head: z.string().describe('hex'),
  signature: z.string().describe('Ed25519 over heartbeatMessage(…), base64url.'),
  final: z.boolean().describe('True for the last one of a writer that closed in order.'),
})

export const journalRecovered = z.strictObject({
  writer: z.string().describe('The dead writer whose journal this is.'),
  segment: z.string().describe('File name of its last segment.'),
  bytesCut: z.int().describe('The torn tail: written in part, so never forwarded.'),
  lastPosition: z.int().describe('-1 for an empty journal.'),
  openSessions: z.int().describe('Reported as aborted after this.'),
})

export const policyLoaded = z.strictObject({
  policySet: z.string().describe('Hash over ids and texts, hex.'),
  policies: z
    .array(
      z.strictObject({
        id: z.string().describe('As decisions name it.'),
        file: z.string().describe('Where it stands.'),
        text: z
          .string()
          .describe(
            'Of the policy; cut where the record has no room for more, empty before version 2.',
          ),
        textBytes: z.int().min(0).describe('Of the whole text; 0: not on record.'),
        annotations: z.record(z.string(), z.string()).describe('Such as reason and approval.'),
      }),
    )
    .describe('All policies of the set.'),
})

export const policyRefused = z.strictObject({
  file: z.string().describe('The file with the error.'),
  line: z.int().optional().describe('From 1.'),
  column: z.int().optional().describe('From 1.'),
  message: z.string().describe('What is wrong with it.'),
})

export const auditRead = z.strictObject({
  who: z.string().describe('issuer#subject, or `local` for the local token.'),
  role: z.string().describe('With which role it was allowed.'),
  question: z.string().describe('The API operation.'),
  parameters: z.record(z.string(), z.string()).describe('What was asked for.'),
  rows: z.int().describe('How many were shown.'),
})

export const gapFound = z.strictObject({
  writer: z.string().describe('Whose records they are.'),
  fromPosition: z.int().describe('First position concerned.'),
  toPosition: z
    .int()
    .describe(
      'Last position concerned; one less than fromPosition: bytes, but no position; -1: unknown.',
    ),
  segment: z.string().optional().describe('Where in the journal.'),
  reason: z
    .enum([
      'missing_positions',
      'corrupt_record',
      'missing_segment',
      'chain_broken',
      'lost_tail',
      'duplicate_differs',
    ])
    .describe(
      'lost_tail: also after a failed fsync, for what may not be on disk although it can be read.',
    ),
})

export const recordRedacted = z.strictObject({
  session: z.string().describe('Of the record.'),
  seq: z.int().describe('Of the record.'),
  entity: z.string().describe('What was found in it.'),
  count: z.int().describe('How many values.'),
  leafHash: z.string().describe('Of the record as it was, hex; it stays in the chain.'),
  redactedHash: z
    .string()
    .optional()
    .describe('The leaf hash that the bytes have now, hex: any others were not put there by this.'),
})

/** The writer's heartbeats stopped and nobody on its machine reported it: ingest does. */
export const writerMissed = z.strictObject({
  writer: z.string().describe('Whose heartbeats stopped.'),
  lastPosition: z.int().describe('Of its last record in the store; -1: none.'),
  lastHeartbeatMicros: z.int().describe('Wall clock of its last heartbeat, µs since 1970.'),
  openSessions: z.int().describe('Reported as aborted after this.'),
})

export const duplicatesDropped = z.strictObject({
  writer: z.string().describe('Whose records came again.'),
  fromPosition: z.int().describe('The lowest of them.'),
  toPosition: z.int().describe('The highest of them.'),
  count: z.int().positive().describe('How many; all had the bytes that are stored.'),
})

export const controlPublished = z.strictObject({
  object: z.string().describe('Its id, such as revocation/<uuid>.'),
  version: z.int().positive().describe('Of the object.'),
  who: z.string().describe('issuer#subject, or `local` for the local token.'),
  summary: z.string().describe('What it says, a sentence without secrets.'),
  reason: z.string().optional().describe('As given by who published it.'),
  notAfterMicros: z.int().describe('When it ends, µs since 1970.'),
})

export const controlApplied = z.strictObject({
  object: z.string().describe('Its id.'),
  version: z.int().positive().describe('Of the object.'),
  sessionsEnded: z.int().describe('Sessions of this process that it ended.'),
})

/** Rows that a hold is about do not expire while it lasts. What it names must all hold of a session. */
export const holdPlaced = z.strictObject({
  hold: z.uuid().describe('Its id.'),
  who: z.string().describe('issuer#subject, or `local` for the local token.'),
  reason: z.string().describe('As given by who placed it.'),
  session: z.uuid().optional().describe('Only this session.'),
  principal: z.string().optional().describe('issuer#subject: only its sessions.'),
  runProvider: z.string().optional().describe('Only sessions of this run.'),
  runId: z.string().optional().describe('Only sessions of this run.'),
  fromMicros: z.int().optional().describe('Only sessions that lived then or later.'),
  toMicros: z.int().optional().describe('Only sessions that began before.'),
})

export const holdLifted = z.strictObject({
  hold: z.uuid().describe('Its id.'),
  who: z.string().describe('issuer#subject, or `local` for the local token.'),
  reason: z.string().describe('As given by who lifted it.'),
})
