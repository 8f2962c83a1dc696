/** Who am I, what is configured, how is it going; and what only an admin may start. */
import { Readable } from 'node:stream'
import { dirname, join } from 'node:path'
import { dataFiles, GatetrailError } from '@gatetrail/schemas'
import { platformApi } from '@gatetrail/replay-api'
import { route } from './route.ts'
import { permissionsFor } from '../access/roles.ts'
import { findSession } from '../store/sessions-question.ts'
import { verifyTrail } from '../verify/verify-trail.ts'
import { verifiesAtOnceMax } from '../limits.ts'
import { Lines } from './lines.ts'
import { audited, type App, type RouteContext } from './context.ts'

export function registerPlatform(app: App, context: RouteContext): void {
  const { options } = context
  const { configuration, ingest } = options

  route(app, platformApi.me, (request) => {
    const { caller } = request
    if (caller === undefined) throw new Error('a signed-in route has a caller')
    const { name, principal, roles: callerRoles, way, confirm } = caller
    const seconds = (ms: number) => Math.max(0, Math.floor(ms / 1_000))
    const nowMs = (options.nowMs ?? Date.now)()
    return {
      name,
      subject: principal?.subject ?? null,
      issuer: principal?.issuer ?? null,
      kind: principal?.kind ?? null,
      groups: principal?.groups ?? [],
      roles: [...callerRoles],
      permissions: permissionsFor(caller),
      connections: caller.connections === undefined ? null : [...caller.connections],
      way,
      confirm:
        confirm === undefined
          ? null
          : { inSeconds: seconds(confirm.untilMs - nowMs), everySeconds: seconds(confirm.everyMs) },
    }
  })

  route(app, platformApi.connections, ({ caller }) => ({
    connections: configuration.connections
      .filter(({ name }) => caller?.connections?.includes(name) ?? true)
      .map(({ name, protocol, tags, columns }) => ({
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

  let verifying = 0
  route(app, platformApi.verify, async (request, reply) => {
    const { session, since } = request.query
    if (request.caller?.connections !== undefined) {
      if (session === undefined)
        throw new GatetrailError('API_FORBIDDEN', 'the whole trail is not yours to verify', {
          hint: 'Name a session of a connection that you may read.',
        })
      // The chain runs through all sessions of a writer: it is checked as a whole once the session is known to be one of theirs.
      await findSession(context.questionsOf(request), session)
    }
    if (verifying >= verifiesAtOnceMax)
      throw new GatetrailError('STORE_UNAVAILABLE', 'the trail is being verified already', {
        hint: 'Ask again when that is done.',
      })
    await audited(context, request, 'verify', { session, since }, 0)
    verifying++
    const lines = new Lines()
    void reply.type('application/x-ndjson').send(Readable.from(lines))
    lines.run(
      async () => {
        const { summary, ofSession } = await verifyTrail({
          questions: context.wholeTrail,
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
          // How many there are of others is not theirs to know.
          ...(request.caller?.connections === undefined && {
            onProgress: (progress) => lines.write({ type: 'progress', ...progress }),
          }),
        }).finally(() => verifying--)
        // Evidence says when the whole trail was verified last, and what came of it.
        const { state, failures } = summary
        await audited(context, request, 'verify.finished', { session, since, state }, failures)
        // How many there are of others is not theirs to know.
        return request.caller?.connections === undefined ? summary : ofSession
      },
      (summary) => ({ type: 'summary', ...summary }),
    )
    return reply
  })
}
