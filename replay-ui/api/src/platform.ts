/** Who am I, what is configured, how is it going; and what only an admin may start. */
import { deadLetterReasons } from '@gatetrail/schemas'
import { z } from 'zod'
import { permissions, roles } from './access.ts'
import { ingestShape, instantParameter, sessionParameter } from './common.ts'
import { operation } from './operation.ts'

const meShape = z.object({
  name: z.string(),
  subject: z.string().nullable(),
  issuer: z.string().nullable(),
  kind: z.string().nullable(),
  groups: z.array(z.string()),
  roles: z.array(z.enum(roles)),
  permissions: z.array(z.enum(permissions)).describe('what these roles open'),
  connections: z
    .array(z.string())
    .nullable()
    .describe('the only ones whose sessions are seen; null: all'),
  way: z.enum(['bearer', 'local', 'session']),
  confirm: z
    .object({
      inSeconds: z.int().describe('until nothing is answered before the issuer was asked again'),
      everySeconds: z.int(),
    })
    .nullable()
    .describe('of a sign-in in a browser; null: nobody has to'),
})
export type Me = z.infer<typeof meShape>

/** Of a long task: now and then, also where nothing has changed, so that nobody takes it for dead. */
const progress = z.looseObject({ type: z.literal('progress') })
const count = z.int().optional()

const rebuildLine = z.discriminatedUnion('type', [
  progress.extend({ records: count, recordsTotal: count }),
  z.looseObject({ type: z.literal('summary'), records: count, sessionsKept: count }),
])
const redriveLine = z.discriminatedUnion('type', [
  progress.extend({ taken: count, returned: count }),
  z.looseObject({ type: z.literal('summary'), taken: count, returned: count }),
])
export type RebuildLine = z.infer<typeof rebuildLine>
export type RedriveLine = z.infer<typeof redriveLine>

const scanned = {
  sessions: count,
  sessionsTotal: count,
  records: count,
  found: z.record(z.string(), z.int()).optional().describe('values by entity'),
  recordsRedacted: count,
  uninspectedBytes: count,
}
const scanLine = z.discriminatedUnion('type', [
  progress.extend(scanned),
  z.looseObject({
    type: z.literal('summary'),
    ...scanned,
    sessionsOpen: count,
    sessionsHeld: count,
    sessionsExpired: count,
    originalsUntil: z
      .string()
      .optional()
      .describe('until when journals and Kafka may hold what was recorded before'),
    interrupted: z.boolean().optional(),
  }),
])
export type ScanLine = z.infer<typeof scanLine>

const verifyFailureShape = z.object({
  type: z.literal('failure'),
  where: z.enum(['journal', 'store', 'derived']),
  kind: z.string().describe('what does not fit, a stable word'),
  writer: z.string().optional(),
  position: z.int().optional(),
  toPosition: z.int().optional(),
  session: z.string().optional(),
  seq: z.int().optional(),
  recordKind: z.string().optional(),
  reason: z.string().describe('for people'),
})
const verifySummaryShape = z.object({
  type: z.literal('summary'),
  ok: z.boolean(),
  state: z.enum(['intact', 'intact_content_expired', 'failed']),
  failures: z.int(),
  journalRecords: z.int(),
  storeRecords: z.int(),
  expired: z.int().describe('records whose bytes have expired; their leaf hashes are there'),
  redacted: z.int().describe('records whose bytes were masked later, as a record.redacted says'),
  writers: z.int(),
  sessions: z.int(),
  unsignedRecords: z.int().describe('newer than the last signed heartbeat'),
})
const verifyLine = z.discriminatedUnion('type', [
  progress.extend({ records: count, recordsTotal: count }),
  verifyFailureShape,
  verifySummaryShape,
])
export type VerifyFailure = z.infer<typeof verifyFailureShape>
export type VerifySummary = z.infer<typeof verifySummaryShape>

export const me = operation({
  method: 'GET',
  path: '/api/me',
  access: 'signed_in',
  summary: 'Who is asking, and which roles open what',
  answer: meShape,
})

/** Of an address to come back to after a sign-in. */
export const returnToCharactersMax = 2_000

export const loginMethods = operation({
  method: 'GET',
  path: '/api/login/methods',
  access: 'open',
  summary: 'How one can sign in',
  answer: z.object({ issuer: z.string().nullable() }),
})

export const makeLink = operation({
  method: 'POST',
  path: '/api/links',
  access: 'make_link',
  summary: 'A link that signs one browser in as admin `local`, once; for the local token alone',
  answer: z.object({ url: z.string(), expires: z.string().describe('ISO 8601') }),
  status: 201,
})

export const signInByLink = operation({
  method: 'POST',
  path: '/api/login/link',
  access: 'open',
  summary: 'Uses a one-time link up: the answer sets the cookie of a session',
  body: z.strictObject({ code: z.string().max(100).describe('what stands behind #link=') }),
  answer: z.object({ ok: z.boolean() }),
})

export const logout = operation({
  method: 'POST',
  path: '/api/logout',
  access: 'signed_in',
  summary: 'Ends the session of this browser',
  answer: z.object({ ok: z.boolean() }),
})

export const connections = operation({
  method: 'GET',
  path: '/api/connections',
  access: 'read_status',
  summary: 'The configured connections, of those that the caller may see',
  answer: z.object({
    connections: z.array(
      z.object({
        name: z.string(),
        protocol: z.string(),
        tags: z.array(z.string()),
        columns: z.record(z.string(), z.string()).describe('tagged columns and their data class'),
      }),
    ),
  }),
})

export const status = operation({
  method: 'GET',
  path: '/api/status',
  access: 'read_status',
  summary: 'How ingest is going',
  answer: z.object({ ok: z.boolean(), ingest: ingestShape }),
})

export const ingestIdle = operation({
  method: 'POST',
  path: '/api/ingest/idle',
  access: 'read_status',
  summary: 'Answers once all that is on record now is in the store',
  answer: z.object({ ingest: ingestShape }),
})

export const rebuild = operation({
  method: 'POST',
  path: '/api/ingest/rebuild',
  access: 'rebuild',
  summary: 'Derives all tables anew from the records; one JSON object per line while it goes on',
  answer: rebuildLine,
  stream: 'lines',
})

export const redrive = operation({
  method: 'POST',
  path: '/api/ingest/redrive',
  access: 'rebuild',
  summary: 'Takes dead letters again; one JSON object per line while it goes on',
  query: z.strictObject({ reason: z.enum(deadLetterReasons).optional() }),
  answer: redriveLine,
  stream: 'lines',
})

export const scan = operation({
  method: 'POST',
  path: '/api/scan',
  access: 'rebuild',
  summary:
    'Finds personal data in recorded sessions, and masks it in the store; one JSON object per line while it goes on',
  query: z.strictObject({
    since: instantParameter,
    until: instantParameter.optional(),
    connection: z.string().max(200).optional(),
    dryRun: z.enum(['true', 'false']).default('false').describe('true: nothing is changed'),
  }),
  answer: scanLine,
  stream: 'lines',
})

export const verify = operation({
  method: 'GET',
  path: '/api/verify',
  access: 'read_audit',
  summary:
    'Derives the trail anew on journal and store; a line per failure, the last line is the summary',
  query: z.strictObject({
    session: sessionParameter.optional(),
    since: instantParameter.optional(),
  }),
  answer: verifyLine,
  stream: 'lines',
})
