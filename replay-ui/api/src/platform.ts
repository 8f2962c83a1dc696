/** Who am I, what is configured, how is it going; and what only an admin may start. */
import { deadLetterReasons } from '@gatetrail/schemas'
import { z } from 'zod'
import { permissions, roles } from './access.ts'
import { ingestShape, instantParameter, progressLine, sessionParameter } from './common.ts'
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
})
export type Me = z.infer<typeof meShape>

export const me = operation({
  method: 'GET',
  path: '/api/me',
  access: 'signed_in',
  summary: 'Who is asking, and which roles open what',
  answer: meShape,
})

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
  answer: progressLine,
  stream: 'lines',
})

export const redrive = operation({
  method: 'POST',
  path: '/api/ingest/redrive',
  access: 'rebuild',
  summary: 'Takes dead letters again; one JSON object per line while it goes on',
  query: z.strictObject({ reason: z.enum(deadLetterReasons).optional() }),
  answer: progressLine,
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
  answer: progressLine,
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
  answer: progressLine,
  stream: 'lines',
})
