/** Who am I, what is configured, how is it going; and what only an admin may start. */
import { Readable } from 'node:stream'
import { dirname, join } from 'node:path'
import { dataFiles, deadLetterReasons } from '@gatetrail/schemas'
import { z } from 'zod'
import { roles } from '../access/roles.ts'
import { verifyTrail } from '../verify/verify-trail.ts'
import { Lines } from './lines.ts'
import {
  audited,
  errors,
  instantParameter,
  sessionParameter,
  type App,
  type RouteContext,
} from './context.ts'

const loose = z.record(z.string(), z.unknown())

export function registerPlatform(app: App, context: RouteContext): void {
  const { options } = context
  const { configuration, ingest } = options

  app.route({
    method: 'GET',
    url: '/api/me',
    config: { access: 'signed_in' },
    schema: {
      summary: 'Who is asking, and which roles open what',
      response: {
        200: z.object({
          name: z.string(),
          subject: z.string().nullable(),
          issuer: z.string().nullable(),
          kind: z.string().nullable(),
          groups: z.array(z.string()),
          roles: z.array(z.enum(roles)),
          way: z.enum(['bearer', 'local', 'session']),
        }),
        ...errors,
      },
    },
    handler: (request) => {
      const { caller } = request
      if (caller === undefined) throw new Error('a signed-in route has a caller')
      const { name, principal, roles: callerRoles, way } = caller
      return {
        name,
        subject: principal?.subject ?? null,
        issuer: principal?.issuer ?? null,
        kind: principal?.kind ?? null,
        groups: principal?.groups ?? [],
        roles: [...callerRoles],
        way,
      }
    },
  })

  app.route({
    method: 'GET',
    url: '/api/connections',
    config: { access: 'read_status' },
    schema: {
      summary: 'The configured connections',
      response: {
        200: z.object({
          connections: z.array(
            z.object({
              name: z.string(),
              protocol: z.string(),
              tags: z.array(z.string()),
              columns: z
                .record(z.string(), z.string())
                .describe('tagged columns and their data class'),
            }),
          ),
        }),
        ...errors,
      },
    },
    handler: () => ({
      connections: configuration.connections.map(({ name, protocol, tags, columns }) => ({
        name,
        protocol,
        tags,
        columns,
      })),
    }),
  })

  app.route({
    method: 'GET',
    url: '/api/status',
    config: { access: 'read_status' },
    schema: {
      summary: 'How ingest is going',
      response: { 200: z.object({ ok: z.boolean(), ingest: loose }), ...errors },
    },
    handler: () => ({ ok: true, ingest: { ...ingest.status() } }),
  })

  app.route({
    method: 'POST',
    url: '/api/ingest/idle',
    config: { access: 'read_status' },
    schema: {
      summary: 'Answers once all that is on record now is in the store',
      response: { 200: z.object({ ingest: loose }), ...errors },
    },
    handler: async () => {
      await ingest.idle()
      return { ingest: { ...ingest.status() } }
    },
  })

  app.route({
    method: 'POST',
    url: '/api/ingest/rebuild',
    config: { access: 'rebuild' },
    schema: {
      summary:
        'Derives all tables anew from the records; one JSON object per line while it goes on',
      response: { 200: z.unknown().describe('application/x-ndjson'), ...errors },
    },
    handler: async (request, reply) => {
      await audited(context, request, 'ingest.rebuild', {}, 0)
      const lines = new Lines()
      void reply.type('application/x-ndjson').send(Readable.from(lines))
      lines.run(
        () => ingest.rebuild((progress) => lines.write({ type: 'progress', ...progress })),
        (result) => ({ type: 'summary', ok: true, ...result }),
      )
      return reply
    },
  })

  app.route({
    method: 'POST',
    url: '/api/ingest/redrive',
    config: { access: 'rebuild' },
    schema: {
      summary: 'Takes dead letters again; one JSON object per line while it goes on',
      querystring: z.strictObject({ reason: z.enum(deadLetterReasons).optional() }),
      response: { 200: z.unknown().describe('application/x-ndjson'), ...errors },
    },
    handler: async (request, reply) => {
      const { reason } = request.query
      await audited(context, request, 'ingest.redrive', { reason }, 0)
      const lines = new Lines()
      void reply.type('application/x-ndjson').send(Readable.from(lines))
      lines.run(
        () =>
          ingest.redrive(reason === undefined ? {} : { reason }, (progress) =>
            lines.write({ type: 'progress', ...progress }),
          ),
        (result) => ({ type: 'summary', ok: true, ...result }),
      )
      return reply
    },
  })

  app.route({
    method: 'GET',
    url: '/api/verify',
    config: { access: 'read_audit' },
    schema: {
      summary:
        'Derives the trail anew on journal and store; a line per failure, the last line is the summary',
      querystring: z.strictObject({
        session: sessionParameter.optional(),
        since: instantParameter.optional(),
      }),
      response: { 200: z.unknown().describe('application/x-ndjson'), ...errors },
    },
    handler: async (request, reply) => {
      const { session, since } = request.query
      await audited(context, request, 'verify', { session, since }, 0)
      const lines = new Lines()
      void reply.type('application/x-ndjson').send(Readable.from(lines))
      lines.run(
        () =>
          verifyTrail({
            questions: context.questions,
            journalDirectory: options.journalDirectory,
            keysDirectory: options.keysDirectory,
            positionsDirectory:
              options.positionsDirectory ??
              join(dirname(options.journalDirectory), dataFiles.ingest),
            // With Kafka most journals are on other machines: that one is not here says nothing.
            keepHours: configuration.log === undefined ? configuration.journal.keepHours : 0,
            session,
            since,
            nowMs: (options.nowMs ?? Date.now)(),
            onFailure: (failure) => lines.write({ type: 'failure', ...failure }),
          }),
        (summary) => ({ type: 'summary', ...summary }),
      )
      return reply
    },
  })
}
