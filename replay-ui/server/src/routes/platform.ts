/** Who am I, what is configured, how is it going; and what only an admin may start. */
import { Readable } from 'node:stream'
import { dirname, join } from 'node:path'
import { dataFiles } from '@gatetrail/schemas'
import { permissionsOf, platformApi } from '@gatetrail/replay-api'
import { route } from './route.ts'
import { verifyTrail } from '../verify/verify-trail.ts'
import { Lines } from './lines.ts'
import { audited, type App, type RouteContext } from './context.ts'

export function registerPlatform(app: App, context: RouteContext): void {
  const { options } = context
  const { configuration, ingest } = options

  route(app, platformApi.me, (request) => {
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
      permissions: [...new Set(callerRoles.flatMap((role) => permissionsOf[role]))],
      way,
    }
  })

  route(app, platformApi.connections, () => ({
    connections: configuration.connections.map(({ name, protocol, tags, columns }) => ({
      name,
      protocol,
      tags,
      columns,
    })),
  }))

  route(app, platformApi.status, () => ({ ok: true, ingest: { ...ingest.status() } }))

  route(app, platformApi.ingestIdle, async () => {
    await ingest.idle()
    return { ingest: { ...ingest.status() } }
  })

  route(app, platformApi.rebuild, async (request, reply) => {
    await audited(context, request, 'ingest.rebuild', {}, 0)
    const lines = new Lines()
    void reply.type('application/x-ndjson').send(Readable.from(lines))
    lines.run(
      () => ingest.rebuild((progress) => lines.write({ type: 'progress', ...progress })),
      (result) => ({ type: 'summary', ok: true, ...result }),
    )
    return reply
  })

  route(app, platformApi.redrive, async (request, reply) => {
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
  })

  route(app, platformApi.verify, async (request, reply) => {
    const { session, since } = request.query
    await audited(context, request, 'verify', { session, since }, 0)
    const lines = new Lines()
    void reply.type('application/x-ndjson').send(Readable.from(lines))
    lines.run(
      () =>
        verifyTrail({
          questions: context.questionsOf(request),
          journalDirectory: options.journalDirectory,
          keysDirectory: options.keysDirectory,
          positionsDirectory:
            options.positionsDirectory ?? join(dirname(options.journalDirectory), dataFiles.ingest),
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
  })
}
